"""A reliability diagram: what a model said against how often people did so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from chorale.web import words
from chorale.web.charts import Chart, vega_data, vega_spec


def diagram(sides: Mapping[str, Sequence[Mapping[str, Any]]]) -> Chart:
    """Bins {said, seen, events} of each side; the diagonal is perfect calibration."""
    rows = [
        {"map": side, "said": one["said"], "seen": one["seen"], "events": one["events"]}
        for side, bins in sides.items()
        for one in bins
    ]
    unit = alt.Scale(domain=[0, 1])
    line = alt.Chart(vega_data([{"said": 0, "seen": 0}, {"said": 1, "seen": 1}]))
    ideal = line.mark_line(strokeDash=[4, 4], opacity=0.5, color="--ink-3").encode(x="said:Q", y="seen:Q")
    colour = alt.Color("map:N", title=None, scale=alt.Scale(domain=list(sides), range=["--ink-3", "--brand"]))
    base = alt.Chart(vega_data(rows)).encode(
        x=alt.X("said:Q", title="the model says", scale=unit, axis=alt.Axis(format=".0%", tickCount=6)),
        y=alt.Y("seen:Q", title="people do", scale=unit, axis=alt.Axis(format=".0%", tickCount=6)),
        color=colour,
    )
    tips = [alt.Tooltip("map:N"), alt.Tooltip("said:Q", format=".3f"), alt.Tooltip("seen:Q", format=".3f"),
            alt.Tooltip("events:Q", format=",.0f")]  # fmt: skip
    size = alt.Size("events:Q", legend=None, scale=alt.Scale(type="sqrt", range=[30, 500]))
    points = base.mark_point(filled=True, opacity=0.8).encode(size=size, tooltip=tips)
    chart = (ideal + base.mark_line(opacity=0.6) + points).properties(width="container", height=340)
    table = tuple((r["map"], words.figure(r["said"]), words.figure(r["seen"]), words.count(r["events"])) for r in rows)
    heads = ("map", "the model says", "people do", "events")
    return Chart("reliability", "Reliability before and after", vega_spec(chart), heads, table, keys=tuple(sides))
