"""Prompts of several stages: each stage a request of its own, reading what it may, and the label kept or rejected."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from annotation.model_raters import prompting
from annotation.model_raters.asking import chat_rater, check
from annotation.model_raters.chat import ChatAnswer, ChatRequest, ItemFailure
from annotation.model_raters.chat_rater import ChatRater
from annotation.model_raters.elicitation import Row
from annotation.model_raters.endpoint import Endpoint
from annotation.model_raters.items import ShownItem
from annotation.model_raters.predictions import Predictions
from annotation.model_raters.probe import probe
from annotation.model_raters.response_log import MemoryLog
from annotation.model_raters.staged import in_words, verdict
from annotation.model_raters.verbalised import Verbalised
from harmonize import schemes
from harmonize.problems import ChoraleError
from harmonize.records import Status
from tests.model_server.server import ModelServer

EKMAN = schemes.load("ekman-6")


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    with ModelServer() as running:
        yield running


def rater(server: ModelServer, ref: str, **changes: Any) -> ChatRater:
    prompt = replace(prompting.load(ref), **changes)
    way = Verbalised() if prompt.answer == "json" else None
    return chat_rater(
        Endpoint(server.url, "words", tries=1), EKMAN, perspective="writer", prompt=prompt, elicitation=way
    )


def likeliest(told: Predictions) -> list[str]:
    assert told.judgments.values is not None
    return [EKMAN.names[code] for code in told.judgments.values.argmax(axis=1)]


def test_translate_then_label_in_two_calls(server: ModelServer) -> None:
    start = len(server.bodies)
    told = rater(server, "translate-label@1").elicit([ShownItem("a", "main khush hun")])
    first, second = server.bodies[start:]
    assert "In English:\nmain happy hun" in second["messages"][-1]["content"]
    assert "logprobs" not in first
    assert likeliest(told) == ["joy"]
    assert told.notes[0]["stages"] == {"translation": "main happy hun"}
    assert len(set(told.keys[0])) == 2


def test_translate_and_label_in_one_call(server: ModelServer) -> None:
    start = len(server.bodies)
    told = rater(server, "translate-rate@1").elicit([ShownItem("a", "main khush hun")])
    (body,) = server.bodies[start:]
    wanted = body["response_format"]["json_schema"]["schema"]
    assert [*wanted["properties"]][:2] == ["translation", EKMAN.names[0]]
    assert told.notes[0]["asides"] == {"translation": "main happy hun"}
    assert told.judgments.values is not None
    assert told.judgments.values.sum() == pytest.approx(1, abs=1e-5)


def test_a_label_that_the_check_rejects_is_an_abstention_and_is_kept(server: ModelServer) -> None:
    told = rater(server, "describe-label-verify@1").elicit([ShownItem("a", "so happy"), ShownItem("b", "on a table")])
    assert told.judgments.status.tolist() == [Status.ANSWERED, Status.CANNOT_TELL]
    assert told.notes[0]["stages"]["clues"] == "words and looks: happy"
    assert "FAILS" in told.notes[1]["rejected"][0]
    assert told.judgments.values is not None
    assert told.judgments.values[1].sum() == pytest.approx(1, abs=1e-5)  # what was rejected is kept beside the status


def test_a_check_that_may_not_reject_only_notes_its_doubt(server: ModelServer) -> None:
    prompt = prompting.load("describe-label-verify@1")
    lenient = tuple(replace(stage, rejects=False) for stage in prompt.stages)
    told = rater(server, "describe-label-verify@1", stages=lenient).elicit([ShownItem("b", "on a table")])
    assert told.judgments.status.tolist() == [Status.ANSWERED]
    assert "FAILS" in told.notes[0]["doubted"]
    assert replace(prompt, stages=lenient).hash != prompt.hash


def test_judge_and_repair(server: ModelServer) -> None:
    items = [ShownItem("a", "happy glad? no, furious"), ShownItem("b", "on a table"), ShownItem("c", "so happy")]
    start = len(server.bodies)
    told = rater(server, "judge-repair@1").elicit(items)
    assert likeliest(told)[0] == "anger"
    assert told.judgments.status.tolist() == [Status.ANSWERED, Status.CANNOT_TELL, Status.ANSWERED]
    assert [note.get("asked_again") for note in told.notes] == [1, 1, None]
    assert [len(keys) for keys in told.keys] == [4, 4, 2]
    assert len(server.bodies) - start == 10
    again = [b for b in server.bodies[start:] if "An earlier label was rejected: FAILS" in str(b["messages"])]
    assert len(again) == 2


def test_self_ask_gives_reasons_and_places_that_stand_in_the_text(server: ModelServer) -> None:
    text = "🎈 a ghost, but I am happy and happy"
    told = rater(server, "self-ask@1").elicit([ShownItem("a", text)])
    (span,) = told.spans[0]
    assert text[span["start"] : span["end"]] == "happy" == span["text"]
    assert (span["unit"], span["role"]) == ("code point", "cause")
    assert told.notes[0]["spans_not_found"] == ["boo!"]
    assert told.notes[0]["reason"] == "It says ['happy']."
    assert [*told.notes[0]["stages"]] == ["questions", "answers"]


def test_context_pairs_are_two_raters(server: ModelServer) -> None:
    whole = rater(server, "context-pair@1")
    (alone,) = whole.beside
    assert alone.version != whole.version
    assert alone.beside == []
    log = MemoryLog()
    start = len(server.bodies)
    told = whole.elicit([ShownItem("a", "well", before=("A: hello",))], log=log)
    sent = [body["messages"][-1]["content"] for body in server.bodies[start:]]
    assert ["A: hello" in content for content in sent] == [False, True]
    assert told.shown[0] == {"modality": "text", "text": True, "before": 1, "after": 0}
    assert len(log.kept) == 2


def test_each_of_a_pair_is_gathered_from_the_same_outcomes(server: ModelServer) -> None:
    whole = rater(server, "context-pair@1")
    item = ShownItem("a", "so happy", before=("A: hello",))
    log = MemoryLog()
    whole.elicit([item], log=log)

    async def kept(request: ChatRequest) -> ChatAnswer:
        key = request.key(server.url, "words")
        return ChatAnswer(key, log.kept[key].body, paid=False)

    row = asyncio.run(whole.one(item, kept))
    alone = whole.beside[0].gather([(item, row)])
    assert alone.shown[0] == {"modality": "text", "text": True}
    assert alone.judgments.raters.to_pylist() == [whole.beside[0].name]
    assert len(alone.keys[0]) == 1
    assert set(alone.keys[0]) < set(row.keys)


def test_what_was_asked_before_a_death_is_not_asked_again(server: ModelServer) -> None:
    """The log outlives the process: only the stage that had no answer is sent."""
    log, item = MemoryLog(), ShownItem("a", "main khush hun, abhi")
    whole = rater(server, "translate-label@1")
    told = whole.elicit([item], log=log)
    del log.kept[told.keys[0][1]]  # died before the label came
    start = len(server.bodies)
    again = whole.elicit([item], log=log)
    assert len(server.bodies) - start == 1
    assert again.keys == told.keys


def test_an_explanation_needs_a_server_that_keeps_to_a_schema() -> None:
    with ModelServer(drops=frozenset({"response_format"})) as server:
        found = probe(Endpoint(server.url, "words", tries=1))
    with pytest.raises(ChoraleError, match="json_schema") as refused:
        check(rater(server, "choose-explain@1"), found)
    assert refused.value.code == "endpoint-cannot"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"reads": ["later"]}, "no earlier stage answers"),
        ({"stages": [{"id": "a", "role": "sing", "user": "x"}]}, "role 'sing'"),
        ({"stages": [{"id": "a", "role": "tell", "user": "x", "tone": "x"}]}, "does not know tone"),
        ({"stages": [{"id": "a", "role": "tell", "user": "x"}] * 2}, "names two stages"),
        ({"stages": [{"id": "a", "role": "tell", "user": "x", "sees": ["dreams"]}]}, "sees dreams"),
        ({"stages": [{"id": "a", "role": "tell", "user": "x", "reads": ["label"]}]}, "no earlier stage answers"),
        ({"stages": [{"id": "label", "role": "tell", "user": "x"}]}, "names two stages"),
        ({"asides": ["translation"]}, "Only an answer in JSON"),
        ({"stages": [{"id": "a", "role": "tell", "user": "{% if %}"}]}, "template is faulty"),
    ],
)
def test_stages_that_cannot_be_are_refused(change: dict[str, Any], why: str) -> None:
    with pytest.raises(ChoraleError, match=why):
        prompting.from_dict(prompting.to_dict(prompting.load("choose@1")) | change)


@pytest.mark.parametrize("ref", prompting.shipped())
def test_shipped_prompts_come_back_from_their_record(ref: str) -> None:
    prompt = prompting.load(ref)
    assert prompting.from_dict(prompting.to_dict(prompt)) == prompt
    assert prompting.difference(prompt, replace(prompt, version="9", guidelines="Mind irony.")).count("\n+") == 3


def test_a_window_of_turns_is_part_of_the_prompt() -> None:
    prompt = prompting.load("choose@1")
    item = ShownItem("a", "well", before=("1", "2", "3"), after=("4", "5"))
    assert prompt.seen(item).before == ("1", "2", "3")
    assert prompt.seen(item).after == ()
    near = replace(prompt, turns=(1, 1))
    assert (near.seen(item).before, near.seen(item).after) == (("3",), ("4",))
    assert replace(prompt, turns=(0, 0)).seen(item).before == ()
    assert near.hash != prompt.hash
    assert prompting.from_dict(prompting.to_dict(near)).hash == near.hash


def test_a_verdict_is_its_first_word() -> None:
    assert verdict("HOLDS. She cries.")
    assert not verdict("1. Fails: he jokes.")
    with pytest.raises(ItemFailure, match="neither"):
        verdict("Well, it depends.")


def test_labels_in_words() -> None:

    row = Row(np.array([0.7, 0.2, 0.06, 0.04, 0, 0]), ())
    first = [EKMAN.labels[code].name for code in range(3)]
    assert in_words(row, EKMAN) == f"{first[0]} (70%), {first[1]} (20%), {first[2]} (6%)"
    assert in_words(replace(row, status=Status.NONE_APPLIES), EKMAN) == "none of these"
