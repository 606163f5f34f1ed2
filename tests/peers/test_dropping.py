"""A server that drops features silently: every job that needs one is refused before it starts, for the right reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from chorale.jobs import control
from chorale.store import endpoints
from chorale.store.models import Endpoint, Job, Judgment, ModelRequest
from harmonize.problems import ChoraleError
from tests.peers import asked

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def endpoint(dropping: str, text_model: Path) -> Endpoint:
    """The server, registered; it takes the folder of a model for its name."""
    asked.collect("few", ["what a day", "leave me alone", "oh no"])
    return endpoints.register(by=None, slug="dropping", url=dropping, model=str(text_model))


def test_the_probe_is_not_taken_in(endpoint: Endpoint) -> None:
    found = endpoints.examine(by=None, row=endpoint).found
    assert found["chat"].works
    lacking = {
        name: found[name].evidence
        for name in ("logprobs", "label_strings", "token_ids", "n", "json_schema", "images", "audio")
    }
    assert not any(found[name].works for name in lacking)
    assert "without log-probabilities" in lacking["logprobs"]
    assert lacking["n"] == "1 of 3 alternatives came back"
    assert "ignored the schema" in lacking["json_schema"]
    assert lacking["images"] == "0 prompt tokens for it"
    assert found["seed"].works is None  # it takes every seed and answers the same: nothing can be told


@pytest.mark.parametrize(
    ("way", "why"),
    [
        ("logprobs", "logprobs .*without log-probabilities"),
        ("label-strings", r"label_strings \(The server refused the request \(422\).*prompt_logprobs"),
        ("token-ids", "token_ids .no /tokenize"),
        ("samples", "n .1 of 3 alternatives came back.*seed .every seed gave the same answer"),
        ("verbalised", "json_schema .ignored the schema"),
    ],
)
def test_a_job_that_needs_what_is_dropped_is_refused(endpoint: Endpoint, way: str, why: str) -> None:
    with pytest.raises(ChoraleError, match=why):
        asked.begin("few", "dropping", way)
    assert [kind.objects.count() for kind in (Job, Judgment, ModelRequest)] == [0, 0, 0]


def test_pictures_are_refused_though_the_server_takes_them_without_a_word(endpoint: Endpoint) -> None:
    with pytest.raises(ChoraleError, match=r"images \(0 prompt tokens for it\)"):
        asked.begin("few", "dropping", "logprobs", image_side=128)


def test_what_it_can_do_is_done(endpoint: Endpoint) -> None:
    """Without the schema the tiny model may answer anything: each item is labelled or listed with its reason."""
    job = control.run_here(
        asked.begin("few", "dropping", "verbalised", elicitation={"name": "verbalised", "strict": False})
    )
    assert job.done == 3
    assert Judgment.objects.count() + job.failed == 3
