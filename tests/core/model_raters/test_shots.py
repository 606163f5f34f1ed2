"""Examples in prompts: only items that people agree on, never reserved ones, and the answer the question wants."""

from __future__ import annotations

import json

import pytest

from annotation.model_raters import prompting
from annotation.model_raters.asking import chat_rater
from annotation.model_raters.endpoint import Endpoint
from annotation.model_raters.items import ShownItem
from annotation.model_raters.label_strings import LabelStrings
from annotation.model_raters.logprobs import TokenLogprobs
from annotation.model_raters.predictions import Provenance
from annotation.model_raters.sampling import Samples
from annotation.model_raters.shots import answers, with_shots
from annotation.model_raters.verbalised import Verbalised, schema
from annotation.model_raters.votes import vote_shares
from harmonize import schemes
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind
from tests.model_server.server import ModelServer

EKMAN = schemes.load("ekman-6")


def scene() -> tuple[Judgments, dict[str, ShownItem]]:
    """Thirty items: two in three unanimous, labels joy, anger, fear by turns; pairs of items share a group."""
    rows, items = [], {}
    for n in range(30):
        name = ("joy", "anger", "fear")[n % 3]
        items[f"i{n:02}"] = ShownItem(f"i{n:02}", f"{name} text {n}", group=f"g{n // 2}")
        for rater in range(3):
            rows.append((f"i{n:02}", f"r{rater}", "sadness" if rater == 2 and n % 5 == 0 else name))
    return Judgments.from_ratings(rows, kind=Kind.SINGLE, labels=EKMAN.names), items


def test_examples_are_unanimous_of_all_labels_and_one_a_group() -> None:
    people, items = scene()
    reserved = {"i01", "i02"}
    prompt = with_shots(prompting.load("choose@1"), people, items, EKMAN, TokenLogprobs(), count=6, reserved=reserved)
    ids = [shot.item.id for shot in prompt.shots]
    assert len(set(ids)) == 6
    assert reserved.isdisjoint(ids)
    assert not any(int(name[1:]) % 5 == 0 for name in ids)
    assert len({shot.item.group for shot in prompt.shots}) == 6
    assert len({dict(shot.answers)["choice:0"] for shot in prompt.shots}) == 3
    again = with_shots(prompting.load("choose@1"), people, items, EKMAN, TokenLogprobs(), count=6, reserved=reserved)
    assert again.hash == prompt.hash
    other = with_shots(prompting.load("choose@1"), people, items, EKMAN, TokenLogprobs(), count=6, seed=1)
    assert other.hash != prompt.hash


def test_too_few_agreed_items_are_refused() -> None:
    people, items = scene()
    with pytest.raises(ChoraleError) as refused:
        with_shots(prompting.load("choose@1"), people, items, EKMAN, TokenLogprobs(), count=16)
    assert refused.value.code == "shots-few"


def test_each_way_of_asking_gets_its_own_answer() -> None:
    share = vote_shares(Judgments.from_ratings([("x", "r", "fear")], kind=Kind.SINGLE, labels=EKMAN.names)).shares[0]
    assert answers(share, EKMAN, TokenLogprobs()) == (("choice:0", "C"),)
    assert answers(share, EKMAN, TokenLogprobs(turns=2)) == (("choice:0", "C"), ("choice:1", "B"))
    assert answers(share, EKMAN, TokenLogprobs(names=True)) == (("names:0", "fear"),)
    assert answers(share, EKMAN, Samples()) == (("choice:0", "C"),)
    assert json.loads(dict(answers(share, EKMAN, Verbalised()))["rating"])["fear"] == 1
    many = schemes.Scheme.from_dict(schemes.load("goemotions-28").to_dict() | {"kind": "single"})
    marked = vote_shares(Judgments.from_ratings([("x", "r", "joy")], kind=Kind.SINGLE, labels=many.names)).shares[0]
    told = answers(marked, many, TokenLogprobs())
    assert [question.split(":")[0] for question, _ in told] == ["groups", "within"]
    pair = schemes.load("ekman-6-set")
    yes = dict(answers(share, pair, TokenLogprobs()))
    assert [yes[f"each:{code}"] for code in range(6)] == ["B", "B", "A", "B", "B", "B"]
    vad = schemes.load("vad-5")
    assert dict(answers(share[:3] * 0 + 4.9, vad, TokenLogprobs()))["scale:0"] in ("5", "9")


def test_strengths_that_people_agree_on_within_a_level_are_examples() -> None:
    brighter = schemes.load("brighter-6")
    said = [
        ("near", "a", {"joy": 3}), ("near", "b", {"joy": 2}),
        ("far", "a", {"joy": 3}), ("far", "b", {"joy": 1}),
        ("split", "a", {"joy": 1}), ("split", "b", {}),
        ("calm", "a", {}), ("calm", "b", {}),
    ]  # fmt: skip
    people = Judgments.from_ratings(said, kind=Kind.INTENSITY, labels=brighter.names)
    items = {name: ShownItem(name, name) for name in ("near", "far", "split", "calm")}
    ways = (TokenLogprobs(), LabelStrings())
    prompt = with_shots(prompting.load("choose@1"), people, items, brighter, ways[0], count=2, also=ways[1:])
    told = {shot.item.id: dict(shot.answers) for shot in prompt.shots}
    assert set(told) == {"near", "calm"}
    joy, fear = brighter.code("joy"), brighter.code("fear")
    assert (told["near"][f"strength:{joy}"], told["near"][f"strength:{fear}"]) == ("2", "0")  # 2.5: the nearer below
    assert told["near"][f"words:strength:{joy}"] == brighter.levels[2]
    assert told["calm"][f"strength:{joy}"] == "0"
    stated = with_shots(prompting.load("rate@1"), people, items, brighter, Verbalised(), count=2)
    numbers = {shot.item.id: json.loads(dict(shot.answers)["rating"]) for shot in stated.shots}
    assert (numbers["near"]["joy"], numbers["near"]["joy_strength"], numbers["calm"]["joy_strength"]) == (1, 2.5, 0)
    assert set(numbers["near"]) == set(schema(brighter)["required"])
    with pytest.raises(ChoraleError, match="no strengths"):
        answers(vote_shares(people).shares[0], brighter, TokenLogprobs())


def test_examples_reach_a_model_that_is_asked_in_words() -> None:
    people, items = scene()
    prompt = with_shots(prompting.load("choose@1"), people, items, EKMAN, LabelStrings(), count=2)
    with ModelServer() as server:
        rater = chat_rater(
            Endpoint(server.url, "words"), EKMAN, perspective="writer", prompt=prompt, elicitation=LabelStrings()
        )
        rater.elicit([ShownItem("new", "so happy")])
        said = [message["content"] for message in server.bodies[-1]["messages"] if message["role"] == "assistant"]
    assert len(said) == 3  # two examples, and the words that are scored
    assert set(said[:2]) < {"joy", "anger", "fear"}


def test_examples_reach_the_model_and_leave_every_comparison() -> None:
    people, items = scene()
    prompt = with_shots(prompting.load("choose@1"), people, items, EKMAN, TokenLogprobs(), count=3)
    with ModelServer() as server:
        rater = chat_rater(Endpoint(server.url, "words"), EKMAN, perspective="writer", prompt=prompt)
        told = rater.elicit(list(items.values()))
        roles = [message["role"] for message in server.bodies[-1]["messages"]]
    assert roles == ["system", *["user", "assistant"] * 3, "user"]
    groups = {shot.item.group for shot in prompt.shots}
    names = [told.judgments.items[int(code)].as_py() for code in told.judgments.item]
    seen = [name for name, state in zip(names, told.provenance, strict=True) if state == Provenance.SEEN]
    assert {items[name].group for name in seen} == groups
    assert len(seen) == 6  # the examples and their group mates
    assert rater.identity["shots"] == [shot.item.id for shot in prompt.shots]
