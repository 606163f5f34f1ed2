"""What a descriptor says, as data: the corpus, its layers, and how each of its files is laid out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from harmonize.records import Kind
from harmonize.schemes import Scheme


class Shape(StrEnum):
    """How the rows of a file speak of items and raters."""

    ITEMS = "items"  # one row an item, no answers
    FACTS = "facts"  # further facts about items that another file carries
    PERSONS = "persons"  # one row a person: an author, speaker or rater, with traits
    AGGREGATED = "aggregated"  # one row an item, with the corpus's own published label
    RATINGS = "ratings"  # one row a rating
    RATER_COLUMNS = "rater-columns"  # one row an item, one column a rater
    LABEL_ROWS = "label-rows"  # one row an item and label, one column a rater
    VOTES = "votes"  # one row an item, one column a label, counts of raters


class Blank(StrEnum):
    """What an empty answer means; never guessed."""

    PROBLEM = "problem"
    ABSENT = "absent"  # this rater was not asked
    NONE_APPLIES = "none-applies"
    SKIPPED = "skipped"
    CANNOT_TELL = "cannot-tell"


@dataclass(frozen=True)
class Layer:
    """One question that the corpus answers: a scheme from a perspective.

    ``names``: native label -> label id of the scheme, or a status ("@none-applies", "@cannot-tell", "@skipped",
    "@broken"). ``masked``: labels of the scheme that the source could not express (SCIENCE rule 3).
    """

    name: str
    scheme: Scheme
    perspective: str
    names: Mapping[str, str] = field(default_factory=dict)
    masked: tuple[str, ...] = ()

    @property
    def kind(self) -> Kind:
        """The kind of the scheme."""
        return self.scheme.kind


@dataclass(frozen=True)
class Answer:
    """Where a file keeps the answers of one layer.

    One of: ``column`` (with ``separator`` for several labels); ``columns`` (label or dimension -> column);
    ``label`` (the column that names the label, in label rows); ``constant`` (the same answer for every row).
    ``raters``: rater columns, as names or patterns with ``*``.
    """

    layer: int
    column: str = ""
    separator: str = ","
    columns: Mapping[str, str] = field(default_factory=dict)
    label: str = ""
    constant: str = ""
    raters: tuple[str, ...] = ()
    blank: Blank = Blank.PROBLEM


@dataclass(frozen=True)
class ItemColumns:
    """Which columns hold what about the item and its rater; "" for none. ``facets``: facet -> column.

    ``parts``: name -> column of the texts that make one item, such as the two of a pair; they take the place of
    ``text``. ``traits``: trait -> column, of the rater, of the author where no rater is named, or of the row's person.
    ``captions``: a .srt or .vtt file; ``start``, ``end``: the stretch of the recording that is meant.
    """

    id: str = ""
    text: str = ""
    media: str = ""
    rater: str = ""
    author: str = ""
    language: str = ""
    split: str = ""
    group: str = ""
    position: str = ""
    speaker: str = ""
    lead_time: str = ""
    captions: str = ""
    start: str = ""
    end: str = ""
    facets: Mapping[str, str] = field(default_factory=dict)
    traits: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)

    def named(self) -> list[str]:
        """Every column named."""
        plain = [getattr(self, name) for name in COLUMN_FIELDS]
        return [name for name in [*plain, *self.facets.values(), *self.traits.values(), *self.parts.values()] if name]


COLUMN_FIELDS = (
    "id", "text", "media", "rater", "author", "language", "split", "group", "position", "speaker", "lead_time",
    "captions", "start", "end",
)  # fmt: skip


@dataclass(frozen=True)
class SourceTable:
    """One file (or pattern of files) of the corpus and how it is laid out.

    ``id_from``: column, text (a hash of it) or line. ``id_missing``: problem, or line for rows without an id.
    ``context``: how many earlier rows of the same group are shown with an item. ``caption_suffix``: ".srt" or ".vtt",
    where captions lie beside each recording under its name. ``each``: columns of lists whose elements are the rows,
    such as the turns of a dialogue (`tables.Unrolled`).
    """

    path: str
    shape: Shape
    format: str = ""
    encoding: str = "utf-8"
    delimiter: str = ""
    quote: str = '"'
    escape: str = ""
    names: tuple[str, ...] = ()
    sheet: str = ""
    records: str = ""
    each: tuple[str, ...] = ()
    id_from: str = "column"
    id_missing: str = "problem"
    id_prefix: str = ""
    split: str = ""
    language: str = ""
    context: int = 0
    media_root: str = ""
    caption_suffix: str = ""
    caption_encoding: str = "utf-8"
    columns: ItemColumns = field(default_factory=ItemColumns)
    answers: tuple[Answer, ...] = ()


@dataclass(frozen=True)
class Descriptor:
    """A corpus described: who made it, under which licence, in which language, and how to read its files.

    ``mask``: kinds of personal data that are replaced in its texts (`screening.KINDS`); ``region``: the country (ISO
    3166) whose phone numbers need no +.
    """

    slug: str
    version: str
    title: str
    licence: str
    citation: str
    source_url: str
    language: str
    layers: tuple[Layer, ...]
    files: tuple[SourceTable, ...]
    description: str = ""
    licence_url: str = ""
    modality: str = "text"
    mask: tuple[str, ...] = ()
    region: str = "US"
    source: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def perspective(self) -> str:
        """The perspectives of its layers, joined."""
        return ", ".join(dict.fromkeys(layer.perspective for layer in self.layers))

    def to_dict(self) -> dict[str, Any]:
        """The descriptor as it was written, as plain JSON values."""
        return dict(self.source)
