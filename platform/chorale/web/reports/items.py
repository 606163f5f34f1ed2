"""The items on which people differ most, each with all its votes as a soft label."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.urls import reverse

from chorale.store.models import Item, Scheme
from chorale.web.reports.tables import Head, Json, Panel, Table
from chorale.web.softlabels import SoftLabelView, view
from harmonize.records import Kind

HEADS = (
    Head("text", "Item", "link"),
    Head("_soft", "Votes", "soft"),
    Head("disagreement", "Disagreement"),
    Head("verdict", "Do they split?", "badge"),
)
TONES = {"people split": "warn", "one opinion": "good"}


def hardest(body: Json, scheme: Scheme) -> Panel:
    """The hardest items in order, as far as they still exist."""
    found = (body.get("panel") or {}).get("hardest") or []
    if isinstance(found, dict):
        return Panel(Table("hardest", "Where people differ most", HEADS, ()), refused=found.get("refused", ""))
    known = Item.objects.in_bulk([int(row["item"]) for row in found])
    core = scheme.core
    rows = []
    for row in found:
        item = known.get(int(row["item"]))
        if item is None:
            continue
        verdict = row.get("verdict")
        rows.append(
            {
                "item": str(item.uuid),
                "text": item.text or item.source_id,
                "n": row["n"],
                "disagreement": row["disagreement"],
                "votes": _said(row["votes"]),
                "verdict": verdict,
                "_tone": TONES.get(str(verdict), ""),
                "_href": reverse("item", args=[item.uuid]),
                "_soft": _soft(core, row),
            }
        )
    heads = HEADS if any(row["verdict"] for row in rows) else HEADS[:-1]
    lead = "All votes of the items on which two raters are farthest apart. To differ is not to be wrong."
    return Panel(
        Table("hardest", "Where people differ most", heads, tuple(rows)), lead, "hardest", wide=True, folds=True
    )


def _said(votes: Json) -> Json:
    return {name: [round(v, 4) for v in value] if isinstance(value, list) else value for name, value in votes.items()}


def _soft(core: Any, row: Json) -> SoftLabelView:
    """The votes as shares of raters, or as means with the spread over raters; the one way to draw a soft label."""
    votes, n = row["votes"], row["n"]
    if core.kind == Kind.DIMENSION:
        lists = [[v for v in votes.get(name, ()) if v is not None] for name in core.names]
        means = [sum(values) / len(values) if values else None for values in lists]
        spread = [_sd(values) for values in lists]
        return view(core, means, semantics="dimension", spread=spread, n=n)
    shares = [votes.get(name, 0) / n for name in core.names]
    semantics = "distribution" if core.kind == Kind.SINGLE else "proportions"
    drawn = view(core, shares, semantics=semantics, n=n)
    return replace(drawn, rows=tuple(line for line in drawn.rows if line.value))


def _sd(values: list[float]) -> float | None:
    if not values:
        return None
    mean = sum(values) / len(values)
    return float((sum((v - mean) ** 2 for v in values) / len(values)) ** 0.5)
