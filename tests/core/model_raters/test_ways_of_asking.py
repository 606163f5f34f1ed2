"""Samples and verbalised probabilities through the real HTTP server, and the checks on what comes back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from annotation.model_raters import asking, prompting, questions
from annotation.model_raters.chat import ChatAnswer, ItemFailure
from annotation.model_raters.endpoint import Endpoint
from annotation.model_raters.items import ShownItem
from annotation.model_raters.logprobs import TokenLogprobs
from annotation.model_raters.sampling import Samples, item_seed, which
from annotation.model_raters.verbalised import Verbalised, read
from harmonize import schemes
from harmonize.problems import ChoraleError
from harmonize.records import Kind
from tests.model_server.server import ModelServer

EKMAN = schemes.load("ekman-6")
ITEMS = [ShownItem("a", "so happy and delighted today"), ShownItem("b", "I am furious, what a rage")]


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    with ModelServer() as running:
        yield running


def rater(server: ModelServer, way: object, scheme: schemes.Scheme = EKMAN):  # type: ignore[no-untyped-def]
    address = Endpoint(server.url, "words", tries=1)
    return asking.chat_rater(address, scheme, perspective="writer", elicitation=way)  # type: ignore[arg-type]


def test_samples_are_counted_under_a_seed_of_each_item(server: ModelServer) -> None:
    start = len(server.bodies)
    told = rater(server, Samples(count=40, at_once=20)).elicit(ITEMS)
    assert [EKMAN.names[i] for i in told.judgments.values.argmax(axis=1)] == ["joy", "anger"]
    shares = told.judgments.values * (1 - told.off_scheme - told.none_applies - told.cannot_tell)[:, None] * 40
    assert np.allclose(shares, np.round(shares), atol=1e-3)  # fortieths: each is a count
    seeds = [body["seed"] for body in server.bodies[start:]]
    assert len(set(seeds)) == 4
    again = rater(server, Samples(count=40, at_once=20)).elicit(ITEMS)
    assert np.array_equal(again.judgments.values, told.judgments.values)
    assert item_seed(0, "a", 0) != item_seed(1, "a", 0)


def test_words_outside_the_scheme_are_counted_and_not_forced(server: ModelServer) -> None:
    told = rater(server, Samples(count=100, at_once=50)).elicit(ITEMS)
    assert 0.005 < told.off_scheme.mean() < 0.15  # the word model says stray words one time in twenty


def test_samples_of_a_set_ask_for_each_label_under_a_seed_of_its_own(server: ModelServer) -> None:
    start, several = len(server.bodies), schemes.load("ekman-6-set")
    told = rater(server, Samples(count=30, at_once=30), several).elicit(ITEMS)
    assert told.judgments.values is not None
    assert [several.names[i] for i in told.judgments.values.argmax(axis=1)] == ["joy", "anger"]
    seeds = [body["seed"] for body in server.bodies[start:]]
    assert len(set(seeds)) == len(seeds) == 2 * len(several.names)
    exact = rater(server, TokenLogprobs(), several).elicit(ITEMS).judgments.values
    assert exact is not None
    assert np.abs(told.judgments.values - exact).max() < 0.35  # thirty draws: three standard errors at most


def test_numbers_with_their_spread_in_all_three_ways(server: ModelServer) -> None:
    vad = schemes.load("vad-5")
    low, high = (np.array([getattr(d, end) for d in vad.dimensions]) for end in ("low", "high"))
    for way in (TokenLogprobs(), Samples(count=20, at_once=20), Verbalised(spread=True)):
        told = rater(server, way, vad).elicit(ITEMS)
        values = told.judgments.values
        assert values is not None
        assert ((values >= low) & (values <= high)).all(), way
        spread = told.notes[0]["spread"]
        assert [*spread] == list(vad.names)
        assert all(0 <= value <= (high - low).max() for value in spread.values())
    assert "spread" not in Verbalised().describe()


def test_strengths_in_all_three_ways(server: ModelServer) -> None:
    strong = schemes.load("brighter-6")
    joy = strong.code("joy")
    for way in (TokenLogprobs(), Samples(count=20, at_once=20), Verbalised()):
        told = rater(server, way, strong).elicit(ITEMS)
        assert told.strengths is not None
        assert told.judgments.values is not None
        assert ((told.strengths >= 0) & (told.strengths <= len(strong.levels) - 1)).all(), way
        assert ((told.judgments.values >= 0) & (told.judgments.values <= 1)).all()
        assert told.strengths[0].argmax() == joy, way
        assert told.strengths[0, joy] > told.strengths[1, joy]


def test_more_labels_than_capitals_are_sampled_in_one_question(server: ModelServer) -> None:
    many = replace(schemes.load("goemotions-28"), kind=Kind.SINGLE)
    told = rater(server, Samples(count=20, at_once=20), many).elicit(ITEMS)
    assert told.judgments.values is not None
    assert [many.names[i] for i in told.judgments.values.argmax(axis=1)] == ["joy", "anger"]
    assert which("a", questions.choice(many, limit=52)) != which("A", questions.choice(many, limit=52))


def test_verbalised_probabilities_are_divided_by_their_sum_for_a_single_choice(server: ModelServer) -> None:
    told = rater(server, Verbalised()).elicit(ITEMS)
    assert np.allclose(told.judgments.values.sum(axis=1), 1, atol=1e-4)
    assert [EKMAN.names[i] for i in told.judgments.values.argmax(axis=1)] == ["joy", "anger"]
    sent = server.bodies[-1]["response_format"]["json_schema"]
    assert sent["strict"] is True
    assert sent["schema"]["required"] == list(EKMAN.names)


def test_verbalised_probabilities_of_a_set_stay_as_said(server: ModelServer) -> None:
    values = rater(server, Verbalised(), schemes.load("goemotions-28")).predict(ITEMS).values
    assert values.max() == 1
    assert values.sum(axis=1).min() > 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ('{"anger": 0.5', "invalid-json"),
        ("[1, 2]", "invalid-json"),
        ("I would say joy.", "invalid-json"),
        ('{"anger": 1}', "wrong-keys"),
        (json.dumps(dict.fromkeys(EKMAN.names, float("nan"))), "not-a-number"),
        (json.dumps(dict.fromkeys(EKMAN.names, True)), "not-a-number"),
        (json.dumps(dict.fromkeys(EKMAN.names, "high")), "not-a-number"),
        (json.dumps(dict.fromkeys(EKMAN.names, 4)), "out-of-range"),
        (json.dumps(dict.fromkeys(EKMAN.names, float("inf"))), "not-a-number"),
        (json.dumps(dict.fromkeys(EKMAN.names, 0)), "no-mass"),
    ],
)
def test_unsound_answers_are_refused_with_their_reason(content: str, code: str) -> None:
    body = {"choices": [{"message": {"content": content}, "finish_reason": "stop"}]}
    with pytest.raises(ItemFailure) as refused:
        read(ChatAnswer("k", body, paid=True), EKMAN)
    assert refused.value.code == code
    assert refused.value.keys == ("k",)


def test_an_answer_that_ran_out_of_tokens_is_refused_even_if_it_parses() -> None:
    content = json.dumps(dict.fromkeys(EKMAN.names, 0.5))
    body = {"choices": [{"message": {"content": content}, "finish_reason": "length"}]}
    with pytest.raises(ItemFailure) as refused:
        read(ChatAnswer("k", body, paid=True), EKMAN)
    assert refused.value.code == "cut-off"


def test_a_code_fence_is_taken_off() -> None:
    content = "```json\n" + json.dumps(dict.fromkeys(EKMAN.names, 0.5)) + "\n```"
    body = {"choices": [{"message": {"content": content}, "finish_reason": "stop"}]}
    assert read(ChatAnswer("k", body, paid=True), EKMAN).values.tolist() == pytest.approx([1 / 6] * 6)


def test_a_prompt_for_codes_is_refused_for_json(server: ModelServer) -> None:
    address = Endpoint(server.url, "words")
    with pytest.raises(ChoraleError) as refused:
        asking.chat_rater(
            address, EKMAN, perspective="writer", elicitation=Verbalised(), prompt=prompting.load("choose@1")
        )
    assert refused.value.code == "prompt-mismatch"


def test_ways_are_made_by_name_and_unknown_ones_refused() -> None:
    assert asking.way(None).describe()["name"] == "logprobs"
    assert asking.way({"name": "samples", "count": 5}).describe()["count"] == 5
    for wrong in ({"name": "guess"}, {"name": "samples", "colour": 1}):
        with pytest.raises(ChoraleError, match=r"guess|colour"):
            asking.way(wrong)


def test_prompts_travel_as_plain_values_and_keep_their_hash() -> None:
    base = prompting.load("choose@1")
    shot = prompting.Shot(ShownItem("x", "text", before=("earlier",)), (("*", "A"),))
    prompt = prompting.Prompt(base.id, "2", base.system, base.user, "Be kind.", (shot,))
    back = prompting.from_dict(json.loads(json.dumps(prompting.to_dict(prompt))))
    assert back == prompt
    assert back.hash == prompt.hash != base.hash
    told = prompting.difference(base, prompt)
    assert "+Be kind." in told
    assert "+example x" in told
    assert "[system]" not in [line[1:] for line in told.splitlines() if line[0] in "+-"]
    assert prompting.difference(base, base) == ""
    with pytest.raises(ChoraleError, match="faulty"):
        prompting.from_dict(prompting.to_dict(base) | {"user": "{% if %}"})
    bad = prompting.from_dict(prompting.to_dict(base) | {"user": "{{ nothing_like_this }}"})
    with pytest.raises(ChoraleError, match="cannot be rendered"):
        bad.messages(ITEMS[0], None, perspective="writer")
