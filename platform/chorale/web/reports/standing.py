"""May a model stand in for a person? The verdict of each label, and the alternative annotator test."""

from __future__ import annotations

from collections import Counter
from functools import partial

from chorale.web import words
from chorale.web.reports import charts, figures
from chorale.web.reports.people import parts
from chorale.web.reports.tables import Head, Json, Panel, Table, refusal

STANDINGS = {"may stand in for a person": "good", "may assist": "warn", "may not": "bad", "not testable": ""}


STANDING_HEADS = (
    Head("label", "Label", "label"),
    Head("verdict", "Verdict", "badge"),
    Head("value", "Alpha with a person", "value"),
    Head("", "Corrected interval", "interval"),
    Head("winning_rate", "Winning rate"),
    Head("advantage", "Advantage"),
    Head("units", "Pairs", "count"),
    figures.NOTE,
)


def standings(name: str, panel: Json) -> Panel:
    """The verdict for each label, with what it rests on."""
    part = panel.get("standings")
    order = list(STANDINGS)
    rows = [_standing(row) for row in part] if isinstance(part, list) else []
    rows.sort(key=lambda row: (order.index(row["verdict"]), -(row["value"] or 0.0)))
    counted = Counter(row["verdict"] for row in rows)
    facts = tuple((verdict.capitalize(), words.count(counted[verdict]), "labels") for verdict in STANDINGS if rows)
    title = "May it stand in for a person?"
    chart = partial(
        charts.intervals,
        [row | {"group": row["verdict"]} for row in rows],
        name=f"{name}-standings-chart",
        title=title,
        x="alpha over pairs of the model\nand a person, corrected interval",
        y="label",
        groups=[verdict for verdict in STANDINGS if counted[verdict]],
        rule=0.0,
        ticks=charts.ALPHA_TICKS,
        caption="To assist, the interval must lie above 0; to stand in, the test must pass too.",
    )
    lead = (
        "Verdict for each label: chance-corrected agreement above 0 and the alternative annotator test, both corrected "
        "over raters and labels."
    )
    table = Table(f"{name}-standings", title, STANDING_HEADS, tuple(rows))
    return Panel(table, lead, "stand-in", chart, refusal(part), facts=facts, wide=True)


def _standing(row: Json) -> Json:
    agreement, test = row["agreement"], row["test"]
    return {
        "label": row["label"],
        "verdict": row["standing"],
        **{key: agreement.get(key) for key in ("value", "low", "high")},
        "winning_rate": test.get("winning_rate"),
        "advantage": test.get("advantage"),
        "units": agreement.get("units"),
        "reason": agreement.get("reason") or test.get("reason") or None,
        "_tone": STANDINGS.get(row["standing"], ""),
    }


def against(name: str, model: Json, body: Json) -> Panel:
    """Alpha of the model with people by label, beside that of people among themselves."""
    mine, people = model.get("by_label") or {}, parts(body)
    rows = tuple(
        figures.row(f, label=label) | {"people": (people.get(label) or {}).get("value")}
        for label, f in figures.by_value(mine)
    )
    marks = [
        {"label": row["label"], "group": group, **{key: figure.get(key) for key in ("value", "low", "high")}}
        for row in rows
        for group, figure in (("model against a person", row), ("people", people.get(row["label"]) or {}))
    ]
    title = "Agreement with people by label"
    chart = partial(
        charts.intervals,
        marks,
        name=f"{name}-by-label-chart",
        title=title,
        x=charts.ALPHA,
        y="label",
        groups=("model against a person", "people"),
        rule=0.0,
        ticks=charts.ALPHA_TICKS,
        caption="People: everybody in this report, on every item.",
    )
    heads = figures.heads(Head("label", "Label", "label"), value="Alpha", more=(Head("people", "People"),))
    lead = f"Alpha over pairs of the model and one person, {words.count(model.get('items'))} items resampled whole."
    notes = figures.undefined(rows, "label")
    return Panel(Table(f"{name}-by-label", title, heads, rows), lead, "model-against-people", chart, notes=notes)


def test(name: str, panel: Json, names: dict[str, str]) -> Panel:
    """The alternative annotator test as a whole, and each person left out in turn."""
    test = panel.get("alternative_test") or {}
    title = "Alternative annotator test"
    if "winning_rate" not in test:
        return Panel(Table(f"{name}-test", title, (), ()), method="stand-in", refused=refusal(test))
    rows = tuple(
        {
            "rater": names.get(str(r["rater"]), r["rater"]),
            "items": r["items"],
            "model": r["model"],
            "person": r["person"],
            "p": r["p"],
            "wins": "yes" if r["wins"] else "no",
            "_tone": "good" if r["wins"] else "",
        }
        for r in test.get("raters") or ()
    )
    verdict = "not testable" if not test["testable"] else "passes" if test["passes"] else "does not pass"
    facts = (
        ("As a whole", verdict, ""),
        ("Winning rate", words.figure(test["winning_rate"], 2), "passes at 0.5"),
        ("Advantage", words.figure(test["advantage"], 2), "share of items at least as near"),
        ("Epsilon", words.figure(test["epsilon"], 2), "declared allowance"),
    )
    heads = (
        Head("rater", "Person left out", "text"),
        Head("items", "Items", "count"),
        Head("model", "Model as near", "percent"),
        Head("person", "Person as near", "percent"),
        Head("p", "p"),
        Head("wins", "Model wins", "badge"),
    )
    lead = (
        "Each person is left out in turn: is the model at least as near to the others as that person is, by epsilon? "
        "Calderon et al. 2025; Benjamini and Yekutieli at 0.05."
    )
    table = Table(f"{name}-test", title, heads, rows)
    return Panel(table, lead, "stand-in", refused=test.get("reason", "") if not rows else "", facts=facts)
