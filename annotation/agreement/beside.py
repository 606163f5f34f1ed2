"""A model's judgments laid beside people's: hardened, checked for circularity, matched item by item."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harmonize.problems import ChoraleError
from harmonize.records import Int64, Judgments, Kind

ONE = 1e-3  # probabilities of one choice sum to 1 within this
Trained = Collection[str] | Mapping[str, Collection[str]]


def beside(
    people: Judgments, model: Judgments, *, trained_on: Trained, threshold: float = 0.5, soft: bool = False
) -> tuple[Judgments, Judgments, Int64]:
    """Counted judgments of people on items the model judged too, the model's, and each person's row in the model's.

    Probabilities are hardened by `hard` unless ``soft``. Raises `ChoraleError` where schemes differ, the model judged
    an item twice, or it was trained on an item it judges here.
    """
    if model.kind == Kind.PROBABILITY and people.kind != Kind.PROBABILITY and not soft:
        model = hard(model, kind=people.kind, threshold=threshold, empty=may_be_empty(people))
    wanted = Kind.PROBABILITY if soft else people.kind
    if (model.kind, model.labels) != (wanted, people.labels):
        raise ChoraleError("schemes-differ", "Model and people judged under different schemes.", "Map one first.")
    refuse_trained(model, trained_on)
    model, people = model.select(model.counted), people.select(people.counted)
    place = places(people.items, model.items)[model.item]
    if len(np.unique(place[place >= 0])) < int((place >= 0).sum()):
        raise ChoraleError("model-repeats", "The model judged an item twice.", "Pass one judgment an item.")
    row = np.full(len(people.items), -1, dtype=np.int64)
    row[place[place >= 0]] = np.flatnonzero(place >= 0)
    people = people.select(row[people.item] >= 0)
    return people, model, row[people.item]


def may_be_empty(people: Judgments) -> bool:
    """Whether an empty set is an answer here: the scheme has it where a person gave one (`none applies`).

    A scheme with a neutral label says nothing-of-the-kind by that label; one without says it by marking nothing.
    """
    return people.kind == Kind.SET and bool((np.diff(people.offsets)[people.counted] == 0).any())  # type: ignore[arg-type]


def hard(model: Judgments, *, kind: Kind, threshold: float = 0.5, empty: bool = False) -> Judgments:
    """A model's probabilities as judgments: the likeliest label, and for a SET all others at ``threshold`` or above.

    Spread over many labels, a cautious model puts none above one half: without the likeliest it would be counted as
    saying that nothing applies, which it did not say. ``empty``: it may say so, where an empty set is an answer
    (`may_be_empty`): a row whose probabilities do not sum to 1 judges each label apart, and marks none where all are
    below the threshold. A row that sums to 1 is one choice, and always has a likeliest. Ties go to the lower code.
    Raises `ChoraleError` for a missing probability.
    """
    if model.kind != Kind.PROBABILITY or model.values is None or kind not in (Kind.SINGLE, Kind.SET):
        raise ChoraleError("judgments-kind", f"Cannot make {kind} judgments of {model.kind} ones.")
    answered = model.select(model.counted)
    assert answered.values is not None
    if np.isnan(answered.values).any():
        raise ChoraleError("missing-probability", "The model left a label without a probability.")
    marks = np.arange(len(model.labels)) == answered.values.argmax(axis=1)[:, None]
    if kind == Kind.SET:
        if empty:
            apart = np.abs(answered.values.sum(axis=1, dtype=np.float64) - 1) > ONE
            marks &= ~(apart & (answered.values < threshold).all(axis=1))[:, None]
        marks |= answered.values >= threshold
    offsets = np.concatenate([[0], np.cumsum(marks.sum(axis=1))]).astype(np.int64)
    label = np.nonzero(marks)[1].astype(np.int16)
    return replace(answered, kind=kind, values=None, offsets=offsets, label=label)


def refuse_trained(model: Judgments, trained_on: Trained) -> None:
    """Raise where a judgment is of an item its rater was trained on (SCIENCE 17)."""
    names = np.array([*model.raters.to_pylist(), ""], dtype=object)
    for code in np.unique(model.rater):
        judged = model.items.take(np.unique(model.item[model.rater == code]))
        if isinstance(trained_on, Mapping):
            if names[code] not in trained_on:
                raise ChoraleError(
                    "training-unknown",
                    f"Nothing says which items {names[code]!r} was trained on.",
                    "Add its entry to trained_on; an empty one says: none.",
                )
            seen = trained_on[str(names[code])]
        else:
            seen = trained_on
        overlap = judged.filter(pc.is_in(judged, pa.array(list(seen), pa.string())))
        if len(overlap):
            raise ChoraleError(
                "trained-on-items",
                f"The model was trained on {len(overlap)} of the items it judges here, such as {overlap[0].as_py()!r}.",
                "Use out-of-fold predictions (trained_on by fold), or leave these items out.",
            )


def places(into: pa.StringArray, names: pa.StringArray) -> Int64:
    """Position of each of ``names`` in ``into``, -1 where it is not there."""
    found = pc.index_in(names, into).fill_null(-1)
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.int64)
