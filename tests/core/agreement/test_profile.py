"""Whose voice a model resembles: preferences by hand, a model that speaks as one group, groups in a report."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy import stats

from annotation import raters as rt
from annotation.agreement import model_against_people
from annotation.agreement_report import people_panel
from annotation.rater_report import group_differences, rater_flags, rater_pages
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind
from tests.core.agreement.test_any_order import LABELS, made, model, same, sorted_model, turned


def two_groups(seed=0, items=80):
    """r0..r2 say a or b by the item; r3..r5 say c on every other item: two ways to see it."""
    rng = np.random.default_rng(seed)
    rows, opinion = [], []
    for i in range(items):
        first = "ab"[rng.integers(2)]
        second = "c" if i % 2 else first
        opinion.append(second)
        for r in range(6):
            heard = first if r < 3 else second
            rows.append((f"u{i}", f"r{r}", heard if rng.random() < 0.9 else LABELS[rng.integers(3)]))
    people = Judgments.from_ratings(rows, kind=Kind.SINGLE, labels=LABELS)
    said = [(f"u{i}", "m", x) for i, x in enumerate(opinion)]
    return people, Judgments.from_ratings(said, kind=Kind.SINGLE, labels=LABELS)


GROUPS = {f"r{r}": "old" if r < 3 else "young" for r in range(6)}


def test_preference_of_a_model_by_hand():
    people = Judgments.from_ratings(
        [("u", "1", "a"), ("u", "2", "b"), ("v", "1", "a"), ("v", "2", "a"), ("w", "1", "c")],
        kind=Kind.SINGLE,
        labels=LABELS,
    )
    said = Judgments.from_ratings([("u", "m", "b"), ("v", "m", "b")], kind=Kind.SINGLE, labels=LABELS)
    found = rt.model_preference(people, said, trained_on=[])
    assert found.own.tolist() == [[0, 1, 0]]
    assert found.others.tolist() == [[0.75, 0.25, 0]]
    assert found.items.tolist() == [2]
    assert found.z[0, 1] == pytest.approx(0.75 / (np.std([0.5, 1.0], ddof=1) / np.sqrt(2)))
    assert found.z[0, 2] == 0


def test_preference_by_scipy():
    people, said = made(Kind.SET), model()
    found = rt.model_preference(people, said, trained_on=[])
    from annotation.agreement import hard, may_be_empty

    marks = hard(said, kind=Kind.SET, empty=may_be_empty(people)).marks()
    order = [said.items.to_pylist().index(name) for name in people.items.to_pylist()]
    share = np.array([people.marks()[people.item == i].mean(axis=0) for i in range(len(people.items))])
    expected = stats.ttest_1samp(marks[order] - share, 0).statistic
    assert found.z[0] == pytest.approx(expected)


def test_order_says_nothing():
    people = made(Kind.SET)
    other = turned(people)
    one = rt.model_preference(people, sorted_model(people), trained_on=[])
    two = rt.model_preference(other, sorted_model(other), trained_on=[])
    assert same(dict(zip(people.labels, one.z[0], strict=True)), dict(zip(other.labels, two.z[0], strict=True)))


def test_a_model_that_speaks_as_one_group():
    people, said = two_groups()
    found = rt.model_by_group(people, said, GROUPS, trained_on=[], rounds=50)
    assert found["young"].value > found["old"].value + 0.2
    young = people.select(
        np.isin(people.rater, [k for k, n in enumerate(people.raters.to_pylist()) if n in ("r3", "r4", "r5")])
    )
    alone = model_against_people(young, said, trained_on=[], rounds=0).model_person.value
    assert found["young"].value == pytest.approx(alone)


def test_refusals():
    people, said = two_groups(items=10)
    with pytest.raises(ChoraleError, match="trained on"):
        rt.model_preference(people, said, trained_on=["u3"])
    with pytest.raises(ChoraleError, match="share no item"):
        rt.model_preference(people.select(people.item > 90), said, trained_on=[])
    with pytest.raises(ChoraleError, match="no labels to prefer"):
        rt.model_preference(made(Kind.DIMENSION), said, trained_on=[])
    unknown = Judgments(**{**vars(people), "rater": np.full_like(people.rater, -1)})
    with pytest.raises(ChoraleError, match="rater ids"):
        rt.model_by_group(unknown, said, GROUPS, trained_on=[])


def test_groups_that_see_items_differently_stand_in_the_report():
    people, _ = two_groups()
    (row,) = group_differences(people, {"rater age": GROUPS, "rater left": {"r0": "yes"}}, rounds=99)
    assert (row["by"], row["groups"]) == ("rater age", ["old", "young"])
    assert row["gap"]["c"] < -0.3
    assert row["p"] is not None
    json.dumps(row, allow_nan=False)
    alike = {f"r{r}": "x" if r % 2 else "y" for r in range(6)}
    (row,) = group_differences(people, {"rater hand": alike}, rounds=99)
    assert abs(row["gap"]["c"]) < 0.2
    assert row["apart"] == []


@pytest.mark.parametrize("kind", [Kind.SINGLE, Kind.SET, Kind.INTENSITY, Kind.DIMENSION])
def test_pages_and_flags_of_every_kind(kind):
    people = made(kind)
    lead = np.where(people.rater == 0, 0.2, 5.0)
    at = np.arange(len(people), dtype=float)
    pages = rater_pages(people, lead_time=lead, at=at, ranges=[(-2, 4)] * 3)
    assert set(pages) == set(people.raters.to_pylist())
    page = pages["r2"]
    assert page["speed"]["seconds"] == pytest.approx(5.0)
    assert ("scale" in page) == (kind == Kind.DIMENSION)
    assert ("preference" in page) == (kind != Kind.DIMENSION)
    assert ("competence" in page) == (kind != Kind.DIMENSION)
    assert ("confusion" in page) == (kind == Kind.SINGLE)
    fast = [flag for flag in rater_flags(people, lead_time=lead, at=at) if flag["kind"] == "impossible-speed"]
    assert [flag["raters"] for flag in fast] == [["r0"]]
    assert fast[0]["evidence"]["share"] == 1.0


def test_raters_of_strengths_are_held_to_what_they_marked() -> None:
    rng, rows = np.random.default_rng(2), []
    for n in range(60):
        for r in range(4):
            marked = (n % 2 == 0) if rng.random() < (0.95 if r else 0.55) else (n % 2 == 1)
            rows.append((f"i{n}", f"r{r}", {"a": int(rng.integers(1, 4))} if marked else {}))
    people = Judgments.from_ratings(rows, kind=Kind.INTENSITY, labels=["a", "b"])
    gold = Judgments.from_ratings([(f"i{n}", "judge", ["a"] * (n % 2 == 0)) for n in range(60)],
                                  kind=Kind.SET, labels=["a", "b"])  # fmt: skip
    pages = rater_pages(people, gold=gold)
    for figure in ("competence", "gold"):
        assert pages["r0"][figure]["value"] < pages["r1"][figure]["value"] - 0.1
    assert people_panel(people, rounds=10)["human_upper_bound"]["overall"]
