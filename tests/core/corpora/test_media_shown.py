"""What a model is shown of a file, decoded in the limited process: upright, on white, within its budget."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from harmonize.corpora.amiss import Amiss
from harmonize.corpora.media.process import Opener


@pytest.fixture(scope="module")
def opener():  # type: ignore[no-untyped-def]
    made = Opener(seconds=20)
    yield made
    made.close()


def shown(opener: Opener, path: Path, modality: str, **budget: int) -> tuple[dict[str, object], list[Image.Image]]:
    folder = path.parent / "shown"
    folder.mkdir(exist_ok=True)
    told = opener.show(path, modality, folder, **{"side": 64, "frames": 0, "heard": 0} | budget)
    return told, [Image.open(folder / f"{n}.jpg") for n in range(told.get("images", 0))]


def test_pictures_are_upright_on_white_and_never_enlarged(opener: Opener, tmp_path: Path) -> None:
    wide = Image.new("RGBA", (200, 100), (0, 0, 0, 0))
    exif = Image.Exif()
    exif[0x0112] = 6  # held sideways
    wide.save(tmp_path / "turned.png", exif=exif)
    told, (picture,) = shown(opener, tmp_path / "turned.png", "image")
    assert told == {"images": 1}
    assert (picture.format, picture.size) == ("JPEG", (32, 64))
    assert min(picture.getpixel((5, 5))) > 250
    Image.new("RGB", (20, 10)).save(tmp_path / "small.png")
    assert shown(opener, tmp_path / "small.png", "image")[1][0].size == (20, 10)


def test_light_beyond_eight_bits_is_kept(opener: Opener, tmp_path: Path) -> None:
    Image.fromarray(np.linspace(0, 4000, 64 * 64, dtype=np.uint16).reshape(64, 64)).save(tmp_path / "deep.png")
    (picture,) = shown(opener, tmp_path / "deep.png", "image")[1]
    assert picture.convert("L").getpixel((32, 1)) < 40
    assert picture.convert("L").getpixel((32, 62)) > 215


def test_a_film_of_fewer_frames_than_asked_gives_each_once(opener: Opener, tmp_path: Path) -> None:
    with av.open(str(tmp_path / "short.mp4"), "w") as out:
        stream = out.add_stream("mpeg4", rate=5)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for n in range(5):
            plain = np.full((48, 64, 3), 50 * n, np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(plain, format="rgb24")))
        out.mux(stream.encode())
    told, pictures = shown(opener, tmp_path / "short.mp4", "video", frames=40, heard=3)
    assert "heard" not in told  # it has no sound
    assert told["times"] == [0.0, 0.2, 0.4, 0.6, 0.8]
    light = [picture.convert("L").getpixel((9, 9)) for picture in pictures]
    assert light == sorted(light)
    assert len(set(light)) == 5


@pytest.mark.parametrize(("name", "modality"), [("a.png", "image"), ("a.mp4", "video"), ("a.wav", "audio")])
def test_what_cannot_be_opened_says_so(opener: Opener, tmp_path: Path, name: str, modality: str) -> None:
    (tmp_path / name).write_bytes(b"nothing of the kind")
    with pytest.raises(Amiss) as wrong:
        shown(opener, tmp_path / name, modality, frames=2, heard=2)
    assert wrong.value.code == f"{modality}-unreadable"
