"""Items shown together: a card for each, every word escaped, and a form that asks by letters."""

from __future__ import annotations

from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest

from annotation.studio import Answer, Layer, Options, Shown, form_xml, item_data, names, parse_result, write_result
from annotation.studio.comparing import questions, scheme
from annotation.studio.together import cards, tuple_text
from harmonize.records import Status

NASTY = '<img src=x onerror=alert(1)> & "quoted" \N{SMILING FACE WITH OPEN MOUTH}'


class Tags(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.found if name == tag]


def form(size: int) -> ET.Element:
    kind = "pair" if size == 2 else "best-worst"
    layers = [Layer(q.name, scheme(size), "reader", q.words) for q in questions(kind, size, "joy")]  # type: ignore[arg-type]
    return ET.fromstring(form_xml(layers, Options("audio", together=True)))


def test_words_of_items_are_never_markup() -> None:
    told = [Shown("k", NASTY, speaker="<b>", context=[{"speaker": "<i>", "text": NASTY}])]
    seen = Tags(cards(told, "dialogue"))
    assert {tag for tag, _ in seen.found} == {"div", "figure", "figcaption", "blockquote", "ol", "li", "b", "span"}
    assert seen.text.count(NASTY) == 2
    assert NASTY in tuple_text(told)


@pytest.mark.parametrize(("modality", "tag"), [("image", "img"), ("audio", "audio"), ("video", "video")])
def test_media_are_fetched_at_their_own_address_within_their_clip(modality: str, tag: str) -> None:
    clip = None if modality == "image" else (0.5, 2.5)
    told = [Shown("k", media="/chorale/media/one", clip=clip), Shown("l", media='/m"x', clip=clip)]
    seen = Tags(cards(told, modality))
    end = "#t=0.5,2.5" if clip else ""
    assert [one["src"] for one in seen.all(tag)] == [f"/chorale/media/one{end}", f'/m"x{end}']
    assert len(seen.all("figure")) == 2
    assert len(seen.all("kbd")) == (2 if clip else 0)


def test_captions_stand_under_a_recording_as_far_as_it_is_judged() -> None:
    cues = [{"start": 0.0, "end": 0.4, "text": "Before."}, {"start": 1.0, "end": 2.0, "text": "Go!", "speaker": "Ben"}]
    seen = Tags(cards([Shown("k", media="/m", captions=cues, clip=(0.5, 2.5))], "audio"))
    assert "Go!" in seen.text
    assert "0:01 Ben" in seen.text
    assert "Before." not in seen.text


def test_a_pair_may_be_without_difference_and_of_more_one_is_the_most() -> None:
    assert [(c.get("alias"), c.get("value")) for c in form(2).findall(".//*[@name='more__status']/Choice")] == [
        (names.NONE_APPLIES, "No difference"),
        (names.CANNOT_TELL, "I cannot tell"),
    ]
    for name in ("most", "least"):
        said = [c.get("alias") for c in form(4).findall(f".//*[@name='{name}__status']/Choice")]
        assert said == [names.CANNOT_TELL]


def test_the_form_shows_the_field_that_holds_the_cards() -> None:
    (drawn,) = form(4).iter("HyperText")
    options = Options("audio", together=True)
    data = item_data(Shown("k", "A: one", members=[Shown("m", media="/m")]), options)
    assert (drawn.get("name"), drawn.get("value")) == (names.OBJECT, f"${names.TOGETHER}")
    assert set(data) == {"ext_id", "text", names.TOGETHER}
    assert 'src="/m"' in data[names.TOGETHER]


def test_a_rater_is_told_of_one_letter_for_two_questions() -> None:
    layers = [Layer(q.name, scheme(4), "reader", q.words) for q in questions("best-worst", 4, "joy")]

    def read(most: int, least: int) -> list[str]:
        said = [Answer(x.name, Status.ANSWERED, labels=(code,)) for x, code in zip(layers, (most, least), strict=True)]
        return [problem.code for problem in parse_result(write_result(said, layers), layers).problems]

    assert read(2, 0) == []
    assert read(2, 2) == ["letter-twice"]
