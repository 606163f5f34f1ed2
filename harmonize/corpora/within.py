"""Files that rows name, which must lie within the corpus's folder."""

from __future__ import annotations

from pathlib import Path
from unicodedata import normalize

from harmonize.corpora.amiss import Amiss


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
