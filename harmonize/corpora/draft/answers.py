"""What a sample's answers may be: which shape, under which scheme, in which columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from harmonize.corpora.draft.roles import RATERS, Roles, best_scheme, whole_numbers, words_of
from harmonize.corpora.layout import Shape
from harmonize.records import Kind
from harmonize.schemes import Scheme

SEPARATORS = (";", "|", ",")


@dataclass
class Guess:
    """A layer with its answers, and the shape they imply. ``note`` says what a person should check."""

    shape: Shape
    scheme: str
    answer: dict[str, Any]
    names: dict[str, str] = field(default_factory=dict)
    columns: list[str] = field(default_factory=list)
    note: str = ""


def guess(roles: Roles) -> Guess | None:
    """The first layout that fits: label rows, rater columns, counts, marks, dimensions, or one column of labels."""
    for attempt in (_label_rows, _rater_columns, _label_columns, _dimensions, _one_column):
        if found := attempt(roles):
            return found
    return None


def _labels_in(roles: Roles, column: str) -> Counter[str]:
    return Counter(str(cell).strip() for cell in roles.filled(column))


def _label_rows(roles: Roles) -> Guess | None:
    raters = roles.rater_columns
    marks = [whole_numbers(roles.filled(column)) for column in raters]
    if not raters or any(values is None for values in marks):
        return None
    top = max((max(values, default=0) for values in marks if values), default=0)
    kinds = (Kind.SET, Kind.INTENSITY) if top <= 1 else (Kind.INTENSITY,)
    for column in roles.sample.columns:
        values = _labels_in(roles, column)
        if column not in (*raters, roles.text, roles.id) and 1 < len(values) <= 40:
            found = best_scheme(values, kinds, roles.schemes)
            if found:
                scheme, names = found
                answer = {"label": column, "raters": _pattern(raters)}
                return Guess(Shape.LABEL_ROWS, scheme.ref, answer, names, [column, *raters])
    return None


def _pattern(columns: list[str]) -> list[str]:
    stems = {re.sub(r"\d+$", "*", column) for column in columns}
    return sorted(stems) if len(stems) == 1 else columns


def _rater_columns(roles: Roles) -> Guess | None:
    raters = roles.rater_columns
    seen = Counter[str]()
    for column in raters:
        seen.update(_labels_in(roles, column))
    found = best_scheme(seen, (Kind.SINGLE, Kind.SET), roles.schemes) if raters else None
    if not found:
        return _columns_alike(roles)
    return Guess(Shape.RATER_COLUMNS, found[0].ref, {"raters": _pattern(raters)}, found[1], raters)


def _columns_alike(roles: Roles) -> Guess | None:
    """Several columns of labels of one scheme: raters named in the header."""
    by_scheme: dict[str, list[str]] = {}
    for column in roles.sample.columns:
        asked = column not in (roles.text, roles.id)
        found = best_scheme(_labels_in(roles, column), (Kind.SINGLE,), roles.schemes) if asked else None
        if found:
            by_scheme.setdefault(found[0].ref, []).append(column)
    ref, columns = max(by_scheme.items(), key=lambda entry: len(entry[1]), default=("", []))
    note = f"{', '.join(columns)} were taken for raters, since all hold labels of one scheme."
    return Guess(Shape.RATER_COLUMNS, ref, {"raters": columns}, {}, columns, note) if len(columns) > 1 else None


def _label_columns(roles: Roles) -> Guess | None:
    """Columns named like the labels of a scheme: counts of votes, or marks."""
    numbered = {c: whole_numbers(roles.filled(c)) for c in roles.sample.columns if c not in (roles.text, roles.id)}
    names = Counter({column: 1 for column, values in numbered.items() if values is not None})
    best: tuple[Scheme, dict[str, str]] | None = None
    for kinds in ((Kind.SINGLE,), (Kind.SET,), (Kind.INTENSITY,)):
        found = _covering(names, kinds, roles.schemes)
        if found and (best is None or len(found[1]) > len(best[1])):
            best = found
    if best is None:
        return None
    columns = {label: column for column, label in best[1].items()}
    rows = [[values[i] for c in columns.values() if (values := numbered[c])] for i in range(_least(numbered, columns))]
    top = max((max(row, default=0) for row in rows), default=0)
    sums = Counter(sum(row) for row in rows)
    counted = top > 1 and bool(sums) and sums.most_common(1)[0][1] > 0.9 * len(rows)
    kind = Kind.SINGLE if counted else Kind.INTENSITY if top > 1 else Kind.SET
    found = _covering(Counter(dict.fromkeys(best[1], 1)), (kind,), roles.schemes)
    if not found:
        return None
    known = {label: column for column, label in found[1].items()}
    shape = Shape.VOTES if counted else Shape.AGGREGATED
    return Guess(shape, found[0].ref, {"columns": known}, {}, list(known.values()))


def _least(numbered: dict[str, list[int] | None], columns: dict[str, str]) -> int:
    return min((len(numbered[column] or []) for column in columns.values()), default=0)


def _covering(
    names: Counter[str], kinds: tuple[Kind, ...], among: Sequence[Scheme]
) -> tuple[Scheme, dict[str, str]] | None:
    """The scheme of these kinds of which most labels are columns: three at least, and half of its labels."""
    best: tuple[tuple[int, int], Scheme, dict[str, str]] | None = None
    for scheme in among:
        if scheme.kind not in kinds:
            continue
        words = words_of(scheme)
        known = {name: words[name.casefold()] for name in names if name.casefold() in words}
        rank = (len(known), -len(scheme.names))
        if len(known) >= max(3, len(scheme.names) / 2) and (best is None or rank > best[0]):
            best = (rank, scheme, known)
    return None if best is None else (best[1], best[2])


def _dimensions(roles: Roles) -> Guess | None:
    """The scheme with the most dimensions that are columns of numbers within its range; of several the narrowest."""
    best: tuple[tuple[float, float], Scheme, dict[str, str], tuple[float, float]] | None = None
    for scheme in roles.schemes:
        axes = roles.axes_of(scheme)
        values = [float(cell) for column in axes.values() for cell in roles.filled(column)]
        if not values:
            continue
        low, high = min(values), max(values)
        least, most = min(d.low for d in scheme.dimensions), max(d.high for d in scheme.dimensions)
        # A scale with negative values is meant only where there are some: numbers from 0 to 1 are of another.
        fits = least <= low and high <= most and (least >= 0 or low < 0)
        rank = (len(axes), least - most)
        if fits and (best is None or rank > best[0]):
            best = (rank, scheme, axes, (low, high))
    if best is None:
        return None
    _, scheme, axes, (low, high) = best
    note = f"Values run from {low:g} to {high:g}; check that {scheme.ref} is the scale."
    return Guess(_repeated(roles), scheme.ref, {"columns": axes}, {}, list(axes.values()), note)


def _one_column(roles: Roles) -> Guess | None:
    for column in roles.sample.columns:
        if column in (roles.text, roles.id):
            continue
        cells = roles.filled(column)
        if cells and all(isinstance(cell, list) for cell in cells):
            seen = Counter(str(part) for cell in cells for part in cell)
            if found := best_scheme(seen, (Kind.SET,), roles.schemes):
                return Guess(_repeated(roles), found[0].ref, {"column": column}, found[1], [column])
            continue
        if found := best_scheme(_labels_in(roles, column), (Kind.SINGLE, Kind.SET), roles.schemes):
            return Guess(_repeated(roles), found[0].ref, {"column": column}, found[1], [column])
        for separator in SEPARATORS:
            parts = Counter(p.strip() for cell in cells for p in str(cell).split(separator) if p.strip())
            if any(separator in str(cell) for cell in cells) and (
                found := best_scheme(parts, (Kind.SET,), roles.schemes)
            ):
                answer = {"column": column, "separator": separator}
                return Guess(_repeated(roles), found[0].ref, answer, found[1], [column])
    return None


def _repeated(roles: Roles) -> Shape:
    """One row a rating where a rater is named or ids come again, else one published label an item."""
    ids = [str(cell) for cell in roles.filled(roles.id)] if roles.id else []
    repeated = bool(ids) and len(set(ids)) < 0.9 * len(ids)
    return Shape.RATINGS if repeated or roles.named(RATERS) else Shape.AGGREGATED
