"""What a crosswalk loses, ready to draw: one entry for each scope that it was applied to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chorale.store.crosswalk_uses import Applied, applied
from chorale.web import words
from chorale.web.gauges import Gauge, gauge
from harmonize.crosswalks import Crosswalk
from harmonize.loss import loss_report
from harmonize.loss.rescaling import rescale_loss

EVEN = "even"
LEARNED = "learned"
PLAIN = {
    "coverage": "Coverage",
    "one_to_many": "One to many",
    "source_bits": "Source, bits",
    "kept_bits": "Kept, bits",
    "lost_bits": "Lost, bits",
}
Json = dict[str, Any]


@dataclass(frozen=True)
class Loss:
    """The loss of a map in one scope: three gauges, the plain figures, and what is lost of whole label sets."""

    key: str
    where: str
    kind: str
    slug: str
    perspective: str
    items: int | None
    weighting: str
    gauges: tuple[Gauge, ...]
    figures: tuple[tuple[str, str, str], ...]
    base: tuple[float, ...]
    sets: Json | None = None

    @property
    def even(self) -> bool:
        """Not measured on items: every source label alike."""
        return self.key == EVEN


def losses(core: Crosswalk, kept: Mapping[str, Json]) -> list[Loss]:
    """Of each scope that the map was applied to, the one with most items first; then on even base rates."""
    found = [_loss(core, key, report, applied(key)) for key, report in kept.items()]
    found.sort(key=lambda loss: (-(loss.items or 0), loss.key))
    base = (core.facts or {}).get("source_base")
    if base and not found:
        report = loss_report(core, base).to_dict()
        found.append(_loss(core, LEARNED, report, Applied("", "the items it was learned from", "")))
    return [*found, _loss(core, EVEN, loss_report(core).to_dict(), Applied("", "every label alike", ""))]


def chosen(found: list[Loss], key: str) -> Loss:
    """The one that the address names, else the first."""
    return next((loss for loss in found if loss.key == key), found[0])


def rescaled(core: Crosswalk) -> list[Gauge]:
    """What a change of range keeps: there and back, and where the target is given in its own steps."""
    found = rescale_loss(core)
    drawn = [
        gauge("Variance kept, there and back", {"value": found.kept}, note=f"RMSE {words.figure(found.rmse)}"),
        gauge(
            "Variance kept at the target's steps",
            {"value": found.rounded_kept},
            note=f"RMSE {words.figure(found.rounded_rmse)} in units of the source",
        ),
        gauge("Outside the target's range", {"value": found.outside}, tone="warn", note="share of even source values"),
    ]
    return [g for g in drawn if g is not None]


def _loss(core: Crosswalk, key: str, report: Json, scope: Applied) -> Loss:
    figures = report.get("figures", {})
    names = core.source_labels.names
    base = report.get("base") or {}
    return Loss(
        key=key,
        where=scope.slug,
        kind=scope.kind,
        slug=scope.slug if scope.kind else "",
        perspective=scope.perspective,
        items=report.get("items") or None,
        weighting=report.get("weighting", ""),
        gauges=tuple(g for g in _gauges(figures) if g is not None),
        figures=tuple(_plain(title, figures.get(name) or {}) for name, title in PLAIN.items()),
        base=tuple(float(base.get(name, 0.0)) for name in names) if base else (),
        sets=report.get("sets"),
    )


def _gauges(figures: Json) -> list[Gauge | None]:
    bits = figures.get("kept_bits") or {}, figures.get("source_bits") or {}
    of = f"{words.figure(bits[0].get('value'), 2)} of {words.figure(bits[1].get('value'), 2)} bits"
    return [
        gauge("Kept of what a label says", figures.get("kept_share") or {}, note=of),
        gauge("Unmapped mass", figures.get("unmapped") or {}, tone="warn", note="no counterpart; never neutral"),
        gauge(
            "Round trip apart",
            figures.get("round_trip_jsd") or {},
            tone="far",
            percent=False,
            note="JSD in bits, 0 to 1",
        ),
    ]


def _plain(title: str, found: Json) -> tuple[str, str, str]:
    """(title, value, interval) in words."""
    low, high = found.get("low"), found.get("high")
    told = "" if low is None else f"{words.figure(low)} to {words.figure(high)}"
    return title, words.figure(found.get("value")), told
