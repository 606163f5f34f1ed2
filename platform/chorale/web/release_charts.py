"""Drawings of the release pages: two versions side by side, and a small histogram a column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
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
    """A column of the schema: type, how much of it is filled, its histogram, and in a word what a bar is."""

    name: str
    type: str
    filled: str
    bars: tuple[Bar, ...]
    ends: tuple[str, str]
    note: str = ""


def column_heads(
    schema: Mapping[str, str], columns: Mapping[str, Json], rows: int | None, layers: Sequence[Json] = ()
) -> list[ColumnHead]:
    """Every column of `items.parquet`, in the file's order, with its histogram; a soft label with its means. The id has
    none: every value is another one."""
    heads = []
    means = {layer["name"]: (layer["mean"], "mean") for layer in layers}
    means |= {f"{layer['name']}_sd": (layer["mean_sd"], "mean SD") for layer in layers if layer.get("mean_sd")}
    for name, kind in schema.items():
        found = columns.get(name, {})
        counts, ends, note = _means(*means[name]) if name in means else _counts(found)
        share = f"{found['filled'] / rows:.0%}" if rows and "filled" in found else ""
        if name == "uuid" and rows:
            note = f"{rows:,} values, each once"
        heads.append(ColumnHead(name, kind, share, _bars(counts), ends, note))
    return heads


Drawn = tuple[list[tuple[str, float]], tuple[str, str], str]
POWERS = {"lengths": "character", "elements": "element", "numbers": ""}


def _means(mean: Mapping[str, float | None], word: str) -> Drawn:
    """A bar a label, as high as its mean; what is masked has none."""
    labels = list(mean)
    bars = [(f"{word} of {label}", value or 0.0) for label, value in mean.items()]
    return bars, (labels[0], labels[-1]), f"{word} of each label"


def _counts(found: Json) -> Drawn:
    if bins := found.get("bins"):
        return _binned(bins)
    for kind, unit in POWERS.items():
        if powers := found.get(kind):
            return _powers(powers, unit)
    if sizes := found.get("sizes"):
        about = "" if found["exact"] else "about "
        counts, ends, _ = _powers(sizes, "item")
        one = found["distinct"] == 1
        return counts, ends, f"{about}{found['distinct']:,} {'value' if one else 'values'}, by items of each"
    values = dict(found.get("values", {}))
    if values and all(value.isdigit() for value in values):
        values = dict(sorted(values.items(), key=lambda pair: int(pair[0])))
    note = f"{len(values):,} {'value' if len(values) == 1 else 'values'}" if values else ""
    if found.get("others"):
        values["others"], note = found["others"], f"the {len(values)} commonest values"
    ends = (next(iter(values)), next(reversed(values))) if len(values) > 1 else (next(iter(values), ""), "")
    return list(values.items()), ends, note


def _binned(bins: Json) -> Drawn:
    step = (bins["high"] - bins["low"]) / len(bins["counts"])
    edges = [bins["low"] + step * i for i in range(len(bins["counts"]) + 1)]
    said = [f"{low:.2g} to {high:.2g}" for low, high in pairwise(edges)]
    return list(zip(said, bins["counts"], strict=True)), (f"{bins['low']:g}", f"{bins['high']:.3g}"), ""


def _powers(powers: Mapping[str, int], unit: str) -> Drawn:
    """Bars from the least to the greatest power of two, the empty ones between them too; 0 stands alone."""
    sizes = {int(size): count for size, count in powers.items()}  # the report's keys are in the order of text
    steps = sorted({0} & sizes.keys())
    low, high = min((s for s in sizes if s), default=0), max(sizes)
    while low and low <= high:
        steps.append(low)
        low *= 2
    many = "" if not unit else f" {unit}s"
    bars = [(f"{'up to ' if size > 1 else ''}{size:,}{many}", sizes.get(size, 0)) for size in steps]
    return bars, (f"{steps[0]:,}", f"{steps[-1]:,}{many}" if len(steps) > 1 else many.strip()), ""


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


def sizes(found: Json) -> ColumnHead:
    """The sizes of a derived column as its histogram."""
    counts, ends, _ = _binned(found["bins"]) if found["bins"] else ([], ("", ""), "")
    return ColumnHead(found["name"], found["rule"], f"{found['defined']:,}", _bars(counts), ends)
