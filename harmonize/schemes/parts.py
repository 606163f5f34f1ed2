"""The parts of a scheme: labels, dimensions, text fields, links and penalties between labels, and sources."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """Where facts of a scheme or crosswalk come from: what it ``covers``, and whether the copy here was verified."""

    cite: str
    covers: str = ""
    status: str = "unverified"  # verified | unverified
    note: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """One label. ``code`` is its index and is never reused; a retired label keeps its code.

    ``role`` tells what the label is for: emotion, neutral, other, cannot-tell, broken (SCIENCE rule 3: six different
    things). ``angle`` is in degrees clockwise, for a wheel; ``level`` is the tier's ordinal strength, 1 the weakest.
    ``terms`` are further words for the label in the scheme's language.
    """

    code: int
    id: str
    name: str
    definition: str = ""
    parent: str | None = None
    opposite: str | None = None
    role: str = "emotion"
    angle: float | None = None
    level: int | None = None
    group: str | None = None
    terms: tuple[str, ...] = ()
    retired: bool = False


@dataclass(frozen=True, slots=True)
class Dimension:
    """One numeric dimension on its native range ``low``..``high``; ``step`` is None where any number may be given."""

    id: str
    name: str
    low: float
    high: float
    step: float | None = None
    low_name: str = ""
    high_name: str = ""


@dataclass(frozen=True, slots=True)
class TextField:
    """A question answered in free text beside the labels; asked only where one of the labels ``when`` was given.

    Without ``when`` it is always asked. Texts are kept as they are: no figure is computed from them.
    """

    id: str
    question: str
    when: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A typed relation between two labels of one scheme, e.g. (love, composed-of, joy).

    "broader" adds a parent beside the label's own; ``weight`` is then the share of the label that it takes (alike for
    all parents where none is stated).
    """

    subject: str
    predicate: str
    object: str
    status: str = "unverified"
    weight: float | None = None


@dataclass(frozen=True, slots=True)
class Penalty:
    """How much two labels speak against each other in one answer: ``cost`` 0..1, and what says so."""

    one: str
    other: str
    cost: float
    source: str = ""
