"""Source label, re-label and harmonised label stand side by side, each with its own meaning."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from harmonize import crosswalks, schemes
from harmonize.crosswalks import map_soft
from harmonize.crosswalks.beside import labels_beside
from harmonize.problems import ChoraleError
from harmonize.records import Semantics, SoftLabels

SIX = schemes.load("ekman-6").names
SOURCE = SoftLabels(
    Semantics.DISTRIBUTION, pa.array(["a", "b"]), SIX, np.eye(6)[[3, 0]], np.full(2, -1, np.int32), "published"
)
AGAIN = SoftLabels(
    Semantics.PROPORTIONS,
    pa.array(["b", "c"]),
    SIX,
    np.array([[0.5, 0, 0.5, np.nan, 0, 0], [0, 0, 0, 1, 0, 0]]),
    np.array([2, 3], np.int32),
    "votes",
    entropy=np.array([1.0, np.nan]),
)


def test_three_labels_of_an_item_stand_in_one_row_and_say_what_they_are() -> None:
    mapped = map_soft(SOURCE, crosswalks.load("ekman-6--plutchik-8"))
    table = labels_beside({"source": SOURCE, "people": AGAIN, "plutchik": mapped})
    assert table["item"].to_pylist() == ["a", "b", "c"]
    assert table["people"].to_pylist()[0] is None, "nobody labelled it again"
    assert table["source"].to_pylist()[2] is None
    assert np.isnan(table["people"].to_pylist()[1][3]), "masked, and neither 0 nor null"
    assert table["source_n"].to_pylist() == [None, None, None], "how many stood behind it was never published"
    assert table["people_n"].to_pylist() == [None, 2, 3]
    assert table["people_entropy"].to_pylist() == [None, 1.0, None]
    assert table["plutchik_unmapped"].to_pylist() == [0.0, 0.0, None]
    told = {name: table.schema.field(name).metadata for name in ("source", "people", "plutchik")}
    assert told["people"][b"chorale.semantics"] == b"proportions"
    assert told["plutchik"][b"chorale.method"] == b"published|ekman-6--plutchik-8@1.0.0"
    assert json.loads(told["plutchik"][b"chorale.labels"]) == list(mapped.labels)


def test_misuse() -> None:
    with pytest.raises(ChoraleError, match="not all different"):
        labels_beside({"a": SOURCE, "a_n": AGAIN})
    with pytest.raises(ChoraleError, match="an item twice"):
        labels_beside({"a": replace(SOURCE, items=pa.array(["a", "a"]))})
