"""The weights of a crosswalk as a table: five shades, and behind each cell its evidence."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from chorale.web import palette
from harmonize.crosswalks import NO_TERM, Cell, Crosswalk


@dataclass(frozen=True)
class Square:
    """One weight: its shade and colour, what stands behind it, and how it differs from another version."""

    weight: float
    shade: str
    family: str
    evidence: str
    before: float | None = None

    @property
    def changed(self) -> bool:
        """Whether the version before said otherwise."""
        return self.before is not None and abs(self.before - self.weight) > 1e-9


@dataclass(frozen=True)
class Line:
    """A source label's row; ``rest`` is what stays unmapped."""

    name: str
    family: str
    squares: tuple[Square, ...]
    rest: float
    why: str


@dataclass(frozen=True)
class Matrix:
    """Target labels as heads (name, family), source labels as lines."""

    heads: tuple[tuple[str, str], ...]
    lines: tuple[Line, ...]


def matrix(core: Crosswalk, before: Crosswalk | None = None) -> Matrix:
    """The weights of a map of labels; beside those of the version ``before`` where one is given."""
    weights = core.matrix()
    old = before.matrix() if before is not None and _same_labels(core, before) else None
    evidence: dict[tuple[str, str], list[Cell]] = defaultdict(list)
    for cell in core.cells:
        evidence[cell.subject, cell.object].append(cell)
    targets = core.target_labels.labels
    heads = tuple((label.name, palette.of_label(label, core.target_labels)) for label in targets)
    lines = []
    for i, label in enumerate(core.source_labels.labels):
        squares = tuple(
            Square(
                float(w),
                shade(float(w)),
                heads[j][1],
                told(evidence[label.id, targets[j].id]),
                None if old is None else float(old[i, j]),
            )
            for j, w in enumerate(weights[i])
        )
        rest = max(0.0, 1 - float(weights[i].sum()))
        lines.append(
            Line(
                label.name,
                palette.of_label(label, core.source_labels),
                squares,
                rest,
                told(evidence[label.id, NO_TERM]),
            )
        )
    return Matrix(heads, tuple(lines))


def shade(weight: float) -> str:
    """The class of a weight's shade, one of five; nothing for 0."""
    return f"w{min(5, max(1, round(weight * 5)))}" if weight > 0 else ""


def told(cells: list[Cell]) -> str:
    """What stands behind a weight, in one line a cell."""
    return "\n".join(" · ".join(_facts(cell)) for cell in cells)


def _facts(cell: Cell) -> list[str]:
    sure = "no confidence stated" if cell.confidence is None else f"confidence {cell.confidence:g}"
    between = [] if cell.low is None else [f"95 % {cell.low:.3g} to {cell.high:.3g}"]
    return [
        f"{cell.subject} {cell.predicate} {cell.object}",
        f"weight {cell.weight:.3g}",
        *between,
        cell.justification,
        sure,
        cell.source or "no source",
        *([cell.comment] if cell.comment else []),
    ]


def _same_labels(one: Crosswalk, other: Crosswalk) -> bool:
    return (one.source_labels.names, one.target_labels.names) == (other.source_labels.names, other.target_labels.names)
