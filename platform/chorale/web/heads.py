"""Small bars for the heads of columns and for facets: a corpus's profile, each bar a link to the items behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from chorale.web import palette, words

SHOWN = 8  # bars in a head
WIDTH, HEIGHT, GAP = 120, 34, 1.5
Json = dict[str, Any]


@dataclass(frozen=True)
class Bar:
    """One value: how many items, its part of all, and where they are listed."""

    value: str
    items: int
    share: str
    href: str = ""
    family: str = ""
    x: float = 0
    y: float = 0
    width: float = 0
    height: float = 0

    @property
    def words(self) -> str:
        """What the bar says."""
        return f"{self.value}: {self.items:,} ({self.share})"


@dataclass(frozen=True)
class Head:
    """The bars of one column: its name, what the most frequent value is, and how many values there are."""

    name: str
    title: str
    bars: tuple[Bar, ...]
    distinct: int

    @property
    def drawn(self) -> tuple[Bar, ...]:
        """The bars that fit into a column head, with their places."""
        some = self.bars[: 2 * SHOWN if self.distinct <= 2 * SHOWN else SHOWN]
        most = max((bar.items for bar in some), default=0) or 1
        width = min((WIDTH - GAP * (len(some) - 1)) / max(len(some), 1), 22)
        return tuple(
            Bar(**{**vars(bar), "x": round(n * (width + GAP), 2), "y": round(HEIGHT - h, 2), "width": round(width, 2),
                   "height": round(h, 2)})
            for n, bar in enumerate(some)
            for h in [max(bar.items / most * HEIGHT, 1.5 if bar.items else 0.5)]
        )  # fmt: skip

    @property
    def said(self) -> str:
        """The head in words."""
        if not self.bars:
            return "none"
        if self.name == "length":
            return f"{self.distinct} classes"
        top = self.bars[0]
        most = max(self.bars, key=lambda bar: bar.items)
        return f"{most.value} {most.share}" if self.distinct > 1 else top.value


def items_href(slug: str, **state: str) -> str:
    """The list of the items of a corpus under further filters."""
    return f"{reverse('items')}?{urlencode({'corpus': slug, **state})}"


def heads(slug: str, body: Mapping[str, Any], total: int) -> dict[str, Head]:
    """The heads of a corpus's items table by name: length, label, language, split, then its facets."""
    if not body:
        return {}
    found = {"length": _lengths(slug, body["lengths"], total)}
    if labels := _labels(slug, body["labels"]):
        found["label"] = labels
    for name, key in (("language", "languages"), ("split", "splits"), ("modality", "modalities")):
        rows = [row for row in body[key] if row["value"]]
        if rows:
            found[name] = _values(
                name, name.capitalize(), rows, total, lambda v, name=name: items_href(slug, **{name: v})
            )
    for name, told in body["facets"].items():
        head = _values(
            f"facet:{name}", name, in_order(told["values"]), total, lambda v, n=name: items_href(slug, facet=f"{n}:{v}")
        )
        found[f"facet:{name}"] = Head(head.name, head.title, head.bars, told["distinct"])
    return found


def _values(name: str, title: str, rows: Sequence[Json], total: int, href: Any) -> Head:
    bars = tuple(
        Bar(str(r["value"]), r["items"], words.percent(r["items"] / max(total, 1)), href(r["value"])) for r in rows
    )
    return Head(name, title, bars, len(bars))


def in_order(rows: Sequence[Json]) -> list[Json]:
    """Values that are all numbers in their own order, others as they came: the most frequent first."""
    try:
        return sorted(rows, key=lambda row: float(row["value"]))
    except ValueError:
        return list(rows)


def _lengths(slug: str, rows: Sequence[Json], total: int) -> Head:
    bars = []
    for row in rows:
        low, high = row["from"], row["to"]
        name = f"{low} to {high - 1} characters" if high else f"{low} characters or more"
        span = f"{low}-{high - 1 if high else ''}"
        share = words.percent(row["items"] / max(total, 1))
        bars.append(Bar(name, row["items"], share, items_href(slug, length=span)))
    while bars and not bars[-1].items:
        bars.pop()
    return Head("length", "Length", tuple(bars), len(bars))


def _labels(slug: str, layers: Sequence[Json]) -> Head | None:
    first = next((layer for layer in layers if layer["marks"]), None)
    if first is None:
        return None
    all_marks = max(first["judgments"], 1)
    bars = tuple(
        Bar(
            row["value"], row["marks"], words.percent(row["marks"] / all_marks),
            items_href(slug, label=f"{first['scheme']}:{row['value']}"), palette.family(row["value"]),
        )
        for row in first["marks"]
    )  # fmt: skip
    return Head("label", f"Labels, {first['perspective']}", bars, len(bars))
