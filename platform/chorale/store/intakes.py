"""Intakes: a corpus's files gathered in a folder of its own, and the descriptor that is drafted for them."""

from __future__ import annotations

import datetime as dt
import filecmp
import os
import shutil
import tomllib
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from chorale.store import addresses, audit, fetching
from chorale.store.models import Intake, Job, User
from chorale.store.models.intake import Origin
from harmonize.corpora import archive
from harmonize.corpora.descriptor import NAME
from harmonize.problems import ChoraleError

FILES = "files"
NESTED = 3  # archives within archives that are unpacked


def folder(intake: Intake) -> Path:
    """The folder of an intake: ``files`` is the corpus's own, ``parts`` holds uploads not yet whole, ``address`` says
    where its files come from, with what is secret in that, until they are here."""
    return Path(settings.VAR) / "intakes" / str(intake.uuid)


def root(intake: Intake) -> Path:
    """The corpus's folder: where corpus.toml lies or will lie."""
    files = folder(intake) / FILES
    found = sorted(files.rglob(NAME), key=lambda place: len(place.parts))
    if found:
        return found[0].parent
    inside = list(files.iterdir()) if files.is_dir() else []
    # An archive often holds one folder that holds everything.
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else files


@transaction.atomic
def begin(*, by: User | None, origin: str, address: str = "") -> Intake:
    """Begin to bring a corpus in: by upload, from an allowed path of the server, or from an allowed address.

    ChoraleError `import-not-allowed` for a path or address outside the settings.
    """
    if origin != Origin.UPLOAD:
        allow(address)
    sweep()
    bare = addresses.bare(address)
    intake = Intake.objects.create(origin=origin, address=bare, created_by=by)
    addresses.hide(_whole_address(intake), address)
    audit.record(by, "intake.begin", intake, origin=origin, address=bare)
    return intake


def _whole_address(intake: Intake) -> Path:
    return folder(intake) / "address"


def allow(address: str) -> None:
    """Refuse a path outside `CHORALE_IMPORT_PATHS`, or an address that starts like none of
    `CHORALE_IMPORT_ADDRESSES`. Raises ChoraleError `import-not-allowed`, `import-missing`."""
    if "://" in address:
        if addresses.allowed(address):
            return
        known = ", ".join(settings.IMPORT_ADDRESSES) or "none yet"
        raise ChoraleError(
            "import-not-allowed",
            f"This server fetches nothing from {addresses.bare(address)[:120]}.",
            f"Allowed beginnings: {known}. The setting is CHORALE_IMPORT_ADDRESSES; or upload the files.",
        )
    place = Path(address).resolve()
    ours = [*settings.IMPORT_PATHS, Path(settings.VAR) / "intakes"]
    if not any(place.is_relative_to(Path(root).resolve()) for root in ours):
        raise ChoraleError(
            "import-not-allowed",
            f"{address} lies outside the folders that may be imported from.",
            "They are named by the setting CHORALE_IMPORT_PATHS; or upload the files.",
        )
    if not place.exists():
        raise ChoraleError("import-missing", f"There is no {address}.", "Choose one of the folders offered.")


def gather(intake: Intake, *, told: fetching.Told | None = None) -> Path:
    """Bring all files of an intake together in its folder and unpack archives; returns the corpus's folder.

    Doing it again changes nothing. ``told`` hears how many bytes were fetched. ChoraleError as `fetching.fetched` and
    `archive.unpack`; `intake-empty`.
    """
    files = folder(intake) / FILES
    files.mkdir(parents=True, exist_ok=True)
    if intake.origin != Origin.UPLOAD and not any(files.iterdir()):
        secret, spare = _whole_address(intake), folder(intake) / "fetched"
        source = fetching.fetched(addresses.whole(secret, intake.address), into=spare, told=told)
        if source.is_dir():
            _take_over(source, files)
        else:
            _link(source, files / source.name)
        shutil.rmtree(spare, ignore_errors=True)
        secret.unlink(missing_ok=True)
    for _ in range(NESTED):
        for packed in sorted(place for place in files.rglob("*") if place.is_file() and archive.is_archive(place)):
            _unpack(packed)
    if not any(place.is_file() for place in files.rglob("*")):
        raise ChoraleError("intake-empty", "No file has arrived.", "Upload one, or name another folder.")
    return root(intake)


def _unpack(packed: Path) -> None:
    """Put an archive's files in its place; into a folder called like it where they would take the place of others.

    Nothing is written into a file that is there: it may be a link to somebody's own.
    """
    spare = packed.parent / f".{packed.name}.unpacking"
    shutil.rmtree(spare, ignore_errors=True)
    try:
        names = [path.relative_to(spare) for path in archive.unpack(packed, spare)]
        target = packed.parent
        if any(_taken(spare / name, target / name, target) for name in names):
            target /= packed.name.replace(".", "-")
        for name in dict.fromkeys(names):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (spare / name).replace(target / name)
    finally:
        shutil.rmtree(spare, ignore_errors=True)
    packed.unlink()


def _taken(path: Path, place: Path, folder: Path) -> bool:
    """Whether something else than this file stands at its place."""
    above = [parent for parent in place.parents if parent.is_relative_to(folder)]
    if place.is_dir() or any(parent.is_file() for parent in above):
        return True
    return place.is_file() and not filecmp.cmp(path, place, shallow=False)


def _take_over(source: Path, target: Path) -> None:
    """The plain files of a folder, linked where the disk allows it, else copied; links in it are left out."""
    for place in source.rglob("*"):
        if place.is_file() and not place.is_symlink():
            _link(place, target / place.relative_to(source))


def _link(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:  # another disk, or not ours
        shutil.copy2(source, target)


@transaction.atomic
def describe(*, by: User | None, intake: Intake, toml: str) -> None:
    """Keep a descriptor's text. ChoraleError `descriptor` if it is no TOML; its faults otherwise are told elsewhere."""
    try:
        tomllib.loads(toml)
    except tomllib.TOMLDecodeError as error:
        raise ChoraleError("descriptor", f"This is not TOML: {error}.", "Mend that line; nothing was saved.") from None
    if toml == intake.descriptor:
        return
    intake.descriptor = toml
    intake.save(update_fields=["descriptor", "updated_at"])
    audit.record(by, "intake.describe", intake, characters=len(toml))


def drafted(*, intake: Intake, job: Job, toml: str, notes: list[str]) -> None:
    """Keep what was drafted, with what a person should look at; the job that drafted it leaves the Event."""
    told = {"notes": notes, "job": str(job.uuid)}
    Intake.objects.filter(pk=intake.pk).update(descriptor=toml, told=told, updated_at=timezone.now())


def drafting(intake: Intake) -> bool:
    """Whether a description is being drafted: its job runs and has not told its draft yet."""
    job = intake.drafting
    return job is not None and not job.ended and intake.told.get("job") != str(job.uuid)


def ready(intake: Intake) -> Path:
    """Write the descriptor beside the files and return the folder that `import_corpus` takes."""
    if not intake.descriptor:
        raise ChoraleError("intake-undescribed", "There is no descriptor yet.", "Draft one first.")
    place = root(intake)
    draft = place / f".{NAME}"
    draft.write_text(intake.descriptor, encoding="utf-8")
    # A hard link to somebody's file is replaced, never written into.
    draft.replace(place / NAME)
    return place


@transaction.atomic
def reopen(*, by: User | None, intake: Intake) -> None:
    """Go back to the description once the import has ended, to mend it and import again."""
    if intake.job is not None and not intake.job.ended:
        raise ChoraleError("import-running", "This corpus is being imported.", "Wait for it, or cancel that job.")
    intake.job = None
    intake.save(update_fields=["job", "updated_at"])
    audit.record(by, "intake.reopen", intake, corpus=intake.corpus)


@transaction.atomic
def drop(*, by: User | None, intake: Intake) -> None:
    """Give an intake up: its files go, what was imported stays. ChoraleError `import-running`."""
    if intake.job is not None and not intake.job.ended:
        raise ChoraleError("import-running", "This corpus is being imported.", "Cancel that job first.")
    audit.record(by, "intake.drop", intake, corpus=intake.corpus)
    shutil.rmtree(folder(intake), ignore_errors=True)
    intake.delete()


def sweep() -> int:
    """Remove the files of intakes that nobody touched for `CHORALE_UPLOAD_KEEP_DAYS`; returns how many."""
    addresses.forget_old(settings.UPLOAD_KEEP_DAYS)
    before = timezone.now() - dt.timedelta(days=settings.UPLOAD_KEEP_DAYS)
    stale = list(Intake.objects.filter(updated_at__lt=before))
    for intake in stale:
        shutil.rmtree(folder(intake), ignore_errors=True)
    Intake.objects.filter(pk__in=[intake.pk for intake in stale], job=None).delete()
    return len(stale)
