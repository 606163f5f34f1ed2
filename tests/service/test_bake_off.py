"""A classifier and a language model beside people on one collection; the choice between them is an Event."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from django.db import transaction
from django.db.models import Sum

from annotation.model_raters import prompting
from chorale.jobs import closing, control, engine
from chorale.store import bakeoffs, collections, endpoints, registry, replays
from chorale.store.models import Corpus, Event, Item, Job, Judgment, ModelRequest, Rater, Response
from chorale.store.models.people import Role
from harmonize.corpora.identity import item_uuid, stable_uuid
from harmonize.problems import ChoraleError
from tests.model_server.server import ModelServer
from tests.service.test_release_pages import signed_in, text, worked
from tests.service.web_scene import person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]

WORDS = {"joy": "happy glad delighted", "anger": "furious rage hateful", "fear": "scared dark afraid"}


@pytest.fixture
def labelled() -> None:
    """Sixty texts with the votes of four people, one of whom is often alone."""
    scheme, random = registry.scheme("ekman-6"), np.random.default_rng(1)
    corpus = Corpus.objects.create(slug="notes", title="Notes", licence="CC0-1.0")
    people = [
        Rater.objects.create(kind="person", pseudonym=f"p{n}", corpus=corpus, source_key=f"p{n}") for n in range(4)
    ]
    for index in range(60):
        name = list(WORDS)[index % 3]
        item = Item.objects.create(
            uuid=item_uuid("notes", str(index)), corpus=corpus, source_id=str(index), modality="text",
            text=f"{' '.join(random.permutation(WORDS[name].split()))} number {index}",
        )  # fmt: skip
        for rater in people:
            seen = name if rater.pseudonym != "p3" or random.random() < 0.6 else "sadness"
            slot = stable_uuid("test", item.uuid, rater.pseudonym)
            response = Response.objects.create(slot=slot, item=item, rater=rater, origin="imported")
            Judgment.objects.create(
                key=stable_uuid(slot, 0, 0), response=response, item=item, rater=rater, scheme=scheme,
                perspective="writer", labels=[scheme.core.code(seen)],
            )  # fmt: skip
    collections.create(by=None, slug="notes-all", title="All", filter={"corpus": "notes"})


def test_models_are_compared_and_one_is_chosen(labelled: None) -> None:
    params: dict[str, Any] = {"collection": "notes-all", "scheme": "ekman-6", "perspective": "writer"}
    with pytest.raises(ChoraleError, match="Pre-label it first"):
        engine.start("bake_off", by=None, params=params)
    control.run_here(engine.start("prelabel", by=None, params=params | {"engine": "classifier"}))
    with ModelServer() as server:
        endpoints.register(by=None, slug="words", url=server.url, model="words", price_in=1.0, price_out=1.0)
        for way in ("logprobs", "verbalised"):
            chat = {"engine": "chat", "endpoint": "words", "elicitation": {"name": way}}
            control.run_here(engine.start("prelabel", by=None, params=params | chat))
    # The endpoint points elsewhere since, at another price: what was paid is paid.
    endpoints.register(by=None, slug="words", url="http://a.invalid/v1", model="more", price_in=9.0, price_out=9.0)
    job = control.run_here(engine.start("bake_off", by=None, params=params | {"rounds": 100}))
    table = job.result["table"]
    assert table["items"] == 60
    assert job.message == "compared with people: 3 of 3"
    rows = {row["name"]: row for row in table["rows"]}
    assert len(rows) == 3
    for name, row in rows.items():
        assert row["agreement"]["model_person"]["value"] > 0.4
        assert row["votes"]["Brier"]["value"] < row["votes"]["Brier, base rates"]["value"]
        assert row["stand_in"]["testable"] is True
        assert row["answered"] == 1
        assert (row["cost"] is None) == name.startswith("classifier")
        if row["cost"]:
            asked = ModelRequest.objects.filter(rater__pseudonym=name)
            tokens = asked.aggregate(total=Sum("prompt_tokens") + Sum("completion_tokens"))["total"]
            assert row["cost"]["value"] == pytest.approx(tokens / 1e6 / 60, rel=1e-6)
    chosen = Rater.objects.get(pseudonym=min(rows, key=lambda n: rows[n]["votes"]["Brier"]["value"]))
    bakeoffs.choose(by=None, job=job, rater=chosen, reason="least Brier score")
    told = Event.objects.get(action="bake_off.choose")
    assert told.detail["reason"] == "least Brier score"
    assert sorted(told.detail["over"]) == sorted(rows)
    with pytest.raises(ChoraleError, match="reason"):
        bakeoffs.choose(by=None, job=job, rater=chosen, reason=" ")
    chat = Rater.objects.filter(pseudonym__startswith="chat-").order_by("pk")[0]
    mapped = Rater.objects.create(kind="model", pseudonym="m", model=chat.model | {"uncalibrated": chat.pseudonym})
    assert replays.asked_as(mapped) == replays.asked_as(chat) == chat, "a map costs nothing and mends no failure"
    with pytest.raises(ChoraleError, match="not in this bake-off"):
        bakeoffs.choose(by=None, job=job, rater=Rater.objects.get(pseudonym="p0"), reason="why not")


def test_what_was_asked_before_prices_were_known_is_counted_at_those_of_now(labelled: None) -> None:
    params = {"collection": "notes-all", "scheme": "ekman-6", "perspective": "writer", "engine": "chat"}
    with ModelServer() as server:
        facts: dict[str, Any] = {"by": None, "slug": "words", "url": server.url, "model": "words"}
        endpoints.register(**facts)
        control.run_here(engine.start("prelabel", by=None, params=params | {"endpoint": "words"}))
        rater = Rater.objects.get(pseudonym__startswith="chat-")
        assert bakeoffs._spent(rater)["cost"] is None
        endpoints.register(**facts, price_in=2.0, price_out=2.0)
        spent = bakeoffs._spent(rater)["cost"]
    tokens = ModelRequest.objects.aggregate(total=Sum("prompt_tokens") + Sum("completion_tokens"))["total"]
    assert spent is not None
    assert spent.value == pytest.approx(2 * tokens / 1e6 / 60, rel=1e-6)


def test_the_report_page_and_the_choice(labelled: None, settings: Any) -> None:
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    params: dict[str, Any] = {"collection": "notes-all", "scheme": "ekman-6@1.0.0", "perspective": "writer"}
    control.run_here(engine.start("prelabel", by=None, params=params | {"engine": "classifier"}))
    client = signed_in(person("ada", Role.ADMIN))
    client.post("/jobs/start/bake_off/", params | {"declared": "skilled", "rounds": 50, "seed": 0})
    job = worked("bake_off")
    name = job.result["table"]["rows"][0]["name"]
    page = text(client.get(f"/bake-offs/{job.uuid}/"))
    assert f'data-name="Brier"><span>{job.result["table"]["rows"][0]["votes"]["Brier"]["value"]:.3f}' in page
    assert "declared skilled" in page
    assert client.post(f"/bake-offs/{job.uuid}/", {"rater": name, "reason": " "}).status_code == 422
    client.post(f"/bake-offs/{job.uuid}/", {"rater": name, "reason": "the only one"})
    assert Event.objects.get(action="bake_off.choose").by is not None
    assert "the only one" in text(client.get(f"/bake-offs/{job.uuid}/"))
    assert f"/bake-offs/{job.uuid}/" in text(client.get("/bake-offs/"))
    assert signed_in(person("rhea", Role.RESEARCHER)).get(f"/bake-offs/{job.uuid}/").status_code == 403


def test_models_are_asked_under_every_prompt_and_way_and_then_compared_in_one_job(
    labelled: None, settings: Any
) -> None:
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    client = signed_in(person("ada", Role.ADMIN))
    with ModelServer() as server:
        row = endpoints.register(by=None, slug="words", url=server.url, model="words", price_in=1.0, price_out=1.0)
        endpoints.examine(by=None, row=row)
        brief = replace(prompting.load("choose@1"), id="brief", version="1", guidelines="Be brief.")
        prompts = [endpoints.register_prompt(by=None, prompt=one).ref for one in (prompting.load("choose@1"), brief)]
        asked = {"collection": "notes-all", "scheme": "ekman-6@1.0.0", "perspective": "writer", "declared": "crowd"}
        asked |= {
            "rounds": 50,
            "seed": 0,
            "servers": ["words", "classifier"],
            "prompts": prompts,
            "budget_requests": 700,
        }
        refused = client.post("/jobs/start/bake_off/", asked | {"ways": ["verbalised"]})
        assert "None of these prompts" in text(refused)
        client.post("/jobs/start/bake_off/", asked | {"ways": ["logprobs", "samples", "verbalised"]})
        job = Job.objects.get(kind="bake_off")
        made = [
            (a.get("prompt", "-").partition("@")[0], a.get("elicitation", {}).get("name")) for a in job.params["ask"]
        ]
        assert made == [
            ("choose", "logprobs"),
            ("brief", "logprobs"),
            ("choose", "samples"),
            ("brief", "samples"),
            ("-", None),
        ]
        assert job.total == 5 * 60
        job = worked("bake_off")
    assert (job.done, job.budget) == (300, {"requests": 700})
    table = job.result["table"]
    assert len(table["rows"]) == 5
    chat = [one for one in table["rows"] if one["name"].startswith("chat")]
    for one in chat:
        for part in ("seconds", "cost"):
            assert 0 <= one[part]["low"] <= one[part]["value"] <= one[part]["high"]
        assert one["seconds"]["high"] > one["seconds"]["low"]
    spent = [ModelRequest.objects.filter(rater__pseudonym=one["name"]) for one in chat]
    for one, requests in zip(chat, spent, strict=True):
        tokens = requests.aggregate(total=Sum("prompt_tokens") + Sum("completion_tokens"))["total"]
        assert one["cost"]["value"] == pytest.approx(tokens / 1e6 / 60, rel=1e-6)
    page = text(client.get(f"/bake-offs/{job.uuid}/"))
    assert "brief@1" in page
    assert "advantage" in page


def test_a_closing_step_tells_how_far_it_is_and_hears_that_it_is_to_stop() -> None:
    job, seen = Job.objects.create(kind="bake_off", title="x"), []
    with transaction.atomic():  # as the step that closes a job
        for part in closing.told(job, "compared", ["a", "b"]):
            seen.append((part, Job.objects.get(pk=job.pk).message))
    assert seen == [("a", "compared: 0 of 2"), ("b", "compared: 1 of 2")]
    Job.objects.filter(pk=job.pk).update(cancel=True)
    with pytest.raises(engine.Cancelled):
        list(closing.told(job, "compared", ["a", "b"]))
