"""What drew on erased judgments is named by the erasure and says on its own page that it is stale."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from chorale.jobs import control, engine
from chorale.store import erasure, erasure_reach, registry
from chorale.store.models import (
    Calibration,
    Collection,
    CollectionItem,
    Corpus,
    Crosswalk,
    Erasure,
    ErasureTrace,
    Item,
    Job,
    Prompt,
    Rater,
    RaterTrainingItem,
)
from chorale.store.models.people import Role
from tests.service.test_erasure import erased
from tests.service.test_release import answer, fill
from tests.service.test_release_pages import signed_in, text
from tests.service.test_web_pages import plain_static
from tests.service.web_scene import person

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["plain_static"]

LAYER = {"scheme": "goemotions-28@1.0.0", "perspective": "reader"}
LEARNED, CHAIN, OTHER = (f"goemotions-28--plutchik-8--{name}@1.0.0" for name in ("learned", "chain", "elsewhere"))


@pytest.fixture
def made(tmp_path: Path, settings: Any) -> dict[str, Any]:
    """The letters of `fill`, and all that can be made of their judgments; of each kind also one that drew on others."""
    settings.OBJECT_STORE = (tmp_path / "objects").as_uri()
    fill(1)
    more_letters(40, 100)
    echo = Rater.objects.get(pseudonym="echo-1")
    echo.model |= LAYER
    echo.save()
    echo.judgment_set.update(out_of_fold=True)
    RaterTrainingItem.objects.bulk_create([RaterTrainingItem(rater=echo, item=one) for one in letters(20, 22)])
    collected("most", letters(0, 100), plan={"by": ["label"], **LAYER})
    collected("rest", letters(38, 40), plan={"by": ["label"], **LAYER})
    rounds = {"rounds": 20}
    jobs = {
        "bake-off": ran("bake_off", collection="most", **LAYER, **rounds),
        "calibration": ran("calibrate", rater="echo-1", collection="most", method="temperature", **rounds),
        "across": ran("across_crosswalk", scope_type="corpus", scope="letters", **mapped(), merges=2, **rounds),
    }
    learned(LEARNED, "letters")
    learned(OTHER, "nowhere")
    walk(CHAIN, derived_from=[LEARNED, "a--b@1.0.0"])
    for name, item in (("shots", letters(3, 4)[0]), ("others", letters(39, 40)[0])):
        shots = [{"item": {"id": str(item.uuid), "text": item.text}, "answers": {"*": "joy"}}]
        Prompt.objects.create(ref=f"{name}@1#0", definition={"id": name, "shots": shots})
    return jobs


def more_letters(first: int, last: int) -> None:
    """A calibration map asks for twenty items on either half."""
    corpus = Corpus.objects.get(slug="letters")
    items = {
        i: Item.objects.create(uuid=uuid4(), corpus=corpus, source_id=f"s{i}", modality="text", text=f"größe {i}")
        for i in range(first, last)
    }
    who = [Rater.objects.get(**key) for key in ({"source_key": "r1"}, {"source_key": "r2"}, {"pseudonym": "echo-1"})]
    for i in items:
        for rater in who:
            answer(registry.scheme(LAYER["scheme"]), items, i, rater.source_key or "echo-1", rater, None)


def letters(first: int, last: int) -> list[Item]:
    return [Item.objects.get(source_id=f"s{i}") for i in range(first, last)]


def collected(slug: str, items: list[Item], plan: dict[str, Any]) -> None:
    row = Collection.objects.create(slug=slug, title=slug, plan=plan, items=len(items))
    CollectionItem.objects.bulk_create(
        [CollectionItem(collection=row, item=item, position=i) for i, item in enumerate(items)]
    )


def ran(kind: str, **params: Any) -> Job:
    return control.run_here(engine.start(kind, by=None, params=params))


def mapped() -> dict[str, str]:
    return {"crosswalk": registry.crosswalk("goemotions-28--plutchik-8@1.0.0").ref}


def walk(ref: str, **changes: Any) -> None:
    """The shipped map under another name; how it came to be is what is asked here."""
    shipped = registry.crosswalk("goemotions-28--plutchik-8@1.0.0")
    ends = {"source": shipped.source, "target": shipped.target, "status": "proposed"}
    Crosswalk.objects.create(ref=ref, title=ref, definition={**shipped.definition, **changes}, **ends)


def learned(ref: str, corpus: str) -> None:
    Corpus.objects.get_or_create(slug=corpus, defaults={"title": corpus, "licence": "CC0-1.0"})
    params = {"scope_type": "corpus", "scope": corpus, "source": "goemotions-28@1.0.0|reader|people"}
    params["target"] = "plutchik-8@1.0.0|reader|people"
    walk(ref, facts={"job": str(Job.objects.create(kind="learn_crosswalk", params=params, state="done").uuid)})


def named(row: Erasure) -> set[tuple[str, str]]:
    return set(row.traces.values_list("kind", "key"))


def all_that_drew(made: dict[str, Any]) -> set[tuple[str, str]]:
    return {
        ("bake-off", str(made["bake-off"].uuid)),
        ("calibration", Calibration.objects.get().ref),
        ("collection", "most"),
        ("crosswalk", LEARNED),
        ("crosswalk", CHAIN),
        ("crosswalk", mapped()["crosswalk"]),
        ("prompt", "shots@1#0"),
    }


def test_an_item_s_erasure_names_what_drew_on_it(made: dict[str, Any]) -> None:
    row, corpus = Item.objects.get(source_id="s3"), Corpus.objects.get(slug="letters")
    before = (corpus.items, corpus.judgments)
    expected = all_that_drew(made) | {("collection", "some")}
    calibrated = Calibration.objects.get().calibrated
    if calibrated.training.filter(item=row).exists():  # it may lie in the other half
        expected.add(("model", calibrated.pseudonym))
    told = erasure_reach.found(row)
    job = erased(row)
    done = Erasure.objects.get()
    assert named(done) == expected
    assert job.result["reached"]["figures and maps that drew on it"] == len(expected)
    assert told["figures and maps that drew on it"] == len(expected) - 1, "the report that counts it is named besides"
    corpus.refresh_from_db()
    assert (before[0] - corpus.items, before[1] - corpus.judgments) == (1, 3)
    assert Collection.objects.get(slug="most").items == 99


def test_a_rater_s_erasure_names_them_too_and_every_page_says_so(made: dict[str, Any]) -> None:
    row = Rater.objects.get(source_key="r1")
    erased(row)
    done = Erasure.objects.get()
    models = {("model", "echo-1"), ("model", Calibration.objects.get().calibrated.pseudonym)}
    drew = all_that_drew(made) | models | {("collection", "rest"), ("prompt", "others@1#0")}
    assert named(done) == drew, "he judged every letter"
    pages = signed_in(person("ada", Role.ADMIN))
    shown = text(pages.get(f"/erasures/{done.pk}/"))
    for kind, key in drew:
        assert key in shown, kind
    stale = "a rater was erased on which this rests"
    for address in (
        f"/bake-offs/{made['bake-off'].uuid}/",
        f"/calibrations/{Calibration.objects.get().pk}/",
        "/collections/most/",
        f"/crosswalks/{LEARNED}/",
        f"/raters/{Rater.objects.get(pseudonym='echo-1').pk}/",
    ):
        assert address in shown
        assert stale in text(pages.get(address)), address
    assert "agreement before and after it" in text(pages.get(f"/crosswalks/{mapped()['crosswalk']}/"))
    for untouched in (f"/crosswalks/{OTHER}/", "/collections/some/"):
        assert stale not in text(pages.get(untouched)), untouched
    assert signed_in(person("rhea", Role.RESEARCHER)).get(f"/erasures/{done.pk}/").status_code == 403


def test_who_judged_elsewhere_makes_nothing_stale_and_twice_names_nothing_twice(made: dict[str, Any]) -> None:
    anna = Rater.objects.get(pseudonym="anna")
    anna.judgment_set.exclude(item__source_id="s9").delete()
    anna.judgment_set.update(perspective="writer")
    begun = erasure.begin(by=None, row=anna, reason="Asked.")
    erasure.erase_figures(begun, anna)
    erasure.erase_figures(begun, anna)
    assert named(begun) == set()
    anna.judgment_set.update(perspective="reader")
    erasure.erase_figures(begun, anna)
    erasure.erase_figures(begun, anna)
    assert {kind for kind, _ in named(begun)} >= {"bake-off", "calibration", "collection", "crosswalk"}
    assert ErasureTrace.objects.count() == len(set(begun.traces.values_list("kind", "key", "why")))
    assert begun.reached["figures and maps that drew on it"] == len(named(begun))
