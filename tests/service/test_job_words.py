"""A job's page says in words what was asked and what came of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from chorale.store.models import Corpus, Endpoint, Job, Rater
from chorale.store.models.people import Role
from chorale.web import job_words, rater_words
from chorale.web.outcomes import outcome
from tests.service.web_scene import person

pytestmark = pytest.mark.django_db


def said(params: dict[str, Any], kind: str = "prelabel", **result: Any) -> tuple[dict[str, str], dict[str, str]]:
    job = Job(kind=kind, params=params, result=result)
    return ({x.word: x.text for x in job_words.asked(job)}, {x.word: x.text for x in job_words.result(job)})


def test_words_are_those_of_the_form_and_no_name_of_a_parameter_is_left() -> None:
    params = {
        "collection": "all", "scheme": "ekman-6@1.0.0", "perspective": "writer", "engine": "chat", "endpoint": "words",
        "elicitation": {"name": "samples", "samples": 10}, "show_language": True, "frames": 4, "image_side": 512,
        "budget_requests": 1200, "only": ["a", "b"], "max_training": 500, "train_on": ["tales", "notes"],
    }  # fmt: skip
    asked, result = said(params, engine="chat", rater="chat-1", training_items=0, failed=3, cost=0.01234, more={"a": 1})
    assert asked["Who speaks"] == "a language model"
    assert asked["Name the item's language to the model"] == "yes"
    assert (asked["Frames of a video"], asked["Most requests"], asked["These alone"]) == ("4", "1,200", "2 items")
    assert asked["Learns from"] == "tales; notes"
    assert (result["Items that failed"], result["Cost"], result["Items learnt from"]) == ("3", "0.01234", "0")
    assert not any("_" in word or word.islower() for word in [*asked, *result])


def test_a_scope_is_one_line_that_leads_to_its_page() -> None:
    job = Job(kind="settle", params={"ways": "all", "scope_type": "corpus", "scope": "tales"})
    first, *rest = job_words.asked(job)
    assert first == ("Corpus", "tales", "/corpora/tales/", False)
    assert [line.word for line in rest] == ["Aggregations"]
    assert said({"corpora": []}, "screen_corpus")[0] == {"Corpora": "none"}


def test_models_of_a_bake_off_are_told_by_their_servers() -> None:
    Endpoint.objects.create(slug="words", title="Word server", url="http://a.invalid/v1", model="words")
    asks = [
        {"engine": "chat", "endpoint": "words", "elicitation": {"name": "logprobs"}, "prompt": "choose@1"},
        {"engine": "classifier"},
    ]
    told, _ = said({"collection": "all", "ask": asks, "seed": 20260101}, "bake_off")
    assert told["Models asked first"] == "Word server, logprobs, choose@1; a classifier"
    assert told["Seed"] == "20260101"


def test_a_file_of_predictions_and_a_function_are_told_by_their_names() -> None:
    given = {"file": "predictions/a1.csv", "file_name": "mine.csv", "name": "mine", "version": "2"}
    asked = said(given, "import_predictions")[0]
    assert asked == {"File": "mine.csv", "Model": "mine", "Its version": "2"}
    asked = said({"engine": "function", "rater": "first-letter"})[0]
    assert asked == {"Who speaks": "a Python function", "Its name": "first-letter"}


def test_a_model_rater_is_told_in_words() -> None:
    parameters = {"version": "3", "trained_on": 0, "image_side": 0, "show_language": True, "odd_one": 2}
    model = {
        "engine": "function", "name": "first-letter", "scheme": "ekman-6@1.0.0", "scores": None, "version": "abc",
        "prompt_version": None, "parameters": parameters, "training_items": 0,
    }  # fmt: skip
    row = Rater(kind="model", pseudonym="function-abc", model=model)
    assert rater_words.kind(row) == "a Python function"
    told = {line.word: line.text for line in rater_words.lines(row)}
    assert told == {
        "Name": "first-letter", "Scheme": "ekman-6@1.0.0", "The item's language is named": "yes",
        "Its own version": "3", "Odd one": "2", "Fingerprint": "abc",
    }  # fmt: skip
    assert rater_words.kind(Rater(kind="person")) == "person"


def test_the_page_shows_them(client: Client, settings: Any) -> None:
    plain = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    settings.STORAGES = settings.STORAGES | plain
    client.force_login(person("ada", Role.ADMIN))
    Corpus.objects.create(slug="tales", title="Tales", licence="CC0-1.0")
    told = {"read": 1200, "quarantined": 2, "corpus": "tales"}
    job = Job.objects.create(
        kind="import_corpus", title="Import", state="done", params={"folder": "/srv/tales"}, result=told
    )
    page = client.get(f"/jobs/{job.uuid}/").content.decode()
    assert "<dt>Rows read</dt><dd>1,200</dd>" in page
    assert '<dt>Corpus</dt><dd><a href="/corpora/tales/">tales</a></dd>' in page
    assert "<dt>quarantined</dt>" not in page
    assert 'href="/corpora/tales/">See what it made' in page
    built = Job(kind="release", state="done", result={"release": "voices@0.3.0"})
    assert outcome(built) == "/releases/voices/0.3.0/"
