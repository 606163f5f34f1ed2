"""Agreement before and after a crosswalk: paired, beside random merges, and nothing claimed of a mere renaming."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from annotation.agreement import across_crosswalk, alpha
from harmonize import crosswalks, schemes
from harmonize.crosswalks import Cell, Crosswalk, map_judgments
from harmonize.records import Judgments, Kind
from harmonize.schemes import Scheme

SIX = schemes.load("ekman-6-set")
TONE = Scheme.from_dict({"id": "tone", "version": "1", "title": "T", "kind": "set", "labels": ["good", "bad", "odd"]})
PLACES = {"joy": "good", "surprise": "odd"} | dict.fromkeys(["anger", "disgust", "fear", "sadness"], "bad")
CELLS = tuple(Cell(label, "skos:broadMatch", place, source="a test") for label, place in PLACES.items())
MERGING = Crosswalk("six--tone", "1", SIX.ref, TONE.ref, "", CELLS).bind(SIX, TONE)


def rated(*, near: dict[str, str], seed: int = 0) -> Judgments:
    """Three raters an item, each of whom says a near label for the true one every third time."""
    rng = np.random.default_rng(seed)
    rows = []
    for item in range(200):
        truth = SIX.names[rng.integers(6)]
        for rater in range(3):
            said = near.get(truth, truth) if rng.random() < 1 / 3 else truth
            rows.append((str(item), f"r{rater}", [said]))
    return Judgments.from_ratings(rows, kind=Kind.SET, labels=SIX.names)


def test_merging_what_people_confuse_raises_alpha_beyond_random_merges() -> None:
    confused = {"anger": "disgust", "disgust": "anger", "fear": "sadness", "sadness": "fear"}
    judgments = rated(near=confused)
    found = across_crosswalk(judgments, MERGING, rounds=200, merges=60)
    assert found.before.value == alpha(judgments, rounds=0).value
    assert found.after.value == pytest.approx(alpha(map_judgments(judgments, MERGING), rounds=0).value)
    assert found.before.units == found.after.units == 200
    assert found.change.value is not None
    assert found.change.low is not None
    assert 0 < found.change.low < found.change.value
    assert found.after.observed is not None
    assert found.before.observed is not None
    assert found.after.observed < found.before.observed
    assert len(found.null) == 60
    assert found.p is not None
    assert found.p < 0.1


def test_a_coarser_scheme_does_not_agree_more_by_itself() -> None:
    """SCIENCE rule 8: where people confuse what the map keeps apart, merging the rest lowers alpha."""
    found = across_crosswalk(rated(near={"joy": "surprise", "surprise": "joy", "anger": "joy"}), MERGING, rounds=100)
    assert found.change.value is not None
    assert found.change.value < 0
    assert found.after.observed is not None
    assert found.before.observed is not None
    assert found.after.observed <= found.before.observed, "observed disagreement falls, and chance falls more"
    assert found.p is not None
    assert found.p > 0.3


def test_a_renaming_changes_nothing_and_has_no_null() -> None:
    judgments = rated(near={"anger": "fear"})
    found = across_crosswalk(judgments, crosswalks.load("ekman-6-set--plutchik-8"), rounds=100, merges=20)
    assert found.change.value == pytest.approx(0, abs=1e-12)
    assert (found.null, found.p) == ((), None)


def test_a_map_that_drops_a_label_has_a_null() -> None:
    cells = tuple(replace(c, object=crosswalks.NO_TERM, weight=0.0) if c.subject == "surprise" else c for c in CELLS)
    found = across_crosswalk(rated(near={}), replace(MERGING, cells=cells), rounds=20, merges=10)
    assert len(found.null) == 10
