"""Pictures and archives from strangers: claims are checked before memory or disk is spent."""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

import pytest
from PIL import Image

from harmonize import corpora
from harmonize.corpora.archive import unpack
from harmonize.corpora.within import file_within
from harmonize.problems import ChoraleError
from tests.core.corpora.made import ABOUT, LAYER, codes


def png(width: int = 4, height: int = 4) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height)).save(out, "PNG")
    return out.getvalue()


def claims(width: int, height: int) -> bytes:
    """A PNG whose header claims a size that its data do not have."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 64)), (b"IEND", b"")]
    chunks = [struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in parts]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def pictures(folder: Path, name: str, content: bytes | None) -> corpora.Collected:
    if content is not None:
        (folder / Path(name).name).write_bytes(content)
    (folder / "table.csv").write_text(f"picture,labels\n{name},joy\n")
    whole = corpora.parse(
        {
            "corpus": {**ABOUT, "modality": "image"},
            "layers": [LAYER],
            "files": [
                {
                    "path": "table.csv",
                    "shape": "aggregated",
                    "media_root": ".",
                    "columns": {"id": "picture", "media": "picture"},
                    "answers": [{"column": "labels"}],
                }
            ],
        }
    )
    return corpora.collect(whole, corpora.read(whole, folder, key=b"k"))


@pytest.mark.parametrize(
    ("name", "content", "refused"),
    [
        ("a.png", png(), []),
        ("a.jpg", png(), []),  # a name that lies about a format we know does no harm
        ("a.png", claims(60_000, 60_000), ["image-too-large"]),
        ("a.png", claims(2**31 - 1, 2**31 - 1), ["image-too-large"]),
        ("a.png", png(64, 64)[:60], ["image-unreadable"]),
        ("a.png", b"", ["image-unreadable"]),
        ("a.png", b"<svg onload='alert(1)'/>", ["image-unreadable"]),
        ("a.png", b"%!PS-Adobe-3.0 EPSF-3.0\n", ["image-unreadable"]),
        ("a.png", None, ["media-missing"]),
        ("../a.png", None, ["media-outside"]),
        ("/etc/passwd", None, ["media-outside"]),
        ("", None, ["missing-id"]),
    ],
)
def test_a_picture_is_probed_before_it_is_taken(
    name: str, content: bytes | None, refused: list[str], tmp_path: Path
) -> None:
    whole = pictures(tmp_path, name, content)
    assert codes(whole) == refused
    assert whole.counts.read == 1


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return out.getvalue()


def tarred(*members: tarfile.TarInfo, content: bytes = b"x") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as packed:
        for member in members:
            member.size = len(content) if member.isfile() else 0
            packed.addfile(member, io.BytesIO(content) if member.isfile() else None)
    return out.getvalue()


def link(name: str, target: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = tarfile.SYMTYPE, target
    return member


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (zipped({"../evil.csv": b"x"}), "archive-outside"),
        (zipped({"/etc/evil": b"x"}), "archive-outside"),
        (zipped({"..\\evil.csv": b"x"}), "archive-outside"),
        (zipped({"C:\\evil.csv": b"x"}), "archive-outside"),
        (zipped({"zeros": b"0" * 100_000_000}), "archive-bomb"),
        (zipped({"a": b"x" * 5000})[:-30], "archive-broken"),
        (tarred(tarfile.TarInfo("../evil")), "archive-outside"),
        (tarred(tarfile.TarInfo("zeros"), content=b"0" * 100_000_000), "archive-bomb"),
        (tarred(tarfile.TarInfo("a"), content=bytes(range(256)) * 99)[:90], "archive-broken"),
        (b"", "archive-broken"),
        (b"neither", "archive-broken"),
    ],
    ids=lambda given: given if isinstance(given, str) else "",  # bytes with the time in them would be another name each
)
def test_an_archive_that_is_not_what_it_should_be_is_refused(content: bytes, code: str, tmp_path: Path) -> None:
    packed = tmp_path / "corpus.zip"
    packed.write_bytes(content)
    with pytest.raises(ChoraleError) as told:
        unpack(packed, tmp_path / "inside")
    assert told.value.code == code
    assert sorted(path.name for path in tmp_path.iterdir()) in (["corpus.zip"], ["corpus.zip", "inside"])


def test_a_zip_that_lies_about_a_member_s_size_is_cut_off(tmp_path: Path) -> None:
    content = bytearray(zipped({"a": b"y" * 100_000}))
    for header, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = content.find(header) + at
        content[place : place + 4] = struct.pack("<I", 10)
    (tmp_path / "corpus.zip").write_bytes(bytes(content))
    with pytest.raises(ChoraleError, match="cannot be unpacked"):
        unpack(tmp_path / "corpus.zip", tmp_path / "inside")


def test_names_are_characters_whoever_packed_them(tmp_path: Path) -> None:
    old = tarfile.TarInfo("caf\u00e9.csv")
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT, encoding="latin-1") as tar:
        tar.addfile(old, io.BytesIO())
    (tmp_path / "old.tar").write_bytes(out.getvalue())
    apple = zipped({"cafX.csv": b"x", "__MACOSX/._cafX.csv": b"\0", "a/.DS_Store": b"\0", "a/._b.csv": b"\0"})
    (tmp_path / "apple.zip").write_bytes(apple.replace(b"cafX", "fé".encode() + b"e"))
    for name, found in (("old.tar", "caf\u00e9.csv"), ("apple.zip", "f\u00e9e.csv")):
        assert [path.name for path in unpack(tmp_path / name, tmp_path / "in" / name)] == [found]
    (tmp_path / "e\u0301.png").write_bytes(b"x")
    assert file_within(tmp_path, tmp_path, "\u00e9.png", what="media").is_file()


def test_damage_within_lzma_is_a_broken_archive(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as packed:
        packed.writestr("a.csv", bytes(range(256)) * 200)
    content = bytearray(out.getvalue())
    content[50:90] = b"\xff" * 40
    (tmp_path / "c.zip").write_bytes(bytes(content))
    with pytest.raises(ChoraleError) as told:
        unpack(tmp_path / "c.zip", tmp_path / "in")
    assert told.value.code == "archive-broken"


def test_a_hard_link_in_a_tar_is_a_second_name_of_its_file(tmp_path: Path) -> None:
    (lab := tmp_path / "lab").mkdir()
    (lab / "a.wav").write_bytes(b"sound")
    (lab / "b.wav").hardlink_to(lab / "a.wav")
    with tarfile.open(tmp_path / "c.tgz", "w:gz") as packed:
        packed.add(lab, "lab")
        (away := tarfile.TarInfo("lab/c.wav")).type, away.linkname = tarfile.LNKTYPE, "/etc/passwd"
        packed.addfile(away)
    unpack(tmp_path / "c.tgz", inside := tmp_path / "inside")
    assert sorted(path.name for path in inside.rglob("*.*")) == ["a.wav", "b.wav"]
    assert {path.read_bytes() for path in inside.rglob("*.wav")} == {b"sound"}
    assert (inside / "lab/a.wav").stat().st_nlink == 1


def test_hard_links_count_for_what_they_unpack_to(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "c.tar", "w") as packed:
        (one := tarfile.TarInfo("a")).size = 5_000_000
        packed.addfile(one, io.BytesIO(b"0" * one.size))
        for number in range(400):
            (more := tarfile.TarInfo(f"b{number}")).type, more.linkname = tarfile.LNKTYPE, "a"
            packed.addfile(more)
    with pytest.raises(ChoraleError) as told:
        unpack(tmp_path / "c.tar", tmp_path / "inside", most=20_000_000)
    assert told.value.code == "archive-bomb"


def test_plain_files_come_out_and_links_stay_behind(tmp_path: Path) -> None:
    (tmp_path / "c.tar.gz").write_bytes(tarred(tarfile.TarInfo("sub/a.csv"), link("b.csv", "/etc/passwd")))
    assert [path.relative_to(tmp_path).as_posix() for path in unpack(tmp_path / "c.tar.gz", tmp_path / "in")] == [
        "in/sub/a.csv"
    ]
    (tmp_path / "c.zip").write_bytes(zipped({"corpus.toml": b"[corpus]", "sub/b.csv": b"x"}))
    assert len(unpack(tmp_path / "c.zip", tmp_path / "zip")) == 2
