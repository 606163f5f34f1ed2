"""Raters beside the others: one row a rater, with what was seen of each. Flags are questions, never bans."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.urls import reverse

from chorale.store.models import Rater
from chorale.store.rater_reports import listed
from chorale.web import words
from chorale.web.reports import charts
from chorale.web.reports.tables import Head, Json, Panel, Table, interval, refusal

MOST_DRAWN = 60


def known(body: Json) -> dict[str, str]:
    """Pseudonyms by id, of everybody whom the report names."""
    panel = body.get("panel") or {}
    found = [row["rater"] for row in listed(panel.get("raters"))]
    pair = panel.get("pairs")
    found += listed(pair.get("raters")) if isinstance(pair, dict) else []
    found += [rater for flag in listed(panel.get("flags")) for rater in flag["raters"]]
    keys = [int(key) for key in found if str(key).isdigit()]
    return {str(pk): name for pk, name in Rater.objects.filter(pk__in=keys).values_list("pk", "pseudonym")}


def raters(body: Json, names: dict[str, str], *, linked: bool) -> Panel:
    """The table of raters, with agreement beside what chance would give; ``linked``: to their pages."""
    panel = body.get("panel") or {}
    part = panel.get("raters")
    title = "Raters beside the others"
    rows = [_row(one, panel, names, linked=linked) for one in listed(part)]
    rows.sort(key=lambda row: (row["agreement"] is None, -(row["agreement"] or 0.0)))
    heads = tuple(head for head in HEADS if any(row.get(_key(head)) is not None for row in rows))
    heads += _dimensions(rows)
    drawn = [_marks(row) for row in rows[:MOST_DRAWN]]
    numbers = [value for pair in drawn for mark in pair for value in (mark["value"], mark["low"]) if value is not None]
    caption = "By chance: the same answers dealt at random to the rater's own items."
    if len(rows) > MOST_DRAWN:
        caption += f" The first {MOST_DRAWN} of {len(rows)} raters; all are in the table."
    chart = partial(
        charts.intervals,
        [mark for pair in drawn for mark in pair],
        name="raters-chart",
        title=title,
        x="agreement with the others\nwith 95 % interval",
        y="rater",
        groups=("agreement", "by chance"),
        joined=True,
        domain=(max(0.0, min(numbers, default=0.0) - 0.02), 1.0),
        caption=caption,
    )
    refused = part.get("refused", "") if isinstance(part, dict) else ""
    lead = "How near each is to the other raters of the same items. To differ is not to be wrong."
    return Panel(Table("raters", title, heads, tuple(rows)), lead, "raters", chart, refused, wide=True, open=True)


HEADS = (
    Head("rater", "Rater", "link"),
    Head("items", "Items", "count"),
    Head("agreement", "Agreement", "value"),
    Head("", "95 % interval", "interval"),
    Head("expected", "By chance"),
    Head("competence", "Competence"),
    Head("competence_", "95 % interval", "interval"),
    Head("gold", "Right on gold"),
    Head("seconds", "Seconds each"),
    Head("pace", "Pace"),
    Head("drift", "Drift, tau"),
    Head("prefers", "More often than others", "text"),
    Head("avoids", "Less often", "text"),
    Head("flags", "To look at", "text"),
)
_PLAIN = {"rater", "items", "judgments", "value", "low", "high", "expected", "reason"}
_RICH = {"competence", "gold", "speed", "drift", "preference", "scale", "confusion"}


def _key(head: Head) -> str:
    return f"{head.key}low" if head.kind == "interval" else head.key


def _row(one: Json, panel: Json, names: dict[str, str], *, linked: bool) -> Json:
    key = str(one["rater"])
    more = one | ((panel.get("rater_pages") or {}).get(key) or {})
    competence, speed, drift = (more.get(name) or {} for name in ("competence", "speed", "drift"))
    prefers, avoids = _leanings(more.get("preference") or {})
    own = [flag for flag in listed(panel.get("flags")) if key in map(str, flag["raters"])]
    row = {
        "rater": names.get(key, key),
        "items": one.get("items"),
        "judgments": one.get("judgments"),
        "agreement": one.get("value"),
        "low": one.get("low"),
        "high": one.get("high"),
        "expected": one.get("expected"),
        "competence": competence.get("value"),
        "competence_low": competence.get("low"),
        "competence_high": competence.get("high"),
        "gold": (more.get("gold") or {}).get("value"),
        "seconds": speed.get("seconds"),
        "pace": speed.get("pace"),
        "drift": drift.get("tau"),
        "prefers": prefers,
        "avoids": avoids,
        "flags": ", ".join(sorted({flag["kind"] for flag in own})) or None,
        "reason": one.get("reason") or None,
        "_href": reverse("rater", args=[int(key)]) if linked and key.isdigit() else "",
    }
    return row | {k: v for k, v in one.items() if k not in _PLAIN | _RICH and isinstance(v, float | None)}


def _marks(row: Json) -> tuple[Json, Json]:
    """Agreement and what chance would give, for the chart."""
    own = {"label": row["rater"], "group": "agreement", "value": row["agreement"]}
    return own | {key: row[key] for key in ("low", "high")}, {
        "label": row["rater"],
        "group": "by chance",
        "value": row["expected"],
        "low": None,
        "high": None,
    }


def _leanings(preference: Json) -> tuple[str | None, str | None]:
    """The labels whose use differs from the others' by more than three standard errors, most first."""
    strong = sorted(
        ((label, part["z"]) for label, part in preference.items() if abs(part.get("z") or 0.0) >= 3),
        key=lambda pair: -abs(pair[1]),
    )
    more, less = ([label for label, z in strong if (z > 0) is up][:3] for up in (True, False))
    return ", ".join(more) or None, ", ".join(less) or None


def _dimensions(rows: list[Json]) -> tuple[Head, ...]:
    """Agreement with the others by dimension, where the scheme has dimensions."""
    known_keys = {head.key for head in HEADS} | {
        "judgments",
        "low",
        "high",
        "competence_low",
        "competence_high",
        "reason",
    }
    found = dict.fromkeys(key for row in rows for key in row if key not in known_keys and not key.startswith("_"))
    return tuple(Head(key, f"r, {key}") for key in found)


FLAG_HEADS = (
    Head("rater", "Rater", "link"),
    Head("kind", "Pattern", "text"),
    Head("message", "What was seen", "text"),
    Head("evidence", "Evidence", "note"),
    Head("p", "p, corrected"),
)
SCALE_HEADS = (
    Head("dimension", "Dimension", "label"),
    Head("ratings", "Ratings", "count"),
    Head("mean", "Mean"),
    Head("sd", "SD"),
    Head("ends", "At the ends", "percent"),
    Head("offset", "Offset from the others"),
)


def flags(body: Json, names: dict[str, str], *, linked: bool) -> Panel:
    """Patterns worth a look, each with its evidence."""
    part = (body.get("panel") or {}).get("flags")
    rows = tuple(flag_row(flag, names, linked=linked) for flag in listed(part))
    lead = "A flag is a question to a person, with its evidence. Nobody is left out by it; that takes a declared rule."
    table = Table("flags", "Patterns worth a look", FLAG_HEADS, rows)
    return Panel(table, lead, "raters", refused=refusal(part), wide=True)


def flag_row(flag: Json, names: dict[str, str], *, linked: bool) -> Json:
    """One flag in words."""
    return {
        "rater": ", ".join(names.get(str(rater), str(rater)) for rater in flag["raters"]),
        "kind": flag["kind"],
        "message": flag["message"],
        "evidence": ", ".join(f"{name} {_evidence(value)}" for name, value in flag["evidence"].items()),
        "p": flag.get("p"),
        "_href": reverse("rater", args=[int(flag["raters"][0])]) if linked and flag["raters"] else "",
    }


def _evidence(value: Any) -> str:
    return words.figure(value) if isinstance(value, float) else str(value)


def pairs(found: Any, names: dict[str, str], *, name: str = "pairs", title: str = "Every two raters") -> Panel:
    """Agreement of every two raters over the items both judged; one column a measure."""
    found = found if isinstance(found, dict) else {}
    if "raters" not in found:
        return Panel(Table(name, title, (), ()), method="kappas", refused=refusal(found))
    tables = found.get("tables") or [{"measure": "Cohen's kappa", "value": found["kappa"]}]
    said = [names.get(str(rater), str(rater)) for rater in found["raters"]]
    rows = [
        {"one": said[a], "other": said[b], "items": found["items"][a][b]} | _of_pair(tables, a, b)
        for a in range(len(said))
        for b in range(a)
        if found["items"][a][b]
    ]
    first = tables[0]["measure"] if tables else ""
    rows.sort(key=lambda row: (row[first] is None, -(row[first] or 0.0)))
    heads = (Head("one", "Rater", "text"), Head("other", "With", "text"), Head("items", "Shared items", "count"))
    for table in tables:
        heads += (Head(table["measure"], table["measure"], "value"),)
        heads += (Head(f"{table['measure']} ", "95 % interval", "interval"),) if "low" in table else ()
    lead = "Over the items both judged. Undefined where they share fewer than two or never vary."
    return Panel(Table(name, title, heads, tuple(rows)), lead, "pairs", wide=True)


def _of_pair(tables: list[Json], a: int, b: int) -> Json:
    """The figures of one pair: each measure, with its interval and error where they were taken."""
    found: Json = {}
    for table in tables:
        measure = table["measure"]
        found[measure] = table["value"][a][b]
        found |= {f"{measure} {part}": table[part][a][b] for part in ("low", "high", "se") if part in table}
    return found


def scale_use(body: Json, names: dict[str, str]) -> Panel:
    """How raters use the range of a dimension."""
    panel = body.get("panel") or {}
    pages = panel.get("rater_pages") or {}
    rows = tuple(
        {"rater": names.get(key, key)} | {k: v for k, v in use.items() if k != "rater"}
        for key, page in pages.items()
        if isinstance(page, dict)
        for use in listed(page.get("scale"))
    )
    heads = (Head("rater", "Rater", "text"), *SCALE_HEADS)
    lead = "Mean, spread, share of ratings at either end, and how far each lies from the others of the same items."
    return Panel(Table("scale-use", "Use of the scale", heads, rows), lead, "raters")


def spoken(figure: Json) -> str:
    """A figure with its interval, as one text."""
    return f"{words.figure(figure.get('value'))} [{interval(figure.get('low'), figure.get('high'))}]"
