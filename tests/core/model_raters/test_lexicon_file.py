"""Lexicons from lines: good ones speak, each bad one is told with its line."""

from __future__ import annotations

import pytest

from annotation.model_raters.items import ShownItem
from annotation.model_raters.lexicon import LexiconRater
from annotation.model_raters.lexicon_file import read_lexicon
from harmonize import schemes
from harmonize.problems import ChoraleError, Problem

EKMAN = schemes.load("ekman-6")


def read(text: str, **more: object) -> tuple[LexiconRater, tuple[Problem, ...]]:
    return read_lexicon(text.splitlines(), EKMAN, name="t", version="1", **more)  # type: ignore[arg-type]


def test_terms_weights_stems_and_rules_speak() -> None:
    rater, problems = read(
        "label,term,weight\n# ours\n\njoy,happ*,2\nanger,/grr+/\nsadness,down in tears", negators=["Not"]
    )
    assert problems == ()
    told = rater.elicit(
        [ShownItem("1", "GRRR, so happy"), ShownItem("2", "not happy"), ShownItem("3", "down in tears")]
    )
    joy, anger, sadness = (EKMAN.code(name) for name in ("joy", "anger", "sadness"))
    assert told.judgments.values is not None
    assert told.judgments.values[0][[joy, anger]].tolist() == pytest.approx([2 / 3, 1 / 3], abs=1e-5)
    assert told.judgments.status.tolist() == [0, 1, 0], "a negated word says nothing, so none applies"
    assert told.judgments.values[2][sadness] == 1


def test_each_bad_line_says_where_what_and_how_to_mend() -> None:
    lines = ["glee,ha", "joy", "joy,ha,many", "joy,ha,0", "joy,/(/", "joy,/x*/", "joy,/open", "joy,a b c d", "joy,ok"]
    rater, problems = read("\n".join(lines))
    assert [p.where for p in problems] == [f"line {n}" for n in range(1, 9)]
    said = " ".join(p.what for p in problems)
    for part in (
        "'glee' is no label",
        "a term are needed",
        "'many' is no weight",
        "not above 0",
        "is no pattern",
        "everywhere",
    ):
        assert part in said
    assert all("label,term,weight" in p.fix for p in problems)
    assert rater.lexicon.terms == {"joy": {"ok": 1.0}}


def test_nothing_good_is_refused_with_the_first_reason() -> None:
    with pytest.raises(ChoraleError, match=r"line 1, 'glee' is no label") as refused:
        read("glee,ha")
    assert refused.value.code == "lexicon-empty"


def test_another_line_is_another_rater() -> None:
    assert read("joy,a")[0].name == read("joy,a")[0].name != read("joy,b")[0].name
