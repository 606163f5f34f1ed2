"""The charts of a report: figures with their intervals, tables of labels as heat maps, reliability."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

import altair as alt

from chorale.web import palette
from chorale.web.charts import Chart, vega_data, vega_spec

Json = dict[str, Any]
VOICES = ("--voice-1", "--voice-2", "--voice-3", "--voice-4")  # told apart by colour-blind eyes, and by shape besides
SHAPES = ("circle", "square", "triangle-up", "diamond")
ALPHA = "alpha, with 95 % interval"
ALPHA_TICKS = (-0.2, 0, 0.2, 0.4, 0.667, 0.8, 1)
CELLS_WITH_NUMBERS = 10  # a square of more labels scrolls, and says its numbers in the table


def intervals(
    rows: Iterable[Json],
    *,
    name: str,
    title: str,
    x: str,
    y: str,
    groups: Sequence[str] = (),
    families: bool = False,
    joined: bool = False,
    rule: float | None = None,
    ticks: Sequence[float] | None = None,
    domain: tuple[float, float] | None = None,
    caption: str = "",
) -> Chart | None:
    """Points with their intervals, one line a ``label`` in the order given; undefined ones are left to the table.

    Rows have label, value, low, high and, with ``groups``, group: each has its colour and shape, and stands beside the
    others where they share a label.
    ``joined``: groups of a label stand on one line, which joins them. ``families`` colours labels as everywhere else;
    ``rule`` is a line to compare with (chance, a threshold). ``domain``: otherwise 0 to 1, wider where it must be.
    """
    known = [_ends(row) for row in rows if row["value"] is not None]
    if not known:
        return None
    order = list(dict.fromkeys(row["label"] for row in known))
    low, high = domain or (min([0.0, *(row["low"] for row in known)]), max([1.0, *(row["high"] for row in known)]))
    scale = alt.Scale(domain=[low, high], nice=False, zero=False)
    shown = [tick for tick in ticks or () if low <= tick <= high]
    axis = alt.Axis(title=_lines(x), format=".2~f", **({"values": shown} if shown else {"tickCount": 5}))
    encoding: dict[str, Any] = {"y": alt.Y("label:N", sort=order, title=y, axis=alt.Axis(grid=True))}
    encoding |= _colours(order, list(groups), families=families)
    beside = bool(groups) and not joined and len(order) < len(known)
    if beside:
        encoding["yOffset"] = alt.YOffset("group:N", scale=alt.Scale(domain=list(groups)))
    tips = [alt.Tooltip("label:N", title=y or "of"), *([alt.Tooltip("group:N", title="who")] if groups else [])]
    tips += [alt.Tooltip(f"{key}:Q", format=".3f") for key in ("value", "low", "high")]
    mark = alt.Chart(vega_data(known)).encode(**encoding)
    bars = mark.mark_rule(strokeWidth=3, opacity=0.5).encode(
        x=alt.X("low:Q", scale=scale, axis=axis), x2="high:Q", tooltip=tips
    )
    points = mark.mark_point(size=70, opacity=1).encode(x=alt.X("value:Q", scale=scale, axis=axis), tooltip=tips)
    if groups:
        points = points.encode(
            shape=alt.Shape("group:N", legend=None, scale=alt.Scale(domain=list(groups), range=list(SHAPES)))
        )
    layers = [_line(rule, scale)] if rule is not None else []
    layers += [_joint(known, order, scale)] if joined else []
    height = len(order) * (12 + 13 * len(groups) if beside else 23) + 12
    chart = alt.layer(*layers, bars, points).properties(width="container", height=height)
    return Chart(name, title, vega_spec(chart), (), (), caption, tuple(groups))


def _ends(row: Json) -> Json:
    """Without an interval the point stands alone."""
    ends = {key: row["value"] if row.get(key) is None else row[key] for key in ("low", "high")}
    return {"label": row["label"], "group": row.get("group", ""), "value": row["value"], **ends}


def _colours(order: list[str], groups: list[str], *, families: bool) -> Json:
    if groups:
        scale = alt.Scale(domain=groups, range=list(VOICES[: len(groups)]))
        return {"color": alt.Color("group:N", scale=scale, legend=None)}  # the page draws the key: it wraps on a phone
    if families:
        scale = alt.Scale(domain=order, range=[palette.token(label) for label in order])
        return {"color": alt.Color("label:N", scale=scale, legend=None)}
    return {"color": alt.value("--voice-1")}


def _line(at: float, scale: alt.Scale) -> alt.Chart:
    mark = alt.Chart(vega_data([{"at": at}])).mark_rule(color="--ink-3", strokeDash=[4, 3], strokeWidth=1)
    return mark.encode(x=alt.X("at:Q", scale=scale))


def _joint(known: list[Json], order: list[str], scale: alt.Scale) -> alt.Chart:
    """A thin line from the least to the greatest of each label."""
    ends = [[row["value"] for row in known if row["label"] == label] for label in order]
    rows = [{"label": label, "from": min(values), "to": max(values)} for label, values in zip(order, ends, strict=True)]
    mark = alt.Chart(vega_data(rows)).mark_rule(color="--line-strong", strokeWidth=2)
    return mark.encode(y=alt.Y("label:N", sort=order), x=alt.X("from:Q", scale=scale), x2="to:Q")


def _lines(title: str, width: int = 34) -> list[str]:
    """A title in lines that a phone can show; a break in it is kept."""
    return [line for part in title.split("\n") for line in textwrap.wrap(part, width)]


def heat(
    cells: Iterable[Json], labels: Sequence[str], *, name: str, title: str, x: str, y: str, share: str, caption: str
) -> Chart:
    """A square of labels shaded by ``share`` (0..1) of the row; cells have one, other, n, share. None: not shaded."""
    known = [cell for cell in cells if cell["share"] is not None]
    top = max([0.01, *(cell["share"] for cell in known)])
    tips = [alt.Tooltip("one:N", title=y), alt.Tooltip("other:N", title=x)]
    tips += [alt.Tooltip("share:Q", title=share, format=".1%"), alt.Tooltip("n:Q", title="count", format=",.1f")]
    names = list(labels)
    place = alt.Chart(vega_data(known)).encode(
        x=alt.X("other:N", sort=names, scale=alt.Scale(domain=names), title=x, axis=alt.Axis(labelAngle=-50)),
        y=alt.Y("one:N", sort=names, scale=alt.Scale(domain=names), title=y),
        tooltip=tips,
    )
    colours = alt.Scale(domain=[0, top], range=["--heat-low", "--heat-middle", "--heat-high"], interpolate="lab")
    legend = alt.Legend(title=share, format=".0%", orient="bottom", gradientLength=180)
    chart: Any = place.mark_rect().encode(color=alt.Color("share:Q", scale=colours, legend=legend))
    if len(labels) <= CELLS_WITH_NUMBERS:
        ink = alt.condition(f"datum.share > {0.55 * top}", alt.value("--surface"), alt.value("--ink"))
        chart = alt.layer(chart, place.mark_text(fontSize=11).encode(text=alt.Text("share:Q", format=".0%"), color=ink))
    down = max(18, min(40, 460 // max(len(labels), 1)))
    if len(labels) <= CELLS_WITH_NUMBERS:
        spec = vega_spec(chart.properties(width="container", height=down * len(labels)))
    else:
        spec = vega_spec(chart.properties(width=24 * len(labels), height=down * len(labels)))
        spec |= {"autosize": {"type": "pad"}}
    return Chart(name, title, spec, (), (), caption)


def shares(rows: Iterable[Json], *, name: str, title: str, x: str, y: str, caption: str = "") -> Chart:
    """Bars from 0, one a label in the order given, in the colour of its family; rows have label and value."""
    known = list(rows)
    order = [row["label"] for row in known]
    colours = alt.Scale(domain=order, range=[palette.token(label) for label in order])
    chart = alt.Chart(vega_data(known)).mark_bar(height={"band": 0.7})
    chart = chart.encode(
        y=alt.Y("label:N", sort=order, title=y),
        x=alt.X("value:Q", title=_lines(x), axis=alt.Axis(tickCount=5)),
        color=alt.Color("label:N", scale=colours, legend=None),
        tooltip=[alt.Tooltip("label:N", title=y), alt.Tooltip("value:Q", title=x, format=",.4~g")],
    )
    spec = vega_spec(chart.properties(width="container", height=len(order) * 21 + 8))
    return Chart(name, title, spec, (), (), caption)


def reliability(rows: Sequence[Json], *, name: str, title: str, caption: str = "") -> Chart:
    """Mean prediction of each bin against the share of votes that came true, beside the diagonal."""
    scale = alt.Scale(domain=[0, 1])
    ideal = alt.Chart(vega_data([{"p": 0, "q": 0}, {"p": 1, "q": 1}])).mark_line(color="--ink-3", strokeDash=[4, 3])
    ideal = ideal.encode(x=alt.X("p:Q", scale=scale), y=alt.Y("q:Q", scale=scale))
    points = alt.Chart(vega_data(list(rows))).mark_line(color="--voice-2", point={"size": 60, "color": "--voice-2"})
    points = points.encode(
        x=alt.X("predicted:Q", scale=scale, title=["mean prediction of the bin"]),
        y=alt.Y("observed:Q", scale=scale, title="share of votes that say so"),
        order="predicted:Q",
        tooltip=[alt.Tooltip("predicted:Q", format=".3f"), alt.Tooltip("observed:Q", format=".3f"), "votes:Q"],
    )
    return Chart(name, title, vega_spec((ideal + points).properties(width="container", height=260)), (), (), caption)
