"""In which order test files begin, and which of them one process runs (pytest-xdist's `--dist loadgroup`)."""

from __future__ import annotations

from pathlib import Path

import pytest

LONG = ({"label_studio"}, {"worker", "browser"})  # fixtures of the files that take longest: they begin first


def arrange(items: list[pytest.Item], *, grouped: bool) -> None:
    """The longest files first, each in one process; all that need Label Studio in the same, so that one is started."""
    asked: dict[Path, set[str]] = {}
    for item in items:
        asked.setdefault(item.path, set()).update(getattr(item, "fixturenames", ()))
    places = {path: (_rank(names), number) for number, (path, names) in enumerate(asked.items())}
    items.sort(key=lambda item: places[item.path])
    for item in items if grouped else ():
        item.add_marker(pytest.mark.xdist_group("label-studio" if places[item.path][0] == 0 else item.path.stem))


def _rank(names: set[str]) -> int:
    return next((place for place, wanted in enumerate(LONG) if wanted & names), len(LONG))
