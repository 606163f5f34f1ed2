"""Files that rows name, which must lie within the corpus's folder."""

from __future__ import annotations

from pathlib import Path

from harmonize.corpora.amiss import Amiss


def file_within(root: Path, folder: Path, name: str, *, what: str) -> Path:
    """The file called ``name`` under ``folder``, itself under ``root``. Refuses one outside ("media-outside") or that
    is not there (``what`` + "-missing"), such as a name that no file system would take."""
    try:
        path = (folder / name).resolve()
        inside, there = path.is_relative_to(root), path.is_file()
    except (OSError, RuntimeError, ValueError):  # too long; a link that leads to itself
        path, inside, there = folder, True, False
    if not inside:
        raise Amiss("media-outside", f"names {name[:80]!r}, outside the corpus.", f"Keep {what} in its folder.")
    if not there:
        raise Amiss(f"{what}-missing", f"names {name[:80]!r}, which is not there.", "Add the file.")
    return path
