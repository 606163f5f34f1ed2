"""Charts: an Altair specification, drawn in the browser without evaluating code, each with its table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from chorale.web import palette, words

Json = dict[str, Any]


@dataclass(frozen=True)
class Chart:
    """A Vega-Lite specification with the words and the table that say the same."""

    name: str
    title: str
    spec: Json
    heads: tuple[str, ...]
    table: tuple[tuple[str, ...], ...]
    caption: str = ""
    keys: tuple[str, ...] = ()  # what its colours and shapes stand for, in their order

    @property
    def spoken(self) -> str:
        """What the drawing shows, for those who do not see it."""
        return f"{self.title}. The table below holds the same numbers."


def vega_spec(chart: Any) -> Json:
    """The specification without the schema's address: no page names another host."""
    spec: Json = chart.to_dict() | {"autosize": {"type": "fit-x", "contains": "padding"}}
    for key in ("$schema", "config"):
        spec.pop(key, None)
    return spec


def vega_data(rows: list[Json]) -> Any:
    return alt.Data(values=rows)  # type: ignore[no-untyped-call]


def _by_family(labels: Iterable[str]) -> alt.Scale:
    names = list(labels)
    return alt.Scale(domain=names, range=[palette.token(name) for name in names])


def agreement(figures: Mapping[str, Mapping[str, Any]], *, name: str = "alpha-by-label") -> Chart:
    """Krippendorff's alpha a label with its interval; labels where it is undefined stand in the table alone."""
    known = [(label, f) for label, f in figures.items() if f.get("value") is not None]
    known.sort(key=lambda pair: -pair[1]["value"])
    order = [label for label, _ in known]
    rows = [
        {
            "label": label,
            "alpha": f["value"],
            "low": _or(f.get("low"), f["value"]),
            "high": _or(f.get("high"), f["value"]),
        }
        for label, f in known
    ]
    axis = alt.Axis(title="alpha, with 95 % interval", values=[-0.2, 0, 0.2, 0.4, 0.667, 0.8, 1], format=".2~f")
    y = alt.Y("label:N", sort=order, title=None)
    base = alt.Chart(vega_data(rows)).encode(y=y, color=alt.Color("label:N", scale=_by_family(order), legend=None))
    tips = [alt.Tooltip(f"{k}:{t}", **({} if t == "N" else {"format": ".3f"})) for k, t in
            (("label", "N"), ("alpha", "Q"), ("low", "Q"), ("high", "Q"))]  # fmt: skip
    low = min([0.0, *(r["low"] for r in rows)])
    x = alt.X("low:Q", scale=alt.Scale(domain=[low, 1]), axis=axis)
    bars = base.mark_rule(strokeWidth=3, opacity=0.45).encode(x=x, x2="high:Q", tooltip=tips)
    points = base.mark_point(size=70, opacity=1).encode(x="alpha:Q", tooltip=tips)
    chart = (bars + points).properties(width="container", height=alt.Step(24))
    table = tuple(
        (label, words.figure(f.get("value")), _interval(f), words.count(f.get("units")), str(f.get("reason") or ""))
        for label, f in sorted(figures.items(), key=lambda pair: -(pair[1].get("value") or -9))
    )
    heads = ("label", "alpha", "95 % interval", "units", "note")
    return Chart(
        name, "Agreement by label", vega_spec(chart), heads, table, "0.667 and 0.8 are conventions, not limits."
    )


def _or(value: float | None, other: float) -> float:
    return other if value is None else value


def _interval(f: Mapping[str, Any]) -> str:
    if f.get("low") is None:
        return words.DASH
    return f"{words.figure(f['low'])} to {words.figure(f['high'])}"


def shares(
    rows: Sequence[tuple[str, float]], *, name: str, title: str, unit: str = "items", caption: str = ""
) -> Chart:
    """Bars, one a label, longest first, each in the colour of its family."""
    order = [label for label, _ in sorted(rows, key=lambda r: -r[1])]
    data = vega_data([{"label": label, unit: value} for label, value in rows])
    digits = ",.0f" if all(float(v).is_integer() for _, v in rows) else ".3f"
    chart = (
        alt.Chart(data)
        .mark_bar(height={"band": 0.72})
        .encode(
            y=alt.Y("label:N", sort=order, title=None),
            x=alt.X(f"{unit}:Q", title=unit, axis=alt.Axis(tickCount=5)),
            color=alt.Color("label:N", scale=_by_family(order), legend=None),
            tooltip=[alt.Tooltip("label:N"), alt.Tooltip(f"{unit}:Q", format=digits)],
        )
        .properties(width="container", height=alt.Step(22))
    )
    shown = words.count if digits == ",.0f" else words.figure
    table = tuple((label, shown(value)) for label, value in sorted(rows, key=lambda r: -r[1]))
    return Chart(name, title, vega_spec(chart), ("label", unit), table, caption)


def places(rows: Sequence[tuple[str, float]], *, low: float, high: float, name: str, title: str, caption: str) -> Chart:
    """Means of dimensions as points on the scheme's own range, which need not start at 0."""
    data = vega_data([{"label": label, "mean": value} for label, value in rows])
    order = [label for label, _ in rows]
    x = alt.X("mean:Q", title=f"mean, {low:g} to {high:g}", scale=alt.Scale(domain=[low, high]))
    chart = (
        alt.Chart(data)
        .mark_point(size=110, opacity=1)
        .encode(
            y=alt.Y("label:N", sort=order, title=None, axis=alt.Axis(grid=True)),
            x=x,
            color=alt.Color("label:N", scale=_by_family(order), legend=None),
            tooltip=[alt.Tooltip("label:N"), alt.Tooltip("mean:Q", format=".3f")],
        )
        .properties(width="container", height=alt.Step(28))
    )
    table = tuple((label, words.figure(value)) for label, value in rows)
    return Chart(name, title, vega_spec(chart), ("dimension", "mean"), table, caption)


def histogram(found: Mapping[str, Any], *, name: str, title: str, unit: str = "items") -> Chart:
    """Counts between edges {counts: int[B], edges: float[B + 1]}."""
    edges, counts = found["edges"], found["counts"]
    spans = list(zip(edges[:-1], edges[1:], counts, strict=True))
    chart = (
        alt.Chart(vega_data([{"from": a, "to": b, unit: n} for a, b, n in spans]))
        .mark_rect(color="--brand", opacity=0.85)
        .encode(
            x=alt.X(
                "from:Q",
                title=title,
                scale=alt.Scale(domain=[edges[0], edges[-1]], nice=False),
                axis=alt.Axis(tickCount=6, format=".2~f"),
            ),
            x2="to:Q",
            y=alt.Y(f"{unit}:Q", title=unit, axis=alt.Axis(tickCount=4)),
            y2=alt.Y2Datum(0),
            tooltip=[*(alt.Tooltip(f"{k}:Q", format=".3f") for k in ("from", "to")), alt.Tooltip(f"{unit}:Q")],
        )
        .properties(width="container", height=170)
    )
    table = tuple((f"{words.figure(a)} to {words.figure(b)}", words.count(n)) for a, b, n in spans)
    return Chart(name, title, vega_spec(chart), ("from, to", unit), table)


def by_day(rows: Sequence[tuple[str, int]], *, name: str = "by-day", title: str = "Responses by day") -> Chart:
    """Responses a day."""
    data = vega_data([{"day": day, "responses": n} for day, n in rows])
    chart = (
        alt.Chart(data)
        .mark_bar(color="--brand", cornerRadiusEnd=2, size=24)
        .encode(
            x=alt.X("day:O", title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
            y=alt.Y("responses:Q", title=None, axis=alt.Axis(tickCount=4)),
            tooltip=["day:O", "responses:Q"],
        )
        .properties(width="container", height=140)
    )
    return Chart(name, title, vega_spec(chart), ("day", "responses"), tuple((d, words.count(n)) for d, n in rows))
