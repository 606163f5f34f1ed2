"""Files that arrive piece by piece: what is here is the size of a part on disk, so any break can be gone on from."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path, PurePosixPath

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from chorale.store import audit, intakes
from chorale.store.models import Intake, Upload, User
from harmonize.problems import ChoraleError

SPARE = 1 << 30  # bytes of the disk that uploads leave free
LONGEST = 255  # bytes of one part of a name, as file systems have it
BLOCK = 1 << 20


def part(upload: Upload) -> Path:
    """Where the pieces of an upload are put together."""
    return intakes.folder(upload.intake) / "parts" / str(upload.uuid)


def place(upload: Upload) -> Path:
    """Where it lies once it is whole."""
    return intakes.folder(upload.intake) / intakes.FILES / upload.name


def here(upload: Upload) -> int:
    """How many bytes have arrived."""
    if upload.state == "whole":
        return upload.bytes
    path = part(upload)
    return path.stat().st_size if path.exists() else 0


@transaction.atomic
def begin(*, by: User | None, intake: Intake, name: str, size: int, expected: str = "") -> Upload:
    """Announce a file. The same name and size again gives the upload that has begun.

    ChoraleError `upload-name`, `upload-too-large`, `upload-quota`, `upload-disk`, `intake-closed`, `upload-exists`.
    """
    if intake.job_id:
        raise ChoraleError("intake-closed", "This corpus is being imported already.", "Begin a new import.")
    clean = safe_name(name)
    known = Upload.objects.filter(intake=intake, name=clean).first()
    if known and known.bytes == size and known.state != "damaged":
        return known
    if known and known.state == "whole":
        raise ChoraleError("upload-exists", f"Another {clean} is here already.", "Remove it first, or rename this one.")
    if known:
        drop(by=by, upload=known)
    _no_folder(intake, clean)
    _room(size)
    upload = Upload.objects.create(intake=intake, name=clean, bytes=size, expected=expected.lower())
    part(upload).parent.mkdir(parents=True, exist_ok=True)
    part(upload).touch()
    audit.record(by, "upload.begin", upload, name=clean, bytes=size)
    if size == 0:
        _finish(by, upload)
    return upload


def safe_name(name: str) -> str:
    """A relative path without anything that could lead out of the folder. Raises ChoraleError `upload-name`."""
    steps = PurePosixPath(name.replace("\\", "/")).parts
    bad = not steps or steps[0].startswith("/") or ".." in steps or any(c < " " or c == "\x7f" for c in name)
    long = any(len(step.encode()) > LONGEST for step in steps) or len(name) > 300
    if bad or long or any(step.startswith(".") or ":" in step for step in steps):
        raise ChoraleError(
            "upload-name", f"{name[:80]!r} is no name for a file here.", "Rename it and upload it again."
        )
    return "/".join(steps)


def _no_folder(intake: Intake, name: str) -> None:
    """Refuse a file that is called like a folder here, or whose folder is called like a file.

    ChoraleError `upload-exists`.
    """
    steps = name.split("/")
    above = ["/".join(steps[:depth]) for depth in range(1, len(steps))]
    files = intakes.folder(intake) / intakes.FILES
    folder = (files / name).is_dir() or Upload.objects.filter(intake=intake, name__startswith=f"{name}/").exists()
    file = any((files / step).is_file() for step in above)
    if folder or file or Upload.objects.filter(intake=intake, name__in=above).exists():
        what = f"{name} is called like a folder here, or lies in one that is called like a file."
        raise ChoraleError("upload-exists", what, "Rename it and upload it again, or remove the other first.")


def _room(size: int) -> None:
    if size > settings.UPLOAD_MOST_BYTES:
        raise ChoraleError(
            "upload-too-large",
            f"The file has {size:,} bytes; one upload may have {settings.UPLOAD_MOST_BYTES:,}.",
            "Split it, import it from a path of the server, or raise CHORALE_UPLOAD_MAX_BYTES.",
        )
    waiting = Upload.objects.exclude(intake__job__state="done").aggregate(all=Sum("bytes", default=0))["all"]
    if waiting + size > settings.UPLOAD_QUOTA_BYTES:
        raise ChoraleError(
            "upload-quota",
            f"Uploads that wait to be imported hold {waiting:,} of {settings.UPLOAD_QUOTA_BYTES:,} bytes.",
            "Import or give up what waits, or raise CHORALE_UPLOAD_QUOTA_BYTES.",
        )
    store = Path(settings.VAR)
    store.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(store).free < size + SPARE:
        raise ChoraleError("upload-disk", "The server's disk has no room for this file.", "Ask who runs it.")


def append(*, by: User | None, upload: Upload, offset: int, pieces: Iterable[bytes]) -> int:
    """Add bytes at ``offset``, which must be what has arrived; returns what has arrived now.

    The last byte makes it whole: it is hashed, compared with the sender's hash if there is one, and put among the
    corpus's files. ChoraleError `upload-offset`, `upload-locked`, `upload-too-long`, `upload-checksum`.
    """
    path = part(upload)
    if upload.state == "whole":
        return upload.bytes
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as sink:
        try:
            fcntl.flock(sink, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ChoraleError("upload-locked", "Another piece of this file is being written.", "Try again.") from None
        at = os.fstat(sink.fileno()).st_size
        if at != offset:
            raise ChoraleError("upload-offset", f"{at:,} bytes are here, not {offset:,}.", "Go on from there.")
        for piece in pieces:
            if at + len(piece) > upload.bytes:
                sink.truncate(offset)
                raise ChoraleError("upload-too-long", "More bytes came than were announced.", "Upload it anew.")
            sink.write(piece)
            at += len(piece)
        sink.flush()
        if at == upload.bytes:
            os.fsync(sink.fileno())
            _finish(by, upload)
    return at


@transaction.atomic
def _finish(by: User | None, upload: Upload) -> None:
    """Hash the whole file and put it among the corpus's files."""
    digest = sha256()
    with part(upload).open("rb") as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
    upload.sha256, upload.finished_at = digest.hexdigest(), timezone.now()
    upload.state = "whole" if upload.expected in ("", upload.sha256) else "damaged"
    upload.save(update_fields=["sha256", "finished_at", "state"])
    audit.record(by, "upload.finish", upload, name=upload.name, sha256=upload.sha256, state=upload.state)
    if upload.state == "whole":
        try:
            place(upload).parent.mkdir(parents=True, exist_ok=True)
            part(upload).replace(place(upload))
        except OSError:  # a folder of that name came while it was on its way
            _no_folder(upload.intake, upload.name)
            raise


@transaction.atomic
def check(*, by: User | None, upload: Upload, expected: str) -> Upload:
    """Compare the sender's SHA-256 with that of what arrived; a file that differs is set aside as damaged."""
    if upload.state == "open":
        raise ChoraleError("upload-open", f"{upload.name} is not whole yet.", "Send the rest first.")
    upload.expected = expected.lower()
    upload.state = "whole" if upload.checked else "damaged"
    if upload.state == "damaged":
        place(upload).unlink(missing_ok=True)
    upload.save(update_fields=["expected", "state"])
    audit.record(by, "upload.check", upload, name=upload.name, state=upload.state)
    return upload


@transaction.atomic
def drop(*, by: User | None, upload: Upload) -> None:
    """Remove a file, whole or not."""
    if upload.intake.job_id:
        raise ChoraleError("intake-closed", "This corpus is being imported already.", "Begin a new import.")
    part(upload).unlink(missing_ok=True)
    if upload.state == "whole":
        place(upload).unlink(missing_ok=True)
    audit.record(by, "upload.drop", upload, name=upload.name)
    upload.delete()
