"""Raters without training: words and patterns that speak for labels, for baselines and for languages without models."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from annotation.model_raters.items import ShownItem
from annotation.model_raters.predictions import Predictions, Provenance, plain_predictions, probability_judgments
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Kind, Status, UInt8
from harmonize.schemes import Scheme

_WORD = re.compile(r"[\w'’]+|[^\w\s]")


@dataclass(frozen=True)
class Lexicon:
    """Terms that speak for labels, each with a weight above 0.

    ``terms`` maps a label id to {term: weight}; a term is one to three words in any case, and may end in ``*`` for
    any ending. ``negators`` silence a term up to ``reach`` words after them. ``source`` cites where the terms are from.
    """

    id: str
    version: str
    terms: Mapping[str, Mapping[str, float]]
    negators: tuple[str, ...] = ()
    reach: int = 3
    source: str = ""

    @cached_property
    def hash(self) -> str:
        """16 hex digits of everything that can change a score."""
        whole = [self.id, self.version, {k: dict(v) for k, v in self.terms.items()}, self.negators, self.reach]
        return hashlib.sha256(json.dumps(whole, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Rule:
    """A regular expression (any case) that speaks for a label with a weight above 0."""

    pattern: str
    label: str
    weight: float = 1.0


@dataclass(frozen=True)
class LexiconRater:
    """Scores labels by the weights of terms and rules found in a text.

    SINGLE: a label's share of all weight found. SET: weight / (1 + weight), so one plain hit says one half. Where
    nothing is found the rater says `none applies`, or the scheme's neutral label if it has one.
    """

    scheme: Scheme
    lexicon: Lexicon
    rules: tuple[Rule, ...] = ()
    _terms: dict[tuple[str, ...], list[tuple[int, float]]] = field(init=False, default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        if self.scheme.kind == Kind.DIMENSION:
            raise ChoraleError("scheme-kind", f"{self.scheme.ref} has dimensions; a lexicon rater marks labels.")
        for label, terms in self.lexicon.terms.items():
            code = self.scheme.code(label)
            for term, weight in terms.items():
                if weight <= 0:
                    raise ChoraleError("lexicon-weight", f"'{term}' has weight {weight}.", "Weights are above 0.")
                self._terms.setdefault(tuple(term.casefold().split()), []).append((code, weight))
        for rule in self.rules:
            self.scheme.code(rule.label)

    @cached_property
    def identity(self) -> dict[str, Any]:
        """Everything that makes this rater what it is."""
        return {
            "engine": "lexicon",
            "name": f"{self.lexicon.id}@{self.lexicon.version}",
            "scheme": self.scheme.ref,
            "parameters": {"hash": self.lexicon.hash, "rules": [[r.pattern, r.label, r.weight] for r in self.rules]},
        }

    @property
    def name(self) -> str:
        """Name in its judgments."""
        whole = json.dumps(self.identity, sort_keys=True, ensure_ascii=False)
        return f"{self.lexicon.id}@{hashlib.sha256(whole.encode()).hexdigest()[:16]}"

    def elicit(self, items: Sequence[ShownItem]) -> Predictions:
        """One judgment an item; nothing was trained, so every item is outside training."""
        found = np.asarray([self._weights(item.text) for item in items]).reshape(len(items), len(self.scheme.names))
        silent = found.sum(axis=1) == 0
        neutral = self.scheme.neutral
        if neutral is not None:
            found[silent, self.scheme.code(neutral)] = 1.0
        values = found / (1.0 + found)
        if self.scheme.kind == Kind.SINGLE:
            values = found / np.maximum(found.sum(axis=1), 1e-12)[:, None]
        status: UInt8 = np.where(silent & (neutral is None), Status.NONE_APPLIES, Status.ANSWERED).astype(np.uint8)
        ids = [item.id for item in items]
        told = probability_judgments(ids, self.name, self.scheme.names, values, status=status)
        return plain_predictions(told, np.full(len(items), Provenance.OUTSIDE, np.uint8))

    def _weights(self, text: str) -> Float64:
        """float64[L]: weight found for each label."""
        weights = np.zeros(len(self.scheme.names))
        words = _WORD.findall(text.casefold().replace("’", "'"))
        silenced = [
            any(word in self.lexicon.negators for word in words[max(0, at - self.lexicon.reach) : at])
            for at in range(len(words))
        ]
        for at in range(len(words)):
            if not silenced[at]:
                for term in _starting(words, at):
                    for code, weight in self._terms.get(term, ()):
                        weights[code] += weight
        for rule in self.rules:
            weights[self.scheme.code(rule.label)] += rule.weight * len(re.findall(rule.pattern, text, re.IGNORECASE))
        return weights


def _starting(words: Sequence[str], at: int) -> list[tuple[str, ...]]:
    """Every term that could start at this word: one to three words, the last whole or cut to a ``*`` stem."""
    made: list[tuple[str, ...]] = []
    for length in range(1, min(3, len(words) - at) + 1):
        *head, last = words[at : at + length]
        made.append((*head, last))
        made += [(*head, last[:stem] + "*") for stem in range(2, len(last) + 1)]
    return made
