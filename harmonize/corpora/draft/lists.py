"""Samples whose rows hold lists, as a dialogue holds its turns: unrolled, so that what is in them can be looked at."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from harmonize.corpora.cells import blank
from harmonize.corpora.draft.sniff import Sample
from harmonize.corpora.listing import ENDINGS
from harmonize.corpora.tables.jsonl import keys_of, reach
from harmonize.corpora.tables.unrolled import PLACE

MEDIA = re.compile("|".join(re.escape(ending) for endings in ENDINGS.values() for ending in endings), re.I)


def of_parts(cell: Any) -> bool:
    """Whether a cell is a list of objects, of several texts, such as the turns of a dialogue, or of media files."""
    if not isinstance(cell, list):
        return False
    return names_media(cell) or any(isinstance(p, dict) or (isinstance(p, str) and " " in p) for p in cell[:5])


def names_media(cell: Any) -> bool:
    """Whether a cell is a list of names of pictures, sound or film."""
    if not isinstance(cell, list) or not cell:
        return False
    return all(isinstance(part, str) and MEDIA.fullmatch(Path(part).suffix) for part in cell)


def lists_of(sample: Sample) -> list[str]:
    """The columns that hold such lists in the first rows."""
    return [name for name in sample.columns if any(of_parts(cell) for cell in sample.values(name)[:50])]


def unrolled(sample: Sample) -> Sample | None:
    """A row for each element of its lists, and of the lists of the same lengths beside them; None if it holds none."""
    if sample.table.format not in ("", "json", "jsonl", "parquet", "arrow") or not (found := lists_of(sample)):
        return None
    lengths = [len(cell) if isinstance(cell, list) else -1 for cell in sample.values(found[0])]
    each = [
        name
        for name in sample.columns
        if [len(cell) if isinstance(cell, list) else -1 for cell in sample.values(name)] == lengths
    ]
    if min(lengths, default=0) < 1:  # in some row there is no list, or an empty one
        return None
    inner = _inner(sample, each)
    outer = [name for name in sample.columns if name not in each and not any(map(_is_list, sample.values(name)))]
    columns = (*outer, *inner, PLACE)
    rows = [row for one in sample.rows for row in _elements(dict(zip(sample.columns, one, strict=True)), each, columns)]
    return replace(sample, table=replace(sample.table, each=tuple(each)), columns=columns, rows=rows)


def _inner(sample: Sample, each: list[str]) -> list[str]:
    """The columns within the elements: their keys, dotted, or the list itself where they are no objects."""
    found: dict[str, None] = {}
    for name in each:
        for part in (part for cell in sample.values(name)[:50] for part in cell[:20]):
            found.update(dict.fromkeys(keys_of(part, f"{name}.") if isinstance(part, dict) else [name]))
    return list(found)


def _is_list(cell: Any) -> bool:
    return isinstance(cell, list) and not blank(cell)


def _elements(told: dict[str, Any], each: list[str], columns: tuple[str, ...]) -> list[list[Any]]:
    lists = [told[name] for name in each]
    parts = [told | {PLACE: n} | dict(zip(each, one, strict=True)) for n, one in enumerate(zip(*lists, strict=True), 1)]
    return [[reach(part, name) for name in columns] for part in parts]
