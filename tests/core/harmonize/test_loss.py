"""Loss figures: by definition on small cases, and what must hold of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harmonize import crosswalks, schemes
from harmonize.loss import loss_report
from harmonize.loss.__main__ import main
from harmonize.loss.channel import channel_loss, jensen_shannon
from harmonize.loss.interval import interval
from harmonize.loss.rescaling import rescale_loss
from harmonize.loss.sets import set_loss
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind, Semantics, SoftLabels

GO = schemes.load("goemotions-28").names


def test_channel_by_definition() -> None:
    base = np.array([0.5, 0.25, 0.25])
    weights = np.array([[1, 0], [0, 1], [0, 0.5]])
    joint = base[:, None] * np.column_stack([weights, 1 - weights.sum(axis=1)])
    told = sum(
        p * np.log2(p / (base[i] * joint[:, k].sum()))
        for i, row in enumerate(joint)
        for k, p in enumerate(row)
        if p > 0
    )
    loss = channel_loss(base, weights)
    assert loss.source_bits == pytest.approx(1.5)
    assert loss.kept_bits == pytest.approx(told)
    assert loss.kept_bits + loss.lost_bits == pytest.approx(1.5)


def test_swapping_labels_loses_nothing_so_loss_is_not_validity() -> None:
    cw = crosswalks.load("ekman-6--ekman-6-set")
    swap = {"anger": "joy", "joy": "anger"}
    wrong = replace(cw, cells=tuple(replace(c, object=swap.get(c.object, c.object)) for c in cw.cells))
    assert loss_report(wrong)["lost_bits"] == pytest.approx(0)


def test_even_base_rates_of_the_published_map() -> None:
    report = loss_report(crosswalks.load("goemotions-28--ekman-6-neutral"))
    sizes = np.array([3, 1, 2, 12, 5, 4, 1])
    assert report["coverage"] == 1
    assert report["unmapped"] == 0
    assert report["source_bits"] == pytest.approx(np.log2(28))
    assert report["lost_bits"] == pytest.approx((sizes * np.log2(sizes)).sum() / 28)
    assert report.figures["lost_bits"].low is None
    assert report["round_trip_jsd"] is not None
    assert report["round_trip_jsd"] > 0.3, "a label that merged does not come back whole"


def test_unmapped_mass_and_coverage() -> None:
    cw = crosswalks.load("plutchik-8--ekman-6")
    names = cw.source_labels.names
    rows = np.zeros((2, 8))
    rows[0, names.index("trust")] = 1
    rows[1, names.index("joy")] = 1
    s = SoftLabels(Semantics.DISTRIBUTION, pa.array(["a", "b"]), names, rows, np.ones(2, np.int32), "votes")
    report = loss_report(cw, s, rounds=50)
    assert report["unmapped"] == 0.5
    assert report["coverage"] == 0.5
    assert report["one_to_many"] == 0
    low, high = report.figures["unmapped"].low, report.figures["unmapped"].high
    assert low is not None
    assert high is not None
    assert low <= 0.5 <= high


def test_sets_lose_what_the_union_hides() -> None:
    marks = [("a", "1", ["anger"]), ("b", "1", ["annoyance"]), ("c", "1", ["joy"]), ("d", "1", ["joy"])]
    j = Judgments.from_ratings(marks, kind=Kind.SET, labels=GO)
    report = loss_report(crosswalks.load("goemotions-28--ekman-6-neutral"), j, rounds=20)
    assert report.sets is not None
    assert (report.sets.source_bits, report.sets.kept_bits, report.sets.lost_bits) == (1.5, 1.0, 0.5)
    assert report.to_dict()["sets"]["distinct"] == 3


def test_bits_of_sets_have_intervals_as_wide_as_fresh_samples_differ() -> None:
    rng = np.random.default_rng(8)
    cw, kinds = crosswalks.load("goemotions-28--ekman-6-neutral"), [["anger"], ["annoyance"], ["joy", "love"], ["fear"]]

    def sample(seed: int) -> Judgments:
        drawn = np.random.default_rng(seed).choice(4, 400, p=[0.4, 0.3, 0.2, 0.1])
        rows = [(f"{k}", f"r{r}", kinds[kind]) for k, kind in enumerate(drawn) for r in range(2)]
        return Judgments.from_ratings(rows, kind=Kind.SET, labels=GO)

    found = [set_loss(sample(int(seed)), cw.matrix()) for seed in rng.integers(0, 1 << 31, 200)]
    lost = np.array([one.lost_bits for one in found if one is not None])
    told = set_loss(sample(1), cw.matrix(), rounds=300)
    assert told is not None
    low, high = told.intervals["lost_bits"]
    assert low < told.lost_bits < high
    assert high - low == pytest.approx(2 * 1.96 * lost.std(), rel=0.3), "items are drawn whole, not their two judgments"
    assert set(told.intervals) == {"source_bits", "kept_bits", "lost_bits", "emptied"}


def test_jensen_shannon_ends() -> None:
    p, q = np.array([[1.0, 0], [0.5, 0.5]]), np.array([[0.0, 1], [0.5, 0.5]])
    np.testing.assert_allclose(jensen_shannon(p, q), [1, 0])


def test_intensities_weigh_by_strength_and_a_rescaling_has_no_bits() -> None:
    cw = crosswalks.load("brighter-6--ekman-6-set")
    names = cw.source_labels.names
    j = Judgments.from_ratings([("a", "1", {"joy": 3.0, "fear": 1.0, "anger": 0.0})], kind=Kind.INTENSITY, labels=names)
    report = loss_report(cw, j)
    assert report.base["joy"] == pytest.approx(0.75)
    assert report.base["anger"] == 0
    scale = loss_report(crosswalks.load("vad-5--vad-9"))
    assert scale["coverage"] == 1
    assert scale["lost_bits"] is None


def test_a_share_of_no_bits_is_undefined_and_not_one() -> None:
    cw = crosswalks.load("ekman-6--ekman-6-set")
    report = loss_report(cw, [1.0, 0, 0, 0, 0, 0])
    assert report["source_bits"] == 0
    assert report["kept_share"] is None


def test_blocks_give_the_intervals_of_the_exact_resampling() -> None:
    cw = crosswalks.load("goemotions-28--plutchik-8")
    rows = np.random.default_rng(6).dirichlet(np.full(28, 0.1), size=2000)
    exact = interval(rows, cw.matrix(), rounds=150, seed=1)
    blocks = interval(rows, cw.matrix(), rounds=150, seed=1, exact=0)
    for name in ("unmapped", "source_bits", "kept_bits", "lost_bits", "round_trip_jsd"):
        low, high = exact[0][name], exact[1][name]
        assert low is not None
        assert high is not None
        assert blocks[0][name] == pytest.approx(low, abs=(high - low) / 3)
        assert blocks[1][name] == pytest.approx(high, abs=(high - low) / 3)


def test_a_rescaling_loses_nothing_but_for_the_steps_of_its_target() -> None:
    coarser = rescale_loss(crosswalks.load("vad-9--vad-5"))
    assert (coarser.coverage, coarser.outside, coarser.rmse, coarser.kept) == (1, 0, 0, 1)
    # From 1..9 to 1..5 by halves: 2, 4, 6 and 8 fall between two steps and come back one off.
    assert coarser.rounded_rmse == pytest.approx(np.sqrt(4 / 9))
    assert coarser.rounded_kept == pytest.approx(1 - (4 / 9) / np.arange(1, 10).var())
    finer = rescale_loss(crosswalks.load("vad-5--vad-9"))
    assert (finer.rounded_rmse, finer.rounded_kept) == (0, 1)
    wide = crosswalks.load("vad-9--vad-5")
    wide = replace(wide, cells=tuple(replace(cell, weight=1.0, intercept=0.0) for cell in wide.cells))
    assert rescale_loss(wide).outside == pytest.approx(4 / 9), "6 to 9 are off a scale of 1 to 5"
    with pytest.raises(ChoraleError, match="maps labels"):
        rescale_loss(crosswalks.load("ekman-6--ekman-6-set"))


def test_intervals_hold_the_figures_they_belong_to_in_small_corpora_too() -> None:
    rng = np.random.default_rng(9)
    rows = np.eye(28)[rng.integers(0, 28, 60)]
    s = SoftLabels(Semantics.DISTRIBUTION, pa.array([str(k) for k in range(60)]), GO, rows, np.ones(60, np.int32), "m")
    for figure in loss_report(crosswalks.load("goemotions-28--plutchik-8"), s, rounds=200).figures.values():
        assert figure.value is not None
        assert figure.low is not None
        assert figure.high is not None
        assert figure.low <= figure.value <= figure.high


def test_the_command_measures_a_file_of_judgments(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    marks = [("a", "1", ["anger"]), ("b", "1", ["annoyance"]), ("c", "1", ["joy"]), ("d", "1", ["joy"])]
    path = tmp_path / "said.parquet"
    pq.write_table(Judgments.from_ratings(marks, kind=Kind.SET, labels=GO).to_arrow(), path)
    assert main(["--judgments", str(path)]) == 0
    told = capsys.readouterr().out.splitlines()
    assert sum("corpus, n = 4" in line for line in told) == 3
    assert any("| 4 | 3 to 2 | 1.500" in line for line in told)
    pq.write_table(Judgments.from_ratings([("a", "1", ["x"])], kind=Kind.SET, labels=["x", "y"]).to_arrow(), path)
    assert main(["--judgments", str(path)]) == 1
    assert "No shipped crosswalk starts from x, y" in capsys.readouterr().err


def test_misuse() -> None:
    cw = crosswalks.load("ekman-6--ekman-6-set")
    with pytest.raises(ChoraleError, match="6 finite numbers"):
        loss_report(cw, [1.0, 2.0])
    with pytest.raises(ChoraleError, match="not all 0"):
        loss_report(cw, np.zeros(6))
