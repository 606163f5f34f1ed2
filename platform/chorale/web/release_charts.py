"""Drawings of the release pages: two versions side by side, and a small histogram a column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from chorale.web import words
from chorale.web.charts import Chart, vega_data, vega_spec

Json = dict[str, Any]
WIDTH, HEIGHT = 120, 26


def before_and_after(
    before: Mapping[str, float | None], after: Mapping[str, float | None], *, name: str, title: str, versions: list[str]
) -> Chart:
    """The mean of each label in two versions: a line from the one to the other, the newer as a full point."""
    labels = [label for label in after if after[label] is not None and before.get(label) is not None]
    labels.sort(key=lambda label: -float(after[label] or 0.0))
    rows = [{"label": label, "before": before[label], "after": after[label]} for label in labels]
    tips = [alt.Tooltip("label:N"), *(alt.Tooltip(f"{side}:Q", format=".4f") for side in ("before", "after"))]
    base = alt.Chart(vega_data(rows)).encode(y=alt.Y("label:N", sort=labels, title=None), tooltip=tips)
    x = alt.X("before:Q", title="mean", axis=alt.Axis(tickCount=5), scale=alt.Scale(zero=False, nice=True))
    lines = base.mark_rule(strokeWidth=2, opacity=0.5).encode(x=x, x2="after:Q")
    olds = base.mark_point(size=42, filled=False, opacity=1).encode(x=x)
    news = base.mark_point(size=48, filled=True, opacity=1).encode(x="after:Q")
    chart = (lines + olds + news).properties(width="container", height=alt.Step(20))
    table = tuple(
        (label, words.figure(before[label]), words.figure(after[label]), _change(before[label], after[label]))
        for label in labels
    )
    heads = ("label", *versions, "change")
    caption = f"Ring: {versions[0]}; full: {versions[1]}."
    return Chart(name, title, vega_spec(chart), heads, table, caption)


def _change(before: float | None, after: float | None) -> str:
    return f"{(after or 0.0) - (before or 0.0):+.4f}"


@dataclass(frozen=True)
class Bar:
    """One bar of a small histogram, in the units of its drawing."""

    x: float
    y: float
    width: float
    height: float
    says: str


@dataclass(frozen=True)
class ColumnHead:
    """A column of the schema: type, how much of it is filled, and its histogram."""

    name: str
    type: str
    filled: str
    bars: tuple[Bar, ...]
    ends: tuple[str, str]


def column_heads(
    schema: Mapping[str, str], columns: Mapping[str, Json], rows: int | None, layers: Sequence[Json] = ()
) -> list[ColumnHead]:
    """Every column of `items.parquet`, in the file's order, with its histogram; a soft label with its mean. Columns in
    which every value is another one (ids, texts, names) have none."""
    heads = []
    means = {layer["name"]: layer["mean"] for layer in layers}
    for name, kind in schema.items():
        found = columns.get(name, {})
        counts, ends = _means(means[name]) if name in means else _counts(found)
        share = f"{found['filled'] / rows:.0%}" if rows and "filled" in found else ""
        heads.append(ColumnHead(name, kind, share, _bars(counts), ends))
    return heads


def _means(mean: Mapping[str, float | None]) -> tuple[list[tuple[str, float]], tuple[str, str]]:
    """A bar a label, as high as its mean; what is masked has none."""
    labels = list(mean)
    return [(f"mean of {label}", value or 0.0) for label, value in mean.items()], (labels[0], labels[-1])


def _counts(found: Json) -> tuple[list[tuple[str, float]], tuple[str, str]]:
    if bins := found.get("bins"):
        step = (bins["high"] - bins["low"]) / len(bins["counts"])
        said = [
            f"{bins['low'] + step * i:.2g} to {bins['low'] + step * (i + 1):.2g}" for i in range(len(bins["counts"]))
        ]
        return list(zip(said, bins["counts"], strict=True)), (f"{bins['low']:g}", f"{bins['high']:.3g}")
    if lengths := found.get("lengths"):
        sizes = sorted((int(size), n) for size, n in lengths.items())  # the report's keys are in the order of text
        return [(f"up to {size} characters", n) for size, n in sizes], (str(sizes[0][0]), f"{sizes[-1][0]} characters")
    values = dict(found.get("values", {}))
    if values and all(value.isdigit() for value in values):
        values = dict(sorted(values.items(), key=lambda pair: int(pair[0])))
    if found.get("others"):
        values["others"] = found["others"]
    ends = (next(iter(values)), next(reversed(values))) if len(values) > 1 else (next(iter(values), ""), "")
    return list(values.items()), ends


def _bars(counts: list[tuple[str, float]]) -> tuple[Bar, ...]:
    most = max((n for _, n in counts), default=0)
    if most <= 0:
        return ()
    wide = min(WIDTH / len(counts), 18.0)
    return tuple(
        Bar(round(i * wide, 2), round(HEIGHT - (tall := max(HEIGHT * n / most, 1.0 if n else 0.0)), 2),
            round(max(wide - 1.5, wide * 0.7), 2), round(tall, 2), f"{said}: {round(n, 3):,}")
        for i, (said, n) in enumerate(counts)
    )  # fmt: skip
