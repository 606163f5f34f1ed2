"""What a learned crosswalk rests on, ready to draw: direction, base rates, held-out fit, noise floor, published map."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from chorale.web import palette, words
from harmonize.crosswalks import Crosswalk

Json = dict[str, Any]


@dataclass(frozen=True)
class Fit:
    """One map on items that it had not seen: Brier score (bar on 0..100 of the worst) and log loss in bits."""

    title: str
    brier: str
    log_loss: str
    share: float
    ours: bool = False


@dataclass(frozen=True)
class Base:
    """A label's base rate in words, its bar on 0..100 of the most frequent, the items' worth behind its weights."""

    name: str
    family: str
    share: float
    text: str
    mass: str = ""


@dataclass(frozen=True)
class LearnedWords:
    """The evidence of a learned map."""

    direction: str
    items: int
    data: str
    job: str
    fits: tuple[Fit, ...]
    folds: int
    source_base: tuple[Base, ...]
    target_base: tuple[Base, ...]
    floor: str
    floor_note: str
    published: str = ""
    distance: str = ""
    inside: str = ""
    apart: tuple[Base, ...] = ()


def learned(core: Crosswalk) -> LearnedWords | None:
    """The evidence kept with the map; None for a map that was not learned here."""
    facts = core.facts or {}
    told: Json = facts.get("evidence") or {}
    if not told:
        return None
    fit, floor, beside = told["held_out"], told["floor"], told.get("comparison") or {}
    refused = floor.get("refused", "")
    return LearnedWords(
        direction=facts.get("direction", ""),
        items=facts.get("items", 0),
        data=facts.get("data", ""),
        job=facts.get("job", ""),
        fits=_fits(fit, beside.get("crosswalk", "the published map")),
        folds=fit["folds"],
        source_base=_bases(core.source_labels, facts.get("source_base", ()), told.get("mass", {})),
        target_base=_bases(core.target_labels, facts.get("target_base", ()), {}),
        floor="" if refused else words.percent(floor.get("moved")),
        floor_note=refused or f"{words.count(floor.get('items'))} items with two raters or more",
        published=beside.get("crosswalk", ""),
        distance=words.figure(beside.get("mean_distance")),
        inside=words.percent(beside.get("inside")),
        apart=_apart(core, beside.get("distance", {})),
    )


def _fits(fit: Json, published: str) -> tuple[Fit, ...]:
    rows = [("This map", fit["learned"], True), ("Base rates alone", fit["base"], False)]
    if fit.get("published"):
        rows.insert(1, (published, fit["published"], False))
    worst = max(row["brier"] for _, row, _ in rows) or 1.0
    return tuple(
        Fit(
            title, words.figure(row["brier"]), words.figure(row["log_loss"]), round(100 * row["brier"] / worst, 1), ours
        )
        for title, row, ours in rows
    )


def _bases(scheme: Any, rates: Any, mass: Json) -> tuple[Base, ...]:
    rows = zip(scheme.labels, rates, strict=False)
    found = [
        Base(
            label.name,
            palette.family(label.id),
            round(100 * float(rate), 2),
            words.percent(float(rate)),
            words.figure(mass.get(label.id), 1) if mass else "",
        )
        for label, rate in rows
    ]
    most = max((b.share for b in found), default=0.0) or 1.0
    return tuple(replace(b, share=round(100 * b.share / most, 1)) for b in sorted(found, key=lambda b: -b.share))


def _apart(core: Crosswalk, distance: Json) -> tuple[Base, ...]:
    """Source labels whose learned row lies farthest from the published one (total variation, 0..1)."""
    known = [(name, d) for name, d in distance.items() if d is not None]
    known.sort(key=lambda pair: -pair[1])
    return tuple(Base(name, palette.family(name), round(100 * d, 1), words.figure(d, 2)) for name, d in known[:8])
