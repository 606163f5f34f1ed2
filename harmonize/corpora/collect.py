"""A corpus in memory: its items and answers, with every row accounted for. For notebooks and tests; the service
streams the same readings into PostgreSQL by the same rules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from harmonize.corpora.layout import Descriptor
from harmonize.corpora.ledger import Ledger, Reason
from harmonize.corpora.record import RAW_KEPT, Rating, Reading, Record, Refused, Repeat
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


@dataclass
class Collected:
    """A whole corpus. ``items``: source id -> the record that made it; ``answers``: (source id, rating) as read."""

    descriptor: Descriptor
    ledger: Ledger = field(default_factory=Ledger)
    items: dict[str, Record] = field(default_factory=dict)
    answers: list[tuple[str, Rating]] = field(default_factory=list)
    files: dict[str, Counts] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)

    @property
    def counts(self) -> Counts:
        """Rows of all files together."""
        total = Counts()
        for one in self.files.values():
            total.add(one)
        return total


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
        elif reason := whole.ledger.contradiction(reading):
            whole.refused.append(refusal(reading, reason))
            counts.quarantined += reading.rows
        elif taken := whole.ledger.take(reading):
            if taken.item:
                whole.items[reading.source_id] = reading
            whole.answers.extend((reading.source_id, rating) for rating in taken.ratings)
            counts.imported += reading.rows
        else:
            counts.duplicates += reading.rows
    return whole


def refusal(record: Record, reason: Reason) -> Refused:
    """A record that contradicts what is known, as a refused row."""
    what, fix, code = reason
    problem = Problem(f"{record.file}, line {record.line}", what, fix, code)
    return Refused(record.file, record.line, record.rows, record.place, problem, record.raw[:RAW_KEPT])
