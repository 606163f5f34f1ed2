"""Alpha on real corpora against the independent package, and what their designs allow."""

from __future__ import annotations

import krippendorff
import numpy as np
import pandas as pd
import pytest

from annotation.aggregation import dawid_skene, vote_proportions, z_scored
from annotation.agreement import alpha_by_dimension, alpha_by_label, icc, leave_one_out
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind
from tests.core.agreement.data import folder


def test_brighter_afr_by_label():
    raw = pd.read_csv(folder("brighter") / "afr" / "afr_individuals.csv")
    raters = [name for name in raw.columns if name.lower().startswith("annotator")]
    emotions = sorted(raw["emotion"].unique())
    rows = []
    for item, block in raw.groupby("text_content"):
        for rater in raters:
            given = dict(zip(block["emotion"], block[rater], strict=True))
            if not any(pd.isna(x) for x in given.values()):
                rows.append((str(item), rater, [name for name, x in given.items() if x > 0]))
    j = Judgments.from_ratings(rows, kind=Kind.SET, labels=emotions)
    found = alpha_by_label(j, rounds=50)
    dense = np.full((len(j.raters), len(j.items), len(emotions)), np.nan)
    dense[j.rater, j.item] = j.marks()
    for k, name in enumerate(emotions):
        if len(np.unique(dense[:, :, k][~np.isnan(dense[:, :, k])])) < 2:
            assert found[name].value is None
            continue
        theirs = krippendorff.alpha(reliability_data=dense[:, :, k], level_of_measurement="nominal")
        assert found[name].value == pytest.approx(theirs, abs=1e-12)
        assert found[name].low < found[name].value < found[name].high
    assert vote_proportions(j).n.max() == len(raters)
    assert dawid_skene(j, iterations=5).soft.values.shape == (len(j.items), len(emotions))


@pytest.fixture(scope="module")
def emobank() -> Judgments:
    raw = pd.read_csv(folder("emobank") / "individual_reader_ratings.csv")
    rows = [(row[0], None, row[1:]) for row in raw[["id", "V", "A", "D"]].itertuples(index=False, name=None)]
    return Judgments.from_ratings(rows, kind=Kind.DIMENSION, labels=["V", "A", "D"])


def test_emobank_alpha(emobank):
    found = alpha_by_dimension(emobank, rounds=100)
    order = np.argsort(emobank.item, kind="stable")
    m = np.bincount(emobank.item)
    rank = np.arange(len(order)) - np.repeat(np.cumsum(m) - m, m)
    for k, name in enumerate("VAD"):
        dense = np.full((m.max(), len(m)), np.nan)
        dense[rank, emobank.item[order]] = emobank.values[order, k]
        theirs = krippendorff.alpha(reliability_data=dense, level_of_measurement="interval")
        assert found[name].value == pytest.approx(theirs, abs=1e-12)
        assert found[name].raters is None
        assert found[name].units == int((m >= 2).sum())


def test_emobank_design_allows_icc_1_only(emobank):
    one = icc(emobank, "1")["V"]
    assert one.value == pytest.approx(
        alpha_by_dimension(emobank, rounds=0)["V"].value, abs=0.01
    )  # nearly the same thing
    for form in ("2,1", "3,1", "2,k", "3,k"):
        assert "rater ids" in icc(emobank, form)["V"].reason
    assert "rater ids" in leave_one_out(emobank)["V"].overall.reason
    with pytest.raises(ChoraleError, match="no rater ids"):
        z_scored(emobank)
