"""Media opened in a limited process: what they are, and nothing worse than a clear problem."""

from __future__ import annotations

import io
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageOps

from harmonize import corpora
from harmonize.corpora.amiss import Amiss
from harmonize.corpora.media import Opener, opener
from tests.core.corpora.made import ABOUT, codes
from tests.core.corpora.recordings import sound, video
from tests.core.corpora.test_media_and_archives import claims, png

PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n/etc/passwd\n#EXT-X-ENDLIST\n"
CONCAT = b"ffconcat version 1.0\nfile /etc/hostname\n"


def looked(folder: Path, content: bytes, modality: str, name: str = "f.bin") -> dict[str, Any]:
    (folder / name).write_bytes(content)
    return opener().look(folder / name, modality)


def test_sound_is_told_with_its_waveform(tmp_path: Path) -> None:
    facts = looked(tmp_path, sound(2.0, 22_050, 2), "audio")
    peaks = facts.pop("waveform")
    assert facts == {
        "format": "wav", "duration": 2.0, "audio_codec": "pcm_s16le", "sample_rate": 22050, "channels": 2,
        "bytes": 2 * 22_050 * 2 * 2 + 44,
    }  # fmt: skip
    assert len(peaks) == 20
    assert peaks == sorted(peaks)
    assert peaks[0] < 10 < 80 < peaks[-1] <= 100


def test_video_is_told_with_sound_and_a_picture(tmp_path: Path) -> None:
    (tmp_path / "v.mp4").write_bytes(video(4.0, (640, 360)))
    facts = opener().look(tmp_path / "v.mp4", "video", tmp_path / "preview.webp")
    assert (facts["width"], facts["height"], facts["frames_per_second"]) == (640, 360, 10.0)
    assert (facts["video_codec"], facts["audio_codec"], facts["sample_rate"]) == ("mpeg4", "aac", 16000)
    assert facts["duration"] == pytest.approx(4.0, abs=0.1)
    assert 35 <= len(facts["waveform"]) <= 45
    with Image.open(tmp_path / "preview.webp") as picture:
        assert picture.size == (512, 288)
        assert picture.convert("RGB").getpixel((250, 100)) == pytest.approx((200, 60, 30), abs=12)
    assert "waveform" not in looked(tmp_path, video(loud=False), "video")


def test_a_picture_is_scaled_and_its_transparency_kept(tmp_path: Path) -> None:
    Image.new("RGBA", (1000, 400), (9, 8, 7, 0)).save(tmp_path / "p.png")
    assert opener().look(tmp_path / "p.png", "image", tmp_path / "preview.webp")["width"] == 1000
    with Image.open(tmp_path / "preview.webp") as picture:
        assert (picture.size, picture.mode) == ((512, 205), "RGBA")


def test_a_picture_stands_upright_and_one_of_sixteen_bits_is_more_than_white(tmp_path: Path) -> None:
    held = Image.new("RGB", (900, 400), "white")
    held.paste("red", (0, 0, 900, 200))
    for turn in range(1, 9):
        exif = Image.Exif()
        exif[0x112] = turn
        held.save(tmp_path / "p.jpg", exif=exif)
        facts = opener().look(tmp_path / "p.jpg", "image", tmp_path / "preview.webp")
        with Image.open(tmp_path / "p.jpg") as found, Image.open(tmp_path / "preview.webp") as shown:
            meant = ImageOps.exif_transpose(found)
            assert (facts["width"], facts["height"]) == meant.size
            assert shown.size == (512, 228) if meant.width > meant.height else (228, 512)
            for x, y in ((5, 5), (shown.width - 5, 5), (5, shown.height - 5)):
                at = (x * meant.width // shown.width, y * meant.height // shown.height)
                assert shown.getpixel((x, y)) == pytest.approx(meant.getpixel(at), abs=40)
    (tmp_path / "p.jpg").write_bytes((tmp_path / "p.jpg").read_bytes().replace(b"Exif\0\0MM", b"Exif\0\0\xff\xff"))
    assert opener().look(tmp_path / "p.jpg", "image")["width"] == 900
    deep = Image.new("I;16", (400, 300), 20_000)
    deep.paste(60_000, (0, 0, 200, 300))
    deep.save(tmp_path / "p.png")
    opener().look(tmp_path / "p.png", "image", tmp_path / "preview.webp")
    with Image.open(tmp_path / "preview.webp") as shown:
        assert [shown.convert("L").getpixel((x, 99)) for x in (9, 390)] == pytest.approx([255, 0], abs=9)


JPEG = io.BytesIO()
Image.effect_noise((900, 900), 80).save(JPEG, "JPEG")

# what: (bytes, modality, code)
BAD = {
    "a picture named sound": (png(), "audio", "audio-unreadable"),
    "sound named video": (sound(), "video", "video-unreadable"),
    "a video without sound named sound": (video(loud=False), "audio", "audio-unreadable"),
    "text named video": (b"once upon a time " * 99, "video", "video-unreadable"),
    "nothing": (b"", "video", "video-unreadable"),
    "no sound": (sound(0.0), "audio", "audio-unreadable"),
    "a video cut short": (video(4.0)[:1500], "video", "video-unreadable"),
    "a video of zeros": (video()[:200] + bytes(5000), "video", "video-unreadable"),
    "sound cut in its header": (sound()[:20], "audio", "audio-unreadable"),
    "a playlist of local files": (PLAYLIST, "video", "video-unreadable"),
    "a list of files": (CONCAT, "video", "video-unreadable"),
    "a script": (b"#!/bin/sh\nrm -rf /\n", "audio", "audio-unreadable"),
    "a photograph cut short": (JPEG.getvalue()[: len(JPEG.getvalue()) // 2], "image", "image-unreadable"),
    "an image of 60000 x 60000": (claims(60_000, 60_000), "image", "image-too-large"),
    "an image of 8000 x 8000 without its pixels": (claims(8000, 8000), "image", "image-unreadable"),
    "a TIFF that points behind its end": (b"II*\0\xff\xff\xff\x7f" + bytes(64), "image", "image-unreadable"),
    "random bytes": (bytes(range(256)) * 40, "image", "image-unreadable"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_a_bad_file_is_a_clear_problem(what: str, tmp_path: Path) -> None:
    content, modality, code = BAD[what]
    with pytest.raises(Amiss) as told:
        looked(tmp_path, content, modality)
    assert told.value.code == code
    assert "f.bin" in told.value.what
    assert told.value.fix
    assert looked(tmp_path, png(), "image", "good.png")["width"] > 0  # and the next file is opened as ever


@pytest.mark.parametrize("at", range(8))
def test_damage_anywhere_in_a_video_never_ends_the_opener(at: int, tmp_path: Path) -> None:
    content = bytearray(video(3.0))
    start = len(content) * at // 8
    content[start : start + 60] = bytes(b ^ 0xA5 for b in content[start : start + 60])
    with suppress(Amiss):
        assert looked(tmp_path, bytes(content), "video")["bytes"] == len(content)
    assert looked(tmp_path, png(), "image", "good.png")["format"] == "png"


def test_a_process_that_hangs_or_dies_is_ended_and_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "good.png").write_bytes(png())
    slow = tmp_path / "child.py"
    one = Opener(seconds=0.5)
    monkeypatch.setattr("harmonize.corpora.media.process.CHILD", slow)
    slow.write_text("import sys, time\nsys.stdin.readline()\ntime.sleep(60)\n")
    start = time.monotonic()
    with pytest.raises(Amiss, match="more than"):
        one.look(tmp_path / "good.png", "image")
    assert time.monotonic() - start < 20
    slow.write_text("import sys, os, signal\nsys.stdin.readline()\nos.kill(os.getpid(), signal.SIGSEGV)\n")
    with pytest.raises(Amiss, match="memory"):
        one.look(tmp_path / "good.png", "image")
    monkeypatch.undo()
    one.seconds = 30
    assert one.look(tmp_path / "good.png", "image")["format"] == "png"
    one.close()


def clips(folder: Path, modality: str, **settings: Any) -> corpora.Collected:
    files = {"path": "clips.csv", "shape": "items", "media_root": "media", "columns": {"id": "id", "media": "file"}}
    whole = corpora.parse({"corpus": {**ABOUT, "modality": modality}, "files": [{**files, **settings}]})
    return corpora.collect(whole, corpora.read(whole, folder, key=b"k"))


@pytest.mark.parametrize(("modality", "good"), [("audio", sound()), ("video", video())])
def test_clips_come_in_with_their_facts_and_bad_ones_are_refused(modality: str, good: bytes, tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()
    (tmp_path / "media/good").write_bytes(good)
    (tmp_path / "media/bad").write_bytes(png())
    (tmp_path / "clips.csv").write_text("id,file\na,good\nb,bad\nc,missing\nd,../../clips.csv\n")
    whole = clips(tmp_path, modality)
    assert codes(whole) == [f"{modality}-unreadable", "media-missing", "media-outside"]
    assert whole.items["a"].media_facts["duration"] == pytest.approx(1.0, abs=0.1)
    assert whole.counts.read == 4
