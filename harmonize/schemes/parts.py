"""The parts of a scheme: labels, dimensions, links between labels, and sources."""

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
class Link:
    """A typed relation between two labels of one scheme, e.g. (love, composed-of, joy)."""

    subject: str
    predicate: str
    object: str
    status: str = "unverified"
