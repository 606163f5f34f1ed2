"""Calibration maps recover a known distortion on items they were not fitted on, and name those they were."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax

from annotation.model_raters.calibration import calibrate, reliability, worse
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind

LABELS = ("a", "b", "c")


def scene(kind: Kind, sharpness: float, n: int = 600) -> tuple[Judgments, Judgments]:
    """Five votes an item drawn from a truth, and a model that says the truth with its logits multiplied."""
    random = np.random.default_rng(4)
    logits = random.normal(0, 1.2, (n, 3))
    truth = softmax(logits, axis=1) if kind == Kind.SINGLE else 1 / (1 + np.exp(-logits))
    said = softmax(sharpness * logits, axis=1) if kind == Kind.SINGLE else 1 / (1 + np.exp(-sharpness * logits))
    votes = []
    for item in range(n):
        for rater in range(5):
            if kind == Kind.SINGLE:
                answer = LABELS[random.choice(3, p=truth[item])]
            else:
                answer = [name for name, p in zip(LABELS, truth[item], strict=True) if random.random() < p]
            votes.append((f"i{item}", f"r{rater}", answer))
    people = Judgments.from_ratings(votes, kind=kind, labels=LABELS)
    told = [(f"i{item}", "m", said[item]) for item in range(n)]
    return people, Judgments.from_ratings(told, kind=Kind.PROBABILITY, labels=LABELS)


@pytest.mark.parametrize("kind", [Kind.SINGLE, Kind.SET])
@pytest.mark.parametrize("sharpness", [0.5, 3.0])
def test_temperature_recovers_the_distortion(kind: Kind, sharpness: float) -> None:
    report = calibrate(*scene(kind, sharpness), rounds=50)
    assert report.map.temperature == pytest.approx(sharpness, rel=0.15)
    assert report.after["log loss"]["value"] < report.before["log loss"]["value"]
    assert report.after["reliability"]["ece"] < 0.5 * report.before["reliability"]["ece"]


@pytest.mark.parametrize("kind", [Kind.SINGLE, Kind.SET])
def test_isotonic_maps_rise_and_calibrate(kind: Kind) -> None:
    people, model = scene(kind, 3.0)
    report = calibrate(people, model, method="isotonic", rounds=50)
    for knots in report.map.knots:
        levels = [to for _, to in knots]
        assert levels == sorted(levels)
    assert report.after["reliability"]["ece"] < 0.5 * report.before["reliability"]["ece"]
    mapped = report.map.apply(model).values
    assert ((mapped >= 0) & (mapped <= 1)).all()
    if kind == Kind.SINGLE:
        assert np.allclose(mapped.sum(axis=1), 1, atol=1e-4)


def test_a_map_that_does_harm_is_told() -> None:
    """Step functions fitted on few votes say never and are wrong."""
    steps = calibrate(*scene(Kind.SET, 1.0, n=60), method="isotonic", rounds=10)
    one = calibrate(*scene(Kind.SET, 3.0), rounds=10)
    assert steps.after["log loss"]["value"] > steps.before["log loss"]["value"] + 0.01
    assert "log loss" in worse(steps.before, steps.after)
    assert worse(one.before, one.after) == ()
    assert worse(steps.before, steps.before) == ()


def test_a_calibrated_rater_is_not_compared_on_the_items_of_its_map() -> None:
    people, model = scene(Kind.SINGLE, 3.0)
    report = calibrate(people, model, rounds=10)
    fitted = set(report.map.fitted_on)
    assert 200 < len(fitted) < 400
    assert report.items == 600 - len(fitted)
    with pytest.raises(ChoraleError) as refused:
        calibrate(people, report.map.apply(model), trained_on=frozenset(fitted))
    assert refused.value.code == "trained-on-items"


def test_group_mates_stay_in_one_half() -> None:
    people, model = scene(Kind.SINGLE, 3.0)
    groups = {f"i{n}": f"g{n // 6}" for n in range(600)}
    fitted = set(calibrate(people, model, groups=groups, rounds=10).map.fitted_on)
    for start in range(0, 600, 6):
        assert len({f"i{n}" in fitted for n in range(start, start + 6)}) == 1


def test_reliability_by_hand() -> None:
    votes = [("x", "r1", "a"), ("x", "r2", "a"), ("x", "r3", "b"), ("x", "r4", "a")]
    people = Judgments.from_ratings(votes, kind=Kind.SINGLE, labels=("a", "b"))
    model = Judgments.from_ratings([("x", "m", [0.65, 0.35])], kind=Kind.PROBABILITY, labels=("a", "b"))
    found = reliability(people, model)
    assert found["events"] == 8
    assert found["ece"] == pytest.approx(0.10)  # .65 against .75 and .35 against .25
    assert [(round(b["said"], 2), b["seen"]) for b in found["bins"]] == [(0.35, 0.25), (0.65, 0.75)]


def test_few_items_and_unknown_methods_are_refused() -> None:
    people, model = scene(Kind.SINGLE, 1.0, n=30)
    with pytest.raises(ChoraleError, match="too few"):
        calibrate(people, model)
    with pytest.raises(ChoraleError, match="temperature"):
        calibrate(people, model, method="wish")
