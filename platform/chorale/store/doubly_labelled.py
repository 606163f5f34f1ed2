"""Items that carry labels in two schemes: the layers judged in a scope, and the soft labels of two of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from annotation import aggregation
from annotation.aggregation.published import published
from chorale.store import bridge, registry
from chorale.store.models import Scheme
from chorale.store.scopes import Scope, find, layers_judged
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind, SoftLabels

PEOPLE, SOURCE = "people", "source"


@dataclass(frozen=True)
class LayerKey:
    """One layer of labels: a scheme, whose emotion, and who said so (people, or the corpus's published label)."""

    scheme: str
    perspective: str
    who: str = PEOPLE

    def __str__(self) -> str:
        return f"{self.scheme}|{self.perspective}|{self.who}"

    @property
    def words(self) -> str:
        """The same for a reader."""
        told = "" if self.who == PEOPLE else ", as the source published it"
        return f"{self.scheme}, {self.perspective}{told}"

    @staticmethod
    def parse(text: str) -> LayerKey:
        """The layer of a form's value. ChoraleError `layer-key` for anything else."""
        parts = text.split("|")
        if len(parts) != 3 or parts[2] not in (PEOPLE, SOURCE):
            raise ChoraleError("layer-key", f"{text!r} names no layer.", "Choose one of the list.")
        return LayerKey(*parts)


def layers(scope: Scope) -> list[LayerKey]:
    """The layers under which somebody spoke in a scope, people's first."""
    people = [LayerKey(scheme.ref, perspective) for scheme, perspective in layers_judged(scope)]
    told = [LayerKey(scheme.ref, perspective, SOURCE) for scheme, perspective in layers_judged(scope, ("source",))]
    return people + told


def scope_of(params: dict[str, Any]) -> Scope:
    """The scope that a job's parameters name."""
    return find(params["scope_type"], params["scope"])


def scheme_row(key: LayerKey) -> Scheme:
    """The scheme of a layer."""
    return registry.scheme(key.scheme)


def judged(scope: Scope, key: LayerKey, *, training: bool = False) -> Judgments:
    """The judgments of a layer in a scope: blind answers of people, or the source's own labels.

    ``training``: without those of people who did not agree that anything learns from them (SCIENCE rule 21).
    """
    place = {"perspective": key.perspective, "who": key.who, "training": training}
    return bridge.judgments(scheme_row(key), **place, **scope.filters())  # type: ignore[arg-type]


def soft(scope: Scope, key: LayerKey, *, training: bool = False) -> SoftLabels:
    """The native soft labels of a layer, of the judgments as above. ChoraleError `nothing-judged` without any."""
    judgments = judged(scope, key, training=training)
    if not len(judgments):
        raise ChoraleError("nothing-judged", f"{scope.type} {scope.slug} has no judgments under {key.words}.")
    if key.who == SOURCE:
        return published(judgments)
    by_kind = {
        Kind.SINGLE: aggregation.vote_distribution,
        Kind.SET: aggregation.vote_proportions,
        Kind.INTENSITY: aggregation.intensity_mean,
        Kind.DIMENSION: aggregation.dimension_mean,
    }
    return by_kind[judgments.kind](judgments)
