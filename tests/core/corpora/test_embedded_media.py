"""Media that lie in the cells of a table, as Hugging Face keeps them: they come out as files, under any break."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harmonize import corpora
from harmonize.corpora.draft import draft
from harmonize.corpora.opening import sources
from harmonize.corpora.readers import read_source
from harmonize.corpora.tables.embedded import FOLDER, ending, kind_of
from tests.core.corpora.made import codes, descriptor
from tests.core.corpora.recordings import sound, video
from tests.core.corpora.test_media_and_archives import png

MOODS = ["joy", "fear", "sadness"]


def jpeg(side: int) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (side, side), (200, 60, 30)).save(out, "JPEG")
    return out.getvalue()


def rows(held: list[bytes | None]) -> pa.Table:
    """A table with a struct of bytes and path, and a class number, as `datasets` writes them."""
    features = {"image": {"_type": "Image"}, "label": {"names": MOODS, "_type": "ClassLabel"}}
    found = [
        {"image": None if data is None else {"bytes": data, "path": f"face {k}.png"}, "label": k % 3}
        for k, data in enumerate(held)
    ]
    return pa.Table.from_pylist(found).replace_schema_metadata(
        {"huggingface": json.dumps({"info": {"features": features}})}
    )


def saved(found: pa.Table, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        pq.write_table(found, path, row_group_size=40)
        return
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, found.schema) as stream:
        stream.write_table(found, max_chunksize=40)


def faces(name: str, **more: Any) -> corpora.Descriptor:
    columns = {"media": "image", "facets": {"named": "image.path"}}
    settings: dict[str, Any] = {"shape": "aggregated", "id_from": "line", "columns": columns, **more}
    return descriptor(name, about={"modality": "image"}, answers=[{"column": "label"}], **settings)


@pytest.mark.parametrize("name", ["data/train.parquet", "train/data-0.arrow"])
def test_pictures_come_out_of_a_table_whole_or_from_any_row_on(name: str, tmp_path: Path) -> None:
    held: list[bytes | None] = [png(4, 4 + k) for k in range(100)]
    held[7], held[8], held[9] = None, b"no picture", jpeg(9)
    saved(rows(held), tmp_path / name)
    whole = corpora.collect(faces(name), found := list(corpora.read(faces(name), tmp_path, key=b"k")))
    assert codes(whole) == ["missing-media", "image-unreadable"]
    assert (whole.counts.read, whole.counts.imported) == (100, 98)
    for number, item in enumerate(held, 1):
        if number not in (8, 9):
            record = whole.items[f"{name}:{number}"]
            assert record.media.startswith(f"{FOLDER}/{name}/")
            assert (tmp_path / record.media).read_bytes() == item
            assert record.facets == {"named": f"face {number - 1}.png"}
    assert whole.items[f"{name}:10"].media.endswith(".jpg")  # its name in the table says .png
    assert whole.items[f"{name}:1"].media_facts["width"] == 4
    (source,) = sources(faces(name), tmp_path)
    for cut in (1, 40, 57):
        place = found[cut - 1].place
        assert place is not None
        rest = read_source(faces(name), source, tmp_path, key=b"k", start=place)
        assert [reading.line for reading in rest] == list(range(cut + 1, 101))


def test_a_folder_with_pictures_in_its_tables_is_described_and_read_unaided(tmp_path: Path) -> None:
    for part in ("train", "test"):
        saved(rows([png(5, 5 + k) for k in range(12)]), lab := tmp_path / "lab" / f"data/{part}-00000-of-00001.parquet")
    found = draft(tmp_path / "lab")
    assert [part["columns"]["media"] for part in found.values["files"]] == ["image", "image"]
    assert (found.values["corpus"]["modality"], found.values["layers"][0]["scheme"]) == ("image", "emoint-4@1.0.0")
    assert (found.counts.read, found.counts.imported) == (24, 24)
    assert not (tmp_path / "lab" / FOLDER).exists()  # a draft writes nothing
    assert lab.exists()


@pytest.mark.parametrize(("kind", "data"), [("audio", sound(0.3)), ("video", video(0.3))])
def test_sound_and_film_in_a_plain_column_of_bytes(kind: str, data: bytes, tmp_path: Path) -> None:
    found = pa.Table.from_pylist([{"id": f"i{k}", "clip": data, "label": MOODS[k]} for k in range(3)])
    saved(found, tmp_path / "r.parquet")
    one = descriptor(
        "r.parquet", about={"modality": kind}, shape="aggregated", columns={"id": "id", "media": "clip"},
        answers=[{"column": "label"}],
    )  # fmt: skip
    whole = corpora.collect(one, corpora.read(one, tmp_path, key=b"k"))
    assert (codes(whole), len(whole.items)) == ([], 3)
    assert whole.items["i0"].media_facts["duration"] == pytest.approx(0.3, abs=0.15)
    assert kind_of(data) == kind


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved(rows([png()]), tmp_path / "r.parquet")
    (tmp_path / FOLDER).write_text("in the way")
    whole = corpora.collect(faces("r.parquet"), corpora.read(faces("r.parquet"), tmp_path, key=b"k"))
    assert (codes(whole), whole.counts.read) == (["media-not-unpacked"], 0)


@pytest.mark.parametrize("form", ["parquet", "arrow"])
def test_one_value_that_is_no_text_costs_one_row(form: str, tmp_path: Path) -> None:
    texts = pa.array([b"Fine day", b"caf\xe9", b"Foul day"] * 40, pa.binary()).cast(pa.large_binary())
    words = pa.Array.from_buffers(pa.large_string(), len(texts), texts.buffers())
    far = pa.array([0, 0, 0] * 39 + [0, 0, 10**12], pa.int64()).cast(pa.timestamp("s"), safe=False)
    found = pa.table(
        {"id": [f"i{k}" for k in range(120)], "text": words, "rater": ["r"] * 120, "at": far, "labels": ["joy"] * 120}
    )
    saved(found, tmp_path / f"r.{form}")
    one = descriptor(f"r.{form}")
    whole = corpora.collect(one, corpora.read(one, tmp_path, key=b"k"))
    assert (whole.counts.read, whole.counts.imported, whole.counts.quarantined) == (120, 79, 41)
    assert codes(whole) == ["encoding"] * 40 + ["not-a-value"]
    first = whole.refused[0]
    assert (first.line, "row 2" in first.problem.where) == (2, True)
    assert r"caf\\xe9" in first.raw
    assert all("text" in row.problem.what for row in whole.refused[:40])


@pytest.mark.parametrize(
    ("data", "told", "name"),
    [
        (b"RIFF\0\0\0\0WEBPVP8", "x.png", ".webp"), (b"\0\0\0\x20ftypM4A ", "", ".m4a"),
        (b"?", "../../x.HTML", ".html"),
        (b"?", "x./etc/passwd", ".bin"), (b"?", "x.svg\0", ".bin"), (b"", "", ".bin"),
    ],
)  # fmt: skip
def test_endings_are_told_by_the_bytes(data: bytes, told: str, name: str) -> None:
    assert ending(data, told) == name
