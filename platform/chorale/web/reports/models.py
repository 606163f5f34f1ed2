"""Models as raters: their agreement beside people's own, and one section a model that was compared with people."""

from __future__ import annotations

from functools import partial

from django.utils.text import slugify

from chorale.web.reports import charts, figures, groups, raters, soft_scores, standing
from chorale.web.reports.leanings import leanings
from chorale.web.reports.tables import Head, Json, Panel, Section, Table, refusal

MOST_DRAWN = 4  # voices that a chart can tell apart


def overview(body: Json) -> Panel:
    """People alone, models alone, and each model against people, in one picture."""
    title = "People, models, and models against people"
    judged = bool(body.get("models"))
    rows = _overall_rows(body) or (_part_rows(body) if judged else [])
    voices = list(dict.fromkeys(row["who"] for row in rows))[:MOST_DRAWN]
    shown = [row | {"label": row["of"], "group": row["who"]} for row in rows if row["who"] in voices]
    chart = partial(
        charts.intervals,
        shown,
        name="voices-chart",
        title=title,
        x=charts.ALPHA,
        y="items",
        groups=voices,
        rule=0.0,
        ticks=charts.ALPHA_TICKS,
        caption="A model against a person stands beside a person against a person on the same items." if judged else "",
    )
    heads = figures.heads(Head("of", "Items", "text"), value="Alpha")
    heads = (heads[0], Head("who", "Voices", "text"), *heads[1:])
    lead = "The same coefficient for each. Only items that the model's fit had not seen, and blind answers of people."
    notes = tuple(f"{m['rater']}: {m['refused']}" for m in body.get("models", []) if m.get("refused"))
    if not judged:
        notes = ("No model has judged these items.",)
    return Panel(
        Table("voices", title, heads, tuple(rows)), lead, "model-against-people", chart, notes=notes, wide=True
    )


def _overall_rows(body: Json) -> list[Json]:
    """One coefficient over the whole scheme, where it has one."""
    people = (body.get("people") or {}).get("overall")
    if not people:
        return []
    rows = [figures.row(people, of="every item", who="people")]
    if alone := (body.get("models_alone") or {}).get("overall"):
        rows.append(figures.row(alone, of="every item", who="models"))
    for model in body.get("models", []):
        if not model.get("refused"):
            of = f"items of {model['rater']}"
            rows.append(figures.row(model["model_person"], of=of, who="model against a person"))
            rows.append(figures.row(model["person_person"], of=of, who="person against a person"))
    return rows


def _part_rows(body: Json) -> list[Json]:
    """Where the scheme has no overall figure: by label or dimension, models by name."""
    parts = (body.get("people") or {}).get("parts") or {}
    rows = [figures.row(f, of=name, who="people") for name, f in parts.items()]
    alone = (body.get("models_alone") or {}).get("parts") or {}
    rows += [figures.row(f, of=name, who="models") for name, f in alone.items()]
    for model in body.get("models", []):
        found = model.get("by_label") or {}
        rows += [figures.row(f, of=name, who=f"{model['rater']} against a person") for name, f in found.items()]
    return rows


def sections(body: Json, names: dict[str, str]) -> list[Section]:
    """One section a model that was compared with people."""
    found = []
    for model in body.get("models", []):
        name = slugify(model["rater"])
        refused = model.get("refused") or ""
        if refused:
            empty = Table(f"{name}-standings", "May it stand in for a person?", (), ())
            found.append(Section(name, model["rater"], [Panel(empty, method="stand-in", refused=refused)]))
            continue
        panel = model.get("panel") or {}
        panels = [
            standing.standings(name, panel),
            standing.against(name, model, body),
            standing.test(name, panel, names),
            soft_scores.scores(name, panel),
        ]
        panels += [soft_scores.divergence(name, panel), soft_scores.calibration(name, panel)]
        preference = panel.get("preference") or {}
        panels += [groups.of_model(name, panel), leanings(preference, name=name, who="the model", others="people")]
        found.append(Section(name, model["rater"], panels))
    return found


def among(body: Json) -> list[Panel]:
    """Models among themselves: that models agree is no evidence that they are right."""
    alone = body.get("models_alone") or {}
    title = "Models among themselves"
    if refused := refusal(alone):
        return [Panel(Table("models-alone", title, (), ()), refused=refused)]
    told = {"overall": alone["overall"]} if alone.get("overall") else {}
    rows = tuple(figures.row(f, label=name) for name, f in (told | (alone.get("parts") or {})).items())
    chart = partial(
        charts.intervals,
        rows,
        name="models-alone-chart",
        title=title,
        x=charts.ALPHA,
        y="label",
        rule=0.0,
        ticks=charts.ALPHA_TICKS,
        caption="Their likeliest labels. That models agree is no evidence that they are right.",
    )
    heads = figures.heads(Head("label", "Label", "text"), value="Alpha")
    table = Table("models-alone", title, heads, rows)
    notes = figures.undefined(rows, "label")
    pairs = raters.pairs(alone.get("pairs"), {}, name="model-pairs", title="Every two models")
    return [Panel(table, "", "model-against-people", chart, notes=notes), pairs, shared_errors(body)]


def shared_errors(body: Json) -> Panel:
    """Do models err alike?"""
    found = body.get("shared_errors")
    rows = tuple(found) if isinstance(found, list) else ()
    heads = (
        Head("one", "Model", "text"),
        Head("other", "With", "text"),
        Head("items", "Items", "count"),
        Head("errors_one", "Errors", "percent"),
        Head("errors_other", "Errors of the other", "percent"),
        Head("both", "Common errors", "percent"),
        Head("expected", "By chance", "percent"),
        Head("phi", "Phi", "value"),
        Head("same", "Same error", "percent"),
        figures.NOTE,
    )
    lead = "Items on which it says otherwise than most people. Two models that err alike are one voice, not two."
    table = Table("shared-errors", "Do models err alike?", heads, rows)
    return Panel(table, lead, "raters", refused=refusal(found), wide=True)
