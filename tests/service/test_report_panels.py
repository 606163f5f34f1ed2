"""Panels from figures of the pure core, without a database: flags, models among themselves, refusals, formulas."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pytest

from annotation import agreement, agreement_report, rater_report, raters
from chorale.web.reports import groups, models, people, slices, tables
from chorale.web.reports import raters as rater_panels
from chorale.web.reports.leanings import leanings
from harmonize.records import Judgments, Kind

LABELS = ["joy", "fear", "anger"]


def votes(seed: int = 0, items: int = 40) -> Judgments:
    """Three people: the first two follow the item, the third says joy whatever it shows."""
    rng = np.random.default_rng(seed)
    said = []
    for item in range(items):
        shown = LABELS[item % 3]
        for rater in ("1", "2"):
            said.append((str(item), rater, shown if rng.random() < 0.8 else str(rng.choice(LABELS))))
        said.append((str(item), "3", "joy"))
    return Judgments.from_ratings(said, kind=Kind.SINGLE, labels=LABELS)


def test_a_flag_is_shown_with_its_evidence_and_as_a_question() -> None:
    found = rater_report.rater_flags(votes(), at=np.arange(120.0))
    panel = rater_panels.flags({"panel": {"flags": found}}, {"3": "voice-3"}, linked=False)
    (row,) = panel.table.plain
    assert (row["rater"], row["kind"]) == ("voice-3", "straight-lining")
    assert "40 times in a row" in row["message"]
    assert "run 40" in row["evidence"]
    assert "question" in panel.lead


def test_what_was_refused_says_why_and_has_no_row() -> None:
    body = {"panel": {"raters": {"refused": "The source publishes no rater ids."}, "flags": {"refused": "No ids."}}}
    panel = rater_panels.raters(body, {}, linked=False)
    assert (panel.refused, panel.table.rows, panel.empty) == ("The source publishes no rater ids.", (), False)
    assert rater_panels.flags(body, {}, linked=False).refused == "No ids."
    assert people.upper_bound({"panel": {"human_upper_bound": {"refused": "Needs ids."}}}).refused == "Needs ids."
    assert people.by_label({}).empty


def test_models_among_themselves_and_their_common_errors() -> None:
    people_, truth = votes(), [LABELS[item % 3] for item in range(40)]
    wrong = {"a": set(range(0, 40, 4)), "b": set(range(0, 40, 5))}
    told = {
        name: Judgments.from_ratings(
            [(str(i), name, "joy" if i in errs and truth[i] != "joy" else truth[i]) for i in range(40)],
            kind=Kind.SINGLE, labels=LABELS,
        )
        for name, errs in wrong.items()
    }  # fmt: skip
    every = agreement.among_models(told, kind=Kind.SINGLE)
    figure = agreement.alpha(every, rounds=0)
    shared = [asdict(part) for part in raters.shared_errors(people_, told, trained_on={"a": set(), "b": set()})]
    rows = [{**row, "one": row["models"][0], "other": row["models"][1], "errors_one": row["errors"][0],
             "errors_other": row["errors"][1]} for row in shared]  # fmt: skip
    body: dict[str, Any] = {
        "models_alone": {"overall": figure.to_dict(), "parts": {}, "pairs": agreement_report.pairs(every)},
        "shared_errors": rows,
        "models": [{"rater": "a"}, {"rater": "b"}],
    }
    alone, pairs, errors = models.among(body)
    assert alone.table.plain[0]["value"] == figure.value
    assert (pairs.table.plain[0]["one"], pairs.table.plain[0]["other"]) == ("b", "a")
    assert errors.table.plain[0]["phi"] == shared[0]["phi"]
    assert "phi" not in errors.table.csv.splitlines()[1]
    shown = {cell.head.key: cell.text for cell in errors.table.cells[0]}
    assert shown["errors_one"] == f"{100 * shared[0]['errors'][0]:.1f} %", "a share of the items, not a count"
    (refused,) = models.among({"models_alone": {"refused": "The models judged under different schemes."}})
    assert refused.refused


def test_an_undefined_figure_is_no_number_in_any_form() -> None:
    figure = agreement.alpha(Judgments.from_ratings([("a", "1", "joy")], kind=Kind.SINGLE, labels=LABELS)).to_dict()
    panel = people.by_label({"people": {"parts": {"joy": figure}}})
    assert panel.chart is None
    assert panel.notes == (f"Undefined for joy: {figure['reason'].rstrip('.')}.",)
    (cell,) = [c for c in panel.table.cells[0] if c.head.key == "value"]
    assert cell.text == "undefined"
    assert panel.table.csv.splitlines()[1].startswith("joy,,,,")


def test_slices_that_were_dropped_are_named_and_a_refused_one_says_why() -> None:
    body = {"slices": [{"by": "language", "part": "en", "figure": None, "parts": {}, "refused": "One rater."}],
            "slices_dropped": ["facet author"]}  # fmt: skip
    assert slices.dropped(body) == "Not sliced by facet author: too many parts."
    panel = slices.by(body, "language")
    assert panel.table.plain[0]["reason"] == "One rater."
    assert panel.notes == ("Undefined for en: One rater.",)


@pytest.mark.parametrize("evil", ["=cmd()", "+1", "@x", "-1+2"])
def test_a_text_that_a_spreadsheet_would_run_is_quoted(evil: str) -> None:
    table = tables.Table("t", "T", (tables.Head("text", "Text", "text"),), ({"text": evil, "n": -1.5},))
    assert table.csv.splitlines()[1] == f"'{evil},-1.5"


def test_groups_that_differ_are_told_with_their_test_and_are_no_error() -> None:
    people_ = votes(items=60)
    found = rater_report.group_differences(people_, {"trait age": {"1": "old", "2": "old", "3": "young"}})
    gaps, apart = groups.differences({"panel": {"groups": found}})
    told = {row["label"]: row["gap"] for row in gaps.table.plain}
    assert told == found[0]["gap"]
    assert told["joy"] < -0.3  # the young one says joy whatever it shows
    assert gaps.notes == (f"No p: {found[0]['reason']}.",)
    assert apart.empty
    assert groups.differences({"panel": {"groups": {"refused": "No ids."}}})[0].refused == "No ids."


def test_a_model_s_leanings_stand_beside_people_s_farthest_first() -> None:
    found = {"joy": {"own": 0.5, "others": 0.3, "z": 2.0}, "fear": {"own": 0.1, "others": 0.4, "z": -5.0}}
    panel = leanings(found, name="m", who="the model", others="people")
    assert [row["label"] for row in panel.table.plain] == ["fear", "joy"]
    assert panel.chart is not None
    assert panel.chart.keys == ("the model", "people")


def test_a_model_s_scores_stand_beside_what_one_person_reaches() -> None:
    figure = {"value": 0.7, "low": 0.6, "high": 0.8, "reason": ""}
    model = {"rater": "classifier-1", "panel": {"scores": {"overall": {"macro F1": figure | {"value": 0.4}}}}}
    body = {"panel": {"human_upper_bound": {"overall": {"macro F1": figure}}}, "models": [model]}
    rows = people.upper_bound(body).table.plain
    assert [(row["measure"], row["who"], row["value"]) for row in rows] == [
        ("macro F1", "one person", 0.7),
        ("macro F1", "classifier-1", 0.4),
    ]
