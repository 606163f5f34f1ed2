"""Reading a corpus by its descriptor: every source row becomes part of a record, a repeat, or is refused with a reason.

Reading is lazy and holds one record (or one group of rows) at a time. Each thing read tells the `Place` just after it,
where reading can start again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from harmonize.corpora.columns import Header
from harmonize.corpora.facts import Facts
from harmonize.corpora.grouping import read_groups
from harmonize.corpora.layout import Descriptor, Shape
from harmonize.corpora.opening import Source, open_table, sources
from harmonize.corpora.record import BEGINNING, Place, Reading, Refused
from harmonize.corpora.rowwise import read_rows
from harmonize.corpora.shapes.label_rows import LabelRows
from harmonize.corpora.shapes.ratings import Voices, published_rows, rater_columns, rating_rows
from harmonize.corpora.shapes.votes import vote_columns
from harmonize.problems import ChoraleError, Problem

Progress = Callable[[Iterable[Reading]], Iterable[Reading]]

SHAPES: dict[Shape, Callable[..., Voices]] = {
    Shape.AGGREGATED: published_rows,
    Shape.RATINGS: rating_rows,
    Shape.RATER_COLUMNS: rater_columns,
    Shape.VOTES: vote_columns,
}


def read(
    descriptor: Descriptor,
    folder: Path | str,
    *,
    key: bytes,
    start: Place = BEGINNING,
    progress: Progress | None = None,
    spare: Path | None = None,
) -> Iterator[Reading]:
    """Everything in the corpus's files under ``folder``, from ``start`` on.

    ``key``: the secret under which rater and author ids are hashed; the same key gives the same hashes. ``progress``
    wraps an iterable, as tqdm does. Media that lie in a table's cells become files in ``folder``, or in ``spare`` where
    it is named. A file that is missing or cannot be opened is a `Refused` of 0 rows.
    """
    found = _everything(descriptor, Path(folder), key, start, spare)
    yield from progress(found) if progress else found


def _everything(
    descriptor: Descriptor, folder: Path, key: bytes, start: Place, spare: Path | None
) -> Iterator[Reading]:
    for source in sources(descriptor, folder, spare=spare):
        if source.number >= start.file:
            place = start if source.number == start.file else Place(source.number)
            yield from read_source(descriptor, source, folder, key=key, start=place, spare=spare)


def read_source(
    descriptor: Descriptor,
    source: Source,
    folder: Path,
    *,
    key: bytes,
    start: Place = BEGINNING,
    spare: Path | None = None,
) -> Iterator[Reading]:
    """One file, as `read` reads all; a `Refused` of 0 rows if it is missing or cannot be opened as described."""
    after = Place(source.number + 1)
    if source.path is None:
        yield _unopened(source.name, after, "file-missing", "is not there.", "Fetch it, or mend path in corpus.toml.")
        return
    try:
        into, spec = spare or folder, source.table
        table = open_table(spec, source.path, into=into, name=source.name)
        header = Header(table.columns, source.name)
        facts = Facts(descriptor, spec, header, source.name, key, folder, into)
        if spec.shape == Shape.LABEL_ROWS:
            shape = LabelRows(spec, descriptor.layers, header, facts)
            yield from read_groups(table, shape, facts, source.name, start)
            return
        voices = SHAPES[spec.shape](spec, descriptor.layers, header, facts) if spec.shape in SHAPES else None
        yield from read_rows(table, voices, facts, source.name, start)
    except (ChoraleError, OSError) as error:
        code = error.code if isinstance(error, ChoraleError) else "file-unreadable"
        fix = error.fix if isinstance(error, ChoraleError) else "Check that the file is whole and readable."
        yield _unopened(source.name, after, code, str(getattr(error, "message", error)), fix)


def _unopened(name: str, place: Place, code: str, what: str, fix: str) -> Refused:
    return Refused(name, 0, 0, place, Problem(name, what, fix, code))
