"""The versions of a release line: which is older, and which side every item stood on in them."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from chorale.store import object_store
from chorale.store.models import Release
from chorale.store.release_folders import local_folder
from harmonize.problems import ChoraleError

FINAL = ("frozen", "published", "withdrawn")
"""The states of a release that was built."""


def version_number(release: Release) -> tuple[int, int, int]:
    """The version as numbers, to compare by."""
    major, minor, patch = (int(part) for part in release.version.split("."))
    return major, minor, patch


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
