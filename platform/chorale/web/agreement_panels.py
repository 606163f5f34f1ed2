"""The panels of an agreement report as its page shows them: ids of rows turned into names and links."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import altair as alt

from chorale.store.models import Item, Rater
from chorale.web import words
from chorale.web.charts import Chart, vega_data, vega_spec

Json = dict[str, Any]
STANDINGS = {"may stand in for a person": "good", "may assist": "warn", "may not": "bad", "not testable": ""}


@dataclass(frozen=True)
class Hard:
    """An item on which people differ most, with every vote."""

    key: Any
    text: str
    n: int
    disagreement: float
    votes: list[tuple[str, str]]


def hardest(panel: Json) -> list[Hard]:
    """The hardest items in order, as far as they still exist."""
    rows = panel.get("hardest") or []
    known = Item.objects.in_bulk([int(row["item"]) for row in rows])
    found = [(known.get(int(row["item"])), row) for row in rows]
    return [
        Hard(item.uuid, item.text or item.source_id, row["n"], row["disagreement"], _votes(row["votes"]))
        for item, row in found
        if item is not None
    ]


def _votes(votes: Json) -> list[tuple[str, str]]:
    """Counts, most first; for dimensions, every rater's number."""
    if any(isinstance(value, list) for value in votes.values()):
        return [(name, ", ".join(words.figure(v, 0) for v in values)) for name, values in votes.items()]
    return [(name, str(count)) for name, count in sorted(votes.items(), key=lambda pair: (-pair[1], pair[0]))]


def raters(panel: Json) -> tuple[list[str], list[list[str]]] | None:
    """Heads and rows of the raters' table; None where it was refused."""
    rows = panel.get("raters")
    if not isinstance(rows, list) or not rows:
        return None
    names = dict(Rater.objects.filter(pk__in=[int(row["rater"]) for row in rows]).values_list("pk", "pseudonym"))
    heads = [key for key in ("items", "judgments", "value", "low", "high", "expected") if key in rows[0]]
    heads = heads or ["items"]
    heads += [key for key in rows[0] if key not in {*heads, "rater", "reason"}]
    return (
        ["rater", *({"value": "agreement"}.get(head, head) for head in heads)],
        [[names.get(int(row["rater"]), row["rater"]), *(_cell(row.get(head)) for head in heads)] for row in rows],
    )


def _cell(value: Any) -> str:
    return words.count(value) if isinstance(value, int) else words.figure(value)


def heat(table: Json | None, *, name: str, title: str, caption: str) -> Chart | None:
    """A square table of labels as a heat map."""
    if not table or "table" not in table:
        return None
    labels = table["labels"]
    cells = [
        {"one": one, "other": other, "n": table["table"][i][j]}
        for i, one in enumerate(labels)
        for j, other in enumerate(labels)
        if table["table"][i][j] is not None
    ]
    chart = (
        alt.Chart(vega_data(cells))
        .mark_rect()
        .encode(
            x=alt.X("other:N", sort=labels, title=None, axis=alt.Axis(labelAngle=-60)),
            y=alt.Y("one:N", sort=labels, title=None),
            color=alt.Color("n:Q", scale=alt.Scale(scheme="tealblues"), legend=alt.Legend(title="judgments")),
            tooltip=["one:N", "other:N", alt.Tooltip("n:Q", format=",.1f")],
        )
        .properties(width="container", height=alt.Step(max(14, min(34, 420 // max(len(labels), 1)))))
    )
    rows = tuple((one, *(_count(v) for v in table["table"][i])) for i, one in enumerate(labels))
    return Chart(name, title, vega_spec(chart), ("", *labels), rows, caption)


def _count(value: float | None) -> str:
    return "" if value is None else f"{value:,.1f}".removesuffix(".0")


def models(found: Iterable[Json]) -> list[Json]:
    """Each model's verdict a label, its test and its vote scores, or why there are none."""
    told = []
    for model in found:
        panel = model.get("panel") or {}
        standings = panel.get("standings")
        test = panel.get("alternative_test")
        scores = panel.get("vote_scores")
        told.append(
            {
                "rater": model["rater"],
                "refused": model.get("refused") or _refusal(standings),
                "standings": [_standing(row) for row in standings] if isinstance(standings, list) else [],
                "test": test if isinstance(test, dict) and "winning_rate" in test else None,
                "scores": list(scores.items()) if isinstance(scores, dict) and "refused" not in scores else [],
                "divergence": _divergence(panel.get("divergence")),
            }
        )
    return [row for row in told if row["refused"] or row["standings"] or row["test"]]


def _refusal(part: Any) -> str:
    return part["refused"] if isinstance(part, dict) and "refused" in part else ""


def _standing(row: Json) -> Json:
    return {**row, "tone": STANDINGS.get(row["standing"], "")}


def _divergence(part: Any) -> list[tuple[str, Json]]:
    """The named figures of a divergence: the model's and the floor of people among themselves."""
    if not isinstance(part, dict) or "refused" in part:
        return []
    return [(name, figure) for name, figure in part.items() if isinstance(figure, dict) and "value" in figure]
