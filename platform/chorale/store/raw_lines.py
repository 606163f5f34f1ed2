"""Lines taken out of raw uploads: the kept copy is written anew without them, every other line where it was."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from chorale.store import object_store
from chorale.store.models import Item, Quarantine, Response, SourceFile
from harmonize.corpora.tables.lines import HEAD

IN_LINES = (".csv", ".tsv", ".txt", ".jsonl", ".ndjson")
"""Formats with records in lines; of any other the whole file goes."""

BROAD = (b"\xff\xfe", b"\xfe\xff")
"""Marks of encodings with two bytes a character, where a line cannot be cut out byte by byte."""


def remove(file: SourceFile, lines: Iterable[int]) -> int:
    """Take records (by their first line, from 1) out of what is kept of a raw file; how many went, -1 for all of it.

    The row keeps the hash of what was read in, for lineage, and points to the new copy. The old copy is removed, unless
    another file of the same bytes needs it. Where nothing is kept any more, nothing happens.
    """
    wanted = set(lines)
    if not file.stored_as or not wanted:
        return 0
    try:
        with object_store.open_key(file.stored_as) as source:
            in_lines = file.stored_as.endswith(IN_LINES) and ends_lines(source.read(HEAD))
    except FileNotFoundError:  # an operator removed it: an erasure that waited for it would never end
        file.stored_as = ""
        file.save(update_fields=["stored_as"])
        return 0
    if not in_lines:
        _replace(file, "")
        return -1
    with tempfile.TemporaryDirectory(prefix="chorale-") as spare:
        copy = Path(spare) / f"copy{Path(file.stored_as).suffix}"
        with object_store.open_key(file.stored_as) as source, copy.open("wb") as sink:
            sink.writelines(_without(source, wanted, _records(file)))
        _replace(file, object_store.put_file(copy)[0])
    return len(wanted)


def ends_lines(head: bytes) -> bool:
    """Whether a file that begins so has lines that end with a line feed, and one byte a character."""
    return not head.startswith(BROAD) and (b"\n" in head or b"\r" not in head)


def _records(file: SourceFile) -> set[int]:
    """The lines that records are known to begin at."""
    tables = (Item, Response, Quarantine)
    return {
        n
        for table in tables
        for n in table._default_manager.filter(source_file=file).values_list("line", flat=True)
        if n
    }


def _without(source: IO[bytes], wanted: set[int], known: set[int]) -> Iterator[bytes]:
    """Every line, an empty one in place of one that goes. A record in quotes may run on until another begins."""
    inside = False
    for number, line in enumerate(source, start=1):
        if number in wanted or (inside and number not in known):
            odd = line.count(b'"') % 2 == 1
            inside = odd if number in wanted else inside != odd
            yield b"\n"
        else:
            inside = False
            yield line


def _replace(file: SourceFile, key: str) -> None:
    """Point to the new copy first, so that a crash leaves a file too many and never a row without its file."""
    old, file.stored_as = file.stored_as, key
    file.save(update_fields=["stored_as"])
    if old != key:
        drop(old)


def drop(key: str) -> None:
    """Remove a kept raw file that no row points to."""
    fs, root = object_store.filesystem()
    if key and not SourceFile.objects.filter(stored_as=key).exists() and fs.exists(f"{root}/{key}"):
        fs.rm_file(f"{root}/{key}")
