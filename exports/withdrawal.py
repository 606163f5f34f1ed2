"""Withdrawing files of a release: the bytes go, a tombstone with the reason stays, verification says so."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exports.manifest import canonical, read_manifest
from harmonize.problems import ChoraleError

TOMBSTONES = "tombstones.json"
TABLES = (".parquet", ".jsonl")


def tombstones(folder: Path) -> dict[str, Any]:
    """The withdrawn files of a release: name to reason and the hash the file had; empty if there are none."""
    path = folder / TOMBSTONES
    return dict(json.loads(path.read_bytes())) if path.is_file() else {}


def withdraw(folder: Path, files: Iterable[str], *, reason: str) -> list[str]:
    """Remove files of a release and leave a tombstone for each; returns those removed now.

    The tombstone is on disk before the first file goes, so that a crash between leaves no file missing unexplained.
    The manifest stays as it was sealed. Raises `ChoraleError` for a file the manifest does not name.
    """
    stated = read_manifest(folder)["files"]
    names = sorted(set(files))
    if unknown := sorted(set(names) - stated.keys()):
        raise ChoraleError("release-file", f"The release has no file {', '.join(unknown)}.", "See its manifest.")
    told = tombstones(folder)
    new = [name for name in names if name not in told]
    told |= {name: {"reason": reason, "sha256": stated[name]["sha256"]} for name in new}
    draft = folder / f".{TOMBSTONES}"
    with draft.open("wb") as file:
        file.write(canonical(told))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / TOMBSTONES)
    for name in names:
        (folder / name).unlink(missing_ok=True)
    return new


def files_with_item(folder: Path, uuid: str) -> list[str]:
    """The tables and views of a release that hold an item, by its uuid."""
    return _holding(folder, lambda path: _has(path, ("uuid", "item"), uuid), uuid)


def files_with_rater(folder: Path, name: str) -> list[str]:
    """Every table and view of a release that a rater had a part in, by the rater's name in that release.

    Their judgments are in the soft labels too, so if the rater is in the release at all, every table is named.
    """
    if not (folder / "raters.parquet").is_file() or not _has(folder / "raters.parquet", ("rater",), name):
        return []
    return _holding(folder, lambda path: True, None)


def data_files(folder: Path) -> list[str]:
    """Every table, view and subset that is still there; what says what the release was is not among them."""
    return _holding(folder, lambda path: True, None)


def _holding(folder: Path, test: Callable[[Path], bool], needle: str | None) -> list[str]:
    found = []
    for path in sorted(p for p in folder.rglob("*") if p.suffix in TABLES):
        held = test(path) if path.suffix == ".parquet" else needle is None or _mentions(path, needle)
        if held:
            found.append(path.relative_to(folder).as_posix())
    return found


def _has(path: Path, columns: tuple[str, ...], value: str) -> bool:
    with pq.ParquetFile(path) as file:
        names = [name for name in columns if name in file.schema_arrow.names]
        if not names:  # a dialogue view nests its items
            return any(value in str(batch.to_pylist()) for batch in file.iter_batches(batch_size=1024))
        return any(
            pc.any(pc.equal(pa.table(batch)[name], value)).as_py()
            for batch in file.iter_batches(columns=names)
            for name in names
        )


def _mentions(path: Path, needle: str) -> bool:
    with path.open(encoding="utf-8") as lines:
        return any(needle in line for line in lines)
