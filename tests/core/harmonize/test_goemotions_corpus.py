"""Every published GoEmotions item, mapped by us and by the published mapping files: the same labels."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from harmonize import crosswalks, schemes
from harmonize.crosswalks import map_judgments
from harmonize.records import Judgments, Kind

DATA = Path(os.environ.get("CHORALE_DATA", Path(__file__).parents[4] / "shared" / "data"))
GO = schemes.load("goemotions-28").names

pytestmark = pytest.mark.skipif(
    not (DATA / "goemotions" / "train.tsv").exists(), reason="GoEmotions is not under CHORALE_DATA"
)


def corpus() -> list[tuple[str, list[str]]]:
    rows = []
    for split in ("train", "dev", "test"):
        for line in (DATA / "goemotions" / f"{split}.tsv").read_text(encoding="utf-8").splitlines():
            _, codes, item = line.split("\t")
            rows.append((f"{split}/{item}", [GO[int(code)] for code in codes.split(",")]))
    return rows


@pytest.mark.parametrize(
    ("crosswalk", "file"),
    [
        ("goemotions-28--ekman-6-neutral", "goemotions_ekman_mapping.json"),
        ("goemotions-28--goemotions-sentiment-4", "goemotions_sentiment_dict.json"),
    ],
)
def test_all_items_match_the_published_map(crosswalk: str, file: str) -> None:
    rows = corpus()
    assert len(rows) == 54_263
    assert sum("neutral" in labels and len(labels) > 1 for _, labels in rows) == 1_751
    groups = json.loads((DATA / "mappings" / file).read_text(encoding="utf-8"))
    published = {label: group for group, labels in groups.items() for label in labels} | {"neutral": "neutral"}
    judgments = Judgments.from_ratings(((i, None, labels) for i, labels in rows), kind=Kind.SET, labels=GO)
    mapped = map_judgments(judgments, crosswalks.load(crosswalk))
    marks = mapped.marks()
    ours = [{mapped.labels[k] for k in np.flatnonzero(row)} for row in marks]
    theirs = [{published[label] for label in labels} for _, labels in rows]
    assert sum(a == b for a, b in zip(ours, theirs, strict=True)) == 54_263
