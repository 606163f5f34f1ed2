"""The alternative annotator test by hand, and what it must say of good, bad and untestable models; shared errors."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from annotation.raters import (
    Standing,
    alternative_test,
    alternative_test_by_label,
    shared_errors,
    stand_in_by_label,
)
from annotation.raters.stand_in import benjamini_yekutieli
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind
from tests.core.agreement.data import from_matrix, random_sets

LEVELS = ["1", "2", "3", "4"]


def crowd(seed=0, people=5, items=60, keep=0.7):
    rng = np.random.default_rng(seed)
    truth = rng.integers(1, 5, items)
    return truth, np.where(rng.random((people, items)) < keep, truth, rng.integers(1, 5, (people, items)))


def model_of(answers, name="m"):
    rows = [(f"u{u}", name, str(x)) for u, x in enumerate(answers)]
    return Judgments.from_ratings(rows, kind=Kind.SINGLE, labels=LEVELS)


def judged(answers):
    return from_matrix(answers.tolist(), labels=LEVELS)


def test_single_choice_by_hand():
    truth, answers = crowd(1)
    rng = np.random.default_rng(2)
    guess = np.where(rng.random(60) < 0.6, truth, rng.integers(1, 5, 60))
    found = alternative_test(judged(answers), model_of(guess), trained_on=[], raters="skilled")
    p, wins = [], []
    for r in range(5):
        rest = np.delete(answers, r, axis=0)
        model, person = (rest == guess).mean(axis=0), (rest == answers[r]).mean(axis=0)
        gap = (person >= model - 1e-12).astype(float) - (model >= person - 1e-12)
        p.append(stats.ttest_1samp(gap, 0.15, alternative="less").pvalue)
        wins.append((model >= person - 1e-12).mean())
    assert [t.p for t in found.raters] == pytest.approx(p)
    assert [t.model for t in found.raters] == pytest.approx(wins)
    assert found.advantage == pytest.approx(np.mean(wins))
    assert found.winning_rate == pytest.approx(np.mean(stats.false_discovery_control(p, method="by") <= 0.05))


def test_good_and_bad_models():
    truth, answers = crowd(3)
    assert alternative_test(judged(answers), model_of(truth), trained_on=[]).passes
    rng = np.random.default_rng(0)
    bad = alternative_test(judged(answers), model_of(rng.integers(1, 5, 60)), trained_on=[])
    assert bad.testable
    assert not bad.passes
    assert bad.winning_rate == 0


def test_too_little_is_not_testable():
    truth, answers = crowd(4)
    two = alternative_test(judged(answers[:2]), model_of(truth), trained_on=[])
    assert not two.testable
    assert two.winning_rate is None
    assert "3 raters" in two.reason
    few = alternative_test(judged(answers[:, :20]), model_of(truth), trained_on=[])
    assert not few.testable
    allowed = alternative_test(judged(answers[:, :20]), model_of(truth), trained_on=[], least_items=10)  # Wilcoxon
    assert allowed.testable


def test_items_trained_on_are_refused():
    truth, answers = crowd(5)
    with pytest.raises(ChoraleError, match="trained on"):
        alternative_test(judged(answers), model_of(truth), trained_on=["u3"])
    with pytest.raises(ChoraleError, match="epsilon"):
        alternative_test(judged(answers), model_of(truth), trained_on=[], raters="anybody")


def test_sets_by_hand():
    people = random_sets(6, units=40, raters=4)
    rng = np.random.default_rng(1)
    guess = {f"u{u}": [x for x in "abcd" if rng.random() < 0.4] for u in range(40)}
    model = Judgments.from_ratings([(u, "m", x) for u, x in guess.items()], kind=Kind.SET, labels=tuple("abcd"))
    found = alternative_test(people, model, trained_on=[], least_items=5)

    def similar(a, b):
        return len(a & b) / len(a | b) if a | b else 1.0

    marks = {}
    for row, dense in enumerate(people.marks()):
        item, rater = people.items[int(people.item[row])].as_py(), int(people.rater[row])
        marks.setdefault(item, {})[rater] = {x for x, m in zip("abcd", dense, strict=True) if m}
    for trial in found.raters:
        r, ahead = people.raters.to_pylist().index(trial.rater), []
        for item, given in marks.items():
            rest = [x for who, x in given.items() if who != r]
            if r in given and rest:
                mine = np.mean([similar(given[r], x) for x in rest])
                ahead.append(np.mean([similar(set(guess[item]), x) for x in rest]) >= mine - 1e-12)
        assert trial.model == pytest.approx(np.mean(ahead))
        assert trial.items == len(ahead)


def test_numbers_by_hand():
    rng = np.random.default_rng(7)
    truth = rng.normal(5, 1, 40)
    block = (truth + rng.normal(0, 0.8, (4, 40))).astype(np.float32)
    guess = (truth + rng.normal(0, 0.2, 40)).astype(np.float32)
    people = Judgments.from_ratings(
        [(f"u{u}", f"r{r}", [block[r, u]]) for u in range(40) for r in range(4)], kind=Kind.DIMENSION, labels=["V"]
    )
    model = Judgments.from_ratings([(f"u{u}", "m", [guess[u]]) for u in range(40)], kind=Kind.DIMENSION, labels=["V"])
    found = alternative_test(people, model, trained_on=[])
    rest = np.delete(block.astype(float), 0, axis=0)
    near = [np.sqrt(((rest - x) ** 2).mean(axis=0)) for x in (guess.astype(float), block[0].astype(float))]
    assert found.raters[0].model == pytest.approx((near[0] <= near[1]).mean())
    assert found.passes


def test_verdicts_by_label():
    rng = np.random.default_rng(8)
    rows, guess = [], []
    for u in range(120):
        x, y, z = rng.random(3) < 0.4
        for r in range(5):
            said = [rng.random() < 0.85 if t else rng.random() < 0.1 for t in (x, y, z)]
            rows.append((f"u{u}", f"r{r}", [k for k, m in zip("xyz", said, strict=True) if m]))
        weak = y if rng.random() < 0.5 else rng.random() < 0.4
        guess.append((f"u{u}", "m", [k for k, m in zip("xyz", (x, weak, rng.random() < 0.5), strict=True) if m]))
    people = Judgments.from_ratings(rows, kind=Kind.SET, labels=["x", "y", "z", "unused"])
    model = Judgments.from_ratings(guess, kind=Kind.SET, labels=["x", "y", "z", "unused"])
    found = {v.label: v.standing for v in stand_in_by_label(people, model, trained_on=[])}
    assert found == {
        "x": Standing.STAND_IN,
        "y": Standing.ASSIST,
        "z": Standing.NOT,
        "unused": Standing.UNTESTABLE,
    }
    tests = alternative_test_by_label(people, model, trained_on=[])
    p = np.array([t.p for test in tests for t in test.raters])
    wins = [t.wins for test in tests for t in test.raters]
    assert wins == (stats.false_discovery_control(p, method="by") <= 0.05).tolist()  # over raters and labels together


@pytest.mark.parametrize("seed", range(4))
def test_benjamini_yekutieli_as_scipy(seed):
    p = np.random.default_rng(seed).beta(0.3, 3, 12)
    assert benjamini_yekutieli(p).tolist() == (stats.false_discovery_control(p, method="by") <= 0.05).tolist()


def test_errors_in_common():
    truth, _ = crowd(9, items=200)
    people = judged(np.stack([truth] * 3))
    rng = np.random.default_rng(3)
    wrong = rng.random(200) < 0.3
    one = np.where(wrong, truth % 4 + 1, truth)
    apart = np.where(rng.random(200) < 0.3, truth % 4 + 1, truth)
    models = {"a": model_of(one), "twin": model_of(one), "apart": model_of(apart)}
    found = {pair.models: pair for pair in shared_errors(people, models, trained_on={m: [] for m in models})}
    twin, other = found[("a", "twin")], found[("a", "apart")]
    assert twin.phi == pytest.approx(1)
    assert twin.same == 1
    assert twin.both == pytest.approx(wrong.mean())
    assert abs(other.phi) < 0.2
    assert other.both == pytest.approx(other.expected, abs=0.05)
    perfect = shared_errors(people, {"a": model_of(one), "b": model_of(truth)}, trained_on={"a": [], "b": []})[0]
    assert perfect.phi is None
    assert "always right" in perfect.reason


def test_a_rare_label_never_marked_does_not_stand_in():
    rng = np.random.default_rng(9)
    rows, guess = [], []
    for u in range(200):
        rare = u % 40 == 0
        rows += [(f"u{u}", f"r{r}", ["rare"] if rare and rng.random() < 0.8 else []) for r in range(4)]
        guess.append((f"u{u}", "m", ["rare"] if u % 40 == 7 else []))
    people = Judgments.from_ratings(rows, kind=Kind.SET, labels=["rare"])
    model = Judgments.from_ratings(guess, kind=Kind.SET, labels=["rare"])
    (verdict,) = stand_in_by_label(people, model, trained_on=[])
    assert verdict.test.passes  # hardly ever does anybody mark it, so the model is hardly ever wrong
    assert verdict.standing == Standing.NOT
