"""Token log-probabilities to soft labels, through a real HTTP server: the contract, not quality."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from annotation.model_raters import prompting
from annotation.model_raters.asking import logprob_rater
from annotation.model_raters.chat import ChatAnswer, ItemFailure
from annotation.model_raters.endpoint import Endpoint
from annotation.model_raters.items import ShownItem
from annotation.model_raters.logprobs import TokenLogprobs, read_options, top_tokens
from annotation.model_raters.predictions import Provenance
from annotation.model_raters.prompting import Shot
from annotation.model_raters.questions import Option, choice
from annotation.model_raters.response_log import FolderLog, MemoryLog
from harmonize import schemes
from harmonize.problems import ChoraleError
from harmonize.records import Kind
from tests.model_server import word_model
from tests.model_server.faults import Faults
from tests.model_server.server import ModelServer

ITEMS = [
    ShownItem("a", "so happy and delighted today"),
    ShownItem("b", "I am furious, what a rage"),
    ShownItem("c", "scared of the dark"),
]


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    with ModelServer() as running:
        yield running


def endpoint(server: ModelServer, **options: object) -> Endpoint:
    return Endpoint(server.url, "words", **options)  # type: ignore[arg-type]


def test_a_choice_is_the_models_own_distribution(server: ModelServer) -> None:
    scheme = schemes.load("ekman-6")
    rater = logprob_rater(endpoint(server), scheme, perspective="writer")
    told = rater.elicit(ITEMS)
    assert told.judgments.kind == Kind.PROBABILITY
    assert [scheme.names[i] for i in told.judgments.values.argmax(axis=1)] == ["joy", "anger", "fear"]
    question = choice(scheme, limit=20)
    prompt = rater.brief.prompt.messages(ITEMS[0], question, perspective="writer")[-1]["content"]
    tokens = word_model.distribution(prompt)
    mass = np.array([tokens[o.code] + tokens[" " + o.code] for o in question.options])
    assert np.allclose(told.judgments.values[0], mass[:6] / mass[:6].sum(), atol=1e-5)
    assert told.none_applies[0] == pytest.approx(mass[6], abs=1e-5)
    assert told.cannot_tell[0] == pytest.approx(mass[7], abs=1e-5)
    assert told.off_scheme[0] == pytest.approx(1 - mass.sum(), abs=1e-5)
    assert told.off_scheme[0] > 0.04  # the stray words are kept, not shared out


def test_more_labels_than_logprobs_are_asked_in_two_steps(server: ModelServer) -> None:
    plain = schemes.load("goemotions-28").to_dict() | {"kind": "single", "id": "goemotions-single"}
    scheme = schemes.Scheme.from_dict(plain)
    log = MemoryLog()
    told = logprob_rater(endpoint(server), scheme, perspective="writer").elicit(ITEMS, log=log)
    assert np.allclose(told.judgments.values.sum(axis=1), 1, atol=1e-4)
    assert [scheme.names[i] for i in told.judgments.values.argmax(axis=1)] == ["joy", "anger", "fear"]
    assert all(1 < len(keys) <= 7 for keys in told.keys)
    assert len(log.kept) == sum(map(len, told.keys))


def test_set_schemes_ask_each_label_apart(server: ModelServer) -> None:
    scheme = schemes.load("ekman-6-set")
    both = ShownItem("d", "happy and scared")
    values = logprob_rater(endpoint(server), scheme, perspective="writer").predict([both]).values[0]
    assert values[scheme.code("joy")] > 0.6
    assert values[scheme.code("fear")] > 0.6
    assert values[scheme.code("disgust")] < 0.5
    assert values.sum() > 1.2  # labels do not compete


def test_dimensions_give_a_mean_on_the_native_range(server: ModelServer) -> None:
    scheme = schemes.load("vad-5")
    told = logprob_rater(endpoint(server), scheme, perspective="reader").elicit(ITEMS)
    assert told.judgments.kind == Kind.DIMENSION
    assert ((told.judgments.values > 1) & (told.judgments.values < 5)).all()


def test_labels_that_share_a_first_token_lose_that_mass_when_names_are_the_codes(server: ModelServer) -> None:
    names = ["joy", "disappointment", "disapproval"]
    scheme = schemes.Scheme.from_dict(
        {"id": "three", "version": "1", "title": "Three", "kind": "single", "labels": names}
    )
    rater = logprob_rater(endpoint(server), scheme, perspective="writer", elicitation=TokenLogprobs(names=True))
    told = rater.elicit([ITEMS[0]])
    assert told.judgments.values[0][0] == pytest.approx(1)
    assert 0.05 < told.off_scheme[0] < 0.5  # "disa" begins two labels: counted, given to neither
    letters = logprob_rater(endpoint(server), scheme, perspective="writer").elicit([ITEMS[0]])
    assert (letters.judgments.values[0] > 0.001).all()


def test_turning_the_options_asks_once_a_turn(server: ModelServer) -> None:
    scheme, log = schemes.load("ekman-6"), MemoryLog()
    rater = logprob_rater(endpoint(server), scheme, perspective="writer", elicitation=TokenLogprobs(turns=3))
    told = rater.elicit(ITEMS[:1], log=log)
    assert len(told.keys[0]) == len(log.kept) == 3
    assert scheme.names[told.judgments.values[0].argmax()] == "joy"


def test_nothing_is_asked_twice(server: ModelServer, tmp_path) -> None:  # type: ignore[no-untyped-def]
    rater = logprob_rater(endpoint(server), schemes.load("ekman-6"), perspective="self")
    log = FolderLog(tmp_path)
    first = rater.elicit(ITEMS, log=log)
    log.close()
    with (tmp_path / "responses.jsonl").open("ab") as torn:
        torn.write(b'{"key": "half a li')  # the process died while writing
    before = len(server.bodies)
    again = FolderLog(tmp_path)
    second = rater.elicit(ITEMS, log=again)
    assert len(server.bodies) == before
    assert np.array_equal(first.judgments.values, second.judgments.values)
    assert again.kept[first.keys[0][0]].body["choices"]
    again.close()


def test_wrong_words_are_a_failure_and_not_a_label() -> None:
    with ModelServer(faults=Faults(script=["wrong-word"])) as server:
        told = logprob_rater(endpoint(server), schemes.load("ekman-6"), perspective="writer").elicit(ITEMS[:1])
    assert len(told.judgments) == 0
    assert [p.code for p in told.failures] == ["off-scheme"]
    assert told.failures[0].where == "a"


def test_a_server_that_drops_logprobs_stops_the_run() -> None:
    with ModelServer(drops=frozenset({"logprobs"})) as server:
        rater = logprob_rater(endpoint(server), schemes.load("ekman-6"), perspective="writer")
        with pytest.raises(ChoraleError) as refused:
            rater.elicit(ITEMS)
    assert refused.value.code == "endpoint-no-logprobs"


def test_wrong_key_and_unknown_model_stop_the_run_with_the_servers_words(server: ModelServer) -> None:
    with ModelServer(key="secret") as locked:
        scheme = schemes.load("ekman-6")
        with pytest.raises(ChoraleError, match="bad key") as refused:
            logprob_rater(endpoint(locked, key="wrong"), scheme, perspective="writer").elicit(ITEMS)
        assert refused.value.code == "endpoint-key"
        right = endpoint(locked, key="secret")
        assert len(logprob_rater(right, scheme, perspective="writer").predict(ITEMS)) == 3
        assert "secret" not in repr(right)
    with pytest.raises(ChoraleError, match="does not exist"):
        logprob_rater(Endpoint(server.url, "nobody"), scheme, perspective="writer").elicit(ITEMS)


def test_an_item_too_long_for_the_model_fails_alone(server: ModelServer) -> None:
    items = [*ITEMS, ShownItem("long", "word " * 5000)]
    told = logprob_rater(endpoint(server), schemes.load("ekman-6"), perspective="writer").elicit(items)
    assert len(told.judgments) == 3
    assert [(p.where, p.code) for p in told.failures] == [("long", "request-refused")]
    assert "context length" in told.failures[0].what


def test_the_version_changes_with_prompt_scheme_perspective_and_parameters(server: ModelServer) -> None:
    scheme = schemes.load("ekman-6")
    one = logprob_rater(endpoint(server), scheme, perspective="writer")
    changed = prompting.from_dict({"id": "choose", "version": "1", "system": "Label!", "user": one.brief.prompt.user})
    others = [
        logprob_rater(endpoint(server), scheme, perspective="reader"),
        logprob_rater(endpoint(server), schemes.load("ekman-7"), perspective="writer"),
        logprob_rater(endpoint(server), scheme, perspective="writer", prompt=changed),
        logprob_rater(endpoint(server), scheme, perspective="writer", elicitation=TokenLogprobs(turns=2)),
    ]
    assert len({one.version, *(o.version for o in others)}) == 5
    same = logprob_rater(endpoint(server, key="other"), scheme, perspective="writer")
    assert same.version == one.version


def test_examples_in_the_prompt_are_shown_and_kept_out_of_comparisons(server: ModelServer) -> None:
    base = prompting.load("choose@1")
    shots = (Shot(ITEMS[0], (("*", "D"),)),)
    prompt = prompting.Prompt(base.id, base.version, base.system, base.user, shots=shots)
    rater = logprob_rater(endpoint(server), schemes.load("ekman-6"), perspective="writer", prompt=prompt)
    told = rater.elicit([*ITEMS, ShownItem("copy", ITEMS[0].text.upper())])
    sent = server.bodies[-1]["messages"]
    assert [m["role"] for m in sent] == ["system", "user", "assistant", "user"]
    assert told.provenance.tolist() == [Provenance.SEEN, Provenance.OUTSIDE, Provenance.OUTSIDE, Provenance.SEEN]
    assert rater.identity["shots"] == ["a"]


def test_unsound_logprobs_are_refused() -> None:
    def answer(value: float) -> ChatAnswer:
        rows = [{"token": "A", "logprob": value}, {"token": "B", "logprob": -0.1}]
        body = {"choices": [{"message": {}, "logprobs": {"content": [{"top_logprobs": rows}]}}]}
        return ChatAnswer("k", body, paid=True)

    assert top_tokens(answer(-3.0))[0][1] == pytest.approx(np.exp(-3))
    for bad in (float("nan"), 0.5, -0.1):  # the last makes the sum exceed 1
        with pytest.raises(ItemFailure):
            top_tokens(answer(bad))


def test_codes_are_matched_whole_and_blanks_ignored() -> None:
    options = (Option("A", "joy"), Option("B", "fear"))
    tokens = [("A", 0.4), (" A", 0.1), ("B", 0.2), ("An", 0.1), ("a", 0.05), (" ", 0.05)]
    assert read_options(tokens, options).tolist() == pytest.approx([0.5, 0.2])
