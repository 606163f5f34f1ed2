"""The bake-off ranks a good model above a poor one on the same items, and refuses what was trained on them."""

from __future__ import annotations

import numpy as np
import pytest

from annotation.model_raters.bakeoff import Contender, PerItem, bake_off, common_items
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind

LABELS = ("a", "b", "c")
COUNT = 160


def scene() -> tuple[Judgments, Judgments, Judgments]:
    """Votes of four people, a model near the truth, and one that knows nothing."""
    random = np.random.default_rng(9)
    truth = random.dirichlet([0.4, 0.4, 0.4], COUNT)
    votes = [(f"i{n}", f"r{r}", LABELS[random.choice(3, p=truth[n])]) for n in range(COUNT) for r in range(4)]
    noise = random.dirichlet([1, 1, 1], COUNT)
    people = Judgments.from_ratings(votes, kind=Kind.SINGLE, labels=LABELS)

    def model(p: np.ndarray) -> Judgments:
        return Judgments.from_ratings(
            [(f"i{n}", "m", p[n]) for n in range(COUNT)], kind=Kind.PROBABILITY, labels=LABELS
        )

    return people, model(truth), model(noise)


def test_the_better_model_is_better_in_every_figure() -> None:
    people, good, poor = scene()
    cost = PerItem.of(0.1, 0.02, 100)
    table = bake_off(people, [Contender("good", good, cost=cost, asked=COUNT), Contender("poor", poor)], rounds=100)
    one, two = table.rows
    assert table.items == COUNT
    assert one.answered == 1
    assert one.cost is not None
    assert (one.cost.low, one.cost.high) == pytest.approx((0.1 - 1.96 * 0.002, 0.1 + 1.96 * 0.002))
    assert one.agreement["model_person"]["low"] > two.agreement["model_person"]["high"]
    assert one.votes["Brier"]["high"] < two.votes["Brier"]["low"]
    assert one.divergence["model"]["value"] < one.divergence["people"]["value"] < two.divergence["model"]["value"]
    assert one.calibration["ece"] < two.calibration["ece"]
    assert one.stand_in["passes"] is True
    assert two.stand_in["passes"] is False
    assert {row["standing"] for row in two.by_label} <= {"may not", "may assist"}
    assert [row["label"] for row in one.by_label] == list(LABELS)


def test_only_items_common_to_all_and_outside_training_are_compared() -> None:
    people, good, poor = scene()
    taught = frozenset(f"i{n}" for n in range(100))
    half = poor.select(np.arange(20, COUNT))
    contenders = [Contender("good", good, trained_on=taught), Contender("half", half)]
    assert common_items(people, contenders) == {f"i{n}" for n in range(100, COUNT)}
    assert bake_off(people, contenders, rounds=20).items == 60
    everything = frozenset(f"i{n}" for n in range(COUNT))
    with pytest.raises(ChoraleError) as refused:
        bake_off(people, [Contender("good", good, trained_on=everything)])
    assert refused.value.code == "bakeoff-common"


def test_what_cannot_be_said_is_refused_with_its_reason_and_the_rest_stands() -> None:
    people, good, _ = scene()
    few = people.select(people.item < 12)
    row = bake_off(few, [Contender("good", good)], rounds=20).rows[0]
    assert row.stand_in["testable"] is False
    assert "30 items" in row.stand_in["reason"]
    assert row.votes["Brier"]["value"] > 0
