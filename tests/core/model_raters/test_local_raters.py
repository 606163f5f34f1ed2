"""Lexicon, function and file raters: the same interface, checked answers, no circularity."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from annotation.model_raters import plugin
from annotation.model_raters.from_file import read_predictions
from annotation.model_raters.items import ShownItem
from annotation.model_raters.lexicon import Lexicon, LexiconRater, Rule
from annotation.model_raters.plugin import FunctionRater
from annotation.model_raters.predictions import Provenance
from harmonize import schemes
from harmonize.problems import ChoraleError
from harmonize.records import Kind, Status

EKMAN, SET, NEUTRAL = (schemes.load(ref) for ref in ("ekman-6", "ekman-6-set", "ekman-6-neutral"))
WORDS = Lexicon(
    "toy",
    "1",
    {"joy": {"happ*": 1, "over the moon": 3}, "fear": {"afraid": 1}, "anger": {"mad": 2}},
    negators=("not", "never"),
)


def values(scheme: schemes.Scheme, text: str, rules: tuple[Rule, ...] = ()) -> dict[str, float]:
    told = LexiconRater(scheme, WORDS, rules).elicit([ShownItem("a", text)]).judgments
    return {name: round(float(v), 3) for name, v in zip(scheme.names, told.values[0], strict=True) if v > 0}


def test_weights_become_shares_of_a_single_choice() -> None:
    assert values(EKMAN, "So HAPPY, happily mad") == {"joy": 0.5, "anger": 0.5}
    assert values(EKMAN, "I am over the moon, a bit afraid") == {"joy": 0.75, "fear": 0.25}


def test_labels_of_a_set_do_not_compete() -> None:
    assert values(SET, "happy and mad") == {"joy": 0.5, "anger": round(2 / 3, 3)}


def test_negators_silence_what_follows_within_reach() -> None:
    assert values(EKMAN, "not happy at all. mad") == {"anger": 1.0}
    assert values(EKMAN, "not happy, mad") == {}  # both within three words
    assert values(EKMAN, "never did I think she would be happy") == {"joy": 1.0}  # out of reach


def test_rules_add_to_terms() -> None:
    assert values(EKMAN, "happy!! :(", (Rule(r":\(", "sadness", 3.0),)) == {"joy": 0.25, "sadness": 0.75}


def test_silence_is_none_applies_or_the_neutral_label() -> None:
    told = LexiconRater(EKMAN, WORDS).elicit([ShownItem("a", "a table"), ShownItem("b", "happy")]).judgments
    assert told.status.tolist() == [Status.NONE_APPLIES, Status.ANSWERED]
    assert values(NEUTRAL, "a table") == {"neutral": 1.0}


def test_unknown_labels_and_weights_are_refused_and_the_name_follows_the_words() -> None:
    with pytest.raises(ChoraleError, match="glee"):
        LexiconRater(EKMAN, Lexicon("x", "1", {"glee": {"whee": 1}}))
    with pytest.raises(ChoraleError, match="above 0"):
        LexiconRater(EKMAN, Lexicon("x", "1", {"joy": {"whee": 0}}))
    other = Lexicon("toy", "1", {"joy": {"happ*": 2}})
    assert LexiconRater(EKMAN, WORDS).name != LexiconRater(EKMAN, other).name


def uniform(items):  # type: ignore[no-untyped-def]
    return np.full((len(items), 6), 1 / 6)


def test_a_function_is_a_rater_and_its_training_items_are_marked() -> None:
    shown = ShownItem("a", "seen before")
    rater = FunctionRater(EKMAN, "mine", "1", uniform, trained_on=(shown,))
    told = rater.elicit([shown, ShownItem("b", "new"), ShownItem("c", "Seen  before")])
    assert told.judgments.kind == Kind.PROBABILITY
    assert told.provenance.tolist() == [Provenance.SEEN, Provenance.OUTSIDE, Provenance.SEEN]
    assert len(told.usable()) == 1


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (lambda items: np.zeros((1, 3)), "shape"),
        (lambda items: np.full((len(items), 6), np.nan), "finite"),
        (lambda items: np.full((len(items), 6), 2.0), "outside"),
        (lambda items: np.full((len(items), 6), 0.5), "sum to 1"),
    ],
)
def test_unsound_answers_of_a_function_are_refused(answer, fault: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ChoraleError, match=fault):
        FunctionRater(EKMAN, "mine", "1", answer).elicit([ShownItem("a", "x"), ShownItem("b", "y")])


def test_entry_points_are_loaded_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    class Point:
        name = "mine"

        def load(self):  # type: ignore[no-untyped-def]
            return lambda scheme, version="1": FunctionRater(scheme, "mine", version, uniform)

    monkeypatch.setattr(plugin, "entry_points", lambda group: [Point()] if group == "chorale.raters" else [])
    assert plugin.installed() == ("mine",)
    assert plugin.load("mine", EKMAN, version="7").version == "7"
    with pytest.raises(ChoraleError, match="Known: mine"):
        plugin.load("yours", EKMAN)


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_files_are_read_good_rows_kept_bad_rows_told(tmp_path: Path, suffix: str) -> None:
    import pandas as pd

    good = dict.fromkeys(EKMAN.names, 1 / 6)
    rows = [
        {"item": "a"} | good,
        {"item": "b"} | good | {"joy": 0.9},
        {"item": "c"} | good | {"joy": -0.1},
        {"item": "a"} | good,
        {"item": "d"} | good | {"joy": None},
    ]
    frame, path = pd.DataFrame(rows), tmp_path / f"told{suffix}"
    if suffix == ".csv":
        frame.to_csv(path, index=False)
    elif suffix == ".jsonl":
        frame.to_json(path, orient="records", lines=True)
    else:
        frame.to_parquet(path)
    told, problems = read_predictions(path, EKMAN, rater="elsewhere@1")
    assert told.items.to_pylist() == ["a"]
    assert [(p.where.split(", ")[1], p.what) for p in problems] == [
        ("row 2", "the probabilities do not sum to 1."),
        ("row 3", "a number is out of range."),
        ("row 4", "item a comes again."),
        ("row 5", "a number is missing or not finite."),
    ]


def test_files_without_the_schemes_columns_or_of_another_kind_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "told.csv"
    path.write_text("item,joy\na,1\n")
    with pytest.raises(ChoraleError, match="anger"):
        read_predictions(path, EKMAN, rater="x")
    (tmp_path / "told.xls").write_text("")
    with pytest.raises(ChoraleError, match="no CSV"):
        read_predictions(tmp_path / "told.xls", EKMAN, rater="x")
