"""Pictures within a Parquet file become media of their items, like files beside a table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chorale.store import object_store, raw_lines
from chorale.store.models import Item, Quarantine, SourceFile
from tests.core.corpora.test_embedded_media import jpeg, rows, saved
from tests.service.test_import import bring_in

TOML = """
[corpus]
slug = "faces"
title = "Faces"
licence = "CC0-1.0"
citation = "none"
source_url = "none"
language = "zxx"
modality = "image"
[[layers]]
name = "emotion"
scheme = "ekman-6@1.0.0"
perspective = "perceived"
[[files]]
path = "*.parquet"
shape = "aggregated"
id_from = "line"
columns = { media = "image" }
answers = [{ layer = "emotion", column = "label" }]
"""


@pytest.mark.django_db(transaction=True)
def test_pictures_in_a_table_are_kept_probed_and_shown_small(tmp_path: Path, settings: Any) -> None:
    settings.OBJECT_STORE = (tmp_path / "objects").as_uri()
    held: list[bytes | None] = [jpeg(330 + k) for k in range(5)]
    held[3] = b"no picture"
    saved(rows(held), tmp_path / "lab/r.parquet")
    (tmp_path / "lab/corpus.toml").write_text(TOML)
    told = bring_in(str(tmp_path / "lab"))
    assert (told["read"], told["imported"], told["quarantined"]) == (5, 4, 1)
    item = Item.objects.get(source_id="r.parquet:2")
    with object_store.open_key(item.media) as kept:
        assert kept.read() == held[1]
    assert (item.media_facts["width"], item.media.endswith(".jpg")) == (331, True)
    assert item.media_facts["thumbnail"]
    assert Quarantine.objects.get().code == "image-unreadable"
    again = bring_in(str(tmp_path / "lab"))
    assert (again["imported"], again["duplicates"], again["quarantined"]) == (0, 4, 1)
    assert SourceFile.objects.get().rows_read == 5


@pytest.mark.parametrize(
    ("head", "lines"), [(b"a\nb\n", True), (b"a\r\n", True), (b"a\rb\r", False), (b"\xff\xfea\n", False), (b"a", True)]
)
def test_a_line_is_cut_out_only_where_lines_are_known(head: bytes, lines: bool) -> None:
    assert raw_lines.ends_lines(head) is lines
