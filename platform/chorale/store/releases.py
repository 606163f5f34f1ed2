"""Releases in the database: draft, built and frozen, published, withdrawn; their files lie in the object store."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.db import transaction
from django.utils import timezone

from chorale.store import audit, drawing, object_store, release_room
from chorale.store.models import Release, User
from exports import release as core
from exports.diff import ReleaseDiff, diff
from exports.manifest import MANIFEST, digest, read_manifest
from exports.recipe_reader import read_recipe
from exports.recompute import RecomputeReport, recompute
from exports.scratch import scratch_folder
from exports.verify import VerifyReport
from harmonize.problems import ChoraleError

Progress = Callable[[int], None]
ACCESS = ("public", "registered", "terms")
FINAL = ("frozen", "published", "withdrawn")


@transaction.atomic
def draft_release(
    *, by: User | None, recipe: str, salt: str = "", access: str = "", terms: str | None = None
) -> Release:
    """The row of the release a recipe describes, made if it is new; a draft takes over a changed recipe.

    Raises `RecipeError` with all problems, and ChoraleError `release-frozen` where that version was already built from
    another recipe. ``salt`` (hex) is drawn at random once and stays with the row: it makes the pseudonyms. ``access``
    and ``terms`` are what publishing then proposes; not given, they stay as they are.
    """
    read = read_recipe(recipe)
    row, made = Release.objects.select_for_update().get_or_create(
        slug=read.slug,
        version=read.version,
        defaults={"salt": salt or secrets.token_hex(32), "created_by": by if by and by.pk else None},
    )
    if not made and row.state in FINAL:
        if row.recipe_sha256 != digest(read.to_dict()):
            what = f"{row} was built from another recipe."
            raise ChoraleError("release-frozen", what, "Raise the version: a release is immutable.")
        return row
    row.title, row.recipe, row.recipe_sha256 = read.title, recipe, digest(read.to_dict())
    row.folder = f"releases/{read.slug}/{read.version}"
    row.access, row.terms = access or row.access, row.terms if terms is None else terms.strip()
    row.save()
    if made:
        audit.record(by, "release.draft", row, version=row.version)
    return row


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
        manifest = _built(release, progress)
        summary = _checked(release, manifest)
    except Exception:
        Release.objects.filter(pk=release.pk, state="building").update(state="failed")
        raise
    with transaction.atomic():
        row = Release.objects.select_for_update().get(pk=release.pk)
        row.manifest, row.summary = manifest, summary
        row.state, row.frozen_at = "frozen", timezone.now()
        row.save()
        audit.record(by, "release.freeze", row, version=row.version, digest=manifest["digest"])
    return row


def _checked(release: Release, manifest: dict[str, Any]) -> dict[str, Any]:
    """The summary of built files, if nothing in them was erased since they were drawn from the database."""
    with local_folder(release) as folder:
        summary, erased = _summary(folder, manifest), release_room.erased(release, folder)
    if erased:
        release_room.empty(release)
        what = f"{erased} items or raters of {release} were erased while it was built."
        raise ChoraleError("release-erased", what, "Build it again, once the erasure has ended.")
    return summary


def _built(release: Release, progress: Progress | None) -> dict[str, Any]:
    """Build into the object store. What a killed run had already finished, but not recorded, is taken as it is."""
    local = object_store.local_path(release.folder)
    if local is None:
        with scratch_folder() as spare:
            manifest = _build(release, spare / "release", progress)
            release_room.empty(release)  # of what a killed upload left
            _upload(spare / "release", release.folder)
        return manifest
    if local.exists():
        manifest = read_manifest(local)
        if manifest["recipe_sha256"] == release.recipe_sha256 and core.verify(local).ok:
            return manifest
        shutil.rmtree(local)  # never recorded, so never published
    return _build(release, local, progress)


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


def previous(release: Release) -> Release | None:
    """The newest built version of the same line that is older than this one, by version number."""
    return next(iter(_older(release)), None)


def _older(release: Release) -> list[Release]:
    """The built versions of the same line before this one, the newest first."""
    line = Release.objects.filter(slug=release.slug, state__in=FINAL)
    older = [row for row in line if version_number(row) < version_number(release)]
    return sorted(older, key=version_number, reverse=True)


def kept_sides(release: Release) -> pa.Table | None:
    """The side of every item that stood on one in any earlier version; None without an earlier version.

    An item keeps its side for ever (SCIENCE rule 24), so one that was left out for a version comes back to it.
    """
    found: pa.Table | None = None
    for row in _older(release):
        here = sides(row)
        here = here.filter(pc.is_valid(here["split"]))
        if found is not None:
            here = here.filter(pc.invert(pc.is_in(here["uuid"], value_set=found["uuid"].combine_chunks())))
        found = here if found is None else pa.concat_tables([found, here.cast(found.schema)])
    return found


def version_number(release: Release) -> tuple[int, int, int]:
    """The version as numbers, to compare by."""
    major, minor, patch = (int(part) for part in release.version.split("."))
    return major, minor, patch


def sides(release: Release) -> pa.Table:
    """Item ``uuid`` and the ``split`` it is on in a release, null for one on no side."""
    fs, root = object_store.filesystem()
    if fs.exists(f"{root}/{sides_key(release)}"):  # its items were withdrawn
        with object_store.open_key(sides_key(release)) as file:
            return pq.read_table(file)
    with local_folder(release) as folder:
        return pq.read_table(folder / "items.parquet", columns=["uuid", "split"])


def sides_key(release: Release) -> str:
    """Where the sides are kept once the items of a release are withdrawn."""
    return f"{release.folder}-sides.parquet"


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


def diff_releases(before: Release, after: Release) -> ReleaseDiff:
    """What changed from one release to another; see `exports.diff`."""
    for release in (before, after):
        if release.state not in ("frozen", "published"):
            raise ChoraleError("release-not-built", f"{release} is {release.state}.", "Compare releases with files.")
    with local_folder(before) as old, local_folder(after) as new:
        return diff(old, new)


@transaction.atomic
def discard_release(*, by: User | None, release: Release) -> None:
    """Throw a draft away. Raises ChoraleError for a release that was built, and for one that is being built."""
    row = Release.objects.select_for_update().get(pk=release.pk)
    if row.state not in ("draft", "failed"):
        raise ChoraleError("release-not-draft", f"{row} is {row.state}.", "Withdraw it instead.")
    audit.record(by, "release.discard", row, version=row.version)
    release_room.clear(row)
    row.delete()


@transaction.atomic
def publish_release(*, by: User | None, release: Release, access: str = "", terms: str = "") -> Release:
    """Show a frozen release to those its access admits: public, registered, or whoever accepts ``terms``."""
    row = Release.objects.select_for_update().get(pk=release.pk)
    if row.state == "published":
        return row
    if row.state != "frozen":
        raise ChoraleError("release-not-frozen", f"{row} is {row.state}.", "Build it first.")
    row.state, row.published_at, row.access = "published", timezone.now(), access or row.access
    row.terms = terms.strip() or row.terms
    if row.access not in ACCESS:
        raise ChoraleError("release-access", f"{row.access!r} is no kind of access.", f"Use {', '.join(ACCESS)}.")
    if row.access == "terms" and not row.terms:
        raise ChoraleError("release-terms", "There are no terms to accept.", "Write them, or choose another access.")
    row.save(update_fields=["state", "published_at", "access", "terms"])
    audit.record(by, "release.publish", row, version=row.version, access=row.access)
    return row


def verify_release(release: Release) -> VerifyReport:
    """Check the files of a release against the manifest beside them, and that manifest against the database."""
    if release.state not in FINAL:
        raise ChoraleError("release-not-built", f"{release} is {release.state} and has no files.", "Build it first.")
    with local_folder(release) as folder:
        report = core.verify(folder)
        if report.ok and read_manifest(folder)["digest"] != release.manifest["digest"]:
            what = f"The manifest of {release} is sound, but not the one that was frozen."
            raise ChoraleError("release-other-manifest", what, "Restore the folder from a copy.")
    return report


def recompute_release(release: Release) -> RecomputeReport:
    """Every figure of a release computed again from its files; see `exports.recompute`."""
    with local_folder(release) as folder:
        return recompute(folder)


def find(name: str) -> Release:
    """A release by "slug@version", or by version alone where only one line has it."""
    slug, _, version = name.rpartition("@")
    rows = list(Release.objects.filter(version=version, **({"slug": slug} if slug else {})))
    if len(rows) == 1:
        return rows[0]
    if rows:
        what = f"{len(rows)} releases have the version {version}."
        raise ChoraleError("release-ambiguous", what, f"Say slug@{version}.")
    raise ChoraleError("unknown-release", f"There is no release '{name}'.", "Say slug@version, as on its page.")


@contextmanager
def local_folder(release: Release) -> Iterator[Path]:
    """The release's folder; fetched into a temporary one where the object store is not a local folder."""
    local = object_store.local_path(release.folder)
    if local is not None:
        yield local
        return
    fs, root = object_store.filesystem()
    with scratch_folder() as spare:
        (spare / "release").mkdir()
        fs.get(f"{root}/{release.folder}/", f"{spare}/release/", recursive=True)
        yield spare / "release"


def _upload(folder: Path, prefix: str) -> None:
    """Every file, the manifest last: a folder without one is not a release."""
    fs, root = object_store.filesystem()
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST)
    for path in [*files, folder / MANIFEST]:
        target = f"{root}/{prefix}/{path.relative_to(folder).as_posix()}"
        fs.makedirs(target.rsplit("/", 1)[0], exist_ok=True)
        fs.put_file(str(path), target)


def _summary(folder: Path, manifest: dict[str, Any]) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((folder / "report.json").read_bytes())
    return report | {"bytes": sum(file["bytes"] for file in manifest["files"].values())}
