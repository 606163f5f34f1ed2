"""The real corpora, by descriptor alone: every row accounted for, and published figures met exactly."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from annotation import aggregation
from harmonize import corpora

DESCRIPTORS = Path(__file__).resolve().parents[2] / "corpora"
FOLDERS = {"brighter-arq": "brighter/arq", "brighter-afr": "brighter/afr", "brighter-hin": "brighter/hin",
           "xed-en": "xed", "xed-fi": "xed"}  # fmt: skip

# rows read, imported, duplicates, quarantined; items; ratings (or published labels)
ACCOUNTS = {
    "goemotions": (54263, 54263, 0, 0, 54263, 54263),
    "emobank": (137331, 137331, 0, 0, 10548, 106173),
    "brighter-arq": (11418, 11418, 0, 0, 1903, 14108),
    "brighter-afr": (16821, 16821, 0, 0, 2403, 7209),
    "brighter-hin": (21996, 21959, 37, 0, 3668, 17330),
    "xed-en": (27203, 27195, 0, 8, 27195, 27195),
    "xed-fi": (25243, 25243, 0, 0, 25243, 25243),
    "ferplus": (35887, 35710, 3, 174, 35710, 357099),
}


@cache
def collected(slug: str, data: Path) -> corpora.Collected:
    descriptor = corpora.load(DESCRIPTORS / slug)
    return corpora.collect(descriptor, corpora.read(descriptor, data / FOLDERS.get(slug, slug), key=b"key of a test"))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize("slug", ACCOUNTS)
def test_every_row_is_imported_a_duplicate_or_quarantined(slug: str, chorale_data: Path) -> None:
    whole = collected(slug, chorale_data)
    counts = whole.counts
    assert (
        counts.read, counts.imported, counts.duplicates, counts.quarantined, len(whole.items), len(whole.answers),
    ) == ACCOUNTS[slug]  # fmt: skip
    assert sum(row.rows for row in whole.refused) == counts.quarantined


def test_rows_read_are_the_records_that_another_reader_counts(chorale_data: Path) -> None:
    """Against the standard library over the whole file, and plain line counts where quoting is off."""
    arq = chorale_data / "brighter/arq/arq_individuals.csv"
    assert len(rows(arq)) == 11418
    assert len(rows(chorale_data / "ferplus/fer2013new.csv")) == 35887
    assert (chorale_data / "goemotions/train.tsv").read_bytes().count(b"\n") == 43410
    assert (chorale_data / "xed/neu_fi.txt").read_bytes().count(b"\n") == 10794


def test_brighter_arq_meets_the_published_labels_in_every_cell(chorale_data: Path) -> None:
    whole = collected("brighter-arq", chorale_data)
    judged = corpora.judgments(whole, "emotion")
    ruled = aggregation.brighter_rule(judged)
    present = dict(zip(ruled.items.to_pylist(), ruled.present, strict=True))
    by_text = {record.text: present[name] for name, record in whole.items.items()}
    published = [
        row for part in ("train", "dev", "test") for row in rows(chorale_data / f"brighter/arq/track_a_{part}.csv")
    ]
    matched = {row["text"]: row for row in published if row["text"] in by_text}
    assert (len(published), len(matched)) == (1903, 1848)
    labels = [*ruled.labels]
    again = [row for row in published if row["text"] in matched]  # one text is published twice, alike
    assert all([row[label] for label in labels] == [matched[row["text"]][label] for label in labels] for row in again)
    cells = [
        bool(by_text[row["text"]][code]) == (row[label] == "1")
        for row in matched.values()
        for code, label in enumerate(ruled.labels)
    ]
    assert (len(cells), sum(cells)) == (11088, 11088)


@pytest.mark.parametrize("perspective", ["reader", "writer"])
def test_emobank_means_meet_the_published_files_in_every_row(perspective: str, chorale_data: Path) -> None:
    whole = collected("emobank", chorale_data)
    soft = aggregation.emobank_rule(corpora.judgments(whole, perspective))
    place = {name: i for i, name in enumerate(soft.items.to_pylist())}
    published = rows(chorale_data / f"emobank/{perspective}.csv")
    assert len(published) == len(place) == {"reader": 10325, "writer": 10279}[perspective]
    expected = np.array([[float(row[key]) for key in ("V", "A", "D", "stdV", "stdA", "stdD")] for row in published])
    order = [place[row["id"]] for row in published]
    assert soft.spread is not None
    found = np.hstack([soft.values[order], soft.spread[order]])
    assert (found == expected).all()
    assert soft.n[order].tolist() == [int(row["N"]) for row in published]


def test_ferplus_keeps_cannot_tell_and_no_face_apart_from_emotions(chorale_data: Path) -> None:
    whole = collected("ferplus", chorale_data)
    judged = corpora.judgments(whole, "emotion")
    statuses = np.bincount(judged.status, minlength=5)
    votes = np.zeros(10, dtype=int)
    seen: set[str] = set()
    for row in rows(chorale_data / "ferplus/fer2013new.csv"):
        name, counts = row.pop("Image name"), row
        if name and name not in seen:
            seen.add(name)
            votes += [int(value) for key, value in counts.items() if key != "Usage"]
    assert statuses[0] == votes[:8].sum()
    assert statuses[2] == votes[8]
    assert statuses[4] == votes[9]
    assert judged.counts()[0].sum(axis=0)[:8].tolist() == votes[:8].tolist()
