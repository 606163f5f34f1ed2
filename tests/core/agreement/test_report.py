"""The report that pages show: JSON-ready for every kind, with refusals told and not raised."""

from __future__ import annotations

import json

import numpy as np
import pytest

from annotation.aggregation import plurality
from annotation.agreement_report import model_panel, people_panel
from harmonize.records import Judgments, Kind
from tests.core.agreement.data import from_matrix, random_matrix, random_sets

LEVELS = ["1", "2", "3", "4"]


def kinds():
    rng = np.random.default_rng(0)
    numbers = [(f"u{u}", f"r{r}", rng.integers(1, 6, 2)) for u in range(12) for r in range(3)]
    strengths = [
        (f"u{u}", f"r{r}", {"a": int(rng.integers(1, 4))} if rng.random() < 0.6 else {})
        for u in range(12)
        for r in range(3)
    ]
    return {
        "single": from_matrix(random_matrix(0, units=20), labels=LEVELS),
        "set": random_sets(0, units=20),
        "intensity": Judgments.from_ratings(strengths, kind=Kind.INTENSITY, labels=["a", "b"]),
        "dimension": Judgments.from_ratings(numbers, kind=Kind.DIMENSION, labels=["V", "A"]),
    }


@pytest.mark.parametrize("kind", ["single", "set", "intensity", "dimension"])
def test_people_of_every_kind(kind):
    panel = people_panel(kinds()[kind], rounds=50)
    assert json.loads(json.dumps(panel, allow_nan=False)) == panel
    assert len(panel["coefficients"]) >= 2
    assert panel["hardest"][0]["disagreement"] >= panel["hardest"][-1]["disagreement"]
    assert {r["rater"] for r in panel["raters"]} <= {"o0", "o1", "o2", "o3", "r0", "r1", "r2", "r3"}
    assert ("confusion" in panel) == (kind == "single")
    assert ("cooccurrence" in panel) == (kind in ("set", "intensity"))


def test_unknown_raters_are_told():
    j = from_matrix(random_matrix(0, units=20), labels=LEVELS)
    j.rater[:] = -1
    panel = people_panel(j, rounds=0)
    assert "no rater ids" in panel["raters"]["refused"]
    assert panel["coefficients"][1]["value"] is not None  # alpha needs none
    numbers = kinds()["dimension"]
    numbers.rater[:] = -1
    assert "no rater ids" in people_panel(numbers, rounds=0)["raters"]["refused"]


def test_a_model_beside_people():
    people = from_matrix(random_matrix(1, units=50, missing=0.0), labels=LEVELS)
    rng = np.random.default_rng(0)
    rows = [(f"u{u}", "m", rng.dirichlet(np.ones(4))) for u in range(50)]
    model = Judgments.from_ratings(rows, kind=Kind.PROBABILITY, labels=LEVELS)
    panel = model_panel(people, model, trained_on=[], rounds=50)
    assert json.loads(json.dumps(panel, allow_nan=False)) == panel
    assert panel["alternative_test"]["testable"]
    assert {s["label"] for s in panel["standings"]} == set(LEVELS)
    assert panel["divergence"]["people"]["value"] < panel["divergence"]["model_sampled"]["value"]
    truth = plurality(people)
    right = [
        truth.present[i, int(np.argmax(rows[int(u[1:])][2]))]
        for i, u in enumerate(truth.items.to_pylist())
        if truth.decided[i]
    ]
    assert panel["scores"]["overall"]["micro F1"]["value"] == pytest.approx(np.mean(right))
    refused = model_panel(people, model, trained_on=["u7"], rounds=0)
    assert all("trained on" in part["refused"] for part in refused.values())
