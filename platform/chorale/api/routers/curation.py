"""What corpora are made of, rows in quarantine, and collections."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Status

from chorale.api.paging import page
from chorale.api.schemas_curation import (
    CollectionIn,
    CollectionOut,
    CollectionPage,
    DrawOut,
    DropIn,
    MendedOut,
    MendIn,
    ProfileOut,
    QuarantineOut,
    QuarantinePage,
    SampleIn,
)
from chorale.store import access, collections, mending, profiles
from chorale.store.models import Collection, Corpus, CorpusProfile, Quarantine
from chorale.store.models.people import Role
from chorale.store.quarantine_folders import folder_of

router = Router(tags=["curation"])


@router.get("/corpora/{slug}/profile", response=ProfileOut)
def profile(request: HttpRequest, slug: str) -> Any:
    """Lengths, languages, splits, facets, labels and likenesses of a corpus, as last counted; `stale` if rows came
    since."""
    row = access.one(request.user, Corpus, slug=slug)
    kept = CorpusProfile.objects.filter(corpus=row).first()
    counted = {"body": kept.body, "items": kept.items, "made_at": kept.made_at} if kept else {}
    return {"corpus": slug, "stale": profiles.stale(row), "body": {}, "items": 0, "made_at": None} | counted


@router.get("/corpora/{slug}/quarantine", response=QuarantinePage)
def quarantine(
    request: HttpRequest, slug: str, state: str = "", code: str = "", after: int = 0, limit: int = 100
) -> Any:
    """Rows of a corpus that could not come in, whole (admins)."""
    rows = access.rows(request.user, Quarantine).filter(corpus__slug=slug)
    rows = rows.filter(**{name: value for name, value in (("state", state), ("code", code)) if value})
    found, more = page(rows.select_related("source_file"), after=after, limit=limit)
    return {"rows": [_refused(row) for row in found], "next": more}


@router.post("/quarantine/{pk}/mend", response=MendedOut)
def mend(request: HttpRequest, pk: int, wanted: MendIn) -> Any:
    """Read a row again, as it is or as it should be; it comes in, or the answer says what is still wrong."""
    person = access.demand(request.user, Role.ADMIN)
    row = access.one(person, Quarantine, pk=pk)
    told = mending.mend(by=person, row=row, raw=wanted.raw, folder=folder_of(row.corpus))
    return {"imported": told.imported, "duplicates": told.duplicates}


@router.post("/quarantine/{pk}/drop", response=QuarantineOut)
def drop(request: HttpRequest, pk: int, wanted: DropIn) -> Any:
    """Close a row as not wanted, with a reason; it stays counted as quarantined."""
    person = access.demand(request.user, Role.ADMIN)
    mending.drop(by=person, row=access.one(person, Quarantine, pk=pk), reason=wanted.reason)
    return _refused(access.one(person, Quarantine, pk=pk))


def _refused(row: Quarantine) -> dict[str, Any]:
    plain = ("pk", "line", "raw", "code", "where", "what", "fix", "state")
    return {name: getattr(row, name) for name in plain} | {"file": row.source_file.name if row.source_file else None}


@router.get("/collections", response=CollectionPage)
def all_collections(request: HttpRequest, after: int = 0, limit: int = 100) -> Any:
    """Collections with their filters, plans and reports."""
    rows, more = page(access.rows(request.user, Collection), after=after, limit=limit)
    return {"rows": rows, "next": more}


@router.get("/collections/{slug}", response=CollectionOut)
def collection(request: HttpRequest, slug: str) -> Any:
    """One collection: what was drawn out of what."""
    return access.one(request.user, Collection, slug=slug)


@router.post("/collection-preview", response=DrawOut)
def preview(request: HttpRequest, wanted: SampleIn) -> Any:
    """What a draw would give, stratum by stratum; nothing is written."""
    access.demand(request.user, Role.ADMIN)
    return collections.preview(filter=wanted.filter, size=wanted.size, seed=wanted.seed, plan=wanted.plan)


@router.post("/collections", response={201: CollectionOut})
def draw(request: HttpRequest, wanted: CollectionIn) -> Any:
    """Draw a collection; the list then stands."""
    person = access.demand(request.user, Role.ADMIN)
    return Status(201, collections.create(by=person, **wanted.dict()))
