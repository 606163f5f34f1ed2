"""Pictures, sound and film that lie in a table's cells: each is written to a file, whose name stands in its place."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from harmonize.problems import ChoraleError

FOLDER = ".embedded"
"""Folder of the files, in the corpus's own."""
TOGETHER = 1000  # files of one folder
FEW = 32  # rows that are held at once, as each may hold megabytes
BYTES = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary)
STARTS = (
    (b"\x89PNG\r\n\x1a\n", ".png"), (b"\xff\xd8\xff", ".jpg"), (b"GIF8", ".gif"), (b"BM", ".bmp"),
    (b"II*\x00", ".tif"), (b"MM\x00*", ".tif"), (b"fLaC", ".flac"), (b"OggS", ".ogg"), (b"ID3", ".mp3"),
    (b"\xff\xfb", ".mp3"), (b"\xff\xf3", ".mp3"), (b"\x1aE\xdf\xa3", ".mkv"),
)  # fmt: skip
RIFF = {b"WEBP": ".webp", b"WAVE": ".wav", b"AVI ": ".avi"}
KINDS = {
    "image": (".png", ".jpg", ".gif", ".bmp", ".tif", ".webp"), "audio": (".flac", ".ogg", ".mp3", ".wav", ".m4a"),
    "video": (".mkv", ".avi", ".mp4"),
}  # fmt: skip


class Embedded(NamedTuple):
    """Where the media of one column go: ``root`` is the corpus's folder, ``table`` the name of the table in it."""

    column: str
    root: Path
    table: str

    def placed(self, cell: Any, row: int) -> str | None:
        """The name within ``root`` of the file of a row's cell, written now; its own name where it holds no bytes.

        ``row``: its number, from 1. ChoraleError `media-not-unpacked` where the folder cannot be written.
        """
        held = cell if isinstance(cell, dict) else {"bytes": cell}
        data, told = held.get("bytes"), str(held.get("path") or "")
        return self._write(row, data, told) if data else told or None

    def _write(self, number: int, data: bytes, told: str) -> str:
        name = f"{FOLDER}/{self.table}/{number // TOGETHER:05d}/{number:08d}{ending(data, told)}"
        place = self.root / name
        part = place.with_suffix(".part")  # never written into what is there, which may be a link to another's file
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(data)
            part.replace(place)
        except OSError as error:
            what = f"{self.table} holds its media, which could not be written beside it ({error.strerror})."
            fix = "Bring a copy of the folder in, or upload it: its media become files in its folder."
            raise ChoraleError("media-not-unpacked", what, fix) from None
        return name


def ending(data: bytes, told: str = "") -> str:
    """The ending of a file's name by its first bytes; by the name it is told to have where they say nothing."""
    if data[:4] == b"RIFF" and data[8:12] in RIFF:
        return RIFF[data[8:12]]
    if data[4:8] == b"ftyp":
        return ".m4a" if data[8:11] == b"M4A" else ".mp4"
    suffix = Path(told).suffix.lower()
    plain = suffix if re.fullmatch(r"\.[a-z0-9]{1,5}", suffix) else ".bin"
    return next((known for start, known in STARTS if data.startswith(start)), plain)


def kind_of(data: bytes) -> str:
    """image, audio or video by the first bytes; "" for anything else."""
    return next((kind for kind, endings in KINDS.items() if ending(data) in endings), "")


def may_hold_media(field: pa.Field) -> bool:
    """Whether a column is of bytes, or of a struct with ``bytes`` in it, as Hugging Face keeps pictures and sound."""
    if pa.types.is_struct(field.type):
        return any(part.name == "bytes" and any(test(part.type) for test in BYTES) for part in field.type)
    return any(test(field.type) for test in BYTES)
