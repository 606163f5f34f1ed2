"""Texts looked through: languages of real corpora, personal data found and masked, profanity, nothing else touched."""

from __future__ import annotations

import csv
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harmonize.corpora.screening import KINDS, find, language_of, lexicon, mask, screen

# what is masked; what must stay
PERSONAL = [
    ("Write to anna.k+x@mail.example.co.uk, please.", "Write to [email], please."),
    ("Über jürgen@bücher.example hinweg", "Über [email] hinweg"),
    ("See https://example.org/a?b=1&c=(2. And www.example.org!", "See [url]. And [url]!"),
    ("Call +49 30 901820 or (212) 736-5000 now", "Call [phone] or [phone] now"),
    ("+1-212-736-5000", "[phone]"),
    ("card 4111 1111 1111 1111, not 4111 1111 1111 1112", "card [card], not 4111 1111 1111 1112"),
    ("IBAN DE89 3704 0044 0532 0130 00 it is", "IBAN [iban] it is"),
    ("host 192.168.10.254 is down", "host [ip] is down"),
    ("thanks @some_body and (@other)", "thanks [handle] and ([handle])"),
]
PLAIN = [
    "In 1984 and 2001, 3.14 x 100000000 = 314000000.", "me @ home", "version 1.2.3.4.5", "12.30 at 10-11-2012", "a@b",
    "U2 and B52", "999.999.999.999", "0000 0000 0000 0000", "1:30 - 2:45", "",
]  # fmt: skip


@pytest.mark.parametrize(("text", "masked"), PERSONAL)
def test_personal_data_is_masked_by_its_kind(text: str, masked: str) -> None:
    assert mask(text) == masked
    assert mask(masked) == masked


@pytest.mark.parametrize("text", PLAIN)
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert mask(text) == text


def test_masking_again_changes_nothing() -> None:
    text = "see http://a.example/" + "x" * 80 + "/list?who=ada@b.example, or www.b.example/[1]"
    once = mask(text)
    assert once == "see [url][email], or [url][1]"
    assert mask(once) == mask(mask(text, ["email"])) == once


def test_only_the_kinds_asked_for_are_masked() -> None:
    assert mask("a@mail.example @body", ["handle"]) == "a@mail.example [handle]"
    assert [(part.kind, part.start) for part in find("@body, a@mail.example")] == [("handle", 0), ("email", 7)]


@given(st.text(max_size=200) | st.text(alphabet="a@.1 -+/:wx", max_size=80))
@settings(max_examples=300, deadline=None)
def test_masking_touches_nothing_else(text: str) -> None:
    found = find(text)
    assert all(0 <= part.start < part.end <= len(text) and part.kind in KINDS for part in found)
    assert all(one.end <= other.start for one, other in pairwise(found))
    parts, at = "", 0
    for part in found:
        parts, at = f"{parts}{text[at : part.start]}[{part.kind}]", part.end
    assert parts + text[at:] == mask(text)


def test_a_long_text_takes_no_time_of_note() -> None:
    for text in ("a" * 200_000, "a@" * 100_000, "1" * 200_000, "1 " * 100_000, "www." * 50_000, "@a." * 60_000):
        assert mask(text) is not None


def lines(path: Path, column: str, count: int = 150) -> list[str]:
    with path.open(encoding="utf-8", newline="") as stream:
        return [row[column] for row, _ in zip(csv.DictReader(stream), range(count), strict=False)]


@pytest.mark.parametrize(
    ("name", "column", "language", "least"),
    [("brighter/afr/track_a_test.csv", "text", "af", 0.97), ("brighter/hin/track_a_test.csv", "text", "hi", 0.97),
     ("brighter/arq/track_a_test.csv", "text", "ar", 0.9), ("emobank/emobank.csv", "text", "en", 0.88)],
)  # fmt: skip
def test_languages_of_real_corpora(name: str, column: str, language: str, least: float, chorale_data: Path) -> None:
    found = [language_of(text) for text in lines(chorale_data / name, column)]
    assert sum(one.code == language for one in found) / len(found) >= least
    assert all(0 <= one.certainty <= 1 for one in found)


def test_profane_words_are_counted_by_the_list_of_the_language() -> None:
    assert lexicon("en").count("What a SHIT day, a shitake one") == 1
    assert lexicon("en-GB") is not None
    assert lexicon("xx").count("shit") == 0
    found = screen("That was a really shitty day and shit happens, said bob@mail.example", said="en")
    assert (found.language, found.pii, found.words) == ("en", ("email",), 13)
    assert found.profane >= 1
    assert screen("12345").language == "und"
