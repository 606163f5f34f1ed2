"""The first lines of real corpora, in folders of the same shape: true data in the time that a test may take."""

from __future__ import annotations

import csv
from pathlib import Path

FIRST = {
    "goemotions": {"train.tsv": 320, "dev.tsv": 60, "test.tsv": 60},
    "xed": {"en-annotated.tsv": 240, "neu_en.txt": 60},
    "brighter/arq": {"arq_individuals.csv": 6 * 60 + 1},
}


def slices(data: Path, where: Path) -> Path:
    """A folder with the beginnings of GoEmotions, XED, EmoBank and BRIGHTER as under ``data``."""
    for folder, files in FIRST.items():
        (where / folder).mkdir(parents=True)
        for name, lines in files.items():
            (where / folder / name).write_bytes(_head(data / folder / name, lines))
    _emobank(data / "emobank", where / "emobank", 150)
    return where


def _head(path: Path, lines: int) -> bytes:
    with path.open("rb") as file:
        return b"".join(line for _, line in zip(range(lines), file, strict=False))


def _emobank(data: Path, where: Path, count: int) -> None:
    """The first items, with every line of the other files that speaks of them."""
    where.mkdir()
    (where / "raw.csv").write_bytes(_head(data / "raw.csv", count + 1))
    with (where / "raw.csv").open(encoding="utf-8", newline="") as file:
        kept = {row["id"] for row in csv.DictReader(file)}
    for name in ("meta.tsv", "emobank.csv", "individual_reader_ratings.csv", "individual_writer_ratings.csv"):
        mark = b"\t" if name.endswith(".tsv") else b","
        with (data / name).open("rb") as file:
            head, *lines = file
        ours = [line for line in lines if line.split(mark)[0].strip(b'"').decode() in kept]
        (where / name).write_bytes(b"".join([head, *ours]))
