"""Independent implementations as oracles: krippendorff, pandas, SciPy, scikit-learn where no other test has one."""

from __future__ import annotations

import krippendorff
import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.spatial.distance import pdist
from sklearn.decomposition import PCA
from sklearn.metrics import accuracy_score, log_loss, mean_squared_error

from annotation import aggregation as agg
from annotation import agreement as ag
from annotation import evaluation as ev
from annotation import raters as rt
from harmonize.records import Judgments, Kind
from tests.core.agreement.data import from_matrix, random_matrix, random_sets
from tests.core.agreement.test_any_order import LABELS, made, model

LEVELS = ["1", "2", "3", "4"]


def frame(j: Judgments) -> pd.DataFrame:
    """One row a judgment and label or dimension: item, rater, label, value."""
    if j.values is not None:
        values = j.values.astype(float)
    else:
        values = j.marks().astype(float)
        if j.strength is not None:
            values[np.repeat(np.arange(len(j)), np.diff(j.offsets)), j.label] = j.strength
    wide = pd.DataFrame(values, columns=list(j.labels))
    wide["item"], wide["rater"] = (j.items.take(j.item).to_pylist(), j.raters.take(j.rater).to_pylist())
    return wide.melt(id_vars=["item", "rater"], var_name="label")


def by_item(j: Judgments, how) -> np.ndarray:
    table = frame(j).groupby(["item", "label"])["value"].agg(how).unstack()
    return table.loc[j.items.to_pylist(), list(j.labels)].to_numpy()


@pytest.mark.parametrize(
    ("metric", "distance"),
    [
        ("masi", lambda a, b: 1 - _masi(a, b)),
        ("jaccard", lambda a, b: 1 - (len(a & b) / len(a | b) if a | b else 1.0)),
        ("nominal", lambda a, b: float(a != b)),
    ],
)
def test_alpha_of_sets(metric, distance):
    j = random_sets(4, units=15)
    sets = [frozenset(np.flatnonzero(row)) for row in j.marks()]
    domain = sorted(set(sets), key=sorted)
    code = {said: float(k) for k, said in enumerate(domain)}
    grid = np.full((len(j.raters), len(j.items)), np.nan)
    for row, said in enumerate(sets):
        grid[j.rater[row], j.item[row]] = code[said]
    table = np.array([[distance(a, b) for b in domain] for a in domain])
    theirs = krippendorff.alpha(
        reliability_data=grid,
        value_domain=list(range(len(domain))),
        level_of_measurement=lambda v1, v2, **_: table[v1.astype(int), v2.astype(int)],
    )
    assert ag.alpha(j, metric=metric, rounds=0).value == pytest.approx(theirs, abs=1e-12)


def _masi(a: frozenset[int], b: frozenset[int]) -> float:
    if a == b:
        return 1.0
    shared = a & b
    step = 2 / 3 if shared in (a, b) else 1 / 3 if shared else 0.0
    return len(shared) / len(a | b) * step


def test_circular_alpha():
    matrix = random_matrix(3, units=20)
    grid = np.array([[np.nan if x is None else x for x in line] for line in matrix], dtype=float)
    theirs = krippendorff.alpha(
        reliability_data=grid,
        value_domain=[1, 2, 3, 4],
        level_of_measurement=lambda v1, v2, **_: np.sin(np.pi * (v1 - v2) / 4) ** 2,
    )
    mine = ag.alpha(from_matrix(matrix, labels=LEVELS), metric="circular", period=4, rounds=0).value
    assert mine == pytest.approx(theirs, abs=1e-12)


def test_fleiss_by_alpha_of_complete_data():
    matrix = random_matrix(6, units=30, missing=0.0)
    theirs = krippendorff.alpha(reliability_data=np.array(matrix, dtype=float), level_of_measurement="nominal")
    n = 30 * 4
    mine = ag.fleiss(from_matrix(matrix, labels=LEVELS), rounds=0).value
    assert mine == pytest.approx(1 - (1 - theirs) * n / (n - 1), abs=1e-12)


def test_two_raters_by_accuracy():
    matrix = random_matrix(7, units=50, raters=2, missing=0.0)
    j, same = from_matrix(matrix, labels=LEVELS), accuracy_score(*matrix)
    assert ag.percent_agreement(j, rounds=0).value == pytest.approx(same)
    assert ag.free_marginal(j, rounds=0).value == pytest.approx((same - 1 / 4) / (1 - 1 / 4))
    share = pd.Series(np.concatenate(matrix)).value_counts(normalize=True)
    chance = float((share * (1 - share)).sum() / 3)
    assert ag.ac1(j, rounds=0).value == pytest.approx((same - chance) / (1 - chance))


def test_icc_by_one_way_analysis_of_variance():
    rng = np.random.default_rng(0)
    block = rng.normal(size=(20, 1)) + rng.normal(size=(20, 4))
    rows = [(f"u{i}", f"r{r}", [np.float32(x)]) for i, line in enumerate(block) for r, x in enumerate(line)]
    j = Judgments.from_ratings(rows, kind=Kind.DIMENSION, labels=["V"])
    f = stats.f_oneway(*block.astype(np.float32).astype(float)).statistic
    assert ag.icc(j, "1")["V"].value == pytest.approx((f - 1) / (f + 3), abs=1e-9)
    assert ag.icc(j, "1,k")["V"].value == pytest.approx(1 - 1 / f, abs=1e-9)


def test_concordance_is_correlation_times_accuracy():
    """Lin's own split: Pearson's r times the bias correction factor."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=40)
    y = 0.7 * x + rng.normal(0.4, 0.5, 40)
    v, u = x.std() / y.std(), (x.mean() - y.mean()) / np.sqrt(x.std() * y.std())
    assert ag.ccc(x, y) == pytest.approx(stats.pearsonr(x, y).statistic * 2 / (v + 1 / v + u * u))


@pytest.mark.parametrize(
    ("kind", "mine", "how"),
    [
        (Kind.SINGLE, agg.vote_distribution, "mean"),
        (Kind.SET, agg.vote_proportions, "mean"),
        (Kind.INTENSITY, agg.intensity_mean, "mean"),
        (Kind.DIMENSION, agg.dimension_mean, "mean"),
        (Kind.DIMENSION, agg.dimension_median, "median"),
    ],
)
def test_aggregates_by_pandas(kind, mine, how):
    j = made(kind)
    assert mine(j).values == pytest.approx(by_item(j, how), abs=1e-5)
    if mine is not agg.dimension_median:
        assert mine(j).spread == pytest.approx(by_item(j, lambda x: x.std(ddof=0)), abs=1e-5)


def test_entropy_by_scipy():
    j = made(Kind.SINGLE)
    soft = agg.vote_distribution(j)
    assert soft.entropy == pytest.approx(stats.entropy(soft.values, base=2, axis=1))
    sets = agg.vote_proportions(made(Kind.SET))
    binary = stats.entropy(np.stack([sets.values, 1 - sets.values]), base=2, axis=0).sum(axis=1)
    assert sets.entropy == pytest.approx(binary)


def test_z_scores_and_weights_by_pandas():
    j = made(Kind.DIMENSION)
    table = frame(j)
    own = table.groupby(["rater", "label"])["value"]
    every = table.groupby("label")["value"]
    z = (table["value"] - own.transform("mean")) / own.transform(lambda x: x.std(ddof=0))
    table["moved"] = every.transform("mean") + every.transform(lambda x: x.std(ddof=0)) * z
    expected = table.groupby(["item", "label"])["moved"].mean().unstack()
    shown = expected.loc[j.items.to_pylist(), list(j.labels)].to_numpy()
    assert agg.z_scored(j).soft.values == pytest.approx(shown, abs=1e-5)
    sums = table.groupby(["item", "label"])["value"].agg(["sum", "count"])
    table = table.join(sums, on=["item", "label"])
    table["rest"] = (table["sum"] - table["value"]) / (table["count"] - 1)
    weight = table.groupby(["rater", "label"])[["value", "rest"]].apply(lambda t: max(t["value"].corr(t["rest"]), 0.0))
    found = agg.evaluator_weighted(j)
    assert found.weight == pytest.approx(
        weight.unstack().loc[found.raters.to_pylist(), list(j.labels)].to_numpy(), abs=1e-5
    )


def test_dirichlet_by_scipy():
    j = made(Kind.SINGLE)
    found, counts = agg.dirichlet_smoothed(j, strength=2.0, base="uniform"), j.counts()[0]
    for i in range(5):
        posterior = stats.dirichlet(counts[i] + 2 / 3)
        assert found.soft.values[i] == pytest.approx(posterior.mean())
        assert found.soft.spread[i] == pytest.approx(np.sqrt(posterior.var()))
        drawn = posterior.rvs(40_000, random_state=0)
        assert found.low[i] == pytest.approx(np.quantile(drawn, 0.025, axis=0), abs=0.01)
        assert found.high[i] == pytest.approx(np.quantile(drawn, 0.975, axis=0), abs=0.01)


def test_agreement_with_others_by_a_merge():
    j = made(Kind.SINGLE)
    said = frame(j).query("value > 0")
    pairs = said.merge(said, on="item").query("rater_x != rater_y")
    pairs["same"] = pairs["label_x"] == pairs["label_y"]
    shares = pairs.groupby(["rater_x", "item"])["same"].mean().groupby("rater_x")
    for figure in rt.agreement_with_others(j):
        assert figure.value == pytest.approx(shares.mean()[figure.rater])
        error = shares.sem()[figure.rater]
        assert figure.high - figure.value == pytest.approx(stats.norm.isf(0.025) * error)


def test_disagreement_by_pairwise_distances():
    j = made(Kind.DIMENSION)
    score, _ = rt.disagreement(j)
    for i in range(len(j.items)):
        assert score[i] == pytest.approx(pdist(j.values[j.item == i].astype(float), "sqeuclidean").mean(), rel=1e-4)


def test_label_set_by_principal_components():
    j = made(Kind.SET)
    shares = by_item(j, "mean")
    found = rt.label_set(j)
    standard = (shares - shares.mean(axis=0)) / shares.std(axis=0)
    variance = PCA().fit(standard).explained_variance_
    assert found.eigenvalues == pytest.approx(variance * (len(shares) - 1) / len(shares))
    assert found.correlation == pytest.approx(pd.DataFrame(shares).corr().to_numpy())
    marks = frame(j).groupby("label")["value"].sum()
    assert found.effective == pytest.approx(np.exp(stats.entropy(marks)))


def test_cooccurrence_and_confusion_by_products():
    sets = made(Kind.SET)
    marks = sets.marks().astype(float)
    assert rt.cooccurrence(sets) == pytest.approx(marks.T @ marks)
    matrix = random_matrix(2, units=30)
    table = rt.confusion(from_matrix(matrix, labels=LEVELS))
    n = table.sum(axis=1)
    alpha = 1 - (1 - np.trace(table) / n.sum()) / (1 - (n @ (n - 1)) / (n.sum() * (n.sum() - 1)))
    grid = np.array([[np.nan if x is None else x for x in line] for line in matrix], dtype=float)
    assert alpha == pytest.approx(krippendorff.alpha(reliability_data=grid, level_of_measurement="nominal"), abs=1e-12)


def test_drift_by_pandas():
    j = made(Kind.SINGLE)
    at = np.arange(len(j), dtype=float)
    for found in rt.drift(j, at):
        r = j.raters.to_pylist().index(found.rater)
        own = np.flatnonzero(j.rater == r)
        share = []
        for row in own:
            others = j.label[(j.item == j.item[row]) & (j.rater != r)]
            share.append((others == j.label[row]).mean())
        assert found.tau == pytest.approx(pd.Series(at[own]).corr(pd.Series(share), method="kendall"))


def test_gold_accuracy_by_scikit_learn():
    j = made(Kind.SINGLE)
    key = {f"u{i}": LABELS[i % 3] for i in range(40)}
    gold = Judgments.from_ratings([(u, "gold", x) for u, x in key.items()], kind=Kind.SINGLE, labels=LABELS)
    said = frame(j).query("value > 0")
    for figure in rt.gold_accuracy(j, gold):
        own = said[said["rater"] == figure.rater]
        assert figure.value == pytest.approx(accuracy_score([key[u] for u in own["item"]], own["label"]))
        z, n, p = stats.norm.isf(0.025), figure.items, figure.value
        center, reach = (p + z * z / (2 * n)) / (1 + z * z / n), z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        assert (figure.low, figure.high) == pytest.approx(
            (center - reach / (1 + z * z / n), center + reach / (1 + z * z / n))
        )


def test_vote_scores_by_scikit_learn():
    j, said = made(Kind.SINGLE), model()
    p = said.values.astype(float)[[said.items.to_pylist().index(name) for name in j.items.to_pylist()]][j.item]
    p /= p.sum(axis=1, keepdims=True)
    found = ev.vote_scores(j, said, trained_on=[], rounds=0)
    assert found["log loss"].value == pytest.approx(log_loss(j.label, p, labels=[0, 1, 2]) / np.log(2), rel=1e-6)
    assert found["Brier"].value == pytest.approx(mean_squared_error(j.marks().astype(float), p) * 3, rel=1e-6)
