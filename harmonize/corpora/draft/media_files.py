"""Folders of pictures, sound or film that no table names: their files are the rows, their folders perhaps labels."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from harmonize.corpora.draft.sniff import LOOKED_AT, Sample
from harmonize.corpora.layout import Shape, SourceTable
from harmonize.corpora.listing import COLUMNS, FORMAT, NAME, media_in, row_of

MIXED = "{rare} files are no {kind}; the corpus is one of {kind} files, so that these will be quarantined."


def sample_of(folder: Path, notes: list[str]) -> Sample | None:
    """The table that would be made of the media below a folder, with those of the most frequent kind as its rows and
    without columns that say nothing; None where there are no media."""
    found = list(media_in(folder))
    if not found:
        return None
    kinds = Counter(kind for _, kind in found)
    kind, many = kinds.most_common(1)[0]
    rows = [list(row_of(name)) for name, its in found if its == kind]
    told = [at for at in range(len(COLUMNS)) if any(row[at] for row in rows)]
    notes.append(f"No table names the {many:,} {kind} files: {NAME} is made of them, a row a file, at each import.")
    if rare := len(found) - many:
        notes.append(MIXED.format(rare=f"{rare:,}", kind=kind))
    step = max(len(rows) // LOOKED_AT, 1)  # of every folder some
    return Sample(
        folder / NAME,
        SourceTable(NAME, Shape.ITEMS, format=FORMAT),
        tuple(COLUMNS[at] for at in told),
        [[row[at] for at in told] for row in rows[::step]],
    )
