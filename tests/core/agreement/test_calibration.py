"""Calibration over votes, of a calibrated and an overconfident model."""

from __future__ import annotations

import numpy as np
import pytest

from annotation.evaluation import vote_calibration
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind

LABELS = ["a", "b", "c"]


def votes(sharpen, kind, seed=0, items=150, raters=6):
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.ones(3), items)
    rows = []
    for u in range(items):
        for r in range(raters):
            one = LABELS[rng.choice(3, p=p[u])]
            many = [x for x, share in zip(LABELS, p[u], strict=True) if rng.random() < share]
            rows.append((f"u{u}", f"r{r}", one if kind == Kind.SINGLE else many))
    q = p**sharpen / (p**sharpen).sum(axis=1, keepdims=True)
    model = Judgments.from_ratings([(f"u{u}", "m", q[u]) for u in range(items)], kind=Kind.PROBABILITY, labels=LABELS)
    return Judgments.from_ratings(rows, kind=kind, labels=LABELS), model, q


@pytest.mark.parametrize("kind", [Kind.SINGLE, Kind.SET])
def test_calibration_by_bins(kind):
    people, model, q = votes(1.0, kind)
    found = vote_calibration(people, model, trained_on=[], bins=5, rounds=100)
    p, y = q[people.item].ravel(), people.marks().ravel()
    edges = np.quantile(p, [0.2, 0.4, 0.6, 0.8])
    parts = [(p[k], y[k]) for k in (np.digitize(p, edges, right=True) == b for b in range(5))]
    expected = sum(len(a) / len(p) * abs(a.mean() - b.mean()) for a, b in parts)
    assert found.error.value == pytest.approx(expected, abs=1e-3)  # float32 predictions at bin edges
    assert sum(part.votes for part in found.bins) == people.marks().size
    sharp, blunt = (vote_calibration(*votes(s, kind)[:2], trained_on=[], rounds=0).error.value for s in (4.0, 1.0))
    assert blunt < 0.06 < sharp
    assert found.to_dict()["bins"][0]["votes"] > 0


def test_calibration_refuses_items_trained_on():
    people, model, _ = votes(1.0, Kind.SINGLE, items=5)
    with pytest.raises(ChoraleError, match="trained on"):
        vote_calibration(people, model, trained_on=["u1"])
