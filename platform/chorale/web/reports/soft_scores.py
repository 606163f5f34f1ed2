"""What a model's probabilities are worth: losses over single votes, distance beside the human floor, reliability."""

from __future__ import annotations

from functools import partial

from chorale.web import words
from chorale.web.reports import charts, figures
from chorale.web.reports.tables import Head, Json, Panel, Table, refusal

FLOOR_NAMES = {
    "model": "the model",
    "model_sampled": "the model at equal n",
    "people": "people (the floor)",
}


def scores(name: str, panel: Json) -> Panel:
    """Brier score and log loss over the individual votes, beside people and base rates."""
    part = panel.get("vote_scores") or {}
    refused = refusal(part)
    rows = tuple(figures.row(f, score=key) for key, f in part.items()) if not refused else ()
    title = "Probabilities against single votes"
    top = max([0.01, *(row[key] or 0.0 for row in rows for key in ("value", "high"))])
    chart = partial(
        charts.intervals,
        [row | {"label": row["score"]} for row in rows],
        name=f"{name}-scores-chart",
        title=title,
        x="loss, lower is better\nwith 95 % interval",
        y="score",
        domain=(0.0, top * 1.05),
        caption="Other people: each vote against the other raters' shares. Base rates: against the corpus' shares.",
    )
    heads = figures.heads(Head("score", "Score", "text"), disagreement=False)
    return Panel(
        Table(f"{name}-vote-scores", title, heads, rows),
        "Brier score and log loss (bits) over each vote.",
        "vote-scores",
        chart,
        refused,
    )


def divergence(name: str, panel: Json) -> Panel:
    """Jensen-Shannon divergence from half of an item's votes, beside the other half's."""
    part = panel.get("divergence") or {}
    refused = refusal(part)
    rows = tuple(
        figures.row(f, of=FLOOR_NAMES.get(key, key)) for key, f in part.items() if isinstance(f, dict) and not refused
    )
    title = "Distance to people, beside people's own"
    top = max([0.01, *(row[key] or 0.0 for row in rows for key in ("value", "high"))])
    chart = partial(
        charts.intervals,
        [row | {"label": row["of"]} for row in rows],
        name=f"{name}-divergence-chart",
        title=title,
        x="Jensen-Shannon divergence in bits\nwith 95 % interval",
        y="from half of the votes",
        domain=(0.0, top * 1.05),
        caption=f"{words.figure(part.get('n'), 1)} votes a side on average; items with fewer than four are left out."
        if rows
        else "",
    )
    heads = figures.heads(Head("of", "Of", "text"), disagreement=False)
    lead = (
        "How far the model's soft label lies from people's votes, and how far people lie from one another at equal n."
    )
    return Panel(Table(f"{name}-divergence", title, heads, rows), lead, "divergence", chart, refused)


def calibration(name: str, panel: Json) -> Panel:
    """The reliability of its probabilities over votes."""
    part = panel.get("calibration") or {}
    refused = refusal(part)
    rows = tuple(part.get("bins") or ())
    title = "Are its probabilities the shares of people?"
    error = part.get("error") or {}
    chart = (
        partial(
            charts.reliability,
            rows,
            name=f"{name}-calibration-chart",
            title=title,
            caption="Bins of equal numbers of (vote, label) events.",
        )
        if rows
        else None
    )
    facts = (("Calibration error", words.figure(error.get("value")), _ends(error)),) if rows else ()
    heads = (
        Head("predicted", "Predicted"),
        Head("observed", "Came true"),
        Head("votes", "Votes", "count"),
        Head("", "Bin", "interval"),
    )
    return Panel(
        Table(f"{name}-calibration", title, heads, rows),
        "Over individual votes, never against the majority.",
        "calibration",
        chart,
        refused,
        facts=facts,
    )


def _ends(error: Json) -> str:
    return (
        f"{words.figure(error.get('low'))} to {words.figure(error.get('high'))}" if error.get("low") is not None else ""
    )
