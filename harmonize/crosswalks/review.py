"""What changed between two versions of a crosswalk, or of a scheme, for the person who reviews it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from harmonize.crosswalks.crosswalk import Cell, Crosswalk
from harmonize.problems import Problem
from harmonize.schemes import Scheme


@dataclass(frozen=True)
class Changes:
    """Cells by (subject, object): only in the new version, only in the old, in both but not equal (old, new)."""

    added: tuple[Cell, ...]
    removed: tuple[Cell, ...]
    changed: tuple[tuple[Cell, Cell], ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


def changes(old: Crosswalk, new: Crosswalk) -> Changes:
    """The cells in which two versions differ, in file order; any field of a cell counts."""
    before = {(cell.subject, cell.object): cell for cell in old.cells}
    after = {(cell.subject, cell.object): cell for cell in new.cells}
    return Changes(
        tuple(cell for key, cell in after.items() if key not in before),
        tuple(cell for key, cell in before.items() if key not in after),
        tuple((before[key], cell) for key, cell in after.items() if key in before and before[key] != cell),
    )


def reworded(old: Scheme, new: Scheme) -> bool:
    """Whether two definitions differ in words alone: title, description, definitions, terms, sources. Answers and
    figures then mean the same under both."""
    return _bare(old) == _bare(new)


def _bare(scheme: Scheme) -> Scheme:
    labels = tuple(replace(label, definition="", terms=()) for label in scheme.labels)
    return replace(scheme, title="", description="", sources=(), labels=labels)


def check_successor(old: Scheme, new: Scheme) -> list[Problem]:
    """What forbids ``new`` as the next version of ``old``: a code once used keeps its label for ever.

    A label may be renamed, redefined or retired, and labels may be added at the end; kind and dimensions must stay.
    """
    found: list[Problem] = []
    if old.kind != new.kind:
        found.append(Problem(new.ref, f"Kind {old.kind} became {new.kind}.", "Give it a new id.", "scheme-kind"))
    if new.names[: len(old.names)] != old.names:
        moved = [name for k, name in enumerate(old.names) if k >= len(new.names) or new.names[k] != name]
        what = f"{', '.join(moved)}: the code now means something else."
        found.append(Problem(new.ref, what, "Keep labels in place (retired = true), add at the end.", "scheme-codes"))
    ranges = {d.id: (d.low, d.high) for d in new.dimensions}
    for d in old.dimensions:
        if ranges.get(d.id, (d.low, d.high)) != (d.low, d.high):
            found.append(Problem(new.ref, f"{d.id} has another range.", "Give it a new id.", "scheme-range"))
    return found
