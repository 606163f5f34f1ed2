"""Corpora on their way in. Files arrive by tus 1.0 (core, creation, termination): https://tus.io/protocols."""

from __future__ import annotations

import base64
import binascii
import uuid
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Router, Status

from chorale.api.paging import page
from chorale.api.schemas import IntakeDescriptor, IntakeIn, IntakeOut, IntakePage, JobOut, UploadCheck, UploadOut
from chorale.jobs import bringing_in
from chorale.store import access, intakes, uploads
from chorale.store.models import Intake, Upload
from chorale.store.models.people import Role
from harmonize.problems import ChoraleError

router = Router(tags=["intakes"])
VERSION = "1.0.0"
BLOCK = 1 << 20


@router.get("/intakes", response=IntakePage)
def all_intakes(request: HttpRequest, after: int = 0, limit: int = 100) -> Any:
    """Corpora on their way in (admins)."""
    rows, more = page(access.rows(request.user, Intake).select_related("job"), after=after, limit=limit)
    return {"rows": [_told(row) for row in rows], "next": more}


@router.post("/intakes", response={201: IntakeOut})
def begin(request: HttpRequest, wanted: IntakeIn) -> Any:
    """Begin to bring a corpus in: by upload, or from an allowed path or address."""
    person = access.demand(request.user, Role.ADMIN)
    return Status(201, _told(intakes.begin(by=person, origin=wanted.origin, address=wanted.address)))


@router.get("/intakes/{key}", response=IntakeOut)
def one(request: HttpRequest, key: uuid.UUID) -> Any:
    """One of them, with its files and its descriptor."""
    return _told(access.one(request.user, Intake, uuid=key))


@router.delete("/intakes/{key}", response={204: None})
def drop(request: HttpRequest, key: uuid.UUID) -> Any:
    """Give it up; its files go."""
    person = access.demand(request.user, Role.ADMIN)
    intakes.drop(by=person, intake=access.one(person, Intake, uuid=key))
    return Status(204, None)


@router.put("/intakes/{key}/descriptor", response=IntakeOut)
def describe(request: HttpRequest, key: uuid.UUID, wanted: IntakeDescriptor) -> Any:
    """Put the text of corpus.toml."""
    person = access.demand(request.user, Role.ADMIN)
    row = access.one(person, Intake, uuid=key)
    intakes.describe(by=person, intake=row, toml=wanted.toml)
    return _told(row)


@router.post("/intakes/{key}/draft", response={201: JobOut})
def draft(request: HttpRequest, key: uuid.UUID) -> Any:
    """Gather the files, unpack archives and draft a descriptor, as a job."""
    person = access.demand(request.user, Role.ADMIN)
    return Status(201, bringing_in.describe(by=person, intake=access.one(person, Intake, uuid=key)))


@router.post("/intakes/{key}/import", response={201: JobOut})
def bring_in(request: HttpRequest, key: uuid.UUID) -> Any:
    """Import under the descriptor as it stands, as a job."""
    person = access.demand(request.user, Role.ADMIN)
    return Status(201, bringing_in.bring_in(by=person, intake=access.one(person, Intake, uuid=key)))


@router.api_operation(["OPTIONS"], "/intakes/{key}/uploads", include_in_schema=False)
def offer(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """What this end of tus can do."""
    headers = {"Tus-Version": VERSION, "Tus-Extension": "creation,termination"}
    return _answer(204, **headers, **{"Tus-Max-Size": str(settings.UPLOAD_MOST_BYTES)})


@router.post("/intakes/{key}/uploads", response={201: None})
def announce(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Announce a file (tus creation): Upload-Length, Upload-Metadata with `filename` and, if known, `sha256`."""
    person = access.demand(request.user, Role.ADMIN)
    _same_version(request)
    row = access.one(person, Intake, uuid=key)
    size, told = _number(request, "Upload-Length"), _metadata(request)
    upload = uploads.begin(
        by=person, intake=row, name=told.get("filename", ""), size=size, expected=told.get("sha256", "")
    )
    place = reverse("api:upload-head", args=[upload.uuid])
    return _answer(201, Location=place, **{"Upload-Offset": str(uploads.here(upload))})


@router.api_operation(["HEAD"], "/uploads/{key}", url_name="upload-head", include_in_schema=False)
def here(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """How much has arrived."""
    upload = access.one(request.user, Upload, uuid=key)
    told = {"Upload-Offset": str(uploads.here(upload)), "Upload-Length": str(upload.bytes)}
    return _answer(200, **told, **{"Cache-Control": "no-store"})


@router.patch("/uploads/{key}", response={204: None})
def append(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """The next piece, from Upload-Offset on (tus)."""
    person = access.demand(request.user, Role.ADMIN)
    _same_version(request)
    if request.headers.get("Content-Type", "").split(";")[0] != "application/offset+octet-stream":
        return _answer(415)
    upload = access.one(person, Upload, uuid=key)
    offset = _number(request, "Upload-Offset")
    at = uploads.append(by=person, upload=upload, offset=offset, pieces=_pieces(request))
    return _answer(204, **{"Upload-Offset": str(at)})


@router.get("/uploads/{key}", response=UploadOut)
def upload(request: HttpRequest, key: uuid.UUID) -> Any:
    """One upload: how much has arrived, and its hash once it is whole."""
    return _upload(access.one(request.user, Upload, uuid=key))


@router.post("/uploads/{key}/check", response=UploadOut)
def check(request: HttpRequest, key: uuid.UUID, wanted: UploadCheck) -> Any:
    """Compare the sender's SHA-256 with that of what arrived."""
    person = access.demand(request.user, Role.ADMIN)
    row = access.one(person, Upload, uuid=key)
    return _upload(uploads.check(by=person, upload=row, expected=wanted.sha256))


@router.delete("/uploads/{key}", response={204: None})
def remove(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Remove a file (tus termination)."""
    person = access.demand(request.user, Role.ADMIN)
    uploads.drop(by=person, upload=access.one(person, Upload, uuid=key))
    return _answer(204)


def _answer(status: int, **headers: str) -> HttpResponse:
    return HttpResponse(status=status, headers={"Tus-Resumable": VERSION, **headers})


def _same_version(request: HttpRequest) -> None:
    if request.headers.get("Tus-Resumable") != VERSION:
        raise ChoraleError("upload-version", f"This end speaks tus {VERSION}.", f"Send Tus-Resumable: {VERSION}.")


def _number(request: HttpRequest, name: str) -> int:
    value = request.headers.get(name, "")
    if not value.isdigit() or len(value) > 18:
        raise ChoraleError("upload-header", f"{name} is no whole number.", "See https://tus.io/protocols.")
    return int(value)


def _metadata(request: HttpRequest) -> dict[str, str]:
    """Upload-Metadata: pairs of a name and a text in base64, parted by commas."""
    told: dict[str, str] = {}
    for pair in request.headers.get("Upload-Metadata", "").split(","):
        name, _, value = pair.strip().partition(" ")
        try:
            told[name] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, ValueError):
            raise ChoraleError("upload-header", f"Upload-Metadata: {name} is not base64.", "Encode it.") from None
    return told


def _pieces(request: HttpRequest) -> Iterator[bytes]:
    while block := request.read(BLOCK):
        yield block


def _upload(row: Upload) -> dict[str, Any]:
    plain = ("uuid", "name", "bytes", "sha256", "state", "checked")
    return {name: getattr(row, name) for name in plain} | {"received": uploads.here(row)}


def _told(row: Intake) -> dict[str, Any]:
    plain = ("uuid", "origin", "address", "descriptor", "corpus", "created_at")
    files = [_upload(upload) for upload in row.uploads.order_by("name")]
    return {name: getattr(row, name) for name in plain} | {
        "notes": row.told.get("notes", []),
        "uploads": files,
        "job": row.job.uuid if row.job else None,
    }
