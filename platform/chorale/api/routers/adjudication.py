"""Rulings, and the queue of the hardest items of a settled layer."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest
from ninja import Router, Status

from chorale.api import rulings_out
from chorale.api.paging import LIMIT, page
from chorale.api.schemas import RulingOut
from chorale.api.schemas_adjudication import QueueOut, RulingIn, RulingPage, TakeBackIn
from chorale.store import access, rulings
from chorale.store.adjudication import PICKS, Queue
from chorale.store.models import AggregationReport, Item, Ruling, Scheme
from chorale.store.models.people import Role
from harmonize.problems import ChoraleError

router = Router(tags=["adjudication"])


@router.get("/rulings", response=RulingPage)
def all_rulings(
    request: HttpRequest,
    corpus: str = "",
    scheme: str = "",
    stands: bool | None = None,
    after: int = 0,
    limit: int = 100,
) -> Any:
    """Rulings, those replaced or taken back too unless ``stands`` says otherwise."""
    rows = access.rows(request.user, Ruling).select_related("item", "scheme", "decided_by")
    wanted = {"item__corpus__slug": corpus, "scheme__ref": scheme}
    rows = rows.filter(**{name: value for name, value in wanted.items() if value})
    rows = rows if stands is None else rows.filter(retired_at__isnull=stands)
    found, more = page(rows, after=after, limit=limit)
    return {"rows": [rulings_out.told(row) for row in found], "next": more}


@router.post("/items/{key}/rulings", response={201: RulingOut})
def rule(request: HttpRequest, key: uuid.UUID, wanted: RulingIn) -> Any:
    """Decide on an item, over all aggregates; the votes stay, and an earlier ruling is replaced and kept (admins)."""
    person = access.demand(request.user, Role.ADMIN)
    item, scheme = access.one(person, Item, uuid=key), access.one(person, Scheme, ref=wanted.scheme)
    given = wanted.dict(exclude={"scheme"})
    return Status(201, rulings_out.told(rulings.rule(by=person, item=item, scheme=scheme, **given)))


@router.post("/rulings/{pk}/take-back", response=RulingOut)
def take_back(request: HttpRequest, pk: int, wanted: TakeBackIn) -> Any:
    """Take a standing ruling back: the votes speak again (admins)."""
    person = access.demand(request.user, Role.ADMIN)
    rulings.take_back(by=person, ruling=access.one(person, Ruling, pk=pk), reason=wanted.reason)
    return rulings_out.told(access.one(person, Ruling, pk=pk))


@router.get("/settlings/{key}/queue", response=QueueOut)
def queue(request: HttpRequest, key: int, pick: str = "hardest", after: int | None = None, limit: int = 100) -> Any:
    """Items of a settled layer that wait for a ruling, hardest first (admins)."""
    person = access.demand(request.user, Role.ADMIN)
    if pick not in PICKS:
        raise ChoraleError("unknown-pick", f"There is no pick {pick}.", f"Known: {', '.join(PICKS)}.")
    report = access.one(person, AggregationReport, pk=key)
    rows = Queue(report, pick).waiting(after).select_related("item")[: min(max(limit, 1), LIMIT)]
    facts = ("hardness", "n", "verdict")
    return {"rows": [{f: getattr(r, f) for f in facts} | {"item": r.item.uuid, "key": r.item_id} for r in rows]}
