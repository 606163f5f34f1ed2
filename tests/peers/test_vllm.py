"""A real vLLM: what the probe finds, three ways to a soft label end to end, and agreement with people."""

from __future__ import annotations

import numpy as np
import pytest

from annotation.agreement import alpha
from annotation.agreement.coefficient import Coefficient
from annotation.model_raters.response_log import Kept
from chorale.jobs import control
from chorale.store import endpoints, registry
from chorale.store.models import Endpoint, Judgment, ModelFailure, ModelRequest
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind, Status
from tests.peers import asked
from tests.peers.conftest import Texts, Told

pytestmark = pytest.mark.django_db(transaction=True)

WITH_PEOPLE, OTHERWISE = 1000, 40  # held-out texts asked about: the first needs as many as make the interval narrow
FEWER, FEWEST = 120, 20  # of them for the dearer ways


@pytest.fixture
def held_out(texts: Texts) -> list[Told]:
    """Held-out texts, in the collections "people" (all), "fewer" and "few"."""
    rows = texts.held_out[: WITH_PEOPLE if texts.real else OTHERWISE]
    asked.collect("people", [row.text for row in rows])
    asked.collect("fewer", [row.text for row in rows[:FEWER]])
    asked.collect("few", [row.text for row in rows[:FEWEST]])
    return rows


@pytest.fixture
def endpoint(vllm: str) -> Endpoint:
    """vLLM, registered."""
    return endpoints.register(by=None, slug="vllm", url=vllm, model="tiny")


def said(collection: str) -> dict[str, np.ndarray]:
    """Each answered item's soft label by source id."""
    rows = Judgment.objects.filter(item__corpus__slug=collection, rater__kind="model", status=Status.ANSWERED)
    return {item: np.array(values) for item, values in rows.values_list("item__source_id", "probabilities")}


def abstained(collection: str) -> int:
    """How many items a model abstained on."""
    rows = Judgment.objects.filter(item__corpus__slug=collection, rater__kind="model")
    return rows.exclude(status=Status.ANSWERED).count()


def with_people(rows: list[Told], model: dict[str, np.ndarray]) -> Coefficient:
    """Alpha between people's label and the model's most probable one."""
    names = registry.scheme(asked.SCHEME).core.names
    votes = [(str(n), "people", row.label) for n, row in enumerate(rows)]
    votes += [(item, "model", names[int(values.argmax())]) for item, values in model.items()]
    return alpha(Judgments.from_ratings(votes, kind=Kind.SINGLE, labels=list(names)))


def test_the_probe_finds_what_vllm_can_do_and_what_this_model_cannot(endpoint: Endpoint) -> None:
    found = endpoints.examine(by=None, row=endpoint).found
    assert {name for name, ability in found.items() if ability.works} == {
        *("chat", "logprobs", "label_strings", "token_ids", "n", "seed", "json_schema", "context")
    }
    assert found["token_ids"].amount == 52  # more than the 20 alternatives that it shows
    assert found["logprobs"].amount == 20
    assert found["context"].amount == 2048
    assert "not a multimodal model" in found["images"].evidence


def test_log_probabilities_agree_with_people(held_out: list[Told], endpoint: Endpoint, texts: Texts) -> None:
    job = control.run_here(asked.begin("people", "vllm", "logprobs"))
    assert (job.done, job.failed) == (len(held_out), ModelFailure.objects.count())
    soft = said("people")
    assert len(soft) + job.failed == len(held_out)
    assert all(values.sum() == pytest.approx(1, abs=1e-5) for values in soft.values())
    if texts.real:
        found = with_people(held_out, soft)
        print(f"alpha of the model with people on {found.units} held-out texts: {found}")
        assert found.units >= 500
        assert found.low is not None
        assert found.low > 0.2


def test_labels_scored_as_strings_tell_what_log_probabilities_tell(held_out: list[Told], endpoint: Endpoint) -> None:
    """Every label is one token to the tiny model, so that both ways must find the same probabilities."""
    control.run_here(asked.begin("few", "vllm", "logprobs"))
    exact = said("few")
    Judgment.objects.all().delete()
    job = control.run_here(asked.begin("few", "vllm", "label-strings"))
    scored = said("few")
    labels = len(registry.scheme(asked.SCHEME).core.names)
    assert job.result["used"]["sent"] == FEWEST * labels
    assert scored.keys() == exact.keys()
    for item, values in scored.items():
        assert values == pytest.approx(exact[item], abs=0.03)


def test_letters_are_read_off_by_their_token_ids(held_out: list[Told], endpoint: Endpoint) -> None:
    """The tiny model never learned letters: what counts is that all that were asked for come back, or the reason."""
    job = control.run_here(asked.begin("few", "vllm", "token-ids"))
    assert job.done == FEWEST == len(said("few")) + ModelFailure.objects.count() + abstained("few")
    for row in ModelRequest.objects.all():
        tokens = Kept(str(row.item), bytes(row.packed), 0, 0, 1, 0.0).body["choices"][0]["logprobs"]["content"][0]
        seen = {entry["token"].strip() for entry in tokens["top_logprobs"]}
        assert seen >= set("ABCDEFGHI")  # seven labels and two abstentions


def test_samples_and_log_probabilities_tell_the_same(held_out: list[Told], endpoint: Endpoint) -> None:
    """Ten draws of an item are draws from its distribution: their mean over items must lie close to it."""
    control.run_here(asked.begin("fewer", "vllm", "logprobs"))
    exact = said("fewer")
    Judgment.objects.all().delete()
    control.run_here(asked.begin("fewer", "vllm", "samples"))
    drawn = said("fewer")
    both = sorted(exact.keys() & drawn.keys())
    assert len(both) >= 0.9 * min(FEWER, len(held_out))
    assert all(np.allclose(drawn[item] * 10, np.round(drawn[item] * 10), atol=1.2) for item in both)
    p, q = (np.array([found[item] for item in both]) for found in (exact, drawn))
    error = np.sqrt((p * (1 - p)).sum(axis=0) / 10) / len(both)  # of the mean over items, by the draws alone
    assert (np.abs(p.mean(axis=0) - q.mean(axis=0)) < 5 * error + 0.02).all()
    assert np.corrcoef(p.ravel(), q.ravel())[0, 1] > 0.8


def test_verbalised_probabilities_come_whole_or_with_a_reason(held_out: list[Told], endpoint: Endpoint) -> None:
    job = control.run_here(asked.begin("fewer", "vllm", "verbalised"))
    soft = said("fewer")
    assert len(soft) + ModelFailure.objects.count() == job.done == min(FEWER, len(held_out))
    assert len(soft) > 0.9 * job.done
    for values in soft.values():
        assert np.isfinite(values).all()
        assert values.sum() == pytest.approx(1, abs=1e-5)


def test_asking_again_sends_nothing(held_out: list[Told], endpoint: Endpoint) -> None:
    first = control.run_here(asked.begin("fewer", "vllm", "logprobs"))
    kept = ModelRequest.objects.count()
    again = control.run_here(asked.begin("fewer", "vllm", "logprobs"))
    assert first.result["used"]["sent"] == kept == again.result["used"]["reused"]
    assert again.result["used"]["sent"] == 0
    assert ModelRequest.objects.count() == kept


def test_pictures_are_refused_before_anything_is_asked(held_out: list[Told], endpoint: Endpoint) -> None:
    with pytest.raises(ChoraleError, match=r"images.*not a multimodal model"):
        asked.begin("fewer", "vllm", "logprobs", image_side=128)
    assert not ModelRequest.objects.exists()
