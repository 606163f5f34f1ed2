"""Settling and measuring side by side: ways, bounds, verdicts, rulings, slices, filters, blocks kept and taken anew."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from django.utils import timezone

from annotation.agreement import alpha
from chorale.jobs import control, engine
from chorale.store import bridge, measured_blocks, measuring, registry, scopes, settling
from chorale.store.models import (
    Aggregate,
    AggregationReport,
    AgreementReport,
    AgreementSums,
    Collection,
    CollectionItem,
    Corpus,
    Item,
    Job,
    Judgment,
    Rater,
    Response,
    Ruling,
    User,
)
from chorale.store.settle_memory import Size
from harmonize.corpora.identity import item_uuid
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind

pytestmark = pytest.mark.django_db(transaction=True)
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
ITEMS, RATERS = 24, 9
Said = dict[tuple[str, str], str]


@pytest.fixture
def said() -> Said:
    """Rater to item to label: mostly one opinion; on i00 people split, r8 always says joy."""
    rng = np.random.default_rng(1)
    found: Said = {}
    for i in range(ITEMS):
        truth = ["joy", "anger", "sadness"][i % 3]
        for r in range(RATERS):
            heard = truth if rng.random() < 0.85 else str(rng.choice(["joy", "anger", "sadness"]))
            found[f"i{i:02d}", f"r{r}"] = "joy" if r == RATERS - 1 else heard
            if i == 0 and r < RATERS - 1:
                found[f"i{i:02d}", f"r{r}"] = "joy" if r % 2 else "anger"
    return found


@pytest.fixture
def faces(said: Said) -> Corpus:
    """A corpus of single labels: two languages, dialogues of two items, raters of two groups, times."""
    corpus = Corpus.objects.create(slug="faces", title="Faces", licence="CC0-1.0")
    scheme = registry.scheme("ekman-7-neutral")
    raters = {
        f"r{r}": Rater.objects.create(
            kind="person",
            pseudonym=f"r{r}",
            corpus=corpus,
            source_key=f"r{r}",
            traits={"age": "old" if r < 4 else "young"},
        )
        for r in range(RATERS)
    }
    items = Item.objects.bulk_create(
        Item(
            uuid=item_uuid("faces", f"i{i:02d}"), corpus=corpus, source_id=f"i{i:02d}", modality="text", text="x",
            group=f"d{i // 2}", language="en" if i < 14 else "de",
            facets={"source": "a" if i % 2 else "b", "tags": ["x"]},
        )
        for i in range(ITEMS)
    )  # fmt: skip
    pairs = [(item, r) for item in items for r in range(RATERS)]
    responses = Response.objects.bulk_create(
        Response(
            slot=uuid.uuid4(), item=item, rater=raters[f"r{r}"], origin="imported", lead_time=2.0 + r,
            submitted_at=START + dt.timedelta(minutes=int(item.source_id[1:])),
        )
        for item, r in pairs
    )  # fmt: skip
    Judgment.objects.bulk_create(
        Judgment(
            key=uuid.uuid4(), response=response, item=item, rater=raters[f"r{r}"], scheme=scheme, perspective="reader",
            labels=[scheme.core.code(said[item.source_id, f"r{r}"])],
        )
        for response, (item, r) in zip(responses, pairs, strict=True)
    )  # fmt: skip
    return corpus


def answer(item: Item, rater: Rater, scheme, label: str, *, at=START, seconds: float = 3.0, **more) -> Judgment:
    response = Response.objects.create(
        slot=uuid.uuid4(), item=item, rater=rater, origin="imported", lead_time=seconds, submitted_at=at, **more
    )
    return Judgment.objects.create(
        key=uuid.uuid4(), response=response, item=item, rater=rater, scheme=scheme, perspective="reader",
        labels=[scheme.core.code(label)],
    )  # fmt: skip


def run(kind: str, **params: object) -> Job:
    return control.run_here(engine.start(kind, by=None, params={"scope_type": "corpus", "scope": "faces", **params}))


def body(**params: object) -> dict:
    run("measure", rounds=100, **params)
    return AgreementReport.objects.get().body


def judgments(said: Said, keep: Callable[[str, str], bool] = lambda item, rater: True) -> Judgments:
    rows = [(item, rater, label) for (item, rater), label in said.items() if keep(item, rater)]
    return Judgments.from_ratings(rows, kind=Kind.SINGLE, labels=registry.scheme("ekman-7-neutral").core.names)


def test_unasked_ways_stand_side_by_side(faces: Corpus) -> None:
    job = run("settle")
    assert set(Aggregate.objects.values_list("method", flat=True)) == {"votes", "dirichlet", "plurality", "dawid-skene"}
    assert job.result["aggregates"] == Aggregate.objects.count()
    smoothed = Aggregate.objects.get(item__source_id="i01", method="dirichlet")
    assert all(
        lo <= v + 1e-9 and v <= hi + 1e-9
        for lo, v, hi in zip(smoothed.low, smoothed.values, smoothed.high, strict=True)
    )
    votes = Aggregate.objects.get(item__source_id="i01", method="votes")
    assert (votes.low, votes.n) == (None, RATERS)
    report = AggregationReport.objects.get().body
    assert report["ways"]["votes"]["items"] == ITEMS
    assert (report["items"], report["judgments"], report["raters_known"]) == (ITEMS, ITEMS * RATERS, True)
    assert {row["judgments"] for row in report["raters"]} == {ITEMS}
    worst = min(report["raters"], key=lambda row: row["dawid-skene"])
    assert worst["rater"] == str(Rater.objects.get(pseudonym="r8").pk)


def test_every_way_when_all_are_asked_for(faces: Corpus) -> None:
    run("settle", ways="all")
    report = AggregationReport.objects.get().body
    assert {"mace", "glad", "union", "intersection", "all-inclusive", "majority", "threshold"} <= set(report["ways"])
    assert not report["refused"]
    run("settle", ways=["union"])
    assert list(AggregationReport.objects.get().body["ways"]) == ["union"]
    with pytest.raises(ChoraleError, match="no aggregation guess"):
        run("settle", ways=["guess"])


def test_each_item_has_a_tested_verdict_with_its_evidence(faces: Corpus) -> None:
    run("settle")
    split = Aggregate.objects.get(item__source_id="i00", method="votes")
    assert split.evidence["level"] == 0.05
    assert split.evidence["p"] < 0.05
    assert split.verdict in ("people split", "undecidable")
    counts = AggregationReport.objects.get().body["verdicts"]
    assert sum(counts.values()) == ITEMS
    assert Aggregate.objects.filter(method="plurality", verdict__isnull=False).count() == 0


def test_an_item_that_becomes_undecided_or_unvoted_loses_its_row(faces: Corpus) -> None:
    run("settle", ways=["plurality"])
    item = Item.objects.get(source_id="i01")
    assert Aggregate.objects.filter(item=item, method="plurality").exists()
    mine = Judgment.objects.filter(item=item).order_by("pk")
    code = registry.scheme("ekman-7-neutral").core.code
    for place, row in enumerate(mine[:8]):  # four of each: a tie, and the ninth goes
        Judgment.objects.filter(pk=row.pk).update(labels=[code("joy") if place % 2 else code("anger")])
    Judgment.objects.filter(pk=mine[8].pk).update(retired_at=timezone.now())
    run("settle", ways=["plurality"])
    assert not Aggregate.objects.filter(item=item).exists()
    gone = Item.objects.get(source_id="i02")
    Judgment.objects.filter(item=gone).update(retired_at=timezone.now())
    run("settle", ways=["plurality"])
    assert not Aggregate.objects.filter(item=gone).exists()
    assert AggregationReport.objects.get().body["ways"]["plurality"]["undecided"] >= 1


def test_a_ruling_stands_over_all_and_the_votes_stay(faces: Corpus) -> None:
    judge = User.objects.create(username="judge")
    scheme, item = registry.scheme("ekman-7-neutral"), Item.objects.get(source_id="i00")
    code = scheme.core.code("fear")
    Ruling.objects.create(
        item=item, scheme=scheme, perspective="reader", labels=[code], reason="seen", decided_by=judge
    )
    run("settle")
    assert Aggregate.objects.get(item=item, method="ruled").values[code] == 1
    assert Aggregate.objects.get(item=item, method="votes").values[code] == 0
    assert AggregationReport.objects.get().body["rulings"] == 1


def test_without_rater_ids_what_needs_them_is_refused_with_the_reason(faces: Corpus) -> None:
    Judgment.objects.update(rater=None)
    Response.objects.update(rater=None)
    run("settle", ways="all")
    report = AggregationReport.objects.get().body
    assert set(report["refused"]) == {"dawid-skene", "mace", "glad"}
    assert all("rater ids" in reason for reason in report["refused"].values())
    told = body()
    assert told["counts"]["raters"] is None
    assert "rater ids" in told["panel"]["raters"]["refused"]
    assert told["people"]["overall"]["value"] is not None


def test_what_would_take_too_much_memory_is_refused_by_name_and_the_rest_is_made(
    faces: Corpus, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bridge, "BLOCK", 5)
    run("settle", ways="all")
    whole = list(Aggregate.objects.filter(method="dawid-skene").order_by("item").values_list("item", "values"))
    settings.SETTLE_MOST_BYTES = Size(ITEMS * RATERS, ITEMS, 8).bytes_for("dawid-skene")
    run("settle", ways="all")
    report = AggregationReport.objects.get().body
    assert set(report["refused"]) == {"mace", "glad"}
    assert "CHORALE_SETTLE_MAX_BYTES" in report["refused"]["glad"]
    assert "GB" in report["verdicts"]["refused"]
    assert {"votes", "plurality", "dirichlet", "dawid-skene"} <= set(report["ways"])
    assert not Aggregate.objects.filter(method="glad").exists(), "a refused way leaves no old rows"
    again = Aggregate.objects.filter(method="dawid-skene").order_by("item").values_list("item", "values")
    assert list(again) == whole


def test_settling_whole_is_settling_by_steps(faces: Corpus) -> None:
    run("settle")
    rows = Aggregate.objects.order_by("item", "method").values_list("item", "method", "values", "verdict")
    before = list(rows.all())
    scope, scheme = scopes.find("corpus", "faces"), registry.scheme("ekman-7-neutral")
    settling.settle(scope, scheme, "reader")
    assert (
        list(Aggregate.objects.order_by("item", "method").values_list("item", "method", "values", "verdict")) == before
    )


def test_alpha_and_its_slices_are_those_of_the_judgments(faces: Corpus, said: Said) -> None:
    told = body()
    assert told["people"]["overall"]["value"] == pytest.approx(alpha(judgments(said), rounds=0).value, abs=1e-12)
    assert "clusters" in told["people"]["overall"]["interval"]  # dialogues are drawn whole
    found = {(row["by"], row["part"]): row["figure"]["value"] for row in told["slices"]}
    english = alpha(judgments(said, lambda item, rater: int(item[1:]) < 14), rounds=0).value
    assert found["language", "en"] == pytest.approx(english, abs=1e-12)
    old = alpha(judgments(said, lambda item, rater: int(rater[1:]) < 4), rounds=0).value
    assert found["rater age", "old"] == pytest.approx(old, abs=1e-12)
    assert {by for by, _ in found} == {
        "language",
        "facet source",
        "rater age",
    }  # one corpus is no slice, a list no facet
    assert told["sample"]["share"] == 1.0


def test_only_blocks_that_changed_are_taken_anew(faces: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge, "BLOCK", 5)
    body()
    taken: list[int] = []
    take = measured_blocks.take
    monkeypatch.setattr(measured_blocks, "take", lambda layer, block: (taken.append(block.number), take(layer, block)))
    assert AgreementSums.objects.count() >= 5
    body()
    assert taken == []
    item = Item.objects.get(source_id="i07")
    Judgment.objects.filter(item=item, rater__pseudonym="r8").update(retired_at=timezone.now())
    told = body()
    assert taken == [item.pk // 5]
    layer = measured_blocks.Layer(scopes.find("corpus", "faces"), registry.scheme("ekman-7-neutral"), "reader")
    whole = bridge.judgments(layer.scheme, perspective="reader", who="people", corpus=faces)
    assert told["people"]["overall"]["value"] == pytest.approx(alpha(whole, rounds=0).value, abs=1e-12)
    assert told["counts"]["judgments"] == ITEMS * RATERS - 1


def test_blocks_that_hold_nothing_any_more_are_dropped(faces: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge, "BLOCK", 5)
    body()
    before = AgreementSums.objects.count()
    Judgment.objects.filter(item__source_id__lt="i12").update(retired_at=timezone.now())
    assert body()["counts"]["items"] == ITEMS - 12
    assert AgreementSums.objects.count() < before


def test_raters_have_pages_and_flags_with_evidence(faces: Corpus) -> None:
    told = body(least_seconds=2.5)
    worst = str(Rater.objects.get(pseudonym="r8").pk)
    page = told["panel"]["rater_pages"][worst]
    assert page["competence"]["value"] < 0.6
    assert page["preference"]["joy"]["z"] > 2
    assert page["speed"]["seconds"] == pytest.approx(10.0)
    assert set(page["drift"]) >= {"early", "late", "tau", "p"}
    assert page["confusion"]["labels"][0] == told["labels"][0]
    flags = {(flag["kind"], flag["raters"][0]) for flag in told["panel"]["flags"]}
    assert ("straight-lining", worst) in flags
    assert ("impossible-speed", str(Rater.objects.get(pseudonym="r0").pk)) in flags
    (groups,) = told["panel"]["groups"]
    assert (groups["by"], groups["groups"], groups["items"]) == ("rater age", ["old", "young"], ITEMS)


def test_rulings_are_the_gold_that_raters_are_held_to(faces: Corpus) -> None:
    judge, scheme = User.objects.create(username="judge"), registry.scheme("ekman-7-neutral")
    for item in Item.objects.all():
        code = scheme.core.code(["joy", "anger", "sadness"][int(item.source_id[1:]) % 3])
        Ruling.objects.create(
            item=item, scheme=scheme, perspective="reader", labels=[code], reason="x", decided_by=judge
        )
    pages = body()["panel"]["rater_pages"]
    worst = pages[str(Rater.objects.get(pseudonym="r8").pk)]["gold"]
    assert worst["value"] == pytest.approx(1 / 3)
    assert worst["low"] < worst["value"] < worst["high"]


def test_filters_show_before_and_after(faces: Corpus, said: Said) -> None:
    item, rater = Item.objects.get(source_id="i00"), Rater.objects.create(kind="person", pseudonym="helped")
    answer(item, rater, registry.scheme("ekman-7-neutral"), "joy", arm="assisted")
    told = body(filters=[{"leave_out": ["r8"]}])
    rules = {row["rule"]: row for row in told["filters"]}
    assisted = rules["answers with a suggestion, or beyond the overlap"]
    assert assisted["judgments_left_out"] == 1
    assert assisted["after"]["value"] == pytest.approx(told["people"]["overall"]["value"], abs=1e-12)
    without = alpha(judgments(said, lambda item, rater: rater != "r8"), rounds=0).value
    assert rules["raters r8"]["after"]["value"] == pytest.approx(without, abs=1e-12)
    assert rules["raters r8"]["raters_left_out"] == 1
    assert "refused" in body(filters=[{"by": "taste"}])["filters"]


def test_a_stratified_collection_speaks_for_its_whole(faces: Corpus, said: Said) -> None:
    drawn = Collection.objects.create(slug="drawn", title="Drawn", matched=100, items=ITEMS)
    chances = {}
    for place, item in enumerate(Item.objects.order_by("pk")):
        chances[item.source_id] = 0.9 if item.language == "en" else 0.3
        CollectionItem.objects.create(collection=drawn, item=item, position=place, probability=chances[item.source_id])
    run("measure", scope_type="collection", scope="drawn", rounds=50)
    told = AgreementReport.objects.get().body
    whole = judgments(said)
    weights = [1 / chances[name] for name in whole.items.to_pylist()]
    expected = alpha(whole, weights=np.array(weights) * ITEMS / 100, rounds=0).value
    assert told["weighted"]["overall"]["value"] == pytest.approx(expected, abs=0.002)  # n - 1 has another scale
    assert told["people"]["overall"]["value"] == pytest.approx(alpha(whole, rounds=0).value, abs=1e-12)
    assert "chance of having been drawn" in told["weighted"]["overall"]["notes"][0]


def test_large_scopes_are_sampled_beside_the_alphas(faces: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "PANEL_JUDGMENTS", 100)
    told = body()
    assert told["sample"]["of"] == ITEMS * RATERS
    assert 0 < told["sample"]["judgments"] < ITEMS * RATERS
    assert told["sample"]["judgments"] % RATERS == 0  # items are drawn whole
    assert told["counts"]["judgments"] == ITEMS * RATERS


def test_models_beside_people_and_among_themselves(faces: Corpus, said: Said) -> None:
    scheme = registry.scheme("ekman-7-neutral")
    rng = np.random.default_rng(0)
    for name in ("one", "two"):
        rater = Rater.objects.create(kind="model", pseudonym=name, model={"engine": "test", "name": name})
        for item in Item.objects.order_by("pk"):
            p = rng.dirichlet(np.ones(len(scheme.core.names)))
            p[scheme.core.code(said[item.source_id, "r0"])] += 2.0
            response = Response.objects.create(slot=uuid.uuid4(), item=item, rater=rater, origin="model")
            Judgment.objects.create(
                key=uuid.uuid4(), response=response, item=item, rater=rater, scheme=scheme, perspective="reader",
                probabilities=(p / p.sum()).tolist(), labels=[int(p.argmax())], out_of_fold=True,
            )  # fmt: skip
    told = body()
    assert [model["rater"] for model in told["models"]] == ["one", "two"]
    one = told["models"][0]
    assert one["model_person"]["value"] > 0.3
    assert set(one["panel"]["preference"]) <= set(told["labels"])
    assert {(row["by"], row["part"]) for row in one["panel"]["groups"]} == {
        ("rater age", "old"),
        ("rater age", "young"),
    }
    assert told["models_alone"]["overall"]["value"] > 0.9  # both echo r0
    (errors,) = told["shared_errors"]
    assert (errors["one"], errors["other"], errors["items"] > 10) == ("one", "two", True)


def test_nobody_spoke_is_refused(faces: Corpus) -> None:
    layer = measured_blocks.Layer(scopes.find("corpus", "faces"), registry.scheme("goemotions-28"), "reader")
    with pytest.raises(ChoraleError, match="No person judged"):
        measuring.report(layer)
