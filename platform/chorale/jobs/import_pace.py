"""How fast an import goes, and how long it will take: told by the bytes that are read of those that its files have."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from chorale.jobs.engine import ShardWork
from chorale.store.models import Job
from harmonize.corpora import Place
from harmonize.corpora.opening import BY_BYTES, Source, format_of
from harmonize.corpora.tables.lines import ascii_compatible
from harmonize.problems import ChoraleError

PATIENCE = 1.0  # seconds before a speed is told


@dataclass
class Pace:
    """The rows and bytes of one worker's turn, for one file of an import. ``before``, ``here`` and ``whole``: bytes of
    the files before this one, of this one, of all; ``start``: bytes of it that were read when the turn began."""

    job: Job
    source: Source
    before: int
    here: int
    whole: int
    done: int
    begun: float = field(default_factory=time.monotonic)
    rows: int = 0
    start: int = 0

    @classmethod
    def of(cls, work: ShardWork, source: Source, files: Sequence[Source], place: Place) -> Pace:
        """The pace of a turn that begins at a place."""
        sizes = [one.path.stat().st_size if one.path else 0 for one in files]
        done = Job.objects.values_list("done", flat=True).get(pk=work.job.pk)
        made = cls(work.job, source, sum(sizes[: source.number]), sizes[source.number], sum(sizes), done)
        made.start = made._read(place) or 0
        return made

    def told(self, line: int, place: Place, rows: int) -> str:
        """Where the import is: "ratings.csv, line 12,000; 4,100 rows/s; about 3 min left"."""
        self.rows += rows
        parts = [f"{self.source.name}, line {line:,}"]
        took = time.monotonic() - self.begun
        if took > PATIENCE:
            parts.append(f"{self.rows / took:,.0f} rows/s")
        read = self._read(place)
        if read is not None and took > PATIENCE and read > self.start:
            left = (self.whole - self.before - read) * took / (read - self.start)
            parts.append(f"about {_span(left)} left")
        return "; ".join(parts)

    def expect(self, place: Place) -> None:
        """Keep how many rows all files will have had, by what those read took, as the job's total."""
        read = self._read(place)
        if read:
            rows = self.done + self.rows
            total = max(rows, round(rows * self.whole / (self.before + read)))
            Job.objects.filter(pk=self.job.pk).update(total=total)

    def _read(self, place: Place) -> int | None:
        """Bytes of the file up to a place; None where a place is no number of bytes."""
        if self.source.path is None or place.file != self.source.number:
            return None
        try:
            form = format_of(self.source.table, self.source.path)
        except ChoraleError:
            return None
        table = self.source.table
        counted = form in BY_BYTES and ascii_compatible(table.encoding) and not table.each
        return min(place.offset, self.here) if counted else None


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
