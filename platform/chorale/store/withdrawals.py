"""Taking back what was released: an item or a rater leaves every release that holds them, and a patch version follows.

This is the releases' part of an erasure (SCIENCE rule 23). Deleting the rows themselves, the raw upload and what Label
Studio and model logs hold is done by whoever erases, before the patch versions are built.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.db import transaction

from chorale.store import audit, erased_meanwhile, erasure_reach, object_store, release_versions, releases
from chorale.store.models import Item, Rater, Release, User
from chorale.store.release_folders import local_folder
from exports import withdrawal
from exports.pseudonyms import PERSON, pseudonym
from exports.recipe_reader import read_recipe
from harmonize.problems import ChoraleError

Find = Callable[[Path, Release], list[str]]


def withdraw_item(*, by: User | None, item: Item, reason: str, beside: Sequence[Item] = ()) -> list[Release]:
    """Withdraw an item from every release, with the files that hold items ``beside`` it, which tell its text again.

    Returns the drafts of the patch versions that must follow.
    """
    uuids = [str(one.uuid) for one in (item, *beside)]

    def find(folder: Path, _: Release) -> list[str]:
        return sorted({name for uuid in uuids for name in withdrawal.files_with_item(folder, uuid)})

    return _withdraw(by, find, reason, without=uuids[0])


def withdraw_rater(*, by: User | None, rater: Rater, reason: str) -> list[Release]:
    """Withdraw a person from every release, under whatever pseudonym each gave them; returns the patch drafts."""
    if rater.kind != "person":
        raise ChoraleError("not-a-person", f"{rater} is a {rater.kind}.", "Leave it out of the next recipe instead.")

    def find(folder: Path, release: Release) -> list[str]:
        name = PERSON + pseudonym(erasure_reach.key_of(rater), salt=bytes.fromhex(release.salt), purpose="rater")
        if files := withdrawal.files_with_rater(folder, name):
            return files
        counted = erased_meanwhile.counted(read_recipe(release.recipe)).filter(pk=rater.pk)
        return withdrawal.data_files(folder) if counted.exists() else []

    return _withdraw(by, find, reason)


@transaction.atomic
def withdraw_release(*, by: User | None, release: Release, reason: str) -> Release:
    """Withdraw a whole version: its tables, views and subsets go, card, manifest and a tombstone for each file stay.

    Raises ChoraleError where it was never built, or without a reason: the tombstone tells it to everybody.
    """
    if not reason.strip():
        raise ChoraleError("withdraw-reason", "A withdrawal needs a reason.", "Say why: the tombstone shows it.")
    row = Release.objects.select_for_update().get(pk=release.pk)
    if row.state not in release_versions.FINAL:
        raise ChoraleError("release-not-built", f"{row} is {row.state} and has no files.", "Discard the draft.")
    _withdraw_from(by, row, lambda folder, _: withdrawal.data_files(folder), reason.strip(), "")
    row.refresh_from_db()
    return row


def _withdraw(by: User | None, find: Find, reason: str, without: str = "") -> list[Release]:
    """Withdraw what ``find`` names in every built release; a patch draft for each line whose newest was touched.

    What an earlier attempt, killed half-way, has withdrawn for the same reason counts as touched.
    """
    touched: list[Release] = []
    for release in Release.objects.filter(state__in=release_versions.FINAL).order_by("pk"):
        if _withdraw_from(by, release, find, reason, without) or _told(release, reason):
            touched.append(release)
    drafts = []
    for slug in sorted({release.slug for release in touched}):
        built = Release.objects.filter(slug=slug, state__in=release_versions.FINAL)
        newest = max(built, key=release_versions.version_number)
        if newest in touched:
            drafts.append(releases.draft_release(by=by, recipe=patched(newest, reason)))
    return drafts


def _told(release: Release, reason: str) -> bool:
    """Whether a tombstone of the release gives this reason."""
    with local_folder(release) as folder:
        return any(stone["reason"] == reason for stone in withdrawal.tombstones(folder).values())


@transaction.atomic
def _withdraw_from(by: User | None, release: Release, find: Find, reason: str, without: str) -> bool:
    row = Release.objects.select_for_update().get(pk=release.pk)
    with local_folder(row) as folder:
        files = find(folder, row)
        if not files:
            return False
        if "items.parquet" in files:
            _keep_sides(row, folder, without)
        withdrawal.withdraw(folder, files, reason=reason)
        if object_store.local_path(row.folder) is None:
            _mirror(row, folder, files)
    row.state = "withdrawn"
    row.save(update_fields=["state"])
    audit.record(by, "release.withdraw", row, version=row.version, files=files, reason=reason)
    return True


def _keep_sides(release: Release, folder: Path, without: str) -> None:
    """Who stood on which side outlives the items' file, for the next version; the erased item's side does not."""
    path = folder / "items.parquet"
    if not path.is_file():
        return
    table = pq.read_table(path, columns=["uuid", "split"])
    table = table.filter(pc.not_equal(table["uuid"], without))
    with tempfile.TemporaryDirectory(prefix="chorale-") as spare:
        pq.write_table(table, Path(spare) / "sides.parquet")
        fs, root = object_store.filesystem()
        fs.put_file(f"{spare}/sides.parquet", f"{root}/{release_versions.sides_key(release)}")


def _mirror(release: Release, folder: Path, files: list[str]) -> None:
    """The same in a store that is not a local folder: the tombstones first, then the files go."""
    fs, root = object_store.filesystem()
    fs.put_file(str(folder / withdrawal.TOMBSTONES), f"{root}/{release.folder}/{withdrawal.TOMBSTONES}")
    for name in files:
        fs.rm_file(f"{root}/{release.folder}/{name}")


def patched(release: Release, reason: str) -> str:
    """The recipe of the next patch version: the same, with the version raised and the change told."""
    major, minor, patch = release_versions.version_number(release)
    text = _replaced(release.recipe, "version", f"{major}.{minor}.{patch + 1}")
    return _replaced(text, "changes", f"Withdrawn data left out: {reason}")


def _replaced(recipe: str, key: str, value: str) -> str:
    """One value of the [release] table set anew, the rest of the file untouched."""
    plain = " ".join(value.split()).replace("\\", " ").replace('"', "'")
    section = re.search(r"^\[release\]\s*$(.*?)(?=^\[|\Z)", recipe, re.MULTILINE | re.DOTALL)
    if section is None:
        raise ChoraleError("recipe", "The recipe has no [release] table.", "Write the patch recipe by hand.")
    pattern = rf'^{key}\s*=\s*(""".*?"""|"(?:[^"\\]|\\.)*"|\'[^\']*\')'
    body, count = re.subn(
        pattern, lambda _: f'{key} = "{plain}"', section.group(1), count=1, flags=re.MULTILINE | re.DOTALL
    )
    if count != 1:
        raise ChoraleError("recipe", f"The recipe's {key} cannot be found.", "Write the patch recipe by hand.")
    return recipe[: section.start(1)] + body + recipe[section.end(1) :]
