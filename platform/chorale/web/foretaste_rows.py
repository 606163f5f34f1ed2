"""The first rows of a corpus on their way in, as the wizard shows them: as they stand, and what they become."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chorale.store import registry
from chorale.web import palette, words
from chorale.web.judgment_words import STATUS, Chip
from harmonize.corpora.descriptor import examine
from harmonize.corpora.foretaste import FileTaste, Foretaste, Tasted, foretaste, raw_of
from harmonize.corpora.layout import Descriptor
from harmonize.corpora.record import Rating, Record
from harmonize.problems import ChoraleError, Problem
from harmonize.records import Status

VOICES = 6  # answers of one row that are shown
TONES = {"imported": "good", "duplicate": "", "quarantined": "bad"}


@dataclass(frozen=True)
class Voice:
    """One answer of a row: who, in which layer, what."""

    who: str
    layer: str
    chips: tuple[Chip, ...]
    status: str


@dataclass(frozen=True)
class RowView:
    """One row (or group of rows) ready to show."""

    line: int
    rows: int
    raw: str
    outcome: str
    record: Record | None
    voices: tuple[Voice, ...] = ()
    more: int = 0
    problem: Problem | None = None

    @property
    def tone(self) -> str:
        """The badge's tone."""
        return TONES[self.outcome]


@dataclass
class Trial:
    """A descriptor tried: its values, what is wrong with it, and the first rows of each file."""

    values: dict[str, Any] = field(default_factory=dict)
    faults: list[Problem] = field(default_factory=list)
    descriptor: Descriptor | None = None
    found: Foretaste = field(default_factory=Foretaste)
    broken: str = ""

    @property
    def files(self) -> list[tuple[FileTaste, list[RowView]]]:
        """Each file with its rows."""
        layers = self.descriptor
        return [(one, [_row(t, layers) for t in one.shown]) for one in self.found.files] if layers else []

    @property
    def columns(self) -> dict[str, tuple[str, ...]]:
        """The columns found in each file, by its path in the descriptor; a pattern has those of its first file."""
        return {one.name: one.columns for one in self.found.files}

    @property
    def ready(self) -> bool:
        """Nothing is missing that an import would refuse, and something would come in."""
        return self.descriptor is not None and not self.faults and self.found.counts.imported > 0


def tried(toml: str, folder: Path) -> Trial:
    """The text of a descriptor, tried on the files in ``folder``."""
    try:
        values = tomllib.loads(toml)
    except tomllib.TOMLDecodeError as error:
        return Trial(broken=f"This is not TOML: {error}.")
    descriptor, faults = examine(values, find=registry.find)
    faults = [*faults, *_todo(values)]
    trial = Trial(values, faults, descriptor)
    if descriptor is not None:
        try:
            trial.found = foretaste(descriptor, folder)
        except (ChoraleError, OSError, ValueError) as error:
            trial.faults.append(Problem("files", str(error), "Mend how the file is read.", "file-unreadable"))
    return trial


def _todo(values: dict[str, Any]) -> list[Problem]:
    """What the draft left to a person."""
    about = values.get("corpus")
    named = [name for name, value in about.items() if value == "TODO"] if isinstance(about, dict) else []
    return [
        Problem(f"corpus.{name}", "still says TODO.", "Fill it in; write unknown if nobody knows.", "todo")
        for name in named
    ]


def _row(tasted: Tasted, descriptor: Descriptor) -> RowView:
    reading = tasted.reading
    record = reading if isinstance(reading, Record) else None
    ratings = record.ratings if record else ()
    voices = tuple(_voice(rating, descriptor) for rating in ratings[:VOICES])
    more = max(len(ratings) - VOICES, 0)
    raw = raw_of(reading)[:1200]
    return RowView(reading.line, reading.rows, raw, tasted.outcome, record, voices, more, tasted.problem)


def _voice(rating: Rating, descriptor: Descriptor) -> Voice:
    layer = descriptor.layers[rating.layer]
    who = "the corpus" if rating.published else (rating.rater or "")[:6] or f"voice {rating.voice + 1}"
    if rating.voice < 0 and not rating.rater and not rating.published:
        who = "no id"
    status = "" if rating.status == Status.ANSWERED else STATUS[rating.status]
    return Voice(who, layer.name, _chips(rating, descriptor), status)


def _chips(rating: Rating, descriptor: Descriptor) -> tuple[Chip, ...]:
    scheme = descriptor.layers[rating.layer].scheme
    if rating.values:
        named = zip(scheme.dimensions, rating.values, strict=False)
        return tuple(Chip(d.name, palette.family(d.id), words.figure(v, 2)) for d, v in named)
    strengths = [f"{s:g}" for s in rating.strengths] or [""] * len(rating.labels)
    said = [scheme.labels[code] for code in rating.labels]
    return tuple(Chip(x.name, palette.family(x.id), s) for x, s in zip(said, strengths, strict=False))
