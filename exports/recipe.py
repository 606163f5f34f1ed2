"""The recipe: the file that says what a release contains. Recipe and data state together give the same bytes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from harmonize.records import Semantics

METHODS: dict[str, Semantics] = {
    "vote-distribution": Semantics.DISTRIBUTION,
    "vote-proportions": Semantics.PROPORTIONS,
    "intensity-mean": Semantics.INTENSITY,
    "dimension-mean": Semantics.DIMENSION,
    "dawid-skene": Semantics.POSTERIOR,
    "model-confidence": Semantics.POSTERIOR,
    "vad-points": Semantics.DIMENSION,
}
"""Aggregations a layer may ask for, each with the meaning of its numbers (SCIENCE rule 1)."""


KINDS = {"people": "person", "models": "model", "model": "model", "source": "source"}
"""Whom a layer's ``raters`` may mean as a whole, and the kind of rater that is; anything else is a name or pattern."""


@dataclass(frozen=True, slots=True)
class LayerSource:
    """Judgments a layer is made from: those under ``scheme``, through ``crosswalk`` (a versioned ref) unless native."""

    scheme: str
    crosswalk: str | None = None
    corpora: tuple[str, ...] = ()  # empty: every corpus of the release


@dataclass(frozen=True, slots=True)
class Layer:
    """One soft label column: a target scheme from one perspective under one aggregation.

    ``raters``: people, models, source (a corpus's published label), or the name of a rater or a pattern of names.
    """

    name: str
    scheme: str
    perspective: str
    method: str
    raters: str = "people"
    arms: tuple[str, ...] = ("blind",)
    norms: str | None = None
    sources: tuple[LayerSource, ...] = ()

    @property
    def semantics(self) -> Semantics:
        return METHODS[self.method]


@dataclass(frozen=True, slots=True)
class Filters:
    """Which items enter: languages (empty: all), how many raters, how much entropy, and what reserved items do."""

    languages: tuple[str, ...] = ()
    min_raters: int = 0
    max_entropy: float | None = None
    reserved: str = "mark"
    exclude_raters: str = "none"


@dataclass(frozen=True, slots=True)
class Splits:
    """How items are dealt to train, dev and test. ``group``: item columns whose equal values may not be torn apart."""

    train: float = 0.8
    dev: float = 0.1
    test: float = 0.1
    seed: str = "chorale"
    honour_source: bool = True
    stratify: str | None = None
    group: tuple[str, ...] = ("duplicate",)


@dataclass(frozen=True, slots=True)
class Privacy:
    """``time``: how far a judgment's time is coarsened; trait cells of fewer than ``trait_k`` raters are suppressed."""

    time: str = "month"
    trait_k: int = 5


@dataclass(frozen=True, slots=True)
class Gates:
    """Limits of the gates, and which gates block; the others are only told on the card."""

    min_raters: int = 1
    alpha_target: float | None = None
    max_model_share: float = 1.0
    block: tuple[str, ...] = ("licence", "consent", "gold", "splits")


@dataclass(frozen=True, slots=True)
class Recipe:
    """A whole recipe. ``text`` keeps the file as it was written; every other field is read from it.

    ``date`` (YYYY-MM-DD) and ``url`` are stated, not taken from a clock or a server, so that bytes repeat.
    ``without_text`` names corpora whose texts and media may not be passed on: their items keep ids and labels alone.
    """

    slug: str
    version: str
    title: str
    licence: str
    changes: str
    summary: str
    date: str
    url: str
    authors: tuple[str, ...]
    corpora: tuple[str, ...]
    campaigns: tuple[str, ...]
    models: tuple[str, ...]
    without_text: tuple[str, ...]
    layers: tuple[Layer, ...]
    filters: Filters
    splits: Splits
    privacy: Privacy
    gates: Gates
    views: tuple[str, ...]
    text: str

    def to_dict(self) -> dict[str, Any]:
        """Everything but the text, as plain values: what the manifest's recipe hash is taken over."""
        plain = asdict(self)
        del plain["text"]
        return plain
