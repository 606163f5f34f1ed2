"""Maps after maps: composition with provenance, and the ways from one scheme to another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import reduce

from harmonize.crosswalks.crosswalk import CHAINED, NO_TERM, Cell, Crosswalk, CrosswalkKind, Review
from harmonize.crosswalks.files import shipped
from harmonize.problems import ChoraleError

STRENGTH = {Review.PROPOSED: 0, Review.REVIEWED: 1, Review.PUBLISHED: 2}
VIA = "via "


def compose(first: Crosswalk, second: Crosswalk) -> Crosswalk:
    """``first`` and then ``second`` as one crosswalk.

    Weights are the matrix product, so the composition of distributions is exact and associative; a mark reaches an
    object if some path does. The status is the weaker one, a cell's confidence the least on its paths (None if one is
    not stated), and each cell tells the labels it went through. Rescalings compose as affine maps.
    Raises `ChoraleError("crosswalk-compose")` where the middle schemes differ.
    """
    if first.target_scheme != second.source_scheme or first.kind != second.kind:
        raise ChoraleError(
            "crosswalk-compose",
            f"{first.ref} ends in {first.target_scheme}, {second.ref} starts from {second.source_scheme}.",
            "Put a crosswalk between the two schemes.",
        )
    chain = (*(first.derived_from or (first.ref,)), *(second.derived_from or (second.ref,)))
    status = min(first.status, second.status, key=lambda s: STRENGTH[Review(s)])
    source, target = first.source_labels, second.target_labels
    made = Crosswalk(
        id=f"{source.id}--{target.id}--by-{len(chain)}",
        version="+".join(ref.partition("@")[2] for ref in chain),
        source_scheme=source.ref,
        target_scheme=target.ref,
        title=f"{source.title} to {target.title}, in {len(chain)} steps",
        cells=_rescaled(first, second) if first.kind == CrosswalkKind.RESCALE else _chained(first, second),
        status=Review(status),
        kind=first.kind,
        source=" then ".join(chain),
        derived_from=chain,
    )
    return made.bind(source, target)


def compose_all(steps: Sequence[Crosswalk]) -> Crosswalk:
    """One crosswalk of all steps, in order; a single step is itself. Raises `ChoraleError` for none."""
    if not steps:
        raise ChoraleError("crosswalk-compose", "There is nothing to compose.")
    return reduce(compose, steps)


def ways(
    source: str, target: str, *, among: Sequence[Crosswalk] | None = None, longest: int = 3
) -> Iterator[tuple[Crosswalk, ...]]:
    """Every way from scheme ref ``source`` to ``target`` of at most ``longest`` steps that visits no scheme twice."""
    known = shipped() if among is None else among

    def walk(at: str, taken: tuple[Crosswalk, ...], seen: frozenset[str]) -> Iterator[tuple[Crosswalk, ...]]:
        for step in known:
            if step.source_scheme != at or step.target_scheme in seen:
                continue
            if step.target_scheme == target:
                yield (*taken, step)
            elif len(taken) + 1 < longest:
                yield from walk(step.target_scheme, (*taken, step), seen | {step.target_scheme})

    yield from walk(source, (), frozenset({source}))


@dataclass
class _Sum:
    """What the paths to one object add up to."""

    weight: float = 0.0
    confidence: float | None = 1.0
    paths: list[str] = field(default_factory=list)

    def add(self, a: Cell, b: Cell) -> None:
        self.weight += a.weight * b.weight
        stated = (self.confidence, a.confidence, b.confidence)
        self.confidence = None if None in stated else min(c for c in stated if c is not None)
        self.paths += [" > ".join(filter(None, (p, a.object, q))) for p in _paths(a) for q in _paths(b)]


def _paths(cell: Cell) -> list[str]:
    """The middle labels of a cell, one string a path; a plain cell has one path through nothing."""
    if cell.justification == CHAINED and cell.comment.startswith(VIA):
        return cell.comment.removeprefix(VIA).split(" | ")
    return [""]


def _chained(first: Crosswalk, second: Crosswalk) -> tuple[Cell, ...]:
    after: dict[str, list[Cell]] = {}
    for cell in second.cells:
        if cell.weight > 0 and cell.object != NO_TERM:
            after.setdefault(cell.subject, []).append(cell)
    sums: dict[str, dict[str, _Sum]] = {}
    for a in first.cells:
        found = sums.setdefault(a.subject, {})
        for b in after.get(a.object, ()) if a.weight > 0 else ():
            found.setdefault(b.object, _Sum()).add(a, b)
    source = f"{first.ref} then {second.ref}" if not first.derived_from and not second.derived_from else ""
    cells: list[Cell] = []
    for subject, found in sums.items():
        for name in sorted(found, key=second.target_labels.code):
            total = found[name]
            via = VIA + " | ".join(total.paths)
            weight = min(total.weight, 1.0)
            cells.append(Cell(subject, "skos:relatedMatch", name, weight, CHAINED, total.confidence, source, via))
        if not found:
            cells.append(Cell(subject, "skos:relatedMatch", NO_TERM, 0.0, CHAINED, None, source, "no path leads on"))
    return tuple(cells)


def _rescaled(first: Crosswalk, second: Crosswalk) -> tuple[Cell, ...]:
    after = {cell.subject: cell for cell in second.cells}
    cells = []
    for a in first.cells:
        b = after.get(a.object)
        if b is None or NO_TERM in (a.object, b.object):
            cells.append(Cell(a.subject, "skos:relatedMatch", NO_TERM, 0.0, CHAINED))
            continue
        intercept = b.intercept + b.weight * a.intercept
        via = f"{VIA}{a.object}"
        made = Cell(a.subject, "skos:closeMatch", b.object, a.weight * b.weight, CHAINED, None, "", via, intercept)
        cells.append(made)
    return tuple(cells)
