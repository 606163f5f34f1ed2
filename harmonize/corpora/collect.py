"""A corpus in memory: its items and `Judgments` a layer, with every row accounted for. For notebooks and tests;
the service streams the same readings into PostgreSQL by the same rules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from harmonize.corpora.layout import Descriptor
from harmonize.corpora.record import Rating, Reading, Record, Refused, Repeat
from harmonize.problems import Problem


@dataclass
class Counts:
    """What became of the source rows; ``read`` is their sum."""

    imported: int = 0
    duplicates: int = 0
    quarantined: int = 0

    @property
    def read(self) -> int:
        """Rows read."""
        return self.imported + self.duplicates + self.quarantined

    def add(self, other: Counts) -> None:
        """Count these too."""
        self.imported += other.imported
        self.duplicates += other.duplicates
        self.quarantined += other.quarantined


Slot = tuple[object, ...]


@dataclass
class Collected:
    """A whole corpus. ``items``: source id -> the record that made it; ``answers``: slot -> (source id, rating)."""

    descriptor: Descriptor
    items: dict[str, Record] = field(default_factory=dict)
    answers: dict[Slot, tuple[str, Rating]] = field(default_factory=dict)
    facts: dict[str, dict[str, object]] = field(default_factory=dict)
    files: dict[str, Counts] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)

    @property
    def counts(self) -> Counts:
        """Rows of all files together."""
        total = Counts()
        for one in self.files.values():
            total.add(one)
        return total


def slot_of(record: Record, rating: Rating) -> Slot:
    """Which answer this is: one a rater and item where raters have ids, one a line and voice where they have none."""
    if rating.published:
        return (record.source_id, "published", rating.layer)
    if rating.rater is not None:
        return (record.source_id, rating.rater, rating.layer)
    return (record.file, record.line, rating.voice, rating.layer)


def collect(descriptor: Descriptor, readings: Iterable[Reading]) -> Collected:
    """Everything read, each record taken as imported, as a duplicate, or as quarantined with its reason."""
    whole = Collected(descriptor)
    for reading in readings:
        counts = whole.files.setdefault(reading.file, Counts())
        if isinstance(reading, Repeat):
            counts.duplicates += reading.rows
        elif isinstance(reading, Refused):
            whole.refused.append(reading)
            counts.quarantined += reading.rows
        elif reason := contradiction(whole, reading):
            problem = Problem(f"{reading.file}, line {reading.line}", *reason)
            whole.refused.append(Refused(reading.file, reading.line, reading.rows, reading.place, problem, reading.raw))
            counts.quarantined += reading.rows
        elif _take(whole, reading):
            counts.imported += reading.rows
        else:
            counts.duplicates += reading.rows
    return whole


CHANGED = ("has another text or file than this item has.", "A changed corpus is a new version.", "changed-item")
UNKNOWN = ("speaks of an item that the corpus does not have.", "Import its item first, or mend the id.", "unknown-item")
CHANGED_FACT = ("gives this item another facet or split than before.", "Keep one of the two.", "changed-fact")
CONFLICT = ("differs from an answer that this rater gave before.", "Keep one of the two.", "conflicting-rating")


def contradiction(whole: Collected, record: Record) -> tuple[str, str, str] | None:
    """Why a record cannot stand beside what is known, as (what, fix, code); None if it can."""
    known = whole.items.get(record.source_id)
    if known is None and not record.makes_item:
        return UNKNOWN
    if known is not None and record.makes_item and (known.text, known.media) != (record.text, record.media):
        return CHANGED
    facts = whole.facts.get(record.source_id, {})
    if any(facts.get(name, value) != value for name, value in facts_of(record).items()):
        return CHANGED_FACT
    for rating in record.ratings:
        before = whole.answers.get(slot_of(record, rating))
        if before is not None and not same_answer(before[1], rating):
            return CONFLICT
    return None


def facts_of(record: Record) -> dict[str, object]:
    """The facets of a record, and its split under the key "split" where it has one."""
    return {**record.facets, **({"split": record.split} if record.split else {})}


def same_answer(one: Rating, other: Rating) -> bool:
    """Whether two ratings say the same; NaN (not answered) equals NaN."""
    return (one.status, one.labels, one.strengths) == (other.status, other.labels, other.strengths) and (
        len(one.values) == len(other.values)
        and all(a == b or (a != a and b != b) for a, b in zip(one.values, other.values, strict=True))
    )


def _take(whole: Collected, record: Record) -> bool:
    """Add a record; whether anything in it was new."""
    new = False
    if record.makes_item and record.source_id not in whole.items:
        whole.items[record.source_id] = record
        new = True
    known = whole.facts.setdefault(record.source_id, {})
    for name, value in facts_of(record).items():
        new = new or (name not in known)
        known.setdefault(name, value)
    for rating in record.ratings:
        slot = slot_of(record, rating)
        if slot not in whole.answers:
            whole.answers[slot] = (record.source_id, rating)
            new = True
    return new
