"""Marked places: turns before the judged one, regions, segments, and what is shown of a recording."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.studio import Layer, Options, Shown, form_xml, item_data, parse_result
from harmonize import schemes

EMOTION = Layer("emotion", schemes.load("ekman-6"), "writer", "Which?", spans=True)
JOY = {"from_name": "emotion", "to_name": "item", "type": "choices", "value": {"choices": ["joy"]}}
TURNS = ["😀 hi, שלום!", "you broke it", "עצוב 😢 so sad"]


def place(kind: str, name: str = "emotion__spans", to: str = "item", **value: Any) -> dict[str, Any]:
    return {"from_name": name, "to_name": to, "type": kind, "value": value | {kind: ["cause"]}}


def spans(*entries: dict[str, Any], text: str | None = "Fine.") -> tuple[dict[str, Any], ...]:
    parsed = parse_result([JOY, *entries], [EMOTION], text=text, turns=TURNS)
    assert parsed.problems == (), parsed.problems
    return parsed.answers[0].spans


def code(*entries: dict[str, Any]) -> str:
    return parse_result([JOY, *entries], [EMOTION], text="Fine.", turns=TURNS).problems[0].code


def before(first: int, last: int, start: int, end: int, text: str) -> dict[str, Any]:
    where = {"start": str(first), "end": str(last), "startOffset": start, "endOffset": end, "text": text}
    return place("paragraphlabels", "emotion__turns", "context", **where)


@given(st.integers(0, 2), st.data())
def test_words_of_an_earlier_turn_are_found_whichever_way_the_browser_counts(turn: int, data: st.DataObject) -> None:
    text = TURNS[turn]
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    units = [len(text[:at].encode("utf-16-le")) // 2 for at in (start, end)]
    for low, high in ((start, end), units):
        found = spans(before(turn, turn, low, high, text[start:end]))[0]
        assert (found["turn"], found["end_turn"], found["text"]) == (turn, turn, text[start:end])
        assert text[found["start"] : found["end"]] == text[start:end]


def test_a_cause_may_run_over_two_turns() -> None:
    found = spans(before(1, 2, 4, 4, "broke it\nעצוב"))[0]
    assert {key: found[key] for key in ("turn", "start", "end_turn", "end")} == {
        "turn": 1, "start": 4, "end_turn": 2, "end": 4,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "wrong"),
    [
        (before(3, 3, 0, 2, "hi"), "out-of-range"),
        (before(0, 0, 0, 2, "no"), "span-mismatch"),
        (before(1, 0, 0, 2, "hi"), "out-of-range"),
        (before(0, 0, 2, 4, "hi") | {"to_name": "item"}, "unknown-control"),
        (place("rectanglelabels", x=90, y=0, width=20, height=5), "out-of-range"),
        (place("rectanglelabels", x=-3, y=0, width=20, height=5), "out-of-range"),
        (place("rectanglelabels", x=3, y=0, width=0, height=5), "out-of-range"),
        (place("labels", start=3.0, end=1.0), "out-of-range"),
        (place("timelinelabels", ranges=[]), "wrong-value"),
    ],
)
def test_a_place_that_cannot_be_is_refused(entry: dict[str, Any], wrong: str) -> None:
    assert code(entry) == wrong


def test_regions_and_segments() -> None:
    region = spans(place("rectanglelabels", x=10.5, y=0, width=20, height=99.99, rotation=0), text=None)[0]
    assert region == {"role": "cause", "x": 10.5, "y": 0.0, "width": 20.0, "height": 99.99, "unit": "per cent"}
    heard = spans(place("labels", start=0.25, end=1.5, channel=0), text=None)[0]
    assert heard == {"role": "cause", "start": 0.25, "end": 1.5, "unit": "second"}
    seen = spans(place("timelinelabels", ranges=[{"start": 26, "end": 50}]), text=None)[0]
    assert seen == {"role": "cause", "start": 1.0, "end": 2.0, "unit": "second", "frames": [26, 50]}


def test_a_layer_without_places_takes_none() -> None:
    plain = Layer("emotion", EMOTION.scheme, "writer", "Which?")
    entry = place("labels", start=0, end=2, text="Fi")
    assert parse_result([JOY, entry], [plain], text="Fine.").problems[0].code == "unknown-control"


@pytest.mark.parametrize(
    ("modality", "tag"),
    [("text", "Labels"), ("image", "RectangleLabels"), ("audio", "Labels"), ("video", "TimelineLabels")],
)
def test_the_brush_fits_what_is_judged(modality: str, tag: str) -> None:
    root = ET.fromstring(form_xml([EMOTION], Options(modality)))
    brushes = root.findall(".//*[@name='emotion__spans']")
    assert [(b.tag, b.get("toName")) for b in brushes] == [(tag, "item")]
    assert root.find(".//*[@name='emotion__turns']") is None


def test_the_cause_may_stand_in_what_came_before() -> None:
    root = ET.fromstring(form_xml([EMOTION], Options("dialogue", context=True)))
    brush = root.find(".//*[@name='emotion__turns']")
    assert brush is not None
    assert (brush.tag, brush.get("toName")) == ("ParagraphLabels", "context")


def test_a_clip_and_what_is_said_in_it_reach_the_rater() -> None:
    cues = [
        {"start": 0.0, "end": 1.5, "text": "Good morning.", "speaker": "Ada"},
        {"start": 1.5, "end": 2.5, "text": "Go away!", "speaker": ""},
        {"start": 61.0, "end": 62.0, "text": "Later.", "speaker": "Ada"},
    ]
    options = Options("video", caption=True, captions=True, clip=True)
    data = item_data(Shown("k", "said", media="/m", captions=cues, clip=(1.0, 2.5)), options)
    assert data["media"] == "/m#t=1,2.5"
    assert data["clip"] == "0:01 to 0:02.5"
    assert data["caption"] == [
        {"speaker": "0:00 Ada", "text": "Good morning."}, {"speaker": "0:01.5", "text": "Go away!"},
    ]  # fmt: skip
    whole = item_data(Shown("k", "only a text", media="/m"), options)
    assert (whole["media"], whole["clip"]) == ("/m", "the whole recording")
    assert whole["caption"] == [{"speaker": "·", "text": "only a text"}]
    xml = form_xml([EMOTION], options)
    assert {name for name in ("text", "media", "caption", "clip") if f"${name}" in xml} == set(whole) - {"ext_id"}
