"""Vote aggregates: by hand, by definition, on published corpora, and refused where the kind does not fit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from annotation import aggregation as agg
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind, Semantics, Status
from tests.core.agreement.data import folder, random_sets


def single(rows, labels=("a", "b", "c")):
    return Judgments.from_ratings(rows, kind=Kind.SINGLE, labels=labels)


def test_vote_distribution():
    j = single([("x", "1", "a"), ("x", "2", "a"), ("x", "3", "b"), ("y", "1", "c"), ("z", "1", "a")])
    j.status[-1] = Status.SKIPPED
    soft = agg.vote_distribution(j)
    assert soft.semantics == Semantics.DISTRIBUTION
    assert soft.values[:2].tolist() == [[2 / 3, 1 / 3, 0], [0, 0, 1]]
    assert soft.n.tolist() == [3, 1, 0]
    assert soft.entropy[:2] == pytest.approx([-(2 / 3 * np.log2(2 / 3) + 1 / 3 * np.log2(1 / 3)), 0])
    assert np.isnan(soft.values[2]).all()
    assert np.isnan(soft.entropy[2])  # nobody answered: unknown, not certain
    assert soft.spread[0] == pytest.approx(np.std([[1, 0, 0], [1, 0, 0], [0, 1, 0]], axis=0))


def test_vote_proportions_count_raters_who_marked_nothing():
    j = Judgments.from_ratings(
        [("x", "1", ["a", "b"]), ("x", "2", []), ("x", "3", ["a"]), ("x", "4", [])], kind=Kind.SET, labels=["a", "b"]
    )
    j.status[1] = Status.NONE_APPLIES
    j.status[3] = Status.CANNOT_TELL
    soft = agg.vote_proportions(j)
    assert soft.semantics == Semantics.PROPORTIONS
    assert soft.values[0] == pytest.approx([2 / 3, 1 / 3])
    assert soft.n.tolist() == [3]
    binary = [-(p * np.log2(p) + (1 - p) * np.log2(1 - p)) for p in (2 / 3, 1 / 3)]
    assert soft.entropy[0] == pytest.approx(sum(binary))


@pytest.mark.parametrize("seed", range(3))
def test_set_rules_by_definition(seed):
    j = random_sets(seed)
    marks = j.marks()
    for i in range(len(j.items)):
        rows = marks[j.item == i]
        assert agg.union(j).present[i].tolist() == rows.any(axis=0).tolist()
        assert agg.intersection(j).present[i].tolist() == rows.all(axis=0).tolist()
        assert agg.majority(j).present[i].tolist() == (rows.mean(axis=0) > 0.5).tolist()
        two = agg.threshold(j, share=0.5, votes=2).present[i]
        assert two.tolist() == ((rows.mean(axis=0) >= 0.5 - 1e-9) & (rows.sum(axis=0) >= 2)).tolist()
        assert agg.vote_proportions(j).values[i] == pytest.approx(rows.mean(axis=0))


def test_plurality_leaves_ties_undecided():
    hard = agg.plurality(single([("x", "1", "a"), ("x", "2", "b"), ("y", "1", "c"), ("y", "2", "c"), ("y", "3", "a")]))
    assert hard.decided.tolist() == [False, True]
    assert hard.present.tolist() == [[False] * 3, [False, False, True]]
    assert np.isnan(hard.soft.values[0]).all()
    assert hard.soft.values[1].tolist() == [0, 0, 1]
    assert hard.soft.entropy is None


def test_majority_needs_more_than_half():
    hard = agg.majority(single([("x", "1", "a"), ("x", "2", "b"), ("y", "1", "c"), ("y", "2", "c"), ("y", "3", "a")]))
    assert hard.decided.tolist() == [False, True]


def test_intensity_mean_counts_zero_from_those_who_did_not_mark():
    rows = [("x", "1", {"a": 3}), ("x", "2", {"a": 1, "b": 2}), ("x", "3", {})]
    soft = agg.intensity_mean(Judgments.from_ratings(rows, kind=Kind.INTENSITY, labels=["a", "b"]))
    assert soft.semantics == Semantics.INTENSITY
    assert soft.values[0] == pytest.approx([4 / 3, 2 / 3])
    assert soft.spread[0] == pytest.approx([np.std([3, 1, 0]), np.std([0, 2, 0])])
    assert soft.entropy is None


def test_dimension_mean_and_median():
    rows = [("x", "1", [1, 5]), ("x", "2", [4, np.nan]), ("x", "3", [2, 4]), ("x", "4", [4, 3])]
    j = Judgments.from_ratings(rows, kind=Kind.DIMENSION, labels=["V", "A"])
    soft, middle = agg.dimension_mean(j), agg.dimension_median(j)
    assert soft.values[0] == pytest.approx([2.75, 4])
    assert soft.spread[0] == pytest.approx([np.std([1, 4, 2, 4]), np.std([5, 4, 3])])
    assert soft.n.tolist() == [4]
    assert middle.values[0] == pytest.approx([3, 4])


def test_wrong_kinds_are_refused():
    j = single([("x", "1", "a")])
    for rule in (agg.vote_proportions, agg.intensity_mean, agg.dimension_mean, agg.brighter_rule, agg.emobank_rule):
        with pytest.raises(ChoraleError):
            rule(j)
    with pytest.raises(ChoraleError):
        agg.vote_distribution(random_sets(0))
    with pytest.raises(ChoraleError):
        agg.threshold(j, share=2)


def test_brighter_published_labels_are_reproduced():
    path = folder("brighter") / "arq"
    raw = pd.read_csv(path / "arq_individuals.csv")
    raters = [name for name in raw.columns if name.startswith("Annotator")]
    names = ["Anger", "Disgust", "Fear", "Joy", "Sadness", "Surprise"]
    rows = [
        (str(text_id), rater, dict(zip(block["emotion"], block[rater], strict=True)))
        for text_id, block in raw.groupby("text_id")
        for rater in raters
        if block[rater].notna().all()
    ]
    marked = [(item, rater, {k: v for k, v in given.items() if v > 0}) for item, rater, given in rows]
    j = Judgments.from_ratings(marked, kind=Kind.INTENSITY, labels=names)
    hard = agg.brighter_rule(j)
    texts = raw.drop_duplicates("text_id").set_index("text_id")["text"]
    code = {name: i for i, name in enumerate(hard.items.to_pylist())}
    by_text = {text: hard.present[code[str(key)]] for key, text in texts.items()}
    published = pd.concat([pd.read_csv(path / f"track_a_{part}.csv") for part in ("train", "dev", "test")])
    # One text is published twice (train 70 and 453), with the same labels.
    matched = published[published["text"].isin(by_text.keys())].drop_duplicates(["text", *map(str.lower, names)])
    cells = matched[[name.lower() for name in names]].to_numpy().astype(bool)
    ours = np.array([by_text[text] for text in matched["text"]])
    assert ours.shape == (1848, 6)
    assert (ours == cells).sum() == 11_088


@pytest.mark.parametrize("perspective", ["reader", "writer"])
def test_emobank_published_means_are_reproduced(perspective):
    path = folder("emobank")
    raw = pd.read_csv(path / f"individual_{perspective}_ratings.csv")
    published = pd.read_csv(path / f"{perspective}.csv").set_index("id")
    rows = [(row[0], None, row[1:]) for row in raw[["id", "V", "A", "D"]].itertuples(index=False, name=None)]
    soft = agg.emobank_rule(Judgments.from_ratings(rows, kind=Kind.DIMENSION, labels=["V", "A", "D"]))
    ours = pd.DataFrame(soft.values, index=soft.items.to_pylist(), columns=["V", "A", "D"])
    ours[["stdV", "stdA", "stdD"]] = soft.spread
    ours["N"] = soft.n
    assert set(ours.index) == set(published.index)
    assert (ours.loc[published.index, published.columns] == published).all(axis=None)
