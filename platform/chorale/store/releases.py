"""Releases in the database: drafted, published, compared, verified; `release_building` makes their files."""

from __future__ import annotations

import secrets

from django.db import transaction
from django.utils import timezone

from chorale.store import audit, release_room
from chorale.store.models import Release, User
from chorale.store.release_folders import local_folder
from chorale.store.release_versions import FINAL
from exports import release as core
from exports.diff import ReleaseDiff, diff
from exports.manifest import digest, read_manifest
from exports.recipe_reader import read_recipe
from exports.recompute import RecomputeReport, recompute
from exports.verify import VerifyReport
from harmonize.problems import ChoraleError

ACCESS = ("public", "registered", "terms")


@transaction.atomic
def draft_release(
    *, by: User | None, recipe: str, salt: str = "", access: str = "", terms: str | None = None
) -> Release:
    """The row of the release a recipe describes, made if it is new; a draft takes over a changed recipe.

    Raises `RecipeError` with all problems, and ChoraleError `release-frozen` where that version was already built from
    another recipe, `release-building` where it is being built from another. ``salt`` (hex) is drawn at random once and
    stays with the row: it makes the pseudonyms. ``access`` and ``terms`` are what publishing then proposes; not given,
    they stay as they are.
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
    if not made and row.recipe_sha256 != digest(read.to_dict()) and release_room.taken(row):
        what = f"{row} is being built from the recipe as it stands."
        raise ChoraleError("release-building", what, "Wait until that job has ended, or raise the version.")
    row.title, row.recipe, row.recipe_sha256 = read.title, recipe, digest(read.to_dict())
    row.folder = f"releases/{read.slug}/{read.version}"
    row.access, row.terms = access or row.access, row.terms if terms is None else terms.strip()
    row.save()
    if made:
        audit.record(by, "release.draft", row, version=row.version)
    return row


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
