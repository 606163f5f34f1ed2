"""The classifier on dimensions: means on the native range, out of fold, within what people said."""

from __future__ import annotations

import numpy as np

from annotation.model_raters.classifier import TextClassifier, train
from annotation.model_raters.items import ShownItem
from annotation.model_raters.votes import vote_shares
from harmonize.records import Judgments, Kind

WORDS = (("awful", 1.5), ("bad", 2.5), ("plain", 3.0), ("good", 4.0), ("great", 4.8))


def ratings(n: int = 150) -> tuple[list[ShownItem], Judgments]:
    random = np.random.default_rng(0)
    items, rows = [], []
    for index in range(n):
        word, valence = WORDS[index % 5]
        items.append(ShownItem(f"i{index:03}", f"a {word} thing {index}"))
        for rater in range(3):
            said = [float(np.clip(valence + random.normal(0, 0.3), 1, 5)), float(random.uniform(1, 5))]
            rows.append((items[-1].id, f"r{rater}", said))
    return items, Judgments.from_ratings(rows, kind=Kind.DIMENSION, labels=["valence", "arousal"])


def test_means_are_learned_where_words_tell_and_not_where_they_do_not() -> None:
    items, people = ratings()
    trained = train(people, items)
    told = trained.predict(items)
    assert told.kind == Kind.DIMENSION
    assert told.values is not None
    assert told.values.min() >= 1
    assert told.values.max() <= 5
    correlation = {name: figure["value"] for name, figure in trained.scores["PCC"].items()}
    assert correlation["valence"] > 0.9
    assert abs(correlation["arousal"]) < 0.3
    back = TextClassifier.from_bytes(trained.to_bytes())
    assert np.array_equal(back.predict(items).values, told.values)
    assert back.scores == trained.scores


def test_means_by_hand_and_items_without_a_dimension_left_out() -> None:
    nan = float("nan")
    rows = [("a", "x", [1, 2]), ("a", "y", [3, nan]), ("b", "x", [4, nan])]
    people = Judgments.from_ratings(rows, kind=Kind.DIMENSION, labels=["v", "a"])
    shares = vote_shares(people)
    assert shares.items == ("a",)
    assert shares.shares.tolist() == [[2, 2]]
    assert shares.raters.tolist() == [2]
