"""What is shipped is what the sources say: labels, wheel, dyads, tree, published maps and norms, by stored copies."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from harmonize import affect, crosswalks, schemes
from harmonize.crosswalks import NO_TERM
from harmonize.schemes import Scheme, linked

FACTS = Path(os.environ.get("CHORALE_DATA", Path(__file__).parents[4] / "shared" / "data")) / "mappings"
pytestmark = pytest.mark.skipif(not FACTS.is_dir(), reason="the mapping facts are not under CHORALE_DATA")

LISTED = {
    "ekman_6": "ekman-6",
    "plutchik_8": "plutchik-8",
    "goemotions_28": "goemotions-28",
    "emoset_mikels_8": "mikels-8",
    "emonet_voice_40": "emonet-voice-40",
    "cowen_keltner_27": "cowen-keltner-27",
    "brighter_6": "brighter-6",
    "enisear_appraisals_7": "appraisal-7",
}
UNIFIED = {
    "tec": "tec-6",
    "jointMultitaskEmo": "joint-multitask-10",
    "emoint": "emoint-4",
    "electoraltweets": "electoral-tweets",
    "grounded_emotions": "grounded-emotions-2",
    "tales_emotion": "tales-9",
    "emotiondata_aman": "aman-7",
    "emotion_cause": "emotion-stimulus-6",
    "crowdflower": "crowdflower-13",
    "isear": "isear-7",
    "dailydialogs": "dailydialog-7",
    "ssec": "ssec-7",
    "affectivetext": "affectivetext-6",
}
KEPT_APART = {"other", "empty"}  # published as no emotion, and here no such thing (SCIENCE rule 3)
NO_LABEL = {"source", "BLANK"}  # a column that passes through, and a cell left empty
SPELLED = {"cynism": "cynicism"}


def table(name: str) -> Iterator[dict[str, str]]:
    with (FACTS / name).open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def unverified(scheme: Scheme, words: str) -> bool:
    return any(s.status == "unverified" and words in f"{s.covers} {s.note}" for s in scheme.sources)


@pytest.mark.parametrize("listed", LISTED)
def test_label_sets_are_those_of_the_sources_in_their_order(listed: str) -> None:
    wanted = json.loads((FACTS / "taxonomies.json").read_text(encoding="utf-8"))[listed]["labels"]
    scheme = schemes.load(LISTED[listed])
    assert [label.name.lower() for label in scheme.labels] == [name.lower() for name in wanted]


def test_plutchik_s_wheel_and_its_weak_and_strong_forms() -> None:
    wheel, steps = schemes.load("plutchik-8"), schemes.load("plutchik-24")
    assert len(steps.names) == 24
    for row in table("plutchik_wheel_8x3.csv"):
        label = wheel.label(row["basic"])
        assert (label.opposite, label.angle) == (row["opposite"], float(row["angle_deg_clockwise_from_joy"]))
        for name, level in ((row["low"], 1), (row["medium"], 2), (row["high"], 3)):
            assert steps.label(name).level == level
            assert steps.label(name).parent == (None if level == 2 else row["basic"])
    assert unverified(steps, "weak and strong")


def test_the_24_dyads_and_what_they_are_composed_of() -> None:
    dyads = schemes.load("plutchik-dyads")
    rows = [row for row in table("plutchik_dyads.csv") if row["level"] in ("primary", "secondary", "tertiary")]
    assert len(rows) == 24
    for row in rows:
        name = SPELLED.get(row["dyad_as_in_pyplutchik"], row["dyad_as_in_pyplutchik"])
        assert dyads.label(name).group == row["level"]
        assert set(linked(dyads, name, "composed-of")) == {row["emotion_1"], row["emotion_2"]}


def test_parrott_s_tree_term_by_term() -> None:
    tree = schemes.load("parrott-tree")
    for row in table("parrott_tree.csv"):
        third = tree.label(f"{row['primary']}/{row['secondary']}/{row['tertiary']}")
        assert third.parent == f"{row['primary']}/{row['secondary']}"
        assert tree.label(third.parent).parent == row["primary"]
    assert unverified(tree, "recalled")


def test_goemotions_to_plutchik_keeps_both_sources_as_evidence() -> None:
    found = crosswalks.load("goemotions-28--plutchik-8")
    cells: dict[str, dict[str, float]] = {}
    for cell in found.cells:
        cells.setdefault(cell.subject, {})[cell.object] = cell.weight
    for row in table("goemotions_to_plutchik.csv"):
        many = set(filter(None, row["plutchik_A_multilabel"].split("|")))
        one = {row["plutchik_B_single"]} - {"neutral"}
        kept = set(cells[row["goemotions"]]) - {NO_TERM}
        assert kept == many | one, row["goemotions"]
        used = {name for name, weight in cells[row["goemotions"]].items() if weight > 0}
        assert used == many & one
    assert found.status == "proposed"


@pytest.mark.parametrize("extractor", UNIFIED)
def test_the_unified_labels_are_the_published_ones(extractor: str) -> None:
    found = crosswalks.load(f"{UNIFIED[extractor]}--unified-13")
    source = found.source_labels
    rows = [row for row in table("unified_emotion_bostan_klinger.csv") if row["corpus_extractor"] == extractor]
    named = [row for row in rows if row["source_label"] not in NO_LABEL]
    assert len(named) == len(source.labels)
    codes = all(row["source_label"].isdigit() for row in named)
    for place, row in enumerate(named):
        words = row["source_label"].lower()
        label = source.labels[place] if codes else next(x for x in source.labels if words in _words(x))
        used = {c.object for c in found.cells if c.subject == label.id and c.weight > 0}
        assert used == (set() if row["source_label"] in KEPT_APART else {row["unified_label"]}), row


def test_norms_are_the_stored_means_and_say_that_the_paper_was_not_seen() -> None:
    russell = affect.load_norms("russell-mehrabian-1977")
    means = {
        tuple(float(row[f"{d}_mean"]) for d in ("pleasure", "arousal", "dominance"))
        for row in table("russell_mehrabian_1977_pad.csv")
    }
    assert set(russell.terms.values()) == means
    alma = affect.load_norms("gebhard-2005")
    stored = {row["occ_emotion"]: tuple(float(row[d]) for d in "PAD") for row in table("alma_occ_pad_gebhard2005.csv")}
    assert {name.replace("_", "-"): point for name, point in alma.terms.items()}.items() <= {
        name.replace("_", "-"): point for name, point in stored.items()
    }.items()
    assert russell.status == alma.status == "unverified"


def test_whatever_was_not_seen_says_so() -> None:
    for scheme in schemes.shipped():
        for source in scheme.sources:
            assert source.status in ("verified", "unverified")
            assert source.status == "verified" or source.note, f"{scheme.ref}: {source.cite} has no note"
            assert source.covers, f"{scheme.ref}: {source.cite} does not say what it covers"


def test_angles_and_opposites_of_every_wheel_fit() -> None:
    for scheme in schemes.shipped():
        for label in scheme.labels:
            if label.opposite is None or label.angle is None:
                continue
            other = scheme.label(label.opposite).angle
            assert other is not None
            assert np.isclose(abs(label.angle - other), 180)


def _words(label: schemes.Label) -> set[str]:
    return {word.lower() for word in (label.id, label.name, *label.terms)}
