"""Drafted descriptors: of real files, unaided, each works; of the samples, with what is known of them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harmonize import corpora, schemes
from harmonize.corpora.draft import draft
from harmonize.problems import ChoraleError
from tests.core.corpora.recordings import sound
from tests.core.corpora.test_cues import SRT
from tests.core.corpora.test_media_and_archives import png

SAMPLES = Path(__file__).resolve().parents[3] / "samples"

# file: (rows that come in, shape, scheme)
REAL = {
    "brighter/arq/arq_individuals.csv": (11418, "label-rows", "brighter-6@1.0.0"),
    "brighter/afr/afr_individuals.csv": (16821, "label-rows", "brighter-afr@1.0.0"),
    "brighter/hin/hin_train_dev.csv": (15936, "label-rows", "brighter-6@1.0.0"),
    "brighter/hin/hin_test_individuals.csv": (6060, "label-rows", "brighter-6@1.0.0"),
    "brighter/arq/track_b_train.csv": (901, "aggregated", "brighter-6@1.0.0"),
    "ferplus/fer2013new.csv": (19886, "votes", "ferplus-8@1.0.0"),
    "emobank/emobank.csv": (10062, "aggregated", "vad-5@1.0.0"),
}


@pytest.mark.parametrize("name", REAL)
def test_a_real_file_is_described_unaided(name: str, chorale_data: Path) -> None:
    found = draft(chorale_data / name)
    rows, shape, scheme = REAL[name]
    assert (found.counts.imported + found.counts.duplicates, found.values["files"][0]["shape"]) == (rows, shape)
    assert found.values["layers"][0]["scheme"] == scheme
    assert len(found.preview) == 20


def test_the_draft_is_a_descriptor_that_reads_what_it_was_tried_on(tmp_path: Path, chorale_data: Path) -> None:
    source = chorale_data / "brighter/afr/afr_individuals.csv"
    (tmp_path / "afr_individuals.csv").write_bytes(source.read_bytes())
    (tmp_path / "corpus.toml").write_text(draft(tmp_path).toml, encoding="utf-8")
    descriptor = corpora.load(tmp_path)
    whole = corpora.collect(descriptor, corpora.read(descriptor, tmp_path, key=b"k"))
    assert (whole.counts.read, whole.counts.imported, len(whole.items)) == (16821, 16821, 2403)


@pytest.mark.parametrize(
    ("name", "imported", "scheme"),
    [
        ("letters", 1908, "goemotions-28@1.0.0"),
        ("table-talk", 200, "ekman-6-neutral@1.0.0"),
        ("postcards", 480, "vad-9@1.0.0"),
        ("faces", 48, "ekman-6-neutral@1.0.0"),
    ],
)
def test_the_samples_are_described_unaided(name: str, imported: int, scheme: str, tmp_path: Path) -> None:
    for one in (SAMPLES / name).iterdir():
        if one.suffix in (".csv", ".tsv", ".jsonl"):
            (tmp_path / one.name).write_bytes(one.read_bytes())
    found = draft(tmp_path)
    assert found.values["layers"][0]["scheme"] == scheme
    assert found.counts.imported == imported


def test_numbers_are_of_the_scale_whose_dimensions_are_columns_and_whose_range_holds_them(tmp_path: Path) -> None:
    axes = tuple(schemes.Dimension(id=name.casefold(), name=name, low=1, high=7) for name in ("Tension", "Energy"))
    own = replace(schemes.load("vad-9"), id="moods-7", dimensions=axes)
    for top, head, expected in [(7, "Tension,energy", "moods-7@1.0.0"), (8, "Tension,energy", ""), (9, "V,A", "")]:
        rows = "".join(f"i{n},Line {n} of many,{1 + n % top},{1 + n * 5 % top}\n" for n in range(40))
        (tmp_path / "r.csv").write_text(f"id,text,{head}\n{rows}")
        found = draft(tmp_path / "r.csv", among=[*schemes.shipped(), own])
        assert "".join(layer["scheme"] for layer in found.values["layers"]) == expected


def test_dialects_are_told_from_the_bytes(tmp_path: Path) -> None:
    labels = ("joy", "fear")
    text = "id;rater;labels;text\n" + "".join(f"i{n};r{n % 3};{labels[n % 2]};Caf\xe9, n\xb0 {n}\n" for n in range(30))
    (tmp_path / "r.csv").write_bytes(text.encode("cp1252"))
    found = draft(tmp_path / "r.csv").values["files"][0]
    assert (found["encoding"], found["delimiter"], found["shape"]) == ("cp1252", ";", "ratings")
    (tmp_path / "r.csv").write_bytes(text.replace(";", "\t").encode("utf-16"))
    found = draft(tmp_path / "r.csv").values["files"][0]
    assert (found["encoding"], found["delimiter"]) == ("utf-16", "\t")
    (tmp_path / "r.csv").write_text("i1,joy,Fine day here\n" + "i2,fear,Foul day there\n" + "i3,joy,Sunny\n")
    assert draft(tmp_path / "r.csv").values["files"][0]["names"] == ["column1", "column2", "column3"]


def test_splits_in_folders_are_kept_and_what_is_no_table_is_left_out(tmp_path: Path) -> None:
    for name in ("train/data-00000-of-00001.csv", "letters_dev.csv", "train_dev.csv", "__MACOSX/train/._data.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("id,text\na,A day in May\nb,A day in June\n")
    (tmp_path / "train" / "state.json").write_text("[]")
    found = draft(tmp_path).values["files"]
    assert {part["path"]: part.get("split") for part in found} == {
        "train/data-00000-of-00001.csv": "train", "letters_dev.csv": "dev", "train_dev.csv": None,
    }  # fmt: skip


def test_a_draft_tells_of_lists_that_may_be_turns(tmp_path: Path) -> None:
    (tmp_path / "d.jsonl").write_text('{"id": "d1", "turns": [{"text": "Tea?"}]}\n' * 2)
    assert any('each = ["turns"]' in note for note in draft(tmp_path).notes)


def test_what_cannot_be_described_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"")
    with pytest.raises(ChoraleError) as told:
        draft(tmp_path)
    assert told.value.code == "nothing-to-describe"


def test_a_draft_finds_the_media_that_a_table_names(tmp_path: Path) -> None:
    (tmp_path / "deep/pictures").mkdir(parents=True)
    for number in range(6):
        (tmp_path / f"deep/pictures/p{number}.png").write_bytes(png())
    rows = "".join(f"p{n}.png,{'joy' if n % 2 else 'fear'}\n" for n in range(7))
    (tmp_path / "table.csv").write_text("image,emotion\n" + rows)
    found = draft(tmp_path)
    assert found.values["files"][0]["media_root"] == "deep/pictures"
    assert (found.counts.imported, found.counts.quarantined) == (6, 1)
    assert [problem.code for problem in found.problems] == ["media-missing"]


def test_a_draft_finds_recordings_their_captions_and_their_clips(tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "talk.wav").write_bytes(sound(4.0))
    (tmp_path / "media" / "talk.srt").write_text(SRT)
    clips = "".join(f"c{n},talk.wav,{n / 2},{n / 2 + 1},{'joy' if n % 2 else 'fear'}\n" for n in range(6))
    (tmp_path / "clips.csv").write_text("clip,recording,start,end,emotion\n" + clips)
    found = draft(tmp_path)
    table = found.values["files"][0]
    assert found.values["corpus"]["modality"] == "audio"
    assert (table["media_root"], table["caption_suffix"]) == ("media", ".srt")
    assert {name: table["columns"][name] for name in ("media", "start", "end")} == {
        "media": "recording", "start": "start", "end": "end",
    }  # fmt: skip
    assert found.counts.imported == 6
    assert "cues" in found.preview[0].media_facts


@pytest.mark.parametrize(
    ("content", "delimiter"),
    [
        ("sep=;\r\nid;text;emotion\r\n", ";"), ("id::text::emotion\n", "::"), ("id||text||emotion\n", "||"),
        ("id +++$+++ text +++$+++ emotion\n", " +++$+++ "), ("id,text,emotion\r", ","), ("id;text;emotion\n", ";"),
    ],
)  # fmt: skip
def test_delimiters_and_line_ends_are_found(content: str, delimiter: str, tmp_path: Path) -> None:
    end = content[len(content.rstrip("\r\n")) :]
    cells = [(f"i{n}", f"A fine day, number {n}", "joy" if n % 2 else "fear") for n in range(9)]
    rows = "".join(delimiter.join(row) + end for row in cells).replace("day,", "day" if delimiter == "," else "day,")
    (tmp_path / "r.csv").write_bytes((content + rows).encode())
    found = draft(tmp_path / "r.csv")
    (part,) = found.values["files"]
    assert part.get("delimiter", ",") == delimiter
    assert (found.counts.imported, found.counts.quarantined) == (9, 0)


def test_labels_of_a_short_file_are_no_ids(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("clip,said,emotion\na.wav,She comes home at last,joy\nb.wav,It is over now,fear\n")
    (part,) = draft(tmp_path / "r.csv").values["files"]
    assert (part["columns"]["id"], part["answers"][0]["column"]) == ("clip", "emotion")


def test_dialogues_with_their_turns_in_lists_are_described_unaided(tmp_path: Path) -> None:
    moods = ["joy", "fear", "anger"]
    said = [{"who": "ab"[n % 2], "text": f"What did you say, {n}?", "emotion": moods[n % 3]} for n in range(5)]
    rows = [{"dialogue_id": f"d{k}", "turns": said[: 2 + k % 3]} for k in range(9)]
    (tmp_path / "talk.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = draft(tmp_path / "talk.jsonl")
    (part,) = found.values["files"]
    assert (part["each"], found.values["corpus"]["modality"]) == (["turns"], "dialogue")
    assert part["columns"] == {"text": "turns.text", "group": "dialogue_id", "position": "#"}
    assert (found.counts.read, found.counts.imported) == (27, 27)
    side = [{"id": k, "dialog": ["Good morning to you", "And to you"], "emotion": ["joy", "fear"]} for k in range(5)]
    pq.write_table(pa.Table.from_pylist(side), tmp_path / "side.parquet")
    found = draft(tmp_path / "side.parquet")
    (part,) = found.values["files"]
    assert part["each"] == ["dialog", "emotion"]
    assert part["columns"] == {"text": "dialog", "group": "id", "position": "#"}
    assert (found.counts.read, found.counts.imported) == (10, 10)


TURN = {"text": "It is a fine day", "emotion": "joy"}
OTHER = {"text": "It was a dark night", "emotion": "fear"}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (json.dumps({"version": 1, "data": {"rows": [TURN, OTHER]}}, indent=1), {"records": "data.rows"}),
        (json.dumps({"a1": TURN, "a2": OTHER}), {"records": "."}),
        (f"{json.dumps(TURN)}\n{json.dumps(OTHER)}\n", {"format": "jsonl"}),
        (json.dumps([TURN, OTHER]), {}),
    ],
)
def test_whatever_a_json_file_is_it_is_described(content: str, told: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text(content)
    found = draft(tmp_path / "r.json")
    (part,) = found.values["files"]
    assert {key: part[key] for key in ("records", "format") if key in part} == told
    assert (found.counts.imported, found.counts.quarantined) == (2, 0)
    if told == {"records": "."}:
        assert [record.source_id for record in found.preview] == ["a1", "a2"]
