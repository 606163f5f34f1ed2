"""One annotation of Label Studio on its way in."""

from __future__ import annotations

from dataclasses import dataclass, field

from annotation.studio.client import Json
from annotation.studio.results import Parsed
from chorale.store.models import Rater
from harmonize.problems import Problem


@dataclass
class Arrival:
    """One annotation as it arrived: whose it is, what it says, and what is wrong with it."""

    raw: Json
    number: int
    revision: str
    skipped: bool
    leaving: bool = False  # its rater took their answers out
    rater: Rater | None = None
    parsed: Parsed = field(default_factory=Parsed)
    problems: tuple[Problem, ...] = ()
