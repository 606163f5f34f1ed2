"""What a reader yields: records, repeats and refused rows, each with the place that it came from.

Every source row ends in exactly one of them, so that rows read = imported + duplicates + quarantined.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from harmonize.problems import Problem
from harmonize.records import Status

RAW_KEPT = 65536  # characters of a refused row that are kept


class Place(NamedTuple):
    """Where reading may start again: the file's number in the descriptor's list, byte (or row) offset, and line.

    ``carry`` is what the shape remembers from the rows before, such as the earlier turns of the dialogue at hand.
    """

    file: int = 0
    offset: int = 0
    line: int = 0
    carry: Any = None


BEGINNING = Place()


class Rating(NamedTuple):
    """What one rater said in one layer.

    ``rater`` is a keyed hash, None where the source gives no id. ``voice`` numbers the voters of an item whose votes
    are published as counts (else -1: such a rating is known by its file and line). ``published``: the corpus's own
    label, nobody's rating. ``labels`` are codes of the layer's scheme, with ``strengths`` beside them for INTENSITY;
    ``values`` one a dimension, NaN where not answered.
    """

    layer: int
    rater: str | None
    voice: int = -1
    status: Status = Status.ANSWERED
    labels: tuple[int, ...] = ()
    strengths: tuple[float, ...] = ()
    values: tuple[float, ...] = ()
    native: str = ""
    published: bool = False
    lead_time: float | None = None


class Person(NamedTuple):
    """What a row tells of a person: their keyed hash, as in `Rating.rater` and `Record.author`, and traits by name."""

    key: str
    traits: dict[str, Any]


@dataclass(slots=True)  # not frozen: millions are made, and freezing doubles what making one takes
class Record:
    """What one row (or one group of rows) says about one item: the item itself, facts about it, ratings of it.

    ``makes_item``: the row carries the item; otherwise it speaks of an item that another file carries. ``rows`` source
    rows are in it; ``line`` is the first. ``raw`` keeps them as they stand, for quarantine. ``place`` is where to go on
    after it, None in the midst of a group, where reading cannot start again. ``media_facts``: what the file under
    ``media`` is (`media.Opener.look`), empty where the corpus's folder does not hold it. ``source_id`` is "" where a
    row tells of a person alone.
    """

    source_id: str
    file: str
    line: int
    rows: int
    place: Place | None
    makes_item: bool
    raw: str = ""
    text: str = ""
    media: str = ""
    media_facts: dict[str, Any] = field(default_factory=dict)
    modality: str = "text"
    context: tuple[dict[str, str], ...] = ()
    group: str = ""
    position: int | None = None
    speaker: str = ""
    author: str = ""
    language: str = ""
    split: str = ""
    facets: dict[str, Any] = field(default_factory=dict)
    ratings: tuple[Rating, ...] = ()
    persons: tuple[Person, ...] = ()


@dataclass(frozen=True, slots=True)
class Repeat:
    """Rows that say again, within their group, what was said: duplicates."""

    file: str
    line: int
    rows: int
    place: Place | None


@dataclass(frozen=True, slots=True)
class Refused:
    """Rows that cannot come in, with the reason; ``rows`` is 0 for a problem of a whole file."""

    file: str
    line: int
    rows: int
    place: Place | None
    problem: Problem
    raw: str = ""


Reading = Record | Repeat | Refused
