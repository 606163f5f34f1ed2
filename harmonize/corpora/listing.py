"""Media that no table names: a table of them is made, one row a file, with the folder that it lies in as its label.

So do Hugging Face's image and audio folders tell their labels: ``train/happy/a.png``. The table is an ordinary CSV file
from there on, whose lines can be quarantined, mended and read again.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from harmonize.corpora.archive import beside
from harmonize.corpora.layout import Descriptor, SourceTable
from harmonize.problems import ChoraleError

FORMAT = "media-files"
"""The format, in a descriptor, of a table that is made."""
NAME = "media-files.csv"
COLUMNS = ("file", "folder", "split")
ENDINGS = {
    "image": (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".avif", ".heic"),
    "audio": (".wav", ".mp3", ".flac", ".ogg", ".opus", ".m4a", ".aac", ".aif", ".aiff"),
    "video": (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg"),
}
SPLIT = re.compile(r"(train(?:ing)?|validation|valid|val|dev|test|testing|heldout|held-out)", re.I)


def media_in(folder: Path) -> Iterator[tuple[str, str]]:
    """(path below the folder, "image", "audio" or "video") of each media file below it by its ending, in order;
    nothing hidden, and no link."""
    kinds = {ending: kind for kind, endings in ENDINGS.items() for ending in endings}
    for above, within, files in os.walk(folder):
        within[:] = sorted(name for name in within if not name.startswith("."))
        for name in sorted(files):
            path, kind = Path(above, name), kinds.get(Path(name).suffix.lower(), "")
            shown = path.relative_to(folder).as_posix()
            if kind and not name.startswith(".") and not beside(shown) and not path.is_symlink():
                yield shown, kind


def row_of(name: str) -> tuple[str, str, str]:
    """The cells of a file's row: its path, the name of the folder it lies in, and the folder above that tells a split.

    A folder that tells a split is no label: a file straight in it has "".
    """
    above = name.split("/")[:-1]
    split = next((part for part in above if SPLIT.fullmatch(part)), "")
    return name, above[-1] if above and above[-1] != split else "", split


def write(folder: Path, place: Path) -> None:
    """Write the table of the media below ``folder`` to ``place``. ChoraleError `media-not-listed` if it cannot be."""
    part = place.with_suffix(".part")  # never written into what is there, which may be a link to another's file
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        # A name that is no UTF-8 is written as it is; its row is refused like any other damaged one.
        with part.open("w", encoding="utf-8", errors="surrogateescape", newline="") as sink:
            lines = csv.writer(sink, lineterminator="\n")
            lines.writerow(COLUMNS)
            lines.writerows(row_of(name) for name, _ in media_in(folder))
        part.replace(place)
    except OSError as error:
        what = f"The media in {folder.name} could not be listed in {place.name} ({error.strerror})."
        raise ChoraleError("media-not-listed", what, "Bring a copy of the folder in, or upload it.") from None


def renew(descriptor: Descriptor, folder: Path) -> None:
    """Write each table that is made anew, as at the start of an import: files may have come since the last."""
    for table in descriptor.files:
        if table.format == FORMAT:
            write((folder / table.path).parent, folder / table.path)


def made(table: SourceTable, folder: Path, spare: Path | None) -> tuple[SourceTable, Path]:
    """A table of this format as the CSV file that it is, written where it is not there yet: to ``spare`` if named."""
    place = (spare or folder) / table.path
    if not place.is_file():
        write((folder / table.path).parent, place)
    return replace(table, format="csv", encoding="utf-8"), place
