"""What comes back is read exactly, or refused with every reason."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.studio import Answer, Layer, parse_result, write_result
from harmonize import schemes
from harmonize.records import Status

SET = Layer("emotion", schemes.load("goemotions-28"), "reader", "Which?")
ONE = Layer("one", schemes.load("ekman-6"), "writer", "Which one?")
STRONG = Layer("strong", schemes.load("brighter-6"), "writer", "How strong?")
VAD = Layer("vad", schemes.load("vad-9"), "reader", "How?")
SIGNED = Layer("signed", schemes.load("vad-signed"), "reader", "How?", required=False)
ALL = [SET, ONE, STRONG, VAD, SIGNED]


def entry(name: str, kind: str, **value: Any) -> dict[str, Any]:
    return {"from_name": name, "to_name": "item", "type": kind, "value": value}


JOY = entry("emotion", "choices", choices=["joy"])


def codes(result: Any, *layers: Layer, **options: Any) -> list[str]:
    return [problem.code for problem in parse_result(result, layers or (SET,), **options).problems]


labels = st.lists(st.integers(0, 5), min_size=1, unique=True).map(lambda x: tuple(sorted(x)))
answered = st.tuples(
    st.one_of(
        labels.map(lambda x: Answer("emotion", Status.ANSWERED, labels=x)),
        st.sampled_from([Status.NONE_APPLIES, Status.CANNOT_TELL]).map(lambda s: Answer("emotion", s, labels=())),
    ),
    st.integers(0, 5).map(lambda x: Answer("one", Status.ANSWERED, labels=(x,))),
    labels.map(lambda x: Answer("strong", Status.ANSWERED, labels=x, strengths=tuple(1.0 + c % 3 for c in x))),
    st.one_of(
        st.tuples(*[st.integers(1, 9).map(float)] * 3).map(lambda v: Answer("vad", Status.ANSWERED, values=v)),
        st.just(Answer("vad", Status.CANNOT_TELL)),
    ),
    st.tuples(*[st.floats(-1, 1)] * 3).map(lambda v: Answer("signed", Status.ANSWERED, values=v)),
)


@given(answered)
def test_what_is_written_is_read_back(answers: tuple[Answer, ...]) -> None:
    parsed = parse_result(write_result(answers, ALL), ALL)
    assert parsed.problems == ()
    assert parsed.answers == answers


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda x: (
            st.lists(x) | st.dictionaries(st.sampled_from(["from_name", "type", "value", "choices", "rating"]), x)
        ),
    )
)
def test_no_rubbish_makes_it_raise_or_pass(rubbish: Any) -> None:
    parsed = parse_result(rubbish, [SET])
    assert parsed.problems
    assert parsed.answers == ()


@pytest.mark.parametrize(
    ("result", "code"),
    [
        ([], "empty"),
        (None, "result-shape"),
        ([JOY, JOY], "repeated-control"),
        ([entry("emotion", "choices", choices=["nonsense"])], "unknown-class"),
        ([entry("emotion", "choices", choices=["joy", "joy"])], "repeated-class"),
        ([entry("emotion", "choices", choices="joy")], "wrong-value"),
        ([entry("emotion", "choices", choices=[])], "empty"),
        ([entry("emotion", "rating", rating=3)], "wrong-type"),
        ([JOY, entry("other", "choices", choices=["joy"])], "unknown-control"),
        ([JOY | {"to_name": "context"}], "unknown-control"),
        ([JOY | {"origin": "oracle"}], "unknown-origin"),
        ([JOY, entry("confidence", "rating", rating=6)], "out-of-range"),
        ([entry("emotion__status", "choices", choices=["none-applies", "cannot-tell"])], "too-many-labels"),
    ],
)
def test_what_is_refused(result: Any, code: str) -> None:
    assert codes(result) == [code]


def test_one_label_means_one() -> None:
    assert codes([entry("one", "choices", choices=["joy", "fear"])], ONE) == ["too-many-labels"]


@pytest.mark.parametrize("rating", [0, 10, 2.5, "4", True, None, math.nan])
def test_a_scale_takes_whole_steps_only(rating: Any) -> None:
    result = [entry(f"vad__{code}", "rating", rating=rating if code == 1 else 5) for code in range(3)]
    assert codes(result, VAD) == ["out-of-range"]


@pytest.mark.parametrize("number", [-1.01, 1.01, math.inf, math.nan, "0", True])
def test_a_slider_keeps_its_range(number: Any) -> None:
    assert len(codes([entry("signed__0", "number", number=number)], SIGNED)) == 1


def test_a_required_dimension_may_not_be_left_out_and_an_optional_one_is_not_zero() -> None:
    assert codes([entry("vad__0", "rating", rating=5)], VAD) == ["empty"]
    values = parse_result([entry("signed__1", "number", number=0.5)], [SIGNED]).answers[0].values
    assert values is not None
    assert math.isnan(values[0])
    assert values[1] == 0.5


def test_a_strength_is_needed_for_each_chosen_label_and_ignored_for_the_rest() -> None:
    chosen = entry("strong", "choices", choices=["joy"])
    assert codes([chosen], STRONG) == ["strength-missing"]
    parsed = parse_result(
        [chosen, entry("strong__3", "rating", rating=2), entry("strong__0", "rating", rating=3)], [STRONG]
    )
    assert (parsed.answers[0].labels, parsed.answers[0].strengths) == ((3,), (2.0,))


def test_skipped_broken_none_and_cannot_tell_are_four_things() -> None:
    said = lambda name: [entry("emotion__status", "choices", choices=[name])]  # noqa: E731
    broken = [entry("item-state", "choices", choices=["broken"])]
    got = [
        parse_result(result, [SET], skipped=skipped).answers[0].status
        for result, skipped in (
            ([JOY], True),
            (broken, False),
            (said("none-applies"), False),
            (said("cannot-tell"), False),
        )
    ]
    assert got == [Status.SKIPPED, Status.BROKEN, Status.NONE_APPLIES, Status.CANNOT_TELL]


def test_a_status_wins_over_what_the_form_then_hides() -> None:
    answer = parse_result([JOY, entry("emotion__status", "choices", choices=["cannot-tell"])], [SET]).answers[0]
    assert (answer.status, answer.labels) == (Status.CANNOT_TELL, ())


def test_one_fault_spoils_the_whole_answer() -> None:
    parsed = parse_result([JOY, entry("one", "choices", choices=["nonsense"])], [SET, ONE])
    assert parsed.answers == ()


@pytest.mark.parametrize(
    ("origins", "whole"),
    [
        (("manual", "manual"), "manual"),
        (("prediction", "prediction"), "prediction"),
        (("prediction", "prediction-changed"), "prediction-changed"),
        (("prediction", "manual"), "prediction-changed"),
    ],
)
def test_origin_is_kept_for_each_layer_and_the_whole(origins: tuple[str, str], whole: str) -> None:
    result = [JOY | {"origin": origins[0]}, entry("one", "choices", choices=["joy"]) | {"origin": origins[1]}]
    parsed = parse_result(result, [SET, ONE])
    assert tuple(a.origin for a in parsed.answers) == origins
    assert parsed.origin == whole


TEXT = "שלום 😀 I cried, עצוב 😢 so"


@pytest.mark.parametrize("unit", ["code point", "utf-16"])
def test_marked_words_are_code_points_whatever_the_browser_counts(unit: str) -> None:
    layer = Layer("emotion", SET.scheme, "reader", "Which?", spans=True)
    start = TEXT.index("עצוב")
    shift = 0 if unit == "code point" else 1  # one astral character stands before
    span = entry("emotion__spans", "labels", start=start + shift, end=start + 4 + shift, text="עצוב", labels=["cause"])
    got = parse_result([JOY, span], [layer], text=TEXT).answers[0].spans
    assert got == ({"role": "cause", "start": start, "end": start + 4, "unit": "code point", "text": "עצוב"},)


def test_words_that_do_not_stand_there_are_refused() -> None:
    layer = Layer("emotion", SET.scheme, "reader", "Which?", spans=True)
    span = entry("emotion__spans", "labels", start=0, end=4, text="nope", labels=["cause"])
    assert codes([JOY, span], layer, text=TEXT) == ["span-mismatch"]
