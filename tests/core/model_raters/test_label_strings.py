"""Labels of several tokens, and more of them than a server shows: scored as strings, or read off by token id."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from annotation.model_raters import asking, questions
from annotation.model_raters.chat import ChatAnswer, ItemFailure
from annotation.model_raters.endpoint import Endpoint
from annotation.model_raters.items import ShownItem
from annotation.model_raters.label_strings import LabelStrings, scored, string_masses, worded
from annotation.model_raters.logprobs import TokenLogprobs
from annotation.model_raters.probe import probe
from harmonize import schemes
from harmonize.problems import ChoraleError
from harmonize.records import Kind
from tests.model_server.server import ModelServer

MANY = replace(schemes.load("goemotions-28"), kind=Kind.SINGLE)
TEXTS = [ShownItem("c", "so happy and glad, delighted"), ShownItem("d", "scared in the dark, afraid")]
ITEMS = [ShownItem("a", "I love you, darling"), ShownItem("b", "what a letdown, I had hoped")]


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    with ModelServer() as running:
        yield running


def test_twenty_eight_labels_are_scored_by_their_own_words(server: ModelServer) -> None:
    start = len(server.bodies)
    way = LabelStrings()
    told = asking.chat_rater(
        Endpoint(server.url, "words", tries=1), MANY, perspective="writer", elicitation=way
    ).elicit(ITEMS)
    assert told.failures == ()
    assert told.judgments.values is not None
    assert [MANY.names[i] for i in told.judgments.values.argmax(axis=1)] == ["love", "disappointment"]
    assert told.judgments.values.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert told.off_scheme == pytest.approx(0.05, abs=1e-3)  # what the word model says beside its options
    sent = server.bodies[start:]
    assert len(sent) == 2 * (len(MANY.names) + 2)
    assert {body["messages"][-1]["role"] for body in sent} == {"assistant"}


def test_letters_asked_for_by_id_make_one_question_of_many_labels(server: ModelServer) -> None:
    address = Endpoint(server.url, "words", tries=1)
    found = probe(address)
    way = asking.way(asking.with_token_ids({"by_ids": True}, found))
    start = len(server.bodies)
    told = asking.chat_rater(address, MANY, perspective="writer", elicitation=way).elicit(ITEMS)
    assert len(server.bodies) - start == 2
    assert "top_logprobs" not in server.bodies[-1]
    grouped = asking.chat_rater(address, MANY, perspective="writer", elicitation=TokenLogprobs()).elicit(ITEMS)
    assert grouped.judgments.values is not None
    assert told.judgments.values is not None
    assert told.judgments.values.argmax(axis=1).tolist() == grouped.judgments.values.argmax(axis=1).tolist()
    assert max(map(len, grouped.keys)) > 1
    assert asking.way(way.describe()) == way  # as it is made again from the record


def test_an_endpoint_without_token_ids_is_refused() -> None:
    with ModelServer(drops=frozenset({"token_ids"})) as plain:
        found = probe(Endpoint(plain.url, "words", tries=1))
    with pytest.raises(ChoraleError, match=r"token_ids .no /tokenize"):
        asking.with_token_ids({"by_ids": True}, found)


def test_probabilities_of_strings_by_hand() -> None:
    """Head "h"; joy = j+oy (.5 * .4), joyful = j+oy+ful (.5 * .4 * .25), fear one token (.3)."""
    head = ("h", -3.0)

    def of(*parts: tuple[str, float]) -> tuple[tuple[str, float], ...]:
        return (head, *((token, math.log(p)) for token, p in parts))

    rows = [of(("j", 0.5), ("oy", 0.4)), of(("j", 0.5), ("oy", 0.4), ("ful", 0.25)), of(("fear", 0.3))]
    assert string_masses(rows, ()) == pytest.approx([0.15, 0.05, 0.3])
    with pytest.raises(ItemFailure, match="same tokens"):
        string_masses([rows[0], rows[0]], ())
    with pytest.raises(ItemFailure, match="exceed 1"):
        string_masses([of(("a", 0.9)), of(("b", 0.9))], ())


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        (None, "endpoint-no-scores"),
        ([None], "endpoint-no-scores"),
        ([None, {"7": {"logprob": float("nan")}}], "bad-logprobs"),
        ([None, {"7": {"logprob": 2.0}}], "bad-logprobs"),
    ],
)
def test_scores_that_cannot_be_are_refused(rows: object, code: str) -> None:
    with pytest.raises((ChoraleError, ItemFailure)) as refused:
        scored(ChatAnswer("k", {"choices": [{}], "prompt_logprobs": rows}, paid=True))
    assert refused.value.code == code


@pytest.mark.parametrize("ref", ["ekman-6-set", "brighter-6", "vad-5"])
def test_labels_that_do_not_compete_are_questions_answered_in_words(server: ModelServer, ref: str) -> None:
    """As good as the codes' log-probabilities on the same items: the ways of asking stay comparable."""
    scheme, start = schemes.load(ref), len(server.bodies)
    address = Endpoint(server.url, "words", tries=1)
    told = asking.chat_rater(address, scheme, perspective="writer", elicitation=LabelStrings()).elicit(TEXTS)
    sent = server.bodies[start:]
    codes = asking.chat_rater(address, scheme, perspective="writer", elicitation=TokenLogprobs()).elicit(TEXTS)
    assert told.failures == codes.failures == ()
    asked = questions.parts(scheme)
    assert len(sent) == len(TEXTS) * sum(len(question.options) for question in asked)
    assert told.judgments.values is not None
    assert codes.judgments.values is not None
    if ref == "vad-5":
        assert ((told.judgments.values >= 1) & (told.judgments.values <= 5)).all()
        return
    assert told.judgments.values == pytest.approx(codes.judgments.values, abs=0.2)
    joy, fear = scheme.code("joy"), scheme.code("fear")
    assert told.judgments.values[0, joy] > told.judgments.values[0, fear]
    assert told.judgments.values[1, fear] > told.judgments.values[1, joy]
    said = {body["messages"][-1]["content"] for body in sent}
    assert said == {option.name for question in asked for option in question.options}
    if told.strengths is not None:
        assert told.strengths[0, joy] > told.strengths[0, fear]


def test_abstentions_need_not_be_offered(server: ModelServer) -> None:
    start, scheme = len(server.bodies), schemes.load("ekman-6-set")
    way = LabelStrings(abstain=False)
    told = asking.chat_rater(
        Endpoint(server.url, "words", tries=1), scheme, perspective="writer", elicitation=way
    ).elicit(TEXTS[:1])
    assert {body["messages"][-1]["content"] for body in server.bodies[start:]} == {"yes", "no"}
    assert told.cannot_tell.tolist() == [0.0]
    assert [o.status for o in worded(MANY).options[-2:]] == [questions.NONE, questions.UNSURE]
    assert not np.isfinite(worded(MANY).options[0].value)
