"""How the first rows of a corpus would be read: each row beside what it becomes, or what is wrong with it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from harmonize.corpora.collect import Counts, refusal
from harmonize.corpora.layout import Descriptor
from harmonize.corpora.ledger import Ledger
from harmonize.corpora.opening import Source, open_table, sources
from harmonize.corpora.readers import read_source
from harmonize.corpora.record import Reading, Record, Refused, Repeat
from harmonize.problems import ChoraleError, Problem

SHOWN = 20  # readings a file that are kept to be shown
TRIED = 2000  # readings a file that are counted
SECONDS = 6.0  # for all files together
PARTIAL = "unknown-item"  # said of a rating whose item may stand beyond the rows tried


@dataclass(frozen=True)
class Tasted:
    """One reading and what an import would make of it: imported, duplicate, or quarantined with the problem."""

    reading: Reading
    outcome: str
    problem: Problem | None = None


@dataclass
class FileTaste:
    """The beginning of one file. ``columns`` are its own; ``whole``: it was read to its end."""

    name: str
    columns: tuple[str, ...]
    shown: list[Tasted] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)
    problems: list[Problem] = field(default_factory=list)
    whole: bool = True


@dataclass
class Foretaste:
    """The beginning of every file under a descriptor; ``counts`` are sums over the rows tried."""

    files: list[FileTaste] = field(default_factory=list)

    @property
    def counts(self) -> Counts:
        """What became of all rows tried."""
        total = Counts()
        for one in self.files:
            total.add(one.counts)
        return total

    @property
    def problems(self) -> list[tuple[Problem, int]]:
        """One problem of each code, with how many readings have it, most frequent first."""
        seen: dict[str, list[Problem]] = {}
        for one in self.files:
            for problem in one.problems:
                seen.setdefault(problem.code, []).append(problem)
        return sorted(((rows[0], len(rows)) for rows in seen.values()), key=lambda pair: -pair[1])


def foretaste(descriptor: Descriptor, folder: Path, *, seconds: float = SECONDS) -> Foretaste:
    """Read up to `TRIED` rows of each file as an import would, writing nothing; stop after ``seconds``.

    A rating whose item was not met counts as imported where an earlier file was not read to its end.
    """
    found, ledger = Foretaste(), Ledger()
    until = time.monotonic() + seconds
    for source in sources(descriptor, folder):
        complete = all(file.whole for file in found.files)
        found.files.append(_file(descriptor, source, folder, ledger, until, complete=complete))
    return found


def _file(
    descriptor: Descriptor, source: Source, folder: Path, ledger: Ledger, until: float, *, complete: bool
) -> FileTaste:
    one = FileTaste(source.name, columns_of(source))
    readings = read_source(descriptor, source, folder, key=b"foretaste")
    for number, reading in enumerate(readings):
        if number == TRIED or time.monotonic() > until:
            one.whole = False
            break
        tasted = _judge(reading, ledger, complete=complete)
        _count(one, tasted)
        if number < SHOWN:
            one.shown.append(tasted)
    return one


def _judge(reading: Reading, ledger: Ledger, *, complete: bool) -> Tasted:
    if isinstance(reading, Repeat):
        return Tasted(reading, "duplicate")
    if isinstance(reading, Refused):
        return Tasted(reading, "quarantined", reading.problem)
    reason = ledger.contradiction(reading)
    if reason and (complete or reason[2] != PARTIAL):
        return Tasted(reading, "quarantined", refusal(reading, reason).problem)
    return Tasted(reading, "imported" if reason or ledger.take(reading) else "duplicate")


def _count(one: FileTaste, tasted: Tasted) -> None:
    rows = tasted.reading.rows
    counts = {"imported": Counts(rows), "duplicate": Counts(0, rows), "quarantined": Counts(0, 0, rows)}
    one.counts.add(counts[tasted.outcome])
    if tasted.problem:
        one.problems.append(tasted.problem)


def columns_of(source: Source) -> tuple[str, ...]:
    """The names of a file's columns; none if it cannot be opened."""
    if source.path is None:
        return ()
    try:
        return tuple(open_table(source.table, source.path).columns)
    except (ChoraleError, OSError):
        return ()


def raw_of(reading: Reading) -> str:
    """A reading's source rows as they stand."""
    return reading.raw if isinstance(reading, Record | Refused) else ""
