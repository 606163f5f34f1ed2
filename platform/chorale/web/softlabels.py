"""The one way to draw a soft label: what the bars show is decided here, how they look in `parts/soft_label.html`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from chorale.store.models import Aggregate
from chorale.web import palette, words
from exports.recipe import RULED
from harmonize.records import Kind
from harmonize.schemes import Scheme

MEANING = {
    "distribution": "share of raters, one choice each",
    "proportions": "share of raters who marked each label",
    "intensity": "mean strength over raters",
    "dimension": "mean over raters",
    "posterior": "belief about one latent truth",
}


@dataclass(frozen=True)
class SoftRow:
    """One label: ``share`` is its place on the bar, 0..100; ``low`` and ``high`` the spread of a dimension, or the
    credible bounds of a share where ``bounded``."""

    name: str
    family: str
    value: float | None
    share: float
    text: str
    low: float = 0.0
    high: float = 0.0
    bounded: bool = False

    @property
    def masked(self) -> bool:
        """The source could not express this label: unknown, not 0."""
        return self.value is None


@dataclass(frozen=True)
class SoftLabelView:
    """A soft label ready to draw."""

    scheme: str
    semantics: str
    rows: tuple[SoftRow, ...]
    method: str = ""
    perspective: str = ""
    n: int | None = None
    entropy: float | None = None
    unmapped: float | None = None
    crosswalk: str = ""
    scope: str = ""
    people: bool = True

    @property
    def meaning(self) -> str:
        """What the numbers are, in words."""
        if self.method in RULED:
            return "what the votes come to, rulings over it"
        return MEANING.get(self.semantics, self.semantics)

    @property
    def belief(self) -> bool:
        """A posterior is drawn as an outline, so that it is never taken for votes."""
        return self.semantics == "posterior"

    @property
    def dimensional(self) -> bool:
        """Drawn as points on a range, not as bars."""
        return self.semantics == "dimension"

    @property
    def spoken(self) -> str:
        """The same for a screen reader or a terminal."""
        said = [f"{r.name} {r.text}" for r in self.rows if r.value or self.dimensional][:6]
        return f"{self.scheme}, {self.meaning}: {', '.join(said) or 'no label'}"

    @property
    def leading(self) -> tuple[SoftRow, ...]:
        """The labels with most weight, at most two."""
        return tuple(r for r in self.rows if r.value)[: 3 if self.dimensional else 2]

    @property
    def strip(self) -> list[tuple[SoftRow, float, float]]:
        """(label, start, width) of a stacked strip on 0..100; shares that sum to more than 1 are scaled to fit."""
        shown = [r for r in self.rows if r.value and r.share > 0]
        whole = max(100.0, sum(r.share for r in shown))
        at, parts = 0.0, []
        for row in shown:
            width = 100 * row.share / whole
            parts.append((row, round(at, 2), round(width, 2)))
            at += width
        return parts


def view(
    scheme: Scheme,
    values: Sequence[float | None],
    *,
    semantics: str,
    spread: Sequence[float | None] | None = None,
    bounds: Sequence[tuple[float | None, float | None]] = (),
    **facts: Any,
) -> SoftLabelView:
    """A soft label from values in the scheme's code order; None is masked. Only categories are sorted.

    ``bounds``: (low, high) of each share, where the aggregation has them.
    """
    if scheme.kind == Kind.DIMENSION:
        rows = [_dimension_row(scheme, i, values, spread) for i in range(len(scheme.dimensions))]
    else:
        top = max(len(scheme.levels) - 1, 1) if semantics == "intensity" else 1
        rows = [_label_row(label.name, label.id, values[i], top) for i, label in enumerate(scheme.labels)]
        rows = [_bounded(row, *ends) for row, ends in zip(rows, bounds, strict=True)] if bounds else rows
        rows.sort(key=lambda r: (r.value is None, -(r.value or 0.0)))
    return SoftLabelView(scheme=scheme.ref, semantics=semantics, rows=tuple(rows), **facts)


def _label_row(name: str, label: str, value: float | None, top: int) -> SoftRow:
    known = palette.family(label)
    colour = known if known != "other" else palette.family(name)
    if value is None:
        return SoftRow(name, colour, None, 0.0, "masked")
    return SoftRow(name, colour, value, round(100 * min(value / top, 1), 2), words.figure(value, 2))


def _bounded(row: SoftRow, low: float | None, high: float | None) -> SoftRow:
    if row.masked or low is None or high is None:
        return row
    return replace(row, low=round(100 * low, 2), high=round(100 * min(high, 1), 2), bounded=True)


def _dimension_row(
    scheme: Scheme, i: int, values: Sequence[float | None], spread: Sequence[float | None] | None
) -> SoftRow:
    dimension, value = scheme.dimensions[i], values[i]
    colour = palette.family(dimension.id)
    if value is None:
        return SoftRow(dimension.name, colour, None, 0.0, "masked")

    def place(x: float) -> float:
        return round(100 * min(max((x - dimension.low) / (dimension.high - dimension.low), 0), 1), 2)

    sd = (spread[i] if spread else None) or 0.0
    return SoftRow(
        dimension.name, colour, value, place(value), words.figure(value, 2), place(value - sd), place(value + sd)
    )


def scope_of(row: Aggregate) -> str:
    """The campaign or collection that a soft label is of, as "campaign spring"; empty where every voice speaks."""
    if row.campaign_id is not None:
        return f"campaign {row.campaign.slug}"
    return f"collection {row.collection.slug}" if row.collection_id is not None else ""


def from_aggregate(row: Aggregate, schemes: Mapping[int, Scheme], crosswalks: Mapping[int, str]) -> SoftLabelView:
    """A stored aggregate, with the schemes and crosswalk refs of the page read once by the caller."""
    return view(
        schemes[row.scheme_id],
        row.values,
        semantics=row.semantics,
        spread=row.spread,
        bounds=list(zip(row.low, row.high, strict=True)) if row.low and row.high else (),
        method=row.method,
        perspective=row.perspective,
        n=row.n,
        entropy=row.entropy,
        unmapped=row.unmapped,
        crosswalk=crosswalks.get(row.crosswalk_id or 0, ""),
        scope=scope_of(row),
    )
