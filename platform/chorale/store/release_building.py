"""Building a release: its files made from the database, frozen, or made again and compared; or only a preview."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from chorale.store import audit, drawing, erased_meanwhile, object_store, release_room
from chorale.store.erased_meanwhile import Meanwhile
from chorale.store.models import Release, User
from chorale.store.release_folders import empty, local_folder, send_up
from chorale.store.release_versions import FINAL, kept_sides, previous
from exports import release as core
from exports.recipe_reader import read_recipe
from exports.scratch import scratch_folder
from harmonize.problems import ChoraleError

Progress = Callable[[int], None]


def build_release(*, by: User | None, release: Release, progress: Progress | None = None) -> Release:
    """Build the files and freeze the release. One that is frozen is built again elsewhere and compared byte by byte.

    The files appear whole or not at all. Raises ChoraleError `release-differs` where the data state has changed since.
    """
    if release.state in FINAL:
        _compare(release, progress)
        return release
    with release_room.alone(release):
        return _frozen(by, release, progress)


def _frozen(by: User | None, release: Release, progress: Progress | None) -> Release:
    release.refresh_from_db()
    if release.state in FINAL:  # by whoever held the room before
        return release
    Release.objects.filter(pk=release.pk).update(state="building")
    try:
        return _finished(by, release, progress)
    except Exception:
        Release.objects.filter(pk=release.pk, state="building").update(state="failed")
        raise


def _finished(by: User | None, release: Release, progress: Progress | None) -> Release:
    """Built, looked through for what was erased meanwhile, and frozen; what would hold something erased is taken away.

    It is looked through again while no erasure can begin: one that begins later finds a frozen release.
    """
    meanwhile = Meanwhile(release)
    manifest = _built(release, progress)
    try:
        with local_folder(release) as folder:
            summary = _summary(folder, manifest)
            meanwhile.require_nothing(folder)
            with transaction.atomic():
                erased_meanwhile.hold()
                meanwhile.require_nothing(folder)
                row = Release.objects.select_for_update().get(pk=release.pk)
                row.manifest, row.summary = manifest, summary
                row.state, row.frozen_at = "frozen", timezone.now()
                row.save()
                audit.record(by, "release.freeze", row, version=row.version, digest=manifest["digest"])
    except ChoraleError:
        empty(release)
        raise
    return row


def _built(release: Release, progress: Progress | None) -> dict[str, Any]:
    """Build into the object store, in place of what a killed run finished there and never recorded.

    That is not taken as it is: nobody noted what was erased since it was drawn from the database.
    """
    local = object_store.local_path(release.folder)
    if local is not None:
        if local.exists():
            shutil.rmtree(local)
        return _build(release, local, progress)
    with scratch_folder() as spare:
        manifest = _build(release, spare / "release", progress)
        empty(release)  # of what a killed upload left
        send_up(spare / "release", release)
    return manifest


def _build(release: Release, folder: Path, progress: Progress | None) -> dict[str, Any]:
    recipe = read_recipe(release.recipe)
    before = previous(release)
    parents = [{"version": before.version, "digest": before.manifest["digest"]}] if before else []
    with drawing.source(recipe) as source:
        return core.build(
            folder,
            recipe,
            source,
            salt=bytes.fromhex(release.salt),
            parents=parents,
            kept=kept_sides(release),
            progress=progress,
        )


def _compare(release: Release, progress: Progress | None) -> None:
    with scratch_folder() as spare:
        again = _build(release, spare / "release", progress)
    if again["digest"] == release.manifest["digest"]:
        return
    files = release.manifest["files"]
    changed = [name for name in files.keys() | again["files"].keys() if files.get(name) != again["files"].get(name)]
    changed.sort(key=lambda name: ("/" in name, not name.endswith(".parquet"), name))  # the tables first
    what = f"Building {release} again gives other bytes in {', '.join(changed[:5]) or 'the manifest'}."
    raise ChoraleError("release-differs", what, "The data state changed since: publish a new version.")


def _summary(folder: Path, manifest: dict[str, Any]) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((folder / "report.json").read_bytes())
    return report | {"bytes": sum(file["bytes"] for file in manifest["files"].values())}


def preview_release(recipe: str, progress: Progress | None = None) -> dict[str, Any]:
    """What a recipe would give: ``report`` with every figure and gate, ``files`` with sizes. Nothing is kept.

    It is a whole build in a temporary folder, under names that nobody will see again.
    """
    read = read_recipe(recipe)
    with scratch_folder() as spare, drawing.source(read) as source:
        folder = spare / "preview"
        kept = kept_sides(Release(slug=read.slug, version=read.version))
        salt = secrets.token_bytes(32)
        manifest = core.build(folder, read, source, salt=salt, kept=kept, preview=True, progress=progress)
        report = json.loads((folder / "report.json").read_bytes())
    return {"report": report, "files": manifest["files"]}
