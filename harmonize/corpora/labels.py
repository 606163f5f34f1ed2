"""From native answers to codes of the layer's scheme."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

from harmonize.corpora.amiss import Amiss
from harmonize.corpora.cells import blank, mark_of, number_of, text_of
from harmonize.corpora.layout import Answer, Blank, Layer
from harmonize.records import Kind, Status

STATUS = {
    "@none-applies": Status.NONE_APPLIES,
    "@cannot-tell": Status.CANNOT_TELL,
    "@skipped": Status.SKIPPED,
    "@broken": Status.BROKEN,
}
BLANK = {
    Blank.NONE_APPLIES: Status.NONE_APPLIES,
    Blank.SKIPPED: Status.SKIPPED,
    Blank.CANNOT_TELL: Status.CANNOT_TELL,
}
REMEMBERED = 10_000  # cells of text whose meaning is kept
ROLE = {"cannot-tell": Status.CANNOT_TELL, "broken": Status.BROKEN}


class Said(NamedTuple):
    """One answer: a status, and codes, strengths or values under the layer's scheme."""

    status: Status
    labels: tuple[int, ...] = ()
    strengths: tuple[float, ...] = ()
    values: tuple[float, ...] = ()
    native: str = ""


class Labels:
    """The native labels of a layer. A scheme's label that means "cannot tell" or "broken" is a status, no label."""

    def __init__(self, layer: Layer) -> None:
        self.layer = layer
        self.codes: dict[str, int | Status] = {}
        scheme = layer.scheme
        for code, name in enumerate(scheme.names):
            role = scheme.labels[code].role if scheme.labels else "emotion"
            self.codes[name.casefold()] = ROLE.get(role, code)
        own = {name: self.codes[name.casefold()] for name in scheme.names}
        for native, label in layer.names.items():
            self.codes[native.casefold()] = STATUS[label] if label in STATUS else own[label]
        self._said: dict[tuple[str, str], Said] = {}  # what a cell of text comes to: the same few come again and again

    def code(self, native: str) -> int | Status:
        """The code or status that a native label stands for. Refuses a label that is neither known nor mapped."""
        found = self.codes.get(native.strip().casefold())
        if found is not None:
            return found
        near = get_close_matches(native.casefold(), self.codes, n=1)
        hint = f"Did the source mean {near[0]!r}? " if near else ""
        what = f"has the label {native[:80]!r}, which {self.layer.scheme.ref} lacks."
        raise Amiss("unknown-label", what, f"{hint}Mend it, or map it under names in corpus.toml.")

    def chosen(self, natives: Iterable[str]) -> Said:
        """The answer that these native labels make, under the rules of the layer's kind."""
        names = [name.strip() for name in natives if name.strip()]
        native = ",".join(names)
        codes = [self.code(name) for name in names]
        statuses = {code for code in codes if isinstance(code, Status)}
        labels = tuple(sorted({int(code) for code in codes if not isinstance(code, Status)}))
        if statuses and (labels or len(statuses) > 1):
            raise Amiss("mixed-answer", f"has {native!r}, both an answer and none.", "Keep one of them.")
        if statuses:
            return Said(statuses.pop(), native=native)
        if self.layer.kind == Kind.SINGLE and len(labels) != 1:
            raise Amiss("not-one-label", f"has {len(labels)} labels where one is chosen.", "Keep one.")
        if not labels:
            return Said(Status.NONE_APPLIES, native=native)
        strengths = (1.0,) * len(labels) if self.layer.kind == Kind.INTENSITY else ()
        return Said(Status.ANSWERED, labels, strengths, native=native)

    def graded(self, strengths: Mapping[str, Any]) -> Said:
        """The answer that a number a label makes: 0 is absent; SET takes 0 and 1 (or yes and no), INTENSITY 0 to its
        top level."""
        graded = self.layer.kind == Kind.INTENSITY
        top = max(len(self.layer.scheme.levels) - 1, 1) if graded else 1
        found: dict[int, float] = {}
        statuses: set[Status] = set()
        for name, cell in strengths.items():
            value = (number_of if graded else mark_of)(cell, name)
            if math.isnan(value) or value == 0:
                continue
            if not 0 <= value <= top or value != int(value):
                fix = f"Give a whole number from 0 to {top}."
                raise Amiss("out-of-range", f"has {value:g} for {name}.", fix)
            code = self.code(name)
            if isinstance(code, Status):
                statuses.add(code)
            else:
                found[int(code)] = value
        if statuses and not found:
            return Said(min(statuses))
        if self.layer.kind == Kind.SINGLE and len(found) != 1:
            raise Amiss("not-one-label", f"marks {len(found)} labels where one is chosen.", "Mark one.")
        labels = tuple(sorted(found))
        kept = tuple(found[code] for code in labels) if self.layer.kind == Kind.INTENSITY else ()
        return Said(Status.ANSWERED if labels else Status.NONE_APPLIES, labels, kept)

    def marked(self, cells: Mapping[str, Any], answer: Answer) -> Said | None:
        """As `graded`, where at least one cell says something; a row of blank cells is a blank answer."""
        return self.nothing(answer) if all(map(blank, cells.values())) else self.graded(cells)

    def placed(self, cells: Mapping[str, Any]) -> Said | None:
        """The answer that a number a dimension makes, within the scheme's range; None if all are blank."""
        values = []
        for dimension in self.layer.scheme.dimensions:
            value = number_of(cells[dimension.id], dimension.id)
            if not math.isnan(value) and not dimension.low <= value <= dimension.high:
                fix = f"{self.layer.scheme.ref} runs from {dimension.low:g} to {dimension.high:g}."
                raise Amiss("out-of-range", f"has {value:g} for {dimension.id}.", fix)
            values.append(value)
        if all(math.isnan(value) for value in values):
            return None
        return Said(Status.ANSWERED, values=tuple(values))

    def from_cell(self, cell: Any, answer: Answer) -> Said | None:
        """The answer in one cell: one label, several by a separator, a list, label: strength pairs, or the number of
        the only dimension. A list of nothing, and separators alone, are blank."""
        if self.layer.kind == Kind.DIMENSION:
            return self.placed({self.layer.scheme.dimensions[0].id: cell}) or self.nothing(answer)
        if isinstance(cell, dict):
            return self.marked(cell, answer)
        if blank(cell) or (isinstance(cell, (list, tuple)) and all(map(blank, cell))):
            return self.nothing(answer)
        if isinstance(cell, (list, tuple)):
            return self.chosen([text_of(part) for part in cell])
        said = self._from_text(text_of(cell), answer.separator if self.layer.kind != Kind.SINGLE else "")
        return said if said.native else self.nothing(answer)

    def _from_text(self, text: str, separator: str) -> Said:
        known = self._said.get((text, separator))
        if known is None:
            known = self.chosen(text.split(separator) if separator else [text])
            if len(self._said) < REMEMBERED:
                self._said[text, separator] = known
        return known

    def nothing(self, answer: Answer) -> Said | None:
        """What a blank answer means here, as the descriptor says; None if this rater was not asked."""
        if answer.blank == Blank.ABSENT:
            return None
        if answer.blank == Blank.PROBLEM:
            fix = "Fill it in, or say what blank means (blank = ... in corpus.toml)."
            raise Amiss("missing-answer", f"has no answer for {self.layer.name}.", fix)
        return Said(BLANK[answer.blank])
