"""Sums taken block by block are the figures of the whole, slices and weights included; what cannot be is refused."""

from __future__ import annotations

from functools import reduce

import numpy as np
import pytest

from annotation.agreement import (
    alpha,
    alpha_by_dimension,
    alpha_by_label,
    among_models,
    block_sums,
    by_item_group,
    by_rater_group,
    packed_block,
    rater_pairs,
    unpacked_block,
)
from annotation.agreement.blocks import MOST_PARTS, BlockSums
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind
from tests.core.agreement.data import from_matrix, random_matrix, random_sets

LEVELS = ["1", "2", "3", "4"]
GROUPS = {"r0": "a", "r1": "a", "r2": "b", "r3": "b"}


def kinds() -> dict[str, Judgments]:
    rng = np.random.default_rng(0)
    numbers = [(f"u{u}", f"r{r}", np.round(rng.normal(u % 5, 1, 2), 1)) for u in range(40) for r in range(4)]
    strengths = [
        (f"u{u}", f"r{r}", {x: int(rng.integers(1, 4)) for x in "ab" if rng.random() < 0.5})
        for u in range(40)
        for r in range(4)
    ]
    return {
        "single": from_matrix(random_matrix(3, units=40), labels=LEVELS),
        "set": random_sets(3, units=40),
        "dimension": Judgments.from_ratings(numbers, kind=Kind.DIMENSION, labels=["V", "A"]),
        "intensity": Judgments.from_ratings(strengths, kind=Kind.INTENSITY, labels=["a", "b"]),
    }


def blocks_of(j: Judgments, **options) -> list[BlockSums]:
    """Blocks of seven items; options that are one an item are cut alike."""
    found = []
    for start in range(0, len(j.items), 7):
        part = j.select((j.item >= start) & (j.item < start + 7))
        found.append(block_sums(part, **options))
    return found


def whole_of(j: Judgments, **options) -> BlockSums:
    return reduce(BlockSums.merge, blocks_of(j, **options))


def value(found: BlockSums, *key: str) -> list[float]:
    return [figure.value for figure in found.sums[key].coefficients(rounds=0)]


@pytest.mark.parametrize("kind", ["single", "set", "dimension", "intensity"])
def test_blocks_add_up_to_the_whole(kind):
    j = kinds()[kind]
    found = whole_of(j)
    each = alpha_by_dimension if kind == "dimension" else alpha_by_label
    parts = [figure.value for figure in each(j, rounds=0).values()]
    assert value(found, "", "", "parts") == pytest.approx(parts, abs=1e-12)
    if kind in ("single", "set"):
        assert value(found, "", "", "overall") == pytest.approx([alpha(j, rounds=0).value], abs=1e-12)
    assert (found.items, found.judgments) == (len(np.unique(j.item[j.counted])), int(j.counted.sum()))
    assert found.raters == set(j.raters.to_pylist())
    if j.label is not None:
        assert found.marks.tolist() == np.bincount(j.label[: int(j.offsets[-1])], minlength=len(j.labels)).tolist()


@pytest.mark.parametrize("kind", ["single", "set", "dimension"])
def test_slices_are_the_figure_of_the_part(kind):
    j = kinds()[kind]
    language = ["en" if int(name[1:]) % 3 else None for name in j.items.to_pylist()]
    names = j.raters.to_pylist()
    groups = dict(zip(names, ["a", "a", "b", "b"], strict=True))
    found = whole_of(j, item_groups={"language": language}, rater_groups={"rater age": groups})
    assert found.slices() == [("language", "en"), ("rater age", "a"), ("rater age", "b")]
    each = alpha_by_dimension if kind == "dimension" else alpha_by_label
    by_language = by_item_group(j, language, figure=each, rounds=0)["en"]
    assert value(found, "language", "en", "parts") == pytest.approx([f.value for f in by_language.values()], abs=1e-12)
    by_age = by_rater_group(j, groups, figure=each, rounds=0)["b"]
    assert value(found, "rater age", "b", "parts") == pytest.approx([f.value for f in by_age.values()], abs=1e-12)


def test_clusters_and_weights_reach_the_sums():
    j = kinds()["single"]
    names = [int(name[1:]) for name in j.items.to_pylist()]
    weights, clusters = [1.0 + k % 3 for k in names], [f"d{k // 4}" for k in names]
    found = whole_of(j, clusters=clusters, weights=weights)
    expected = alpha(j, weights=weights, rounds=0).value
    assert value(found, "weighted", "", "overall") == pytest.approx([expected], abs=0.005)  # n - 1 has another scale
    assert value(found, "", "", "overall") == pytest.approx([alpha(j, rounds=0).value], abs=1e-12)
    figure = found.sums["", "", "overall"].coefficients(rounds=50)[0]
    assert "clusters" in figure.interval
    assert figure.se == pytest.approx(alpha(j, clusters=clusters, rounds=0).se, rel=0.2)


def test_an_interval_by_blocks_is_near_that_of_the_whole():
    j = from_matrix(random_matrix(1, units=300), labels=LEVELS)
    mine, theirs = whole_of(j).sums["", "", "overall"].coefficients()[0], alpha(j)
    assert mine.se == pytest.approx(theirs.se, rel=0.1)
    assert (mine.low, mine.high) == pytest.approx((theirs.low, theirs.high), abs=0.02)


@pytest.mark.parametrize("kind", ["single", "set", "dimension", "intensity"])
def test_kept_sums_are_the_same(kind):
    found = whole_of(kinds()[kind])
    again = unpacked_block(packed_block(found))
    assert (again.labels, again.raters, again.items, again.judgments) == (
        found.labels, found.raters, found.items, found.judgments,
    )  # fmt: skip
    assert again.marks.tolist() == found.marks.tolist()
    for key in found.sums:
        assert value(again, *key) == value(found, *key)
    merged = again.merge(unpacked_block(packed_block(blocks_of(kinds()[kind])[0])))
    assert merged.judgments > found.judgments


def test_a_slice_with_too_many_parts_is_an_id():
    j = from_matrix(random_matrix(0, units=MOST_PARTS + 10), labels=LEVELS)
    ids = j.items.to_pylist()
    found = block_sums(j, item_groups={"id": ids, "few": ["x"] * len(ids)})
    assert found.dropped == {"id"}
    assert found.slices() == [("few", "x")]
    apart = whole_of(j, item_groups={"id": ids})  # few in each block, too many together
    assert apart.dropped == {"id"}
    assert apart.slices() == []


def test_unknown_raters_and_repeated_ratings_are_told():
    j = kinds()["single"]
    unknown = Judgments(**{**vars(j), "rater": np.full_like(j.rater, -1)})
    assert block_sums(unknown).raters is None
    assert value(block_sums(unknown), "", "", "overall") == pytest.approx([alpha(j, rounds=0).value], abs=1e-12)
    twice = Judgments.from_ratings([("u", "r", "1"), ("u", "r", "2")], kind=Kind.SINGLE, labels=LEVELS)
    found = block_sums(twice)
    assert found.sums == {}
    assert "repeat" in found.refused["", "", "overall"]
    with pytest.raises(ChoraleError, match="different schemes"):
        block_sums(j).merge(block_sums(kinds()["set"]))


@pytest.mark.parametrize("kind", ["set", "dimension", "intensity"])
def test_pairs_are_alpha_of_the_two_on_what_both_judged(kind):
    j = kinds()[kind]
    name = None if kind == "set" else j.labels[0]
    found = rater_pairs(j, dimension=name)
    names = j.raters.to_pylist()
    for a, b in ((0, 1), (2, 3), (0, 3)):
        two = j.select(np.isin(j.rater, [names.index(found.raters[a]), names.index(found.raters[b])]))
        if kind == "set":
            expected = alpha(two, rounds=0)
        elif kind == "dimension":
            expected = alpha_by_dimension(two, rounds=0)[name]
        else:
            expected = alpha_by_label(two, metric="interval", rounds=0)[name]
        assert found.value[a, b] == found.value[b, a] == pytest.approx(expected.value, abs=1e-12)
        assert found.items[a, b] == expected.units
    with pytest.raises(ChoraleError, match="label by label"):
        rater_pairs(kinds()["dimension"])


def test_models_as_raters_of_each_other():
    rows = [("u0", [0.7, 0.3]), ("u1", [0.2, 0.8]), ("u2", [0.6, 0.4])]
    one = Judgments.from_ratings([(u, "one", p) for u, p in rows], kind=Kind.PROBABILITY, labels=["a", "b"])
    other = Judgments.from_ratings(
        [(u, f"fold{k}", p[::-1] if k == 2 else p) for k, (u, p) in enumerate(rows)],
        kind=Kind.PROBABILITY,
        labels=["a", "b"],
    )
    both = among_models({"one": one, "other": other}, kind=Kind.SINGLE)
    assert sorted(both.raters.to_pylist()) == ["one", "other"]  # the folds of a model are that model
    said = [("u0", "x", "a"), ("u1", "x", "b"), ("u2", "x", "a"), ("u0", "y", "a"), ("u1", "y", "b"), ("u2", "y", "b")]
    expected = alpha(Judgments.from_ratings(said, kind=Kind.SINGLE, labels=["a", "b"]), rounds=0).value
    assert alpha(both, rounds=0).value == pytest.approx(expected)
    sets = among_models({"one": one}, kind=Kind.SET)
    assert np.diff(sets.offsets).tolist() == [1, 1, 1]
    with pytest.raises(ChoraleError, match="No model"):
        among_models({}, kind=Kind.SET)
    stranger = Judgments.from_ratings([("u0", "m", [1.0])], kind=Kind.PROBABILITY, labels=["z"])
    with pytest.raises(ChoraleError, match="different schemes"):
        among_models({"one": one, "stranger": stranger}, kind=Kind.SINGLE)
