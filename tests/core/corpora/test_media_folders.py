"""Folders of media, as Hugging Face lays them out: labels by folder, tables beside the files, several files a row."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harmonize import corpora
from harmonize.corpora import listing
from harmonize.corpora.draft import draft
from harmonize.corpora.mending import reread
from harmonize.corpora.opening import sources
from tests.core.corpora.recordings import sound
from tests.core.corpora.test_media_and_archives import png

MOODS = ("happy", "sad", "angry")
CLASSES = [f"{split}/{mood}/{k}.png" for split in ("train", "test") for mood in MOODS for k in range(2)]


def pictures(folder: Path, names: list[str]) -> None:
    for side, name in enumerate(names, 10):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(png(side, 8))


def collected(descriptor: corpora.Descriptor, folder: Path) -> corpora.Collected:
    return corpora.collect(descriptor, corpora.read(descriptor, folder, key=b"k"))


def labelled(k: int) -> str:
    return ("joy", "fear")[k % 2]


def test_folders_are_labels_and_the_first_of_them_a_split(tmp_path: Path) -> None:
    pictures(tmp_path, CLASSES)
    (tmp_path / "README.txt").write_text("Pictures of faces, with many words about them.\n\nMore of it.")
    found = draft(tmp_path)
    assert (found.counts.imported, found.counts.quarantined) == (12, 0)
    assert {(row.split, row.ratings[0].native) for row in found.preview} == {
        (split, mood) for split in ("train", "test") for mood in MOODS
    }
    assert not (tmp_path / listing.NAME).exists()  # a draft writes nothing


def test_the_drafted_folder_comes_in_and_a_broken_picture_is_mended(tmp_path: Path) -> None:
    pictures(tmp_path, CLASSES)
    (tmp_path / "train/sad/broken.png").write_bytes(png()[:30])
    (tmp_path / "corpus.toml").write_text(draft(tmp_path).toml, encoding="utf-8")
    descriptor = corpora.load(tmp_path)
    whole = collected(descriptor, tmp_path)
    assert (whole.counts.imported, whole.counts.quarantined) == (12, 1)
    (refused,) = whole.refused
    assert refused.problem.code == "image-unreadable"
    assert (tmp_path / listing.NAME).read_text().splitlines()[refused.line - 1] == refused.raw
    pictures(tmp_path, ["train/sad/broken.png"])
    (source,) = sources(descriptor, tmp_path)
    (record,) = reread(descriptor, source, refused.raw, line=refused.line, key=b"k", folder=tmp_path)
    assert isinstance(record, corpora.Record)
    assert record.source_id == "train/sad/broken.png"


def test_files_that_came_later_are_listed_at_the_next_import(tmp_path: Path) -> None:
    pictures(tmp_path, CLASSES)
    (tmp_path / "corpus.toml").write_text(draft(tmp_path).toml, encoding="utf-8")
    descriptor = corpora.load(tmp_path)
    assert len(collected(descriptor, tmp_path).items) == 12
    pictures(tmp_path, ["train/sad/new.png"])
    listing.renew(descriptor, tmp_path)
    assert len(collected(descriptor, tmp_path).items) == 13


def test_folders_that_are_no_labels_are_a_facet(tmp_path: Path) -> None:
    for name in ("walks/1.wav", "walks/2.wav", "rain/1.wav"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(sound(0.1))
    found = draft(tmp_path)
    assert found.values["files"][0]["shape"] == "items"
    assert found.values["corpus"]["modality"] == "audio"
    assert [row.facets for row in found.preview] == [{"folder": "rain"}, {"folder": "walks"}, {"folder": "walks"}]


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_a_table_lies_beside_the_files_of_each_split(form: str, tmp_path: Path) -> None:
    for split in ("train", "test"):
        pictures(tmp_path, [f"{split}/{k}.png" for k in range(4)])
        rows = [{"file_name": f"{k}.png", "text": f"A view of {split} {k}", "label": labelled(k)} for k in range(4)]
        table(tmp_path / split / f"metadata.{form}", rows)
    found = draft(tmp_path)
    assert (found.counts.imported, found.counts.duplicates, found.counts.quarantined) == (8, 0, 0)
    assert {(row.source_id, row.media, row.split) for row in found.preview} == {
        (f"{split}/{k}.png", f"{split}/{k}.png", split) for split in ("train", "test") for k in range(4)
    }


def table(path: Path, rows: list[dict[str, str]]) -> None:
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet as pq

    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return
    write = pq.write_table if path.suffix == ".parquet" else pyarrow.csv.write_csv
    write(pa.Table.from_pylist(rows), path)


def test_further_columns_of_files_are_told_and_kept_as_names(tmp_path: Path) -> None:
    pictures(tmp_path, [f"{k}{side}.png" for k in range(3) for side in "ab"])
    rows = [{"input_file_name": f"{k}a.png", "target_file_name": f"{k}b.png", "label": labelled(k)} for k in range(3)]
    table(tmp_path / "metadata.jsonl", rows)
    found = draft(tmp_path)
    assert [row.facets for row in found.preview] == [{"target_file_name": f"{k}b.png"} for k in range(3)]
    assert any("target_file_name: an item has one file" in note for note in found.notes)


@pytest.mark.parametrize(
    "cell", [["a.png", "b.png"], "a.png;b.png", "a.png, b.png", "['a.png', 'b.png']", [{"path": "a.png"}, "b.png"]]
)
@pytest.mark.parametrize("root", [".", ""])
def test_several_files_in_a_cell_are_never_taken_for_one(cell: object, root: str, tmp_path: Path) -> None:
    pictures(tmp_path, ["a.png", "b.png"])
    (tmp_path / "t.jsonl").write_text(json.dumps({"id": "1", "pics": cell}) + "\n")
    whole = collected(described(root), tmp_path)
    assert [(row.problem.code, row.problem.what) for row in whole.refused] == [
        ("several-media", "names 2 files: a.png, b.png.")
    ]


@pytest.mark.parametrize("cell", [["a.png"], "a.png", {"path": "a.png"}, ["a.png", ""]])
def test_a_list_of_one_file_is_that_file(cell: object, tmp_path: Path) -> None:
    pictures(tmp_path, ["a.png"])
    (tmp_path / "t.jsonl").write_text(json.dumps({"id": "1", "pics": cell}) + "\n")
    assert [item.media for item in collected(described("."), tmp_path).items.values()] == ["a.png"]


def test_a_separator_within_the_name_of_a_file_that_is_there_is_part_of_it(tmp_path: Path) -> None:
    pictures(tmp_path, ["a.png,b.png"])
    (tmp_path / "t.jsonl").write_text(json.dumps({"id": "1", "pics": "a.png,b.png"}) + "\n")
    assert collected(described("."), tmp_path).counts.imported == 1


def described(root: str) -> corpora.Descriptor:
    file = {"path": "t.jsonl", "shape": "items", "columns": {"id": "id", "media": "pics"}, "media_root": root}
    about = dict.fromkeys(("slug", "title", "licence", "citation", "source_url"), "x")
    return corpora.parse({"corpus": {**about, "language": "en", "modality": "image"}, "files": [file]})


def test_a_list_of_files_is_drafted_as_a_row_for_each(tmp_path: Path) -> None:
    pictures(tmp_path, [f"{k}{side}.png" for k in range(3) for side in "ab"])
    rows = [
        json.dumps({"images": [f"{k}a.png", f"{k}b.png"], "text": f"Two views of {k}", "label": labelled(k)})
        for k in range(3)
    ]
    (tmp_path / "metadata.jsonl").write_text("\n".join(rows) + "\n")
    found = draft(tmp_path)
    assert found.values["files"][0]["each"] == ["images"]
    assert (found.counts.imported, [row.media for row in found.preview][:2]) == (6, ["0a.png", "0b.png"])


def test_a_table_of_which_some_files_are_missing_is_drafted_with_those_that_are_there(tmp_path: Path) -> None:
    pictures(tmp_path, [f"all/{k}.png" for k in range(4)])
    rows = [{"file_name": f"{k}.png", "label": labelled(k)} for k in range(5)]
    table(tmp_path / "labels.csv", rows)
    found = draft(tmp_path)
    assert found.values["files"][0]["media_root"] == "all"
    assert (found.counts.imported, [problem.code for problem in found.problems]) == (4, ["media-missing"])
    for path in (tmp_path / "all").iterdir():
        path.unlink()
    assert any("not here" in note for note in draft(tmp_path).notes)
