"""Files that rows name: one a row, which must lie within the corpus's folder."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unicodedata import normalize

from harmonize.corpora.amiss import Amiss
from harmonize.corpora.cells import text_of
from harmonize.corpora.listing import ENDINGS

BETWEEN = re.compile(r"[;|,\n]")
KNOWN = {ending for endings in ENDINGS.values() for ending in endings}
ONE = "An item has one file: write a row for each, or set `each` where the cell is a list of JSON or Parquet."


def one_name(cell: Any, folder: Path) -> str:
    """The file that a cell names, "" for none; of a list or object its one name. Refuses several ("several-media").

    A name with a separator in it is one name where such a file is in ``folder``.
    """
    if isinstance(cell, (list, tuple)):
        names = [name for part in cell if (name := one_name(part, folder))]
    elif isinstance(cell, Mapping):
        return one_name(cell.get("path"), folder)
    else:
        names = _names(text_of(cell), folder)
    if len(names) > 1:
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        raise Amiss("several-media", f"names {len(names)} files: {', '.join(names[:3])[:160]}{more}.", ONE)
    return names[0] if names else ""


def _names(text: str, folder: Path) -> list[str]:
    parts = [part.strip(" []'\"") for part in BETWEEN.split(text)] if BETWEEN.search(text) else []
    several = len(parts) > 1 and all(Path(part).suffix.lower() in KNOWN for part in parts)
    return parts if several and not is_there(folder / text) else [text]


def is_there(path: Path) -> bool:
    """Whether a file is there; False for a name that no file system takes."""
    try:
        return path.is_file()
    except (OSError, ValueError):  # too long for a name
        return False


def file_within(root: Path, folder: Path, name: str, *, what: str) -> Path:
    """The file called ``name`` under ``folder``, itself under ``root``, its accents composed or not. Refuses one
    outside ("media-outside") or that is not there (``what`` + "-missing"), as is a name that no file system takes."""
    for spelt in dict.fromkeys((name, normalize("NFC", name), normalize("NFD", name))):
        try:
            path = (folder / spelt).resolve()
            inside, there = path.is_relative_to(root), path.is_file()
        except (OSError, RuntimeError, ValueError):  # too long; a link that leads to itself
            continue
        if not inside:
            raise Amiss("media-outside", f"names {name[:80]!r}, outside the corpus.", f"Keep {what} in its folder.")
        if there:
            return path
    raise Amiss(f"{what}-missing", f"names {name[:80]!r}, which is not there.", "Add the file.")
