"""The probe finds what a server truly does, and refuses what it drops silently."""

from __future__ import annotations

import asyncio

import pytest

from annotation.model_raters import asking
from annotation.model_raters.abilities import Abilities
from annotation.model_raters.chat import ChatAnswer
from annotation.model_raters.endpoint import Endpoint
from annotation.model_raters.label_strings import LabelStrings
from annotation.model_raters.logprobs import TokenLogprobs
from annotation.model_raters.probe import _json_schema, probe
from annotation.model_raters.sampling import Samples
from annotation.model_raters.verbalised import Verbalised
from harmonize import schemes
from harmonize.problems import ChoraleError
from tests.model_server.server import ModelServer


def test_a_whole_server_is_found_whole() -> None:
    with ModelServer() as server:
        found = probe(Endpoint(server.url, "words", tries=2))
    assert {name: ability.works for name, ability in found.found.items()} == {
        "chat": True,
        "logprobs": True,
        "label_strings": True,
        "token_ids": True,
        "n": True,
        "seed": True,
        "json_schema": True,
        "images": False,
        "audio": False,
        "context": None,
    }
    assert found.found["images"].evidence == "0 prompt tokens for it"
    assert Abilities.from_dict(found.to_dict()) == found


@pytest.mark.parametrize(
    ("drop", "feature", "way"),
    [
        ("logprobs", "logprobs", None),
        ("n", "n", Samples()),
        ("seed", "seed", Samples()),
        ("response_format", "json_schema", Verbalised()),
        ("enum", "json_schema", Verbalised()),
        ("prompt_logprobs", "label_strings", LabelStrings()),
        ("token_ids", "token_ids", TokenLogprobs(ids={"A": [65]})),
    ],
)
def test_what_is_dropped_silently_is_refused_for_that_reason(drop: str, feature: str, way: object) -> None:
    with ModelServer(drops=frozenset({drop})) as server:
        address = Endpoint(server.url, "words", tries=2)
        found = probe(address)
    assert not found.found[feature].works
    rater = asking.chat_rater(address, schemes.load("ekman-6"), perspective="writer", elicitation=way)  # type: ignore[arg-type]
    with pytest.raises(ChoraleError, match=feature) as refused:
        asking.check(rater, found)
    assert refused.value.code == "endpoint-cannot"


def test_a_whole_server_passes_the_check_of_every_way() -> None:
    with ModelServer() as server:
        address = Endpoint(server.url, "words", tries=2)
        found = probe(address)
    for way in (None, Samples(), Verbalised()):
        asking.check(asking.chat_rater(address, schemes.load("ekman-6"), perspective="writer", elicitation=way), found)  # type: ignore[arg-type]


def test_a_dead_server_is_said_to_be_dead() -> None:
    found = probe(Endpoint("http://127.0.0.1:9/v1", "words", tries=1))
    assert [*found.found] == ["chat"]
    with pytest.raises(ChoraleError, match="no connection"):
        found.require(frozenset({"logprobs"}))


@pytest.mark.parametrize(
    ("said", "reason", "why"),
    [
        ('{"q7":   \n\n   ', "length", "fills its answer with white space"),
        ("Hello there, how are", "length", "ignored the schema"),
        ("{", "length", "ignored the schema"),
        ('{"q7": 1}', "stop", "but not to its values"),
        ('{"q7": "40817"}', "stop", "but not to its values"),
        ('["q7"]', "stop", "ignored the schema"),
        ('{"q7": 40817, "more": 1}', "stop", "ignored the schema"),
    ],
)
def test_a_schema_that_is_kept_in_part_is_told_from_one_that_is_ignored(said: str, reason: str, why: str) -> None:
    async def ask(*asked: object, **parameters: object) -> ChatAnswer:
        return ChatAnswer("key", {"choices": [{"message": {"content": said}, "finish_reason": reason}]}, paid=True)

    found = asyncio.run(_json_schema(ask))
    assert found.works is False
    assert why in found.evidence
