"""A text classifier trained on people's votes: TF-IDF and a linear model, with out-of-fold predictions."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version as installed
from typing import Any

import numpy as np
from scipy import sparse

from annotation.model_raters import logistic
from annotation.model_raters.cross_validated import cross_validated
from annotation.model_raters.features import TextFeatures
from annotation.model_raters.folds import Folds, group_folds
from annotation.model_raters.items import ShownItem, text_hash
from annotation.model_raters.logistic import Linear
from annotation.model_raters.predictions import Predictions, Provenance, plain_predictions, probability_judgments
from annotation.model_raters.votes import VoteShares, vote_shares
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Judgments, Kind, UInt8

ALGORITHM = "tfidf-linear-1"  # part of every version hash: raise it when the same input would give other numbers


@dataclass(frozen=True, slots=True)
class Parameters:
    """What can be chosen: number of folds, seed, inverse regularisation C, n-grams kept of each kind."""

    folds: int = 5
    seed: int = 0
    strength: float = 4.0
    ngrams: int = 12_000


@dataclass(frozen=True, eq=False)
class TextClassifier:
    """A trained classifier. Make one with `train`; it never changes.

    ``models[k]`` was fitted without fold k; ``models[-1]`` on everything. ``training_items`` are sorted ids.
    ``scores`` are cross-validated figures by name (`annotation.model_raters.cross_validated`). ``version`` hashes the
    data, the parameters and the library versions: equal versions give equal predictions.
    """

    kind: Kind
    labels: tuple[str, ...]
    parameters: Parameters
    features: TextFeatures
    models: tuple[Linear, ...]
    folds: Folds
    training_items: tuple[str, ...]
    version: str
    bounds: tuple[float, float]
    scores: dict[str, Any]

    @property
    def name(self) -> str:
        """Name of the rater in its judgments: algorithm and version."""
        return f"{ALGORITHM}@{self.version}"

    def predict(self, items: Sequence[ShownItem]) -> Judgments:
        """PROBABILITY (or DIMENSION) judgments, one an item; out of fold where training saw it, its text or group."""
        return self.elicit(items).judgments

    def elicit(self, items: Sequence[ShownItem]) -> Predictions:
        """Predictions with their provenance; an item that bridges two folds has no clean model and is marked SEEN."""
        held = [self.folds.held_out(item) for item in items]
        model = np.asarray([next(iter(out)) if len(out) == 1 else self.folds.count for out in held], np.int64)
        states = [Provenance.OUTSIDE, Provenance.OUT_OF_FOLD, Provenance.SEEN]
        provenance: UInt8 = np.asarray([states[min(len(out), 2)] for out in held], np.uint8)
        values = self._probabilities(self.features.rows([item.text for item in items]), model)
        judgments = probability_judgments([item.id for item in items], self.name, self.labels, values, kind=self._says)
        return plain_predictions(judgments, provenance)

    @property
    def _says(self) -> Kind:
        return Kind.DIMENSION if self.kind == Kind.DIMENSION else Kind.PROBABILITY

    def _probabilities(self, rows: sparse.csr_matrix, model: np.ndarray[Any, np.dtype[np.int64]]) -> Float64:
        values = np.empty((rows.shape[0], len(self.labels)))
        for index in np.unique(model):
            chosen = np.flatnonzero(model == index)
            values[chosen] = self.models[index].probabilities(rows[chosen])
        return np.clip(values, *self.bounds)

    def to_bytes(self) -> bytes:
        """The classifier as a compressed NumPy archive without pickle; the inverse is `from_bytes`."""
        arrays = self.features.to_arrays()
        for index, model in enumerate(self.models):
            arrays |= {f"{field}:{index}": getattr(model, field) for field in _LINEAR}
        head = {
            "kind": str(self.kind),
            "labels": self.labels,
            "parameters": asdict(self.parameters),
            "folds": [self.folds.count, self.folds.fold.tolist(), self.folds.owner],
            "training_items": self.training_items,
            "version": self.version,
            "bounds": self.bounds,
            "scores": self.scores,
        }
        arrays["head"] = np.frombuffer(json.dumps(head).encode(), np.uint8)
        buffer = io.BytesIO()
        np.savez_compressed(buffer, allow_pickle=False, **arrays)
        return buffer.getvalue()

    @staticmethod
    def from_bytes(data: bytes) -> TextClassifier:
        """Read what `to_bytes` wrote; raises `ChoraleError` if it is not a classifier."""
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            if "head" not in arrays:
                raise ChoraleError("classifier-file", "The file holds no classifier.", "Train it again.")
            head = json.loads(arrays["head"].tobytes())
            kind, (count, fold, owner) = Kind(head["kind"]), head["folds"]
            linear = [Linear(kind, *(arrays[f"{field}:{i}"] for field in _LINEAR)) for i in range(count + 1)]
            features = TextFeatures.from_arrays(arrays)
        return TextClassifier(
            kind=kind,
            labels=tuple(head["labels"]),
            parameters=Parameters(**head["parameters"]),
            features=features,
            models=tuple(linear),
            folds=Folds(count, np.asarray(fold, np.int64), owner),
            training_items=tuple(head["training_items"]),
            version=head["version"],
            bounds=tuple(head["bounds"]),
            scores=head["scores"],
        )


_LINEAR = ("weights", "intercept", "prior", "known")


def train(
    people: Judgments,
    items: Iterable[ShownItem],
    *,
    parameters: Parameters | None = None,
    reserved: Iterable[str] = (),
    progress: Any = iter,
) -> TextClassifier:
    """Train on the votes of ``people`` over ``items``; items without a vote, text or in ``reserved`` take no part.

    The result does not depend on the order of items or judgments. ``progress`` wraps the fits (folds + 1 of them).
    Raises `ChoraleError` for judgments without votes (`votes-kind`), none at all, or fewer than two groups of items.
    """
    chosen = parameters or Parameters()
    kept_out = set(reserved)
    shown = {item.id: item for item in items if item.text.strip() and item.id not in kept_out}
    shares = vote_shares(people, only=shown)
    ordered = [shown[name] for name in shares.items]
    folds = group_folds(ordered, folds=chosen.folds, seed=chosen.seed)
    features = TextFeatures.fit([item.text for item in ordered], limit=chosen.ngrams)
    rows = features.rows([item.text for item in ordered])
    models = []
    for out in progress(range(folds.count + 1)):
        kept = folds.fold != out
        model = logistic.fit(shares.kind, rows[kept], shares.shares[kept], strength=chosen.strength, seed=chosen.seed)
        models.append(model)
    trained = TextClassifier(
        kind=shares.kind,
        labels=shares.labels,
        parameters=chosen,
        features=features,
        models=tuple(models),
        folds=folds,
        training_items=shares.items,
        version=version_hash(shares, ordered, chosen),
        bounds=_bounds(people),
        scores={},
    )
    held_out = trained._probabilities(rows, folds.fold)
    scores = cross_validated(people, shares.items, shares.labels, held_out, folds.fold, seed=chosen.seed)
    return replace(trained, scores=scores)


def _bounds(people: Judgments) -> tuple[float, float]:
    """Predictions stay within what people said: 0..1 for votes, the lowest to the highest rating for dimensions."""
    if people.kind != Kind.DIMENSION:
        return 0.0, 1.0
    assert people.values is not None
    return float(np.nanmin(people.values)), float(np.nanmax(people.values))


def version_hash(shares: VoteShares, items: Sequence[ShownItem], parameters: Parameters) -> str:
    """16 hex digits over the votes, texts, groups, parameters and versions that decide every prediction."""
    digest = hashlib.sha256()
    libraries = {name: installed(name) for name in ("numpy", "scipy", "scikit-learn")}
    head = [ALGORITHM, str(shares.kind), shares.labels, asdict(parameters), libraries]
    digest.update(json.dumps(head, sort_keys=True).encode())
    for row, item in enumerate(items):
        said = shares.shares[row].round(6).tolist() if shares.kind == Kind.DIMENSION else shares.votes[row].tolist()
        votes = [item.id, text_hash(item.text), item.text, item.group, said]
        digest.update(json.dumps([*votes, int(shares.raters[row])]).encode())
    return digest.hexdigest()[:16]
