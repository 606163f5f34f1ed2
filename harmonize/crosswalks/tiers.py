"""Rolling a label up or down the tiers of its own scheme, as crosswalks like any other."""

from __future__ import annotations

from collections.abc import Mapping

from harmonize.crosswalks.crosswalk import Cell, Crosswalk, Review
from harmonize.problems import ChoraleError
from harmonize.schemes import Scheme
from harmonize.schemes.graph import children, depth, lineage, tier

LOGICAL = "semapv:LogicalReasoning"


def roll_up(scheme: Scheme, level: int = 0) -> Crosswalk:
    """Every label to itself or to its ancestors on tier ``level`` (0 is the top), within the same scheme.

    A label's mass goes up whole: to one ancestor in a tree, in the parents' shares where they are several (then a
    marked label marks each of them). Raises `ChoraleError` if the scheme has no such tier.
    """
    _require_tier(scheme, level)
    cells = [
        Cell(name, "skos:exactMatch" if up == name else "skos:broadMatch", up, share, LOGICAL)
        for name in scheme.names
        for up, share in lineage(scheme, name, level).items()
        if share > 0
    ]
    title = f"{scheme.title}: rolled up to tier {level}"
    crosswalk = Crosswalk(
        id=f"{scheme.id}--tier-{level}",
        version=scheme.version,
        source_scheme=scheme.ref,
        target_scheme=scheme.ref,
        title=title,
        cells=tuple(cells),
        status=Review.REVIEWED,
        source=f"parents stated by {scheme.ref}",
    )
    return crosswalk.bind(scheme, scheme)


def roll_down(scheme: Scheme, level: int, base: Mapping[str, float] | None = None) -> Crosswalk:
    """Every label above tier ``level`` spread over its descendants there, in proportion to ``base`` rates.

    Without base rates the descendants weigh alike, which is an assumption and stated as such. Labels without a
    descendant on that tier, and labels on it or below, keep their mass. For distributions only: a set-valued judgment
    would mark every descendant, which nobody said. Raises `ChoraleError` for a missing tier or negative rates.
    """
    _require_tier(scheme, level)
    cells: list[Cell] = []
    for name in scheme.names:
        under = _descendants(scheme, name, level) if depth(scheme, name) < level else ()
        weight = {d: 1.0 if base is None else float(base.get(d, 0.0)) for d in under}
        total = sum(weight.values())
        if any(w < 0 for w in weight.values()):
            raise ChoraleError("crosswalk-base", f"A base rate under {name} is negative.")
        if total <= 0:
            cells.append(Cell(name, "skos:exactMatch", name, 1.0, LOGICAL))
            continue
        cells += [Cell(name, "skos:narrowMatch", d, w / total, LOGICAL) for d, w in weight.items() if w > 0]
    how = "descendants weighing alike (an assumption)" if base is None else "descendants by base rates given"
    crosswalk = Crosswalk(
        id=f"{scheme.id}--down-to-tier-{level}",
        version=scheme.version,
        source_scheme=scheme.ref,
        target_scheme=scheme.ref,
        title=f"{scheme.title}: spread down to tier {level}",
        cells=tuple(cells),
        source=f"parents stated by {scheme.ref}; {how}",
        comment="For distributions only.",
    )
    return crosswalk.bind(scheme, scheme)


def _descendants(scheme: Scheme, name: str, level: int) -> tuple[str, ...]:
    if depth(scheme, name) == level:
        return (name,)
    below = (d for child in children(scheme, name) for d in _descendants(scheme, child, level))
    return tuple(dict.fromkeys(below))  # over several parents a label may be met twice


def _require_tier(scheme: Scheme, level: int) -> None:
    if not scheme.labels or not tier(scheme, level):
        raise ChoraleError("scheme-tier", f"{scheme.ref} has no tier {level}.", "Tiers count from 0, the top.")
