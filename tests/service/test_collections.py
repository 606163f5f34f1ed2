"""Collections: stratified and quota samples with inclusion probabilities, reproducible by seed, each with a report."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from chorale.store import collections, registry
from chorale.store.models import Collection, CollectionItem, Corpus, Item, Judgment, Rater, Response
from chorale.store.strata import allocate
from harmonize.problems import ChoraleError

pytestmark = pytest.mark.django_db

# label, language, text length, probability that a model gives to joy
ITEMS = [("joy", "en", 20, 0.98)] * 40 + [("fear", "en", 100, 0.5)] * 20 + [("anger", "fi", 400, 0.7)] * 5
PLAN = {"by": ["label"], "scheme": "ekman-6-neutral", "share": "equal"}


@pytest.fixture
def corpus() -> Corpus:
    """65 items under three labels, each also judged by a model, with people's labels beside."""
    row = Corpus.objects.create(slug="drawn", title="Drawn", licence="CC0-1.0", language="en")
    scheme = registry.scheme("ekman-6-neutral")
    names = scheme.core.names
    person, model = (Rater.objects.create(kind=kind, pseudonym=kind) for kind in ("person", "model"))
    for number, (label, language, length, certain) in enumerate(ITEMS):
        item = Item.objects.create(
            uuid=uuid.uuid5(uuid.NAMESPACE_URL, str(number)), corpus=row, source_id=str(number), modality="text",
            text=f"{number} ".ljust(length, "x"), language=language, facets={"odd": number % 2},
        )  # fmt: skip
        for rater in (person, model):
            response = Response.objects.create(slot=uuid.uuid4(), item=item, rater=rater, origin="imported")
            rest = (1 - certain) / (len(names) - 1)
            chances = [certain if name == "joy" else rest for name in names] if rater == model else None
            Judgment.objects.create(
                key=uuid.uuid4(), response=response, item=item, rater=rater, scheme=scheme, perspective="reader",
                labels=[names.index(label)], probabilities=chances,
            )  # fmt: skip
    return row


def draw(slug: str = "c", **settings: Any) -> Collection:
    return collections.create(by=None, slug=slug, title=slug, filter={"corpus": "drawn"}, **settings)


def told(collection: Collection) -> dict[str, tuple[int, int, float]]:
    strata = collection.report["strata"]
    return {" ".join(s["stratum"].values()): (s["matched"], s["drawn"], s["probability"]) for s in strata}


def test_equal_numbers_of_each_label_with_their_chances(corpus: Corpus) -> None:
    found = draw(size=30, plan=PLAN)
    assert told(found) == {"anger": (5, 5, 1.0), "fear": (20, 13, 0.65), "joy": (40, 12, 0.3)}
    members = CollectionItem.objects.filter(collection=found).values_list("stratum", "probability")
    assert {(json.loads(stratum)["label"], chance) for stratum, chance in members} == {
        ("anger", 1.0), ("fear", 0.65), ("joy", 0.3),
    }  # fmt: skip
    assert sum(1 / chance for _, chance in members) == pytest.approx(65)  # Horvitz and Thompson's count
    assert found.items == len(members) == 30
    assert found.report["effective_size"] == pytest.approx(65**2 / (5 + 20**2 / 13 + 40**2 / 12))


def test_a_quota_takes_what_is_there_and_says_what_was_asked(corpus: Corpus) -> None:
    found = draw(plan={**PLAN, "by": ["label", "language"], "share": {"joy / en": 7, "anger / fi": 9}})
    assert told(found) == {"anger fi": (5, 5, 1.0), "fear en": (20, 0, 0.0), "joy en": (40, 7, 0.175)}
    assert [s["asked"] for s in found.report["strata"]] == [9, 0, 7]
    with pytest.raises(ChoraleError, match="No matching item is in disgust"):
        draw("d", plan={**PLAN, "share": {"disgust": 3}})


def test_the_models_uncertainty_length_and_facets_are_strata(corpus: Corpus) -> None:
    unsure = collections.preview(filter={"corpus": "drawn"}, plan={**PLAN, "by": ["uncertainty"]})
    assert {s["stratum"]["uncertainty"]: s["matched"] for s in unsure["strata"]} == {
        "low": 40, "high": 20, "middle": 5,
    }  # fmt: skip
    long = collections.preview(filter={"corpus": "drawn"}, size=13, plan={"by": ["length", "facet:odd"]})
    assert {tuple(s["stratum"].values()): s["drawn"] for s in long["strata"]} == {
        ("0-39", "0"): 4, ("0-39", "1"): 4, ("80-159", "0"): 2, ("80-159", "1"): 2, ("320+", "0"): 1, ("320+", "1"): 0,
    }  # fmt: skip
    assert not Collection.objects.exists()


def test_a_seed_draws_the_same_items_and_another_seed_others(corpus: Corpus) -> None:
    def members(slug: str, seed: int) -> list[str]:
        rows = CollectionItem.objects.filter(collection=draw(slug, size=10, seed=seed, plan=PLAN))
        return list(rows.order_by("position").values_list("item__source_id", flat=True))

    first = members("a", 1)
    assert members("b", 1) == first != members("c", 2)
    assert draw("a", size=10, seed=1, plan=PLAN).pk == Collection.objects.get(slug="a").pk
    with pytest.raises(ChoraleError, match="another filter"):
        draw("a", size=10, seed=1)


def test_the_report_sets_the_sample_against_what_it_was_drawn_from(corpus: Corpus) -> None:
    balance = draw(size=30, plan=PLAN).report["balance"]
    assert balance["label"] == [
        {"value": "joy", "matched": 40, "drawn": 12}, {"value": "fear", "matched": 20, "drawn": 13},
        {"value": "anger", "matched": 5, "drawn": 5},
    ]  # fmt: skip
    assert sum(row["drawn"] for row in balance["length"]) == 30
    plain = draw("plain", size=26)
    assert (plain.report["strata"][0]["probability"], plain.report["balance"]["corpus"]) == (
        0.4, [{"value": "drawn", "matched": 65, "drawn": 26}],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("plan", "what"),
    [
        ({"by": []}, "no criterion"), ({"by": ["label"]}, "need a scheme"), ({"by": ["mood"]}, "no criterion 'mood'"),
        ({"by": ["corpus"], "share": "fair"}, "share is"), ({"by": ["length"], "lengths": [9, 3]}, "ascend"),
        ({"of": ["corpus"]}, "Unknown keys"), ({**PLAN, "who": "dogs"}, "who is"),
    ],
)  # fmt: skip
def test_a_plan_that_says_nothing_useful_is_refused(corpus: Corpus, plan: dict[str, Any], what: str) -> None:
    with pytest.raises(ChoraleError, match=what):
        draw(plan=plan)


def test_filters_narrow_by_length_label_and_text(corpus: Corpus) -> None:
    def count(**wanted: Any) -> int:
        return collections.matching(wanted).count()

    assert count(length={"min": 100}) == 25
    assert count(length={"max": 50}, text="1 x") == 4
    assert count(labels={"scheme": "ekman-6-neutral", "any": ["fear", "anger"], "perspective": "reader"}) == 25
    assert count(corpus=["drawn", "other"], facets={"odd": 1}) == 32
    with pytest.raises(ChoraleError, match="Unknown filter keys: mood"):
        count(mood="joy")


def test_shares_add_up_and_no_stratum_gives_more_than_it_has() -> None:
    sizes = {"a": 7, "b": 1, "c": 92}
    for total in range(0, 101, 9):
        for share in ("equal", "proportional"):
            found = allocate(sizes, total, share)
            assert sum(found.values()) == total
            assert all(found[key] <= sizes[key] for key in sizes)
    assert allocate(sizes, 9, "equal") == {"a": 4, "b": 1, "c": 4}
    assert allocate(sizes, 10, "proportional") == {"a": 1, "b": 0, "c": 9}


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"filter": {"labels": {"scheme": "ekman-6"}}}, "collection-filter"),
    ({"filter": {"labels": {"scheme": "ekman-6", "any": ["joyful"]}}}, "collection-filter"),
    ({"filter": {"labels": {"scheme": "vad-5", "any": ["valence"]}}}, "collection-filter"),
    ({"filter": {"facets": "odd"}}, "collection-filter"),
    ({"filter": {"source_ids": 5}}, "collection-filter"),
    ({"filter": {"text": "a\0b"}}, "collection-filter"),
    ({"filter": {"length": {"min": "long"}}}, "collection-filter"),
    ({"filter": {"reserved": "gold"}}, "collection-filter"),
    ({"size": -5}, "collection-size"),
    ({"size": 10**12}, "collection-size"),
    ({"seed": 2**70}, "collection-size"),
    ({"plan": {"by": "language"}}, "collection-plan"),
    ({"plan": {"by": ["language", "language"]}}, "collection-plan"),
    ({"plan": {"by": ["language"], "share": {"en": -3}}}, "collection-plan"),
    ({"plan": {"by": ["language"], "share": {"en": 0}}}, "collection-plan"),
    ({"plan": {"by": ["language"], "share": 5}}, "collection-plan"),
    ({"plan": {"by": ["length"], "lengths": [-5, 10]}}, "collection-plan"),
    ({"plan": {"by": ["label"], "scheme": 5}}, "collection-plan"),
    ({"plan": {"by": ["facet:a\0"]}}, "collection-plan"),
]


@pytest.mark.parametrize(("asked", "code"), WRONG, ids=lambda given: given if isinstance(given, str) else "")
def test_what_cannot_be_drawn_is_refused_in_words(corpus: Corpus, asked: dict[str, Any], code: str) -> None:
    with pytest.raises(ChoraleError) as told:
        collections.preview(**{"filter": {}, **asked})
    assert (told.value.code, bool(told.value.fix)) == (code, True)


def test_a_facet_is_found_by_its_text_and_by_what_the_text_spells(corpus: Corpus) -> None:
    for value, matched in (("1", 32), (1, 32), ("one", 0), (None, 65)):
        facets = None if value is None else {"odd": value}
        assert collections.preview(filter={"facets": facets})["matched"] == matched


def test_every_item_is_drawn_as_often_as_its_probability_says(corpus: Corpus) -> None:
    """60 draws by other seeds: of Horvitz and Thompson's counts of each language the mean is the number there is."""
    for seed in range(60):
        draw(f"c{seed}", size=12, seed=seed, plan={"by": ["length"], "share": "equal"})
    members = CollectionItem.objects.values_list("item__language", "item", "probability")
    counted = {"en": 0.0, "fi": 0.0}
    for language, _, chance in members:
        counted[language] += 1 / chance / 60
    assert counted == pytest.approx({"en": 60, "fi": 5})
    drawn = {item for _, item, _ in members}
    assert len(drawn) == 65
