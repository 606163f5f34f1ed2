"""Faults a server may show: which request gets which, decided by a seed so that a test can be repeated."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

KINDS = ("429", "500", "503-html", "hang", "truncated", "cut", "no-choices")


@dataclass
class Faults:
    """A share of requests fails in one of the ``kinds``; ``script`` names the first requests' faults ("" is none).

    ``given`` counts what was served. No request body fails more than ``most`` times in a row, so that retries end.
    """

    rate: float = 0.0
    kinds: Sequence[str] = KINDS
    seed: int = 0
    script: Sequence[str] = ()
    most: int = 3
    given: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._draw = random.Random(self.seed)
        self._script, self._row = list(self.script), Counter[str]()

    def next(self, body_hash: str) -> str:
        """The fault of the next request, or "" to answer it."""
        if self._script:
            fault = self._script.pop(0)
        elif self._row[body_hash] >= self.most or self._draw.random() >= self.rate:
            fault = ""
        else:
            fault = self._draw.choice(list(self.kinds))
        self._row[body_hash] = self._row[body_hash] + 1 if fault else 0
        self.given[fault or "answered"] += 1
        return fault
