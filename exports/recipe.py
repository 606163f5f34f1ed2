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
    "plurality-ruled": Semantics.DISTRIBUTION,
    "majority-ruled": Semantics.PROPORTIONS,
    "mean-ruled": Semantics.DIMENSION,
}
"""Aggregations a layer may ask for, each with the meaning of its numbers (SCIENCE rule 1)."""

RULED = {
    "plurality-ruled": "vote-distribution",
    "majority-ruled": "vote-proportions",
    "mean-ruled": "dimension-mean",
}
"""What people's votes come to, with an adjudicator's ruling in its place where one stands; and the votes themselves."""

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
    """Which items enter: languages and licences of their corpora (empty: all), how many raters, how much entropy, how
    much agreement of pairs of raters, and what reserved items do."""

    languages: tuple[str, ...] = ()
    licences: tuple[str, ...] = ()
    min_raters: int = 0
    max_entropy: float | None = None
    min_agreement: float | None = None
    reserved: str = "mark"


@dataclass(frozen=True, slots=True)
class Exclusion:
    """The declared rule that leaves people out (SCIENCE rule 25): their judgments stay, marked, and count in nothing.

    ``fewest_judgments``: less than so many in the release. ``least_agreement``: agreement with the others of the same
    items beyond chance, (observed - expected) / (1 - expected), below this in a scheme where at least
    ``shared_items`` items were shared.
    """

    fewest_judgments: int = 0
    least_agreement: float | None = None
    shared_items: int = 20

    @property
    def declared(self) -> bool:
        """Whether anybody could be left out at all."""
        return self.fewest_judgments > 0 or self.least_agreement is not None


@dataclass(frozen=True, slots=True)
class Subset:
    """A named part of the items, written beside them. ``rule``: gold, conflict, unseen-label, language or human-only.

    ``labels`` of ``layer`` are those that training never sees; ``least`` votes and ``level`` belong to the test behind
    conflict (SCIENCE rule 15).
    """

    name: str
    rule: str
    layer: str | None = None
    labels: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    least: int = 8
    level: float = 0.05


@dataclass(frozen=True, slots=True)
class DerivedColumn:
    """Numbers computed from soft labels, never labels themselves. ``rule``: turn-shift@1 (how far a turn of ``layer``
    lies from the one before), perspective-gap@1 (how far ``other`` lies from ``layer``) or inferred-value@1 (where word
    ``norms`` place what was marked, and how far that lies from the ratings ``other``)."""

    name: str
    rule: str
    layer: str
    other: str = ""
    norms: str = ""


@dataclass(frozen=True, slots=True)
class Splits:
    """How items are dealt to train, dev and test. ``group``: item columns whose equal values may not be torn apart.

    ``by``: hash, language, corpus (``dev_values`` and ``test_values`` name those held out) or time (the facet
    ``time_facet``: the oldest are for training, the newest for the test). ``raters`` deals people to sides too.
    """

    train: float = 0.8
    dev: float = 0.1
    test: float = 0.1
    seed: str = "chorale"
    honour_source: bool = True
    stratify: str | None = None
    group: tuple[str, ...] = ("duplicate",)
    by: str = "hash"
    dev_values: tuple[str, ...] = ()
    test_values: tuple[str, ...] = ()
    time_facet: str = ""
    raters: bool = False


@dataclass(frozen=True, slots=True)
class Privacy:
    """``time``: how far a judgment's time is coarsened; trait cells of fewer than ``trait_k`` raters are suppressed."""

    time: str = "month"
    trait_k: int = 5


@dataclass(frozen=True, slots=True)
class Without:
    """Columns that `items.parquet` and `judgments.parquet` go without."""

    items: tuple[str, ...] = ()
    judgments: tuple[str, ...] = ()


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
    ``without_text`` names corpora whose texts and media may not be passed on: their items keep ids, features and labels
    alone. Of ``counts_only`` corpora no single rating is released, only how many said what.
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
    collections: tuple[str, ...]
    campaigns: tuple[str, ...]
    models: tuple[str, ...]
    without_text: tuple[str, ...]
    counts_only: tuple[str, ...]
    layers: tuple[Layer, ...]
    derived: tuple[DerivedColumn, ...]
    filters: Filters
    exclude_raters: Exclusion
    subsets: tuple[Subset, ...]
    splits: Splits
    privacy: Privacy
    without: Without
    gates: Gates
    views: tuple[str, ...]
    text: str

    def to_dict(self) -> dict[str, Any]:
        """Everything but the text, as plain values: what the manifest's recipe hash is taken over."""
        plain = asdict(self)
        del plain["text"]
        if not self.derived:
            del plain["derived"]  # recipes keep the hash that they had before there were any
        return plain
