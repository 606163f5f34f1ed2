"""Small corpora made on the spot: a folder, its descriptor, and the row sum of reading it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harmonize import corpora

ABOUT = {
    "slug": "made", "title": "Made", "licence": "CC0-1.0", "citation": "none", "source_url": "none", "language": "en",
}  # fmt: skip
LAYER = {"name": "emotion", "scheme": "ekman-6-neutral-set", "perspective": "writer"}
RATINGS = {
    "shape": "ratings",
    "columns": {"id": "id", "text": "text", "rater": "rater"},
    "answers": [{"layer": "emotion", "column": "labels", "separator": ";"}],
}


def descriptor(path: str, **settings: Any) -> corpora.Descriptor:
    """A corpus of one file of ratings; ``settings`` change how it is read."""
    about, layer = {**ABOUT, **settings.pop("about", {})}, {**LAYER, **settings.pop("layer", {})}
    return corpora.parse({"corpus": about, "layers": [layer], "files": [{**RATINGS, **settings, "path": path}]})


def read(folder: Path, content: bytes | str, *, name: str = "ratings.csv", **settings: Any) -> corpora.Collected:
    """What a file of this content comes to."""
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    whole = descriptor(name, **settings)
    return corpora.collect(whole, corpora.read(whole, folder, key=b"test"))


def codes(whole: corpora.Collected) -> list[str]:
    """The codes of what was refused, in order."""
    return [row.problem.code for row in whole.refused]
