"""A model beside people: pairs by hand, refusals of circular figures, folds."""

from __future__ import annotations

import krippendorff
import numpy as np
import pytest

from annotation.agreement import hard, model_against_people
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind
from tests.core.agreement.data import from_matrix, random_matrix, random_sets

LEVELS = ["1", "2", "3", "4"]


def model_of(answers, kind=Kind.SINGLE, labels=LEVELS, name="m"):
    return Judgments.from_ratings([(item, name, x) for item, x in answers.items()], kind=kind, labels=labels)


def test_pairs_by_hand():
    matrix = random_matrix(0, units=20)
    rng = np.random.default_rng(1)
    answers = {f"u{u}": str(rng.integers(1, 5)) for u in range(15)}
    found = model_against_people(from_matrix(matrix, labels=LEVELS), model_of(answers), trained_on=[])
    mine = [(u, x) for line in matrix for u, x in enumerate(line) if x is not None and u < 15]
    pairs = np.array([[float(answers[f"u{u}"]), float(x)] for u, x in mine])
    assert found.model_person.value == pytest.approx(
        krippendorff.alpha(reliability_data=pairs.T, level_of_measurement="nominal"), abs=1e-12
    )
    people = [
        (float(matrix[a][u]), float(matrix[b][u]))
        for u in range(15)
        for a in range(4)
        for b in range(a)
        if matrix[a][u] is not None and matrix[b][u] is not None
    ]
    assert found.person_person.value == pytest.approx(
        krippendorff.alpha(reliability_data=np.array(people).T, level_of_measurement="nominal"), abs=1e-12
    )
    assert found.people.value is not None
    assert found.to_dict()["items"] == found.items


def test_probabilities_are_hardened():
    j = Judgments.from_ratings([("a", "m", [0.6, 0.55, 0.1])], kind=Kind.PROBABILITY, labels=["x", "y", "z"])
    assert hard(j, kind=Kind.SET, threshold=0.5).marks().tolist() == [[True, True, False]]
    assert hard(j, kind=Kind.SET, threshold=0.9).marks().tolist() == [[True, False, False]]
    assert hard(j, kind=Kind.SINGLE).marks().tolist() == [[True, False, False]]
    people = random_sets(1, labels=("x", "y", "z"))
    rows = [(f"u{u}", "m", np.random.default_rng(u).random(3)) for u in range(10)]
    found = model_against_people(
        people, Judgments.from_ratings(rows, kind=Kind.PROBABILITY, labels=["x", "y", "z"]), trained_on=()
    )
    assert set(found.by_label) == {"x", "y", "z"}
    assert found.model_person.low is not None


def test_items_trained_on_are_refused():
    people = from_matrix(random_matrix(0), labels=LEVELS)
    model = model_of({"u0": "1", "u1": "2"})
    with pytest.raises(ChoraleError, match="trained on 1 of the items") as caught:
        model_against_people(people, model, trained_on=["u1", "elsewhere"])
    assert caught.value.code == "trained-on-items"


def test_folds_are_held_to_their_own_items():
    people = from_matrix(random_matrix(0), labels=LEVELS)
    rows = [("u0", "fold1", "1"), ("u1", "fold1", "2"), ("u2", "fold2", "2"), ("u3", "fold2", "1")]
    model = Judgments.from_ratings(rows, kind=Kind.SINGLE, labels=LEVELS)
    seen = {"fold1": ["u2", "u3"], "fold2": ["u0", "u1"]}
    assert model_against_people(people, model, trained_on=seen).items == 4
    with pytest.raises(ChoraleError, match="trained on"):
        model_against_people(people, model, trained_on={"fold1": ["u2"], "fold2": ["u2"]})
    with pytest.raises(ChoraleError, match="Nothing says"):
        model_against_people(people, model, trained_on={"fold1": []})


def test_no_shared_items_is_undefined():
    found = model_against_people(from_matrix(random_matrix(0), labels=LEVELS), model_of({"zz": "1"}), trained_on=[])
    assert found.items == 0
    assert found.model_person.value is None
    assert found.model_person.reason


def test_model_that_judges_twice_or_under_another_scheme_is_refused():
    people = from_matrix(random_matrix(0), labels=LEVELS)
    rows = [("u0", "a", "1"), ("u0", "b", "1")]
    with pytest.raises(ChoraleError, match="twice"):
        model_against_people(people, Judgments.from_ratings(rows, kind=Kind.SINGLE, labels=LEVELS), trained_on=[])
    with pytest.raises(ChoraleError, match="different schemes"):
        model_against_people(people, model_of({"u0": "x"}, labels=["x"]), trained_on=[])


def test_dimensions():
    rng = np.random.default_rng(5)
    people = [(f"u{u}", f"r{r}", rng.integers(1, 6, 2)) for u in range(8) for r in range(3)]
    model = {f"u{u}": rng.random(2) * 5 for u in range(8)}
    j = Judgments.from_ratings(people, kind=Kind.DIMENSION, labels=["V", "A"])
    found = model_against_people(j, model_of(model, Kind.DIMENSION, ["V", "A"]), trained_on=[])
    data = np.array([[float(np.float32(model[item][0])), float(x[0])] for item, _, x in people])
    theirs = krippendorff.alpha(reliability_data=data.T, level_of_measurement="interval")
    assert found.by_label["V"].value == pytest.approx(theirs, abs=1e-12)
    assert "dimension by dimension" in found.model_person.reason
