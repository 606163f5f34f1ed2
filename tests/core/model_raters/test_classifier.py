"""The classifier learns the distribution of votes, never judges an item by a model that saw it, and repeats itself."""

from __future__ import annotations

import numpy as np
import pytest

from annotation.model_raters.classifier import Parameters, TextClassifier, train
from annotation.model_raters.folds import group_folds
from annotation.model_raters.items import ShownItem
from annotation.model_raters.predictions import Provenance
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind

LABELS = ("joy", "anger", "fear")
WORDS = {"joy": "happy glad delighted sunny", "anger": "furious rage hateful mad", "fear": "scared dark afraid monster"}


def corpus(n: int = 120, kind: Kind = Kind.SINGLE) -> tuple[list[ShownItem], Judgments]:
    """Items whose words give the label away; five raters, one of whom always sees the next label."""
    random = np.random.default_rng(5)
    items, ratings = [], []
    for index in range(n):
        main = index % 3
        words = random.permutation(WORDS[LABELS[main]].split())[:3]
        items.append(ShownItem(f"i{index:03}", f"{' '.join(words)} number {index}", group=f"talk{index // 4}"))
        for rater in range(5):
            answer = LABELS[(main + (rater == 4)) % 3]
            ratings.append((items[-1].id, f"r{rater}", answer if kind == Kind.SINGLE else [answer]))
    return items, Judgments.from_ratings(ratings, kind=kind, labels=LABELS)


@pytest.mark.parametrize("kind", [Kind.SINGLE, Kind.SET])
def test_learns_the_share_of_votes_and_not_the_winner(kind: Kind) -> None:
    items, people = corpus(kind=kind)
    values = train(people, items).predict(items).values
    main = values[np.arange(len(items)), np.arange(len(items)) % 3]
    after = values[np.arange(len(items)), (np.arange(len(items)) + 1) % 3]
    assert 0.7 < main.mean() < 0.88  # people said 4 in 5
    assert 0.12 < after.mean() < 0.3  # and 1 in 5


def test_single_rows_are_distributions() -> None:
    items, people = corpus()
    values = train(people, items).predict([*items, ShownItem("new", "never seen words")]).values
    assert np.allclose(values.sum(axis=1), 1, atol=1e-5)


def test_out_of_fold_prediction_does_not_know_the_items_own_votes() -> None:
    """One item is given absurd votes: its own prediction must stay what the others say."""
    items, people = corpus()
    twisted = Judgments.from_ratings(
        [
            (items[int(i)].id, f"r{r}", "fear" if i == 0 else LABELS[people.label[row]])
            for row, (i, r) in enumerate(zip(people.item, people.rater, strict=True))
        ],
        kind=Kind.SINGLE,
        labels=LABELS,
    )
    clean, changed = train(people, items), train(twisted, items)
    assert clean.version != changed.version
    assert np.array_equal(clean.predict(items[:1]).values, changed.predict(items[:1]).values)
    assert changed.elicit(items[:1]).provenance.tolist() == [Provenance.OUT_OF_FOLD]


def test_equal_text_and_group_mates_are_held_out_too() -> None:
    items, people = corpus()
    trained = train(people, items)
    copy = ShownItem("copy", items[7].text.upper())
    mate = ShownItem("mate", "words of its own", group=items[7].group)
    bridge = ShownItem("bridge", items[0].text, group="talk1")
    states = trained.elicit([copy, mate, ShownItem("far", "elsewhere"), bridge]).provenance
    assert states[:3].tolist() == [Provenance.OUT_OF_FOLD, Provenance.OUT_OF_FOLD, Provenance.OUTSIDE]
    folds = {trained.folds.owner["group:talk0"], trained.folds.owner["group:talk1"]}
    assert states[3] == (Provenance.SEEN if len(folds) == 2 else Provenance.OUT_OF_FOLD)


def test_usable_drops_what_was_seen_and_refuses_when_nothing_is_left() -> None:
    items, people = corpus()
    trained = train(people, items)
    first, other = next((a, b) for a in items for b in items if trained.folds.held_out(a) != trained.folds.held_out(b))
    bridge = ShownItem("bridge", first.text, group=other.group)
    assert len(trained.elicit([bridge, items[3]]).usable()) == 1
    with pytest.raises(ChoraleError) as refused:
        trained.elicit([bridge]).usable()
    assert refused.value.code == "circular-comparison"


def test_the_same_data_in_any_order_gives_the_same_bytes() -> None:
    items, people = corpus(60)
    shuffled = people.select(np.random.default_rng(1).permutation(len(people)))
    one, two = train(people, items), train(shuffled, items[::-1])
    assert one.version == two.version
    assert one.to_bytes() == two.to_bytes()
    back = TextClassifier.from_bytes(one.to_bytes())
    assert np.array_equal(back.predict(items).values, one.predict(items).values)
    assert back.scores == one.scores
    assert train(people, items, parameters=Parameters(seed=1)).version != one.version


def test_cross_validated_scores_beat_the_base_rates_and_see_no_fold_twice() -> None:
    items, people = corpus()
    scores = train(people, items).scores
    assert scores["Brier"]["value"] < 0.7 * scores["Brier, base rates"]["value"]
    assert scores["Brier"]["low"] < scores["Brier"]["value"] < scores["Brier"]["high"]
    noise = np.random.default_rng(0).permutation(len(items)).astype(np.int32)
    deaf = train(Judgments(**{**vars(people), "item": noise[people.item]}), items).scores
    assert deaf["Brier"]["value"] > 0.97 * deaf["Brier, base rates"]["value"]  # nothing to learn, nothing learned


def test_reserved_items_and_items_without_votes_never_train() -> None:
    items, people = corpus(60)
    reserved = {item.id for item in items[:8]}
    trained = train(people, [*items, ShownItem("silent", "no votes here")], reserved=reserved)
    assert reserved.isdisjoint(trained.training_items)
    assert "silent" not in trained.training_items
    assert len(trained.training_items) == 52


def test_a_label_nobody_used_keeps_a_small_base_rate() -> None:
    items, people = corpus(60, Kind.SET)
    wider = Judgments.from_ratings(
        [(items[int(i)].id, "r", [LABELS[people.label[row]]]) for row, i in enumerate(people.item)],
        kind=Kind.SET,
        labels=(*LABELS, "grief"),
    )
    values = train(wider, items).predict(items).values
    assert ((values[:, 3] > 0) & (values[:, 3] < 0.02)).all()


def test_one_group_alone_cannot_be_held_out() -> None:
    _, people = corpus(8)
    with pytest.raises(ChoraleError) as refused:
        train(people, [ShownItem(f"i{i:03}", "the same text") for i in range(8)])
    assert refused.value.code == "too-few-items"


def test_folds_balance_and_do_not_depend_on_order() -> None:
    items, _ = corpus(100)
    folds = group_folds(items, folds=5, seed=0)
    assert np.bincount(folds.fold).tolist() == [20] * 5
    again = group_folds(items[::-1], folds=5, seed=0)
    assert np.array_equal(again.fold[::-1], folds.fold)
    assert again.owner == folds.owner
