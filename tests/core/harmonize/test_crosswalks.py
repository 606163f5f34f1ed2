"""Shipped crosswalks are whole, and mapping keeps the rules of each semantics."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from harmonize import crosswalks, schemes
from harmonize.crosswalks import (
    NO_TERM,
    Cell,
    Crosswalk,
    map_judgments,
    map_judgments_counted,
    map_soft,
    mask_inexpressible,
    proportion_bounds,
    sssom,
)
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind, Semantics, SoftLabels, Status

GO = schemes.load("goemotions-28").names


def soft(values: list[list[float]], labels: tuple[str, ...], semantics: Semantics) -> SoftLabels:
    items = pa.array([f"i{k}" for k in range(len(values))])
    return SoftLabels(
        semantics, items, labels, np.array(values, dtype=float), np.full(len(values), 5, np.int32), "votes"
    )


def test_goemotions_to_ekman_is_the_published_map() -> None:
    cw = crosswalks.load("goemotions-28--ekman-6-neutral")
    assert cw.status == "published"
    matrix = cw.matrix()
    assert matrix.shape == (28, 7)
    assert (matrix.sum(axis=1) == 1).all()
    groups = {t: [GO[s] for s in np.flatnonzero(matrix[:, k])] for k, t in enumerate(cw.target_labels.names)}
    assert groups["anger"] == ["anger", "annoyance", "disapproval"]
    assert groups["fear"] == ["fear", "nervousness"]
    assert groups["disgust"] == ["disgust"]
    assert groups["neutral"] == ["neutral"]
    assert len(groups["joy"]) == 12
    assert groups["surprise"] == ["confusion", "curiosity", "realization", "surprise"]


def test_goemotions_to_plutchik_keeps_evidence_and_leaves_disagreement_unmapped() -> None:
    cw = crosswalks.load("goemotions-28--plutchik-8")
    assert cw.status == "proposed"
    matrix = cw.matrix()
    unplaced = {GO[k] for k in np.flatnonzero(matrix.sum(axis=1) == 0)}
    assert unplaced == {"curiosity", "neutral"}
    evidence = {(c.subject, c.object) for c in cw.cells if c.weight == 0 and c.object != NO_TERM}
    assert {("curiosity", "anticipation"), ("curiosity", "trust"), ("curiosity", "surprise")} <= evidence


@pytest.mark.parametrize("cw", crosswalks.shipped(), ids=lambda c: c.ref)
def test_shipped_crosswalks_are_whole(cw: Crosswalk) -> None:
    assert crosswalks.check(cw) == []
    assert sssom.read(sssom.write(cw)) == cw
    assert Crosswalk.from_dict(json.loads(json.dumps(cw.to_dict()))) == cw
    assert all(cell.source or cw.source for cell in cw.cells), "each cell states its source"


def test_other_and_unknown_never_become_neutral() -> None:
    cw = crosswalks.load("ferplus-8--ekman-7-neutral")
    matrix, neutral = cw.matrix(), cw.target_labels.code("neutral")
    sources = cw.source_labels
    assert [sources.names[k] for k in np.flatnonzero(matrix[:, neutral])] == ["neutral"]
    assert matrix[sources.code("unknown")].sum() == 0
    assert matrix[sources.code("nf")].sum() == 0


def test_sets_are_united_and_neutral_stays_beside_an_emotion() -> None:
    marks = [
        ("a", "r1", ["anger", "annoyance"]),
        ("a", "r2", ["neutral", "joy"]),
        ("b", "r1", ["curiosity"]),
        ("b", "r2", []),
    ]
    j = Judgments.from_ratings(marks, kind=Kind.SET, labels=GO)
    mapped = map_judgments(j, crosswalks.load("goemotions-28--ekman-6-neutral"))
    names = [[mapped.labels[k] for k in np.flatnonzero(row)] for row in mapped.marks()]
    assert names == [["anger"], ["joy", "neutral"], ["surprise"], []]
    assert mapped.kind == Kind.SET


def test_a_judgment_that_loses_its_marks_stays_answered_and_is_counted() -> None:
    j = Judgments.from_ratings([("a", "r1", ["curiosity", "joy"]), ("b", "r1", ["neutral"])], kind=Kind.SET, labels=GO)
    result = map_judgments_counted(j, crosswalks.load("goemotions-28--plutchik-8"))
    assert result.judgments.status.tolist() == [Status.ANSWERED, Status.ANSWERED]
    assert np.diff(result.judgments.offsets).tolist() == [1, 0]
    assert result.unmapped.tolist() == [0.5, 1.0]
    assert {GO[k]: int(n) for k, n in enumerate(result.dropped) if n} == {"curiosity": 1, "neutral": 1}


def test_a_single_answer_without_counterpart_is_dropped_not_neutral() -> None:
    labels = schemes.load("ferplus-8").names
    j = Judgments.from_ratings(
        [("a", "1", "happiness"), ("a", "2", "unknown"), ("b", "1", "nf")], kind=Kind.SINGLE, labels=labels
    )
    result = map_judgments_counted(j, crosswalks.load("ferplus-8--ekman-7-neutral"))
    assert result.rows.tolist() == [0]
    assert result.judgments.labels[result.judgments.label[0]] == "joy"
    assert result.unmapped.tolist() == [0.5, 1.0]


def test_intensities_merge_by_the_greatest_and_zero_is_absent() -> None:
    labels = schemes.load("brighter-6").names
    j = Judgments.from_ratings([("a", "1", {"joy": 2.0, "fear": 0.0})], kind=Kind.INTENSITY, labels=labels)
    mapped = map_judgments(j, crosswalks.load("brighter-6--ekman-6-set"))
    assert mapped.kind == Kind.SET
    assert [mapped.labels[k] for k in mapped.label] == ["joy"]


def test_distribution_conserves_mass_and_masks_what_no_label_reaches() -> None:
    names = schemes.load("ekman-6").names
    s = soft([[0.5, 0, 0, 0.25, 0.25, 0], [np.nan] * 6], names, Semantics.DISTRIBUTION)
    mapped = map_soft(s, crosswalks.load("ekman-6--plutchik-8"))
    trust = mapped.labels.index("trust")
    assert np.isnan(mapped.values[:, trust]).all()
    assert np.nansum(mapped.values[0]) + mapped.unmapped[0] == pytest.approx(1)
    assert np.isnan(mapped.values[1]).all()
    assert np.isnan(mapped.unmapped[1])


def test_proportions_are_refused_where_labels_merge_and_bounded_instead() -> None:
    row = np.zeros(28)
    row[[GO.index("anger"), GO.index("annoyance"), GO.index("disapproval")]] = 0.6, 0.5, 0.2
    s = soft([row.tolist()], GO, Semantics.PROPORTIONS)
    cw = crosswalks.load("goemotions-28--ekman-6-neutral")
    with pytest.raises(ChoraleError, match="proportion_bounds"):
        map_soft(s, cw)
    bounds = proportion_bounds(s, cw)
    assert (bounds.low[0, 0], bounds.high[0, 0]) == (pytest.approx(0.6), 1.0)
    masked = s.values.copy()
    masked[0, GO.index("annoyance")] = np.nan
    half = proportion_bounds(replace(s, values=masked), cw)
    assert (half.low[0, 0], half.high[0, 0]) == (pytest.approx(0.6), 1.0)


def test_unmerged_proportions_map_exactly() -> None:
    names = schemes.load("plutchik-8").names
    s = soft([[0.1, 0.9, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]], names, Semantics.PROPORTIONS)
    mapped = map_soft(s, crosswalks.load("plutchik-8--ekman-6"))
    assert dict(zip(mapped.labels, mapped.values[0], strict=True))["fear"] == pytest.approx(0.3)


def test_a_distribution_must_sum_to_one_and_labels_must_fit() -> None:
    cw = crosswalks.load("ekman-6--ekman-6-set")
    names = schemes.load("ekman-6").names
    with pytest.raises(ChoraleError, match="do not sum to 1"):
        map_soft(soft([[0.9, 0.9, 0, 0, 0, 0]], names, Semantics.DISTRIBUTION), cw)
    with pytest.raises(ChoraleError, match="not these labels"):
        map_soft(soft([[1.0, 0]], ("anger", "joy"), Semantics.DISTRIBUTION), cw)
    with pytest.raises(ChoraleError, match="does not map dimension"):
        map_soft(soft([[1.0] * 6], names, Semantics.DIMENSION), cw)


def test_beliefs_map_by_product_and_label_wise_ones_are_refused() -> None:
    cw = crosswalks.load("goemotions-28--plutchik-8")
    row = np.full(28, 1 / 28)
    j = Judgments.from_ratings([("a", "m", row)], kind=Kind.PROBABILITY, labels=GO)
    result = map_judgments_counted(j, cw)
    assert result.judgments.values is not None
    assert result.judgments.values.sum() + result.unmapped[0] == pytest.approx(1, abs=1e-6)
    with pytest.raises(ChoraleError, match="do not sum to 1"):
        map_judgments(Judgments.from_ratings([("a", "m", np.full(28, 0.5))], kind=Kind.PROBABILITY, labels=GO), cw)


def test_rescaling_moves_ends_to_ends_and_scales_the_spread() -> None:
    names = schemes.load("vad-5").names
    s = replace(
        soft([[1, 3, 5], [2, np.nan, 4]], names, Semantics.DIMENSION), spread=np.array([[0, 1, 2.0], [1, 1, 1]])
    )
    mapped = map_soft(s, crosswalks.load("vad-5--vad-9"))
    np.testing.assert_allclose(mapped.values, [[1, 5, 9], [3, np.nan, 7]])
    np.testing.assert_allclose(mapped.spread, [[0, 2, 4], [2, 2, 2]])
    back = map_soft(mapped, crosswalks.load("vad-9--vad-5"))
    np.testing.assert_allclose(back.values, s.values)


def test_aggregates_of_mapped_judgments_can_be_masked() -> None:
    names = schemes.load("plutchik-8").names
    s = soft([[0.0] * 8], names, Semantics.PROPORTIONS)
    masked = mask_inexpressible(s, crosswalks.load("ekman-6-set--plutchik-8"))
    assert [n for n, v in zip(names, masked.values[0], strict=True) if np.isnan(v)] == ["anticipation", "trust"]


def test_check_finds_silence_excess_and_strangers() -> None:
    cw = crosswalks.load("ekman-6--ekman-6-set")
    assert {p.code for p in crosswalks.check(replace(cw, cells=cw.cells[1:]))} == {"crosswalk-silent"}
    twice = replace(cw, cells=(*cw.cells, Cell("anger", "skos:broadMatch", "joy", 0.5)))
    assert {p.code for p in crosswalks.check(twice)} == {"crosswalk-mass"}
    stranger = replace(cw, cells=(*cw.cells, Cell("glee", "skos:broadMatch", "joy", 0.5)))
    assert [p.what for p in crosswalks.check(stranger)] == ["'glee' is no label of ekman-6@1.0.0."]
