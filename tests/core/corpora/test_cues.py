"""Captions and clips on a recording's clock: read as another reader reads them, and told by line where wrong."""

from __future__ import annotations

from pathlib import Path

import pysubs2
import pytest

from harmonize import corpora
from harmonize.corpora.amiss import Amiss
from harmonize.corpora.media.cues import Cue, clock, read_cues, seconds_of, to_vtt
from harmonize.problems import ChoraleError
from tests.core.corpora.made import codes
from tests.core.corpora.recordings import sound

SRT = """1
00:00:00,000 --> 00:00:01,500
<i>Good</i> morning,
everybody.

2
00:00:01,500 --> 00:00:02,250
Go away &amp; stay away!
"""
VTT = """WEBVTT - a talk

NOTE nobody says this

STYLE
::cue { color: red }

intro
00:00.000 --> 00:01.500 line:90%
<v Ada Lovelace>Good morning.

00:01.500 --> 00:02.250
<c.loud>Go away!</c>
"""
DESCRIPTOR = """
[corpus]
slug = "talk"
title = "Talk"
licence = "CC0-1.0"
citation = "none"
source_url = "none"
language = "en"
modality = "audio"
[[files]]
path = "clips.csv"
shape = "items"
media_root = "media"
"""
COLUMNS = 'columns = { id = "id", media = "file", captions = "said", start = "from", end = "to" }\n'


def written(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_subrip_and_webvtt_are_read_with_their_speakers(tmp_path: Path) -> None:
    found = read_cues(written(tmp_path, "a.srt", SRT))
    assert found == [Cue(0, 1.5, "Good morning, everybody."), Cue(1.5, 2.25, "Go away & stay away!")]
    told = read_cues(written(tmp_path, "a.vtt", VTT), duration=2.0)
    assert told == [Cue(0, 1.5, "Good morning.", "Ada Lovelace"), Cue(1.5, 2.25, "Go away!")]
    assert read_cues(written(tmp_path, "b.vtt", to_vtt(told))) == told
    assert read_cues(written(tmp_path, "c.srt", "\ufeff" + SRT.replace("\n", "\r\n"))) == found


@pytest.mark.parametrize(("name", "text"), [("a.srt", SRT), ("a.vtt", VTT)])
def test_another_reader_finds_the_same_cues(name: str, text: str, tmp_path: Path) -> None:
    path = written(tmp_path, name, text)
    theirs = [(line.start / 1000, line.end / 1000) for line in pysubs2.load(str(path))]
    assert [(cue.start, cue.end) for cue in read_cues(path)] == theirs


# what: (name, text, code, what it must say)
BAD = {
    "a time that is none": ("a.srt", "1\n00:00:xx,000 --> 00:00:01,000\nHi\n", "bad-cue", "line 2 is no time"),
    "an end before the beginning": (
        "a.srt",
        SRT + "\n3\n00:00:09,000 --> 00:00:08,000\nHi\n",
        "bad-cue",
        "line 11 ends",
    ),
    "behind the recording": ("a.vtt", "WEBVTT\n\n01:00.000 --> 01:01.000\nHi\n", "bad-cue", "line 3 begins at 60 s"),
    "text without a time": ("a.srt", SRT + "\nlost words\n", "bad-cue", "line 10 belongs to no time"),
    "no captions at all": ("a.srt", "\n\n", "captions-unreadable", "0 captions"),
    "no WEBVTT": ("a.vtt", SRT, "captions-unreadable", "WEBVTT"),
    "another ending": ("a.txt", SRT, "captions-unreadable", "a.txt"),
    "NUL bytes": ("a.srt", SRT + "\0", "captions-unreadable", "NUL"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_told_with_its_line(case: str, tmp_path: Path) -> None:
    name, text, code, what = BAD[case]
    with pytest.raises(Amiss) as raised:
        read_cues(written(tmp_path, name, text), duration=5.0)
    assert raised.value.code == code
    assert what in raised.value.what


def test_another_encoding_is_told_unless_it_is_stated(tmp_path: Path) -> None:
    (tmp_path / "a.srt").write_bytes(SRT.replace("away", "fort, Rüdiger").encode("cp1252"))
    with pytest.raises(Amiss, match="not utf-8"):
        read_cues(tmp_path / "a.srt")
    assert "Rüdiger" in read_cues(tmp_path / "a.srt", encoding="cp1252")[1].text


def test_times_are_read_and_written() -> None:
    assert [seconds_of(text) for text in ("12.5", "1:02.5", "1:00:02,500", "0")] == [12.5, 62.5, 3602.5, 0]
    assert clock(3602.5) == "01:00:02.500"
    for text in ("1:99", "x", "1:2:3:4"):
        with pytest.raises(ValueError, match=text):
            seconds_of(text)


def bring(folder: Path, rows: str, more: str = COLUMNS) -> corpora.Collected:
    (folder / "media").mkdir()
    (folder / "media" / "a.wav").write_bytes(sound(4.0))
    (folder / "media" / "a.srt").write_text(SRT)
    (folder / "media" / "bad.srt").write_text(SRT + "\n3\nnever --> ever\nHi\n")
    (folder / "clips.csv").write_text("id,file,said,from,to\n" + rows)
    (folder / "corpus.toml").write_text(DESCRIPTOR + more)
    descriptor = corpora.load(folder)
    return corpora.collect(descriptor, corpora.read(descriptor, folder, key=b"k" * 32))


def test_clips_carry_their_stretch_and_what_is_said_in_it(tmp_path: Path) -> None:
    rows = "whole,a.wav,a.srt,,\nhalf,a.wav,a.srt,0:01.6,3\nmute,a.wav,,2,\nbad,a.wav,bad.srt,,\nback,a.wav,,3,2\n"
    found = bring(tmp_path, rows + "far,a.wav,,1,99\nout,a.wav,../../x.srt,,\ngone,a.wav,b.srt,,\nodd,a.wav,,soon,3\n")
    assert found.counts.read == 9
    assert sorted(codes(found)) == ["bad-clip", "bad-clip", "bad-clip", "bad-cue", "captions-missing", "media-outside"]
    whole, half, mute = (found.items[name] for name in ("whole", "half", "mute"))
    assert whole.text == "Good morning, everybody. Go away & stay away!"
    assert "clip" not in whole.media_facts
    assert half.text == "Go away & stay away!"
    assert half.media_facts["clip"] == [1.6, 3.0]
    assert half.media_facts["cues"] == [{"start": 1.5, "end": 2.25, "text": "Go away & stay away!"}]
    assert mute.media_facts["clip"] == [2.0, 4.0]
    assert mute.text == ""
    assert next(row for row in found.refused if row.line == 5).problem.what.count("line 11") == 1


def test_captions_beside_the_recording_need_no_column(tmp_path: Path) -> None:
    found = bring(tmp_path, "a,a.wav,,,\n", 'caption_suffix = ".srt"\ncolumns = { id = "id", media = "file" }\n')
    assert len(found.items["a"].media_facts["cues"]) == 2


def test_a_name_that_no_file_can_have_costs_its_row_alone(tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()
    (tmp_path / "media/a.wav").write_bytes(sound(1.0))
    (tmp_path / "media/loop.wav").symlink_to(tmp_path / "media/loop.wav")
    named = ["x" * 240 + "\u00e9" * 5 + ".wav,", "a.wav," + "what is said " * 90, "loop.wav,", "a.wav,"]
    rows = "id,file,said,from,to\n" + "".join(f"{n},{cells},,\n" for n, cells in enumerate(named))
    (tmp_path / "clips.csv").write_text(rows, encoding="utf-8")
    (tmp_path / "corpus.toml").write_text(DESCRIPTOR + COLUMNS)
    whole = corpora.collect(descriptor := corpora.load(tmp_path), corpora.read(descriptor, tmp_path, key=b"k"))
    assert codes(whole) == ["media-missing", "captions-missing", "media-missing"]
    assert list(whole.items) == ["3"]


def test_captions_without_a_folder_are_a_faulty_descriptor(tmp_path: Path) -> None:
    (tmp_path / "corpus.toml").write_text(DESCRIPTOR.replace('media_root = "media"', "") + COLUMNS)
    with pytest.raises(ChoraleError, match="media_root"):
        corpora.load(tmp_path)
