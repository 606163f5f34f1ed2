"""The evaluation harness: scikit-learn, SciPy and linear programming as oracles; refusals."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats
from scipy.optimize import linprog
from sklearn.metrics import (
    accuracy_score,
    f1_score,
    jaccard_score,
    precision_score,
    roc_auc_score,
    top_k_accuracy_score,
)

from annotation import aggregation as agg
from annotation import evaluation as ev
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind, Semantics, SoftLabels

LABELS = ("a", "b", "c", "d")


def judged(answers, kind=Kind.SINGLE, name="m", labels=LABELS):
    return Judgments.from_ratings([(f"u{u}", name, x) for u, x in enumerate(answers)], kind=kind, labels=labels)


def truth_of(answers, kind=Kind.SINGLE):
    j = judged(answers, kind, "gold")
    return agg.plurality(j) if kind == Kind.SINGLE else agg.majority(j)


def choices(seed, size=80):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, size)  # label d occurs in neither
    guess = np.where(rng.random(size) < 0.6, truth, rng.integers(0, 3, size))
    return truth, guess


@pytest.mark.parametrize("seed", range(3))
def test_single_labels_as_scikit_learn(seed):
    truth, guess = choices(seed)
    named = [[LABELS[k] for k in x] for x in (truth, guess)]
    found = ev.score_labels(truth_of(named[0]), judged(named[1]), trained_on=[], wheel=[0, 90, 180, 270])
    overall = {name: figure.value for name, figure in found.overall.items()}
    assert overall["macro F1"] == pytest.approx(f1_score(truth, guess, average="macro"))
    assert overall["micro F1"] == overall["exact match"] == pytest.approx(accuracy_score(truth, guess))
    steps = np.abs(truth - guess)
    assert overall["wheel distance"] == pytest.approx((np.minimum(steps, 4 - steps) * 90 / 180).mean())
    f1 = f1_score(truth, guess, average=None, labels=[0, 1, 2])
    assert [found.per_class[x]["F1"].value for x in "abc"] == pytest.approx(f1)
    precision = precision_score(truth, guess, average=None, labels=[0, 1, 2])
    assert [found.per_class[x]["precision"].value for x in "abc"] == pytest.approx(precision)
    assert found.per_class["d"]["F1"].value is None
    assert found.overall["macro F1"].low < overall["macro F1"] < found.overall["macro F1"].high


@pytest.mark.parametrize("seed", range(3))
def test_sets_as_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    truth = rng.random((60, 4)) < 0.4
    guess = np.where(rng.random((60, 4)) < 0.7, truth, rng.random((60, 4)) < 0.4)
    named = [[[x for x, m in zip(LABELS, row, strict=True) if m] for row in marks] for marks in (truth, guess)]
    found = ev.score_labels(truth_of(named[0], Kind.SET), judged(named[1], Kind.SET), trained_on=[]).overall
    assert found["macro F1"].value == pytest.approx(f1_score(truth, guess, average="macro"))
    assert found["micro F1"].value == pytest.approx(f1_score(truth, guess, average="micro"))
    assert found["exact match"].value == pytest.approx(accuracy_score(truth, guess))
    assert found["set overlap"].value == pytest.approx(
        jaccard_score(truth, guess, average="samples", zero_division=1.0)
    )


def test_groups_are_scored_apart():
    truth, guess = choices(4)
    named = [[LABELS[k] for k in x] for x in (truth, guess)]
    languages = ["de" if u < 30 else "en" for u in range(80)]
    found = ev.score_labels(truth_of(named[0]), judged(named[1]), trained_on=[], groups=languages)
    assert set(found.groups) == {"de", "en"}
    assert found.groups["de"]["exact match"].value == pytest.approx((truth == guess)[:30].mean())
    assert found.groups["de"]["exact match"].units == 30
    assert found.to_dict()["groups"]["en"]["micro F1"]["value"] == pytest.approx((truth == guess)[30:].mean())


def test_plausible_answers():
    rows = [("x", "1", "a"), ("x", "2", "a"), ("x", "3", "b"), ("y", "1", "c"), ("y", "2", "c"), ("y", "3", "c")]
    people = Judgments.from_ratings(rows, kind=Kind.SINGLE, labels=LABELS)
    guess = Judgments.from_ratings([("x", "m", "b"), ("y", "m", "a")], kind=Kind.SINGLE, labels=LABELS)
    found = ev.plausible(people, guess, trained_on=[])
    assert found["plausible"].value == pytest.approx(1 / 2)  # b was said by a third of x's raters; a by none of y's
    assert found["covered"].value == pytest.approx(1 / 3)
    assert ev.plausible(people, guess, trained_on=[], least=0.5)["plausible"].value == 0


def test_numbers_as_scipy():
    rng = np.random.default_rng(1)
    x = rng.normal(5, 1, 70).astype(np.float32)
    y = (x + rng.normal(0.3, 0.8, 70)).astype(np.float32)
    truth = agg.dimension_mean(judged([[v] for v in x], Kind.DIMENSION, labels=("V",)))
    found = ev.score_numbers(truth, judged([[v] for v in y], Kind.DIMENSION, labels=("V",)), trained_on=[], rounds=200)
    x, y = x.astype(float), y.astype(float)
    figures = found.per_class["V"]
    assert figures["PCC"].value == pytest.approx(stats.pearsonr(x, y).statistic)
    concord = 2 * np.cov(x, y, ddof=0)[0, 1] / (x.var() + y.var() + (x.mean() - y.mean()) ** 2)
    assert figures["CCC"].value == pytest.approx(concord)
    assert figures["MAE"].value == pytest.approx(np.abs(x - y).mean())
    assert figures["RMSE"].value == pytest.approx(np.sqrt(((x - y) ** 2).mean()))
    assert figures["tau"].value == pytest.approx(stats.kendalltau(x, y).statistic)
    assert all(f.low < f.value < f.high for f in figures.values())
    assert found.overall["CCC"].value == pytest.approx(concord)


def test_ranking_as_scikit_learn():
    rng = np.random.default_rng(2)
    truth = np.concatenate([np.arange(4), rng.integers(0, 4, 76)])
    p = rng.dirichlet(np.ones(4), 80)
    p[np.arange(80), truth] += 0.3
    p = np.round(p / p.sum(axis=1, keepdims=True), 2).astype(np.float32)  # with ties
    found = ev.score_ranking(
        truth_of([LABELS[k] for k in truth]), judged(p, Kind.PROBABILITY), trained_on=[], best=(1, 2)
    )
    for k, name in enumerate(LABELS):
        assert found.per_class[name]["AUC"].value == pytest.approx(roc_auc_score(truth == k, p[:, k]))
    expected = np.mean([roc_auc_score(truth == k, p[:, k]) for k in range(4)])
    assert found.overall["macro AUC"].value == pytest.approx(expected)
    assert found.overall["macro AUC"].low < expected < found.overall["macro AUC"].high
    distinct = p + np.arange(4)[::-1] * 1e-6  # ties by lower code
    assert found.overall["2-best"].value == pytest.approx(top_k_accuracy_score(truth, distinct, k=2))
    assert found.overall["1-best"].value == pytest.approx((distinct.argmax(axis=1) == truth).mean())


def test_delong_error_is_near_the_bootstrap():
    rng = np.random.default_rng(3)
    truth = rng.random(300) < 0.3
    p = np.clip(truth * 0.3 + rng.random(300) * 0.7, 0, 1).astype(np.float32)
    values = np.column_stack([p, 1 - p])
    found = ev.score_ranking(
        agg.plurality(judged(["a" if t else "b" for t in truth], labels=("a", "b"))),
        judged(values, Kind.PROBABILITY, labels=("a", "b")),
        trained_on=[],
    )
    draws = []
    for _ in range(400):
        k = rng.integers(0, 300, 300)
        draws.append(roc_auc_score(truth[k], p[k]))
    assert found.per_class["a"]["AUC"].se == pytest.approx(np.std(draws), rel=0.15)


def soft(values, semantics=Semantics.DISTRIBUTION):
    values = np.asarray(values, dtype=float)
    items = pa.array([f"u{k}" for k in range(len(values))])
    return SoftLabels(semantics, items, LABELS, values, np.full(len(values), 5, np.int32), "made")


def test_distribution_distances_as_scipy():
    rng = np.random.default_rng(5)
    p, q = rng.dirichlet(np.ones(4), 30), rng.dirichlet(np.ones(4), 30)
    found = ev.score_distributions(soft(p), soft(q, Semantics.POSTERIOR), positions=[0, 1, 2, 3]).overall
    from scipy.spatial.distance import jensenshannon

    assert found["JSD"].value == pytest.approx(np.mean(jensenshannon(p, q, base=2, axis=1) ** 2))
    assert found["total variation"].value == pytest.approx(np.abs(p - q).sum(axis=1).mean() / 2)
    assert found["Hellinger"].value == pytest.approx(np.mean(np.sqrt(1 - np.sqrt(p * q).sum(axis=1))))
    pairs = list(zip(p, q, strict=True))
    cross = [stats.entropy(a, base=2) + stats.entropy(a, b, base=2) for a, b in pairs]
    assert found["cross entropy"].value == pytest.approx(np.mean(cross))
    line = [stats.wasserstein_distance(range(4), range(4), a, b) for a, b in zip(p, q, strict=True)]
    assert found["earth mover's"].value == pytest.approx(np.mean(line))


@pytest.mark.parametrize("seed", range(5))
def test_earth_on_a_circle_as_linear_programme(seed):
    rng = np.random.default_rng(seed)
    p, q = rng.dirichlet(np.ones(5)), rng.dirichlet(np.ones(5))
    where = rng.permutation([0.0, 40.0, 100.0, 210.0, 300.0])
    gap = np.abs(where[:, None] - where[None, :])
    cost = np.minimum(gap, 360 - gap)
    rows = [np.kron(np.eye(5)[k], np.ones(5)) for k in range(5)] + [np.kron(np.ones(5), np.eye(5)[k]) for k in range(5)]
    expected = linprog(cost.ravel(), A_eq=np.array(rows), b_eq=np.concatenate([p, q]), method="highs").fun
    assert ev.earth_movers(p[None], q[None], where, 360.0)[0] == pytest.approx(expected)


def test_semantics_are_never_mixed():
    p = soft(np.full((3, 4), 0.25))
    with pytest.raises(ChoraleError, match="not a comparison"):
        ev.score_distributions(soft(p.values, Semantics.POSTERIOR), p)
    with pytest.raises(ChoraleError, match="not a comparison"):
        ev.score_distributions(p, soft(p.values, Semantics.PROPORTIONS))


def test_predictions_trained_on_or_doubled_are_refused():
    truth = truth_of(["a", "b"])
    with pytest.raises(ChoraleError, match="trained on"):
        ev.score_labels(truth, judged(["a", "b"]), trained_on=["u1"])
    rows = [("u0", "m", "a"), ("u0", "n", "b")]
    twice = Judgments.from_ratings(rows, kind=Kind.SINGLE, labels=LABELS)
    with pytest.raises(ChoraleError, match="twice"):
        ev.score_labels(truth, twice, trained_on=[])
    with pytest.raises(ChoraleError, match="different schemes"):
        ev.score_labels(truth, judged(["x"], labels=("x",)), trained_on=[])
    with pytest.raises(ChoraleError, match="group names"):
        ev.score_labels(truth, judged(["a", "b"]), trained_on=[], groups=["one"])


def people_and_model(seed=0, items=60, raters=8, kind=Kind.SINGLE):
    """Raters who draw from each item's own distribution, which is also the model's prediction."""
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.ones(4) * 0.7, items)
    rows = []
    for u in range(items):
        for r in range(raters):
            one = LABELS[rng.choice(4, p=p[u])]
            many = [x for x, share in zip(LABELS, p[u], strict=True) if rng.random() < share]
            rows.append((f"u{u}", f"r{r}", one if kind == Kind.SINGLE else many))
    people = Judgments.from_ratings(rows, kind=kind, labels=LABELS)
    return people, judged(p, Kind.PROBABILITY), p.astype(np.float32).astype(float)


def test_vote_scores_by_hand():
    people, model, p = people_and_model()
    found = ev.vote_scores(people, model, trained_on=[])
    y = people.marks().astype(float)
    own = p[people.item] / p[people.item].sum(axis=1, keepdims=True)
    assert found["Brier"].value == pytest.approx(((own - y) ** 2).sum(axis=1).mean())
    assert found["log loss"].value == pytest.approx(-np.log2(np.maximum((own * y).sum(axis=1), 1e-6)).mean())
    rest = np.array([(y[people.item == i].sum(axis=0) - y[k]) / 7 for k, i in enumerate(people.item)])
    assert found["Brier, other people"].value == pytest.approx(((rest - y) ** 2).sum(axis=1).mean())
    assert found["Brier, base rates"].value == pytest.approx(((y.mean(axis=0) - y) ** 2).sum(axis=1).mean())
    assert found["Brier"].value < found["Brier, other people"].value < found["Brier, base rates"].value
    assert found["Brier"].ratings == 480


def test_vote_scores_of_sets():
    people, model, p = people_and_model(kind=Kind.SET)
    found = ev.vote_scores(people, model, trained_on=[])
    y, own = people.marks().astype(float), p[people.item]
    assert found["Brier"].value == pytest.approx(((own - y) ** 2).mean())


def test_divergence_at_equal_n():
    people, model, _ = people_and_model(1, items=150)
    found = ev.divergence(people, model, trained_on=[], halves=10, rounds=200)
    assert found.n == 4
    # The model is the truth here: its sample is as far from people as other people are, and it itself is nearer.
    assert found.model_sampled.value == pytest.approx(found.people.value, abs=0.03)
    assert found.model.value < found.people.value
    off = judged(np.full((150, 4), 0.25), Kind.PROBABILITY)
    assert ev.divergence(people, off, trained_on=[], halves=5, rounds=0).model_sampled.value > found.people.value + 0.05


def test_divergence_needs_four_votes():
    people, model, _ = people_and_model(2, items=10, raters=3)
    found = ev.divergence(people, model, trained_on=[])
    assert found.people.value is None
    assert found.people.units == 0


def test_broken_probabilities_are_refused():
    people, _, p = people_and_model(3, items=5)
    with pytest.raises(ChoraleError, match="sum to 1"):
        ev.vote_scores(people, judged(p * 0.5, Kind.PROBABILITY), trained_on=[])
    p[0, 0] = np.nan
    with pytest.raises(ChoraleError, match="missing"):
        ev.vote_scores(people, judged(p, Kind.PROBABILITY), trained_on=[])


def test_means_over_dimensions_and_groups_have_intervals():
    rng = np.random.default_rng(6)
    x = rng.normal(3, 1, (90, 2)).astype(np.float32)
    y = (x + rng.normal(0, 0.7, (90, 2))).astype(np.float32)
    y[:9, 1] = np.nan
    truth = agg.dimension_mean(judged(x, Kind.DIMENSION, labels=("V", "A")))
    groups = ["en"] * 45 + ["de"] * 45
    found = ev.score_numbers(
        truth, judged(y, Kind.DIMENSION, labels=("V", "A")), trained_on=[], groups=groups, rounds=200
    )
    for name in ("CCC", "PCC", "MAE", "RMSE", "tau"):
        parts = [found.per_class[label][name].value for label in ("V", "A")]
        assert found.overall[name].value == pytest.approx(np.mean(parts))
        assert found.overall[name].low < found.overall[name].value < found.overall[name].high
        assert found.groups["de"][name].low < found.groups["de"][name].value < found.groups["de"][name].high
    assert (found.per_class["V"]["CCC"].units, found.per_class["A"]["CCC"].units) == (90, 81)
    alone = ev.score_numbers(
        agg.dimension_mean(judged(x[45:], Kind.DIMENSION, labels=("V", "A"))),
        judged(y[45:], Kind.DIMENSION, labels=("V", "A")),
        trained_on=[],
        rounds=0,
    )
    assert found.groups["de"]["CCC"].value == pytest.approx(alone.overall["CCC"].value)


def test_ranking_by_group_is_ranking_of_the_part():
    rng = np.random.default_rng(8)
    truth = np.tile(np.arange(4), 20)
    p = rng.dirichlet(np.ones(4), 80)
    p[np.arange(80), truth] += 0.4
    p = (p / p.sum(axis=1, keepdims=True)).astype(np.float32)
    gold, said = truth_of([LABELS[k] for k in truth]), judged(p, Kind.PROBABILITY)
    whole = ev.score_ranking(gold, said, trained_on=[], groups=["a"] * 40 + ["b"] * 40, rounds=50)
    part = ev.score_ranking(
        truth_of([LABELS[k] for k in truth[:40]]), judged(p[:40], Kind.PROBABILITY), trained_on=[], rounds=50
    )
    assert whole.groups["a"]["macro AUC"].value == pytest.approx(part.overall["macro AUC"].value)
    assert whole.groups["a"]["1-best"].low <= whole.groups["a"]["1-best"].value


def test_gaps_of_each_label():
    rng = np.random.default_rng(9)
    p, q = rng.dirichlet(np.ones(4), 30), rng.dirichlet(np.ones(4), 30)
    found = ev.score_distributions(soft(p), soft(q), rounds=100).per_class
    for k, label in enumerate(LABELS):
        assert found[label]["gap"].value == pytest.approx(np.abs(q - p)[:, k].mean())
        assert found[label]["bias"].value == pytest.approx((q - p)[:, k].mean())
        assert found[label]["gap"].low < found[label]["gap"].value < found[label]["gap"].high
    whole = ev.score_distributions(soft(p), soft(q), rounds=0).overall["total variation"].value
    assert sum(found[label]["gap"].value for label in LABELS) / 2 == pytest.approx(whole)


def test_a_model_that_judges_labels_apart_may_say_nothing_where_people_do():
    truth = truth_of([["a"], [], ["b"], []], Kind.SET)
    apart = judged([[0.9, 0.1, 0, 0], [0.1, 0.2, 0.1, 0], [0.2, 0.8, 0, 0], [0.3, 0.1, 0, 0]], Kind.PROBABILITY)
    assert ev.score_labels(truth, apart, trained_on=[], rounds=0).overall["exact match"].value == 1.0
    one_choice = judged([[0.9, 0.1, 0, 0], [0.4, 0.3, 0.2, 0.1]] * 2, Kind.PROBABILITY)
    found = ev.score_labels(truth, one_choice, trained_on=[], rounds=0)  # a distribution always has a likeliest
    assert found.overall["exact match"].value == 0.25
    never_empty = truth_of([["a"], ["b"], ["b"], ["a"]], Kind.SET)
    scored = ev.score_labels(never_empty, apart, trained_on=[], rounds=0)
    assert scored.overall["exact match"].value == 1.0  # likeliest, as nobody said that nothing applies
