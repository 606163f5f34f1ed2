"""A label that a corpus could not express is null in a release, native and mapped, and comes again as null."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from exports.masks import Mask
from exports.recompute import recompute
from exports.release import build
from exports.source import JUDGMENTS, ReleaseSource
from harmonize import crosswalks, schemes
from tests.core.exports import made

SCHEME = schemes.load(made.SCHEMES[0])
WALK = crosswalks.load(made.WALK)
FEEDS = WALK.matrix()[:, WALK.target_labels.names.index("surprise")] > 0
SILENT = tuple(name for name, fed in zip(SCHEME.names, FEEDS, strict=True) if fed)
"""All labels that lead to Plutchik's surprise."""


def source() -> ReleaseSource:
    """The made source; of "letters" every other item was judged here, where all labels were offered."""
    rows = made.judgments(120, 0)
    here = {made.item_id(i) for i in range(0, 120, 2)}
    for row in rows:
        if row["item"] in here and row["rater"] == "r0":
            row["origin"] = "manual"
    table = pa.Table.from_pylist(rows, schema=JUDGMENTS)
    mask = Mask("letters", made.SCHEMES[0], "reader", SILENT)
    return replace(made.source(120), judgments=lambda: iter(table.to_batches(max_chunksize=97)), masks=(mask,))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("masked") / "release"
    build(found, made.recipe(), source(), salt=made.SALT)
    return found


def test_unknown_is_null_and_what_was_chosen_or_asked_here_is_not(folder: Path) -> None:
    items = {row["uuid"]: row for row in pq.read_table(folder / "items.parquet").to_pylist()}
    asked: set[str] = set()
    chosen: dict[str, set[str]] = {}
    for row in pq.read_table(folder / "judgments.parquet").to_pylist():
        if row["scheme"] == made.SCHEMES[0] and row["kind"] != "model":
            chosen.setdefault(row["item"], set()).update(row["labels"] or ())
            asked |= {row["item"]} if row["origin"] == "manual" else set()
    told = 0
    for uuid, row in items.items():
        masked = row["corpus"] == "letters" and uuid not in asked
        values = dict(zip(SCHEME.names, row["goemotions"], strict=True))
        for label in SCHEME.names:
            assert (values[label] is None) == (masked and label in SILENT and label not in chosen[uuid])
        surprise = row["plutchik"][WALK.target_labels.names.index("surprise")]
        assert (surprise is None) == (masked and not chosen[uuid] & set(SILENT))
        told += surprise is None
        assert None not in row["model"], "a model was offered every label"
    assert told > 10


def test_masks_are_stated_and_every_figure_comes_again(folder: Path) -> None:
    assert json.loads((folder / "masks.json").read_bytes())[0]["labels"] == list(SILENT)
    report = recompute(folder)
    assert report.ok, str(report)


def test_a_release_without_masks_has_no_such_file(release: Path) -> None:
    assert not (release / "masks.json").exists()
