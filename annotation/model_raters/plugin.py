"""One's own model as a rater: any function from items to numbers, named by an entry point or passed in a notebook."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from typing import Any

import numpy as np

from annotation.model_raters.folds import keys_of
from annotation.model_raters.items import ShownItem
from annotation.model_raters.predictions import Predictions, Provenance, plain_predictions, probability_judgments
from harmonize.problems import ChoraleError
from harmonize.records import Kind
from harmonize.schemes import Scheme

GROUP = "chorale.raters"
Function = Callable[[Sequence[ShownItem]], Any]


@dataclass(frozen=True)
class FunctionRater:
    """A rater that is a function: items in, float[n, L] out, columns in the scheme's code order.

    ``version`` must change whenever the answers would. ``trained_on`` are the items the model has seen (ids, with
    texts where they are known), which then enter no comparison with people.
    """

    scheme: Scheme
    id: str
    version: str
    function: Function = field(compare=False)
    trained_on: tuple[ShownItem, ...] = ()

    @property
    def identity(self) -> dict[str, Any]:
        """Everything that makes this rater what it is, as far as it says."""
        parameters = {"version": self.version, "trained_on": len(self.trained_on)}
        return {"engine": "function", "name": self.id, "scheme": self.scheme.ref, "parameters": parameters}

    @property
    def name(self) -> str:
        """Name in its judgments."""
        whole = json.dumps(self.identity, sort_keys=True)
        return f"{self.id}@{hashlib.sha256(whole.encode()).hexdigest()[:16]}"

    def elicit(self, items: Sequence[ShownItem]) -> Predictions:
        """One judgment an item. Raises ChoraleError `rater-answer` where the function's answer is not sound."""
        values = self._checked(self.function(items), len(items))
        kind = Kind.DIMENSION if self.scheme.kind == Kind.DIMENSION else Kind.PROBABILITY
        told = probability_judgments([i.id for i in items], self.name, self.scheme.names, values, kind=kind)
        known = {key for item in self.trained_on for key in keys_of(item)}
        seen = [not known.isdisjoint(keys_of(item)) for item in items]
        return plain_predictions(told, np.where(seen, Provenance.SEEN, Provenance.OUTSIDE).astype(np.uint8))

    def _checked(self, answer: Any, count: int) -> np.ndarray[Any, np.dtype[np.float64]]:
        values = np.asarray(answer, dtype=np.float64)
        shape = (count, len(self.scheme.names))
        fault = ""
        if values.shape != shape:
            fault = f"has shape {values.shape}, not {shape}"
        elif not np.isfinite(values).all():
            fault = "holds numbers that are not finite"
        elif self.scheme.kind != Kind.DIMENSION and ((values < 0) | (values > 1)).any():
            fault = "holds probabilities outside 0..1"
        elif self.scheme.kind == Kind.SINGLE and not np.allclose(values.sum(axis=1), 1, atol=1e-3):
            fault = "has rows that do not sum to 1"
        if fault:
            raise ChoraleError("rater-answer", f"The answer of rater '{self.id}' {fault}.", "Mend the function.")
        return values


def installed() -> tuple[str, ...]:
    """Names of the raters that installed packages offer under the entry point group "chorale.raters", sorted."""
    return tuple(sorted(point.name for point in entry_points(group=GROUP)))


def load(name: str, scheme: Scheme, **options: Any) -> FunctionRater:
    """A rater from an entry point: a factory called with (scheme, **options) that returns a `FunctionRater`.

    Raises ChoraleError `rater-unknown` or `rater-answer` (a factory that returns something else).
    """
    for point in entry_points(group=GROUP):
        if point.name == name:
            made = point.load()(scheme, **options)
            if not isinstance(made, FunctionRater):
                raise ChoraleError("rater-answer", f"Entry point '{name}' made no FunctionRater.", "Mend its factory.")
            return made
    known = ", ".join(installed()) or "none is installed"
    raise ChoraleError("rater-unknown", f"No installed rater '{name}'.", f"Known: {known}.")
