"""Corpora, items and judgments."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest
from ninja import Router

from chorale.api import rulings_out
from chorale.api.paging import page
from chorale.api.schemas import CorpusOut, CorpusPage, ItemPage, JudgmentPage, WholeItemOut
from chorale.store import access
from chorale.store.models import Aggregate, Corpus, Item, Judgment, Ruling, Scheme
from harmonize.records import Status

router = Router(tags=["corpora"])


@router.get("/corpora", response=CorpusPage)
def corpora(request: HttpRequest, after: int = 0, limit: int = 100) -> Any:
    """Every corpus."""
    rows, more = page(access.rows(request.user, Corpus), after=after, limit=limit)
    return {"rows": rows, "next": more}


@router.get("/corpora/{slug}", response=CorpusOut)
def corpus(request: HttpRequest, slug: str) -> Any:
    """One corpus."""
    return access.one(request.user, Corpus, slug=slug)


@router.get("/items", response=ItemPage)
def items(request: HttpRequest, corpus: str = "", modality: str = "", after: int = 0, limit: int = 100) -> Any:
    """Items, optionally of one corpus or modality."""
    rows = access.rows(request.user, Item).select_related("corpus")
    if corpus:
        rows = rows.filter(corpus=access.one(request.user, Corpus, slug=corpus))
    if modality:
        rows = rows.filter(modality=modality)
    found, more = page(rows, after=after, limit=limit)
    return {"rows": [_item(row) for row in found], "next": more}


@router.get("/items/{key}", response=WholeItemOut)
def item(request: HttpRequest, key: uuid.UUID) -> Any:
    """One item with all of its soft labels and the rulings on it."""
    row = access.one(request.user, Item, uuid=key)
    soft = Aggregate.objects.filter(item=row).order_by("pk")
    soft = soft.select_related("scheme", "crosswalk", "campaign", "collection")
    decided = Ruling.objects.filter(item=row).select_related("item", "scheme", "decided_by").order_by("pk")
    told = {"rulings": [rulings_out.told(ruling) for ruling in decided]}
    return _item(row) | {"soft_labels": [_soft(a) for a in soft]} | told


@router.get("/items/{key}/judgments", response=JudgmentPage)
def judgments_of(request: HttpRequest, key: uuid.UUID, after: int = 0, limit: int = 100) -> Any:
    """Everything ever said about an item, superseded judgments too (admins)."""
    row = access.one(request.user, Item, uuid=key)
    return _judgments(access.rows(request.user, Judgment).filter(item=row), after, limit)


@router.get("/judgments", response=JudgmentPage)
def judgments(
    request: HttpRequest, corpus: str = "", campaign: str = "", scheme: str = "", after: int = 0, limit: int = 100
) -> Any:
    """Current judgments, optionally of a corpus, campaign or scheme (admins)."""
    rows = access.rows(request.user, Judgment).filter(retired_at__isnull=True)
    wanted = {"item__corpus__slug": corpus, "response__campaign__slug": campaign, "scheme__ref": scheme}
    return _judgments(rows.filter(**{k: v for k, v in wanted.items() if v}), after, limit)


def _judgments(rows: Any, after: int, limit: int) -> dict[str, Any]:
    found, more = page(rows.select_related("item", "rater", "scheme", "response"), after=after, limit=limit)
    names = {row.scheme_id: row.scheme for row in found}
    ids = {pk: scheme.core.names for pk, scheme in names.items()}
    return {"rows": [_judgment(row, ids[row.scheme_id]) for row in found], "next": more}


def _item(row: Item) -> dict[str, Any]:
    plain = ("uuid", "source_id", "modality", "text", "context", "language", "facets", "split", "reserved")
    return {name: getattr(row, name) for name in plain} | {"corpus": row.corpus.slug}


def _soft(row: Aggregate) -> dict[str, Any]:
    plain = ("perspective", "method", "semantics", "values", "spread", "n", "entropy", "unmapped")
    plain += ("low", "high", "verdict", "evidence")
    scheme: Scheme = row.scheme
    return {name: getattr(row, name) for name in plain} | {
        "scheme": scheme.ref,
        "labels": list(scheme.core.names),
        "crosswalk": row.crosswalk.ref if row.crosswalk else None,
        "campaign": row.campaign.slug if row.campaign else None,
        "collection": row.collection.slug if row.collection else None,
    }


def _judgment(row: Judgment, names: tuple[str, ...]) -> dict[str, Any]:
    plain = ("key", "perspective", "intensities", "values", "probabilities")
    return {name: getattr(row, name) for name in plain} | {
        "item": row.item.uuid,
        "rater": row.rater.pseudonym if row.rater else None,
        "rater_kind": row.rater.kind if row.rater else None,
        "scheme": row.scheme.ref,
        "status": Status(row.status).name.lower(),
        "labels": None if row.labels is None else [names[code] for code in row.labels],
        "origin": row.origin or row.response.origin,
        "arm": row.response.arm,
        "superseded": row.retired_at is not None,
    }
