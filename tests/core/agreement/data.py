"""What the agreement tests share: the golden cases and small random ratings."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harmonize.records import Judgments, Kind

ROOT = Path(os.environ.get("CHORALE_DATA", Path(__file__).parents[4] / "shared" / "data"))


def folder(name: str) -> Path:
    """A folder of the real data, or the test is skipped by name."""
    path = ROOT / name
    if not path.is_dir():
        pytest.skip(f"no {name} in CHORALE_DATA ({ROOT})")
    return path


def golden(name: str) -> dict[str, Any]:
    """One file of published and computed figures."""
    return json.loads((folder("golden") / f"{name}.json").read_text())


def from_matrix(matrix, *, labels=None, kind=Kind.SINGLE) -> Judgments:
    """Judgments from observers x units, with None where missing."""
    rows = [
        (f"u{u}", f"o{o}", str(value) if kind == Kind.SINGLE else [value])
        for o, line in enumerate(matrix)
        for u, value in enumerate(line)
        if value is not None
    ]
    names = labels or sorted({row[2] for row in rows}) if kind == Kind.SINGLE else ["x"]
    return Judgments.from_ratings(rows, kind=kind, labels=names)


def random_matrix(seed: int, *, units: int = 12, raters: int = 4, levels: int = 4, missing: float = 0.3):
    """Observers x units of levels 1.., correlated within a unit, with missing ratings."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, levels, size=units)
    noise = rng.integers(0, levels, size=(raters, units))
    chosen = np.where(rng.random((raters, units)) < 0.6, truth, noise) + 1
    gone = rng.random((raters, units)) < missing
    return [[None if gone[r, u] else int(chosen[r, u]) for u in range(units)] for r in range(raters)]


def random_sets(seed: int, *, units: int = 10, raters: int = 4, labels=("a", "b", "c", "d")) -> Judgments:
    """SET judgments, some of them empty, some missing."""
    rng = np.random.default_rng(seed)
    rows = []
    for u in range(units):
        likely = rng.random(len(labels)) * 0.8
        for r in range(raters):
            if rng.random() < 0.75:
                rows.append((f"u{u}", f"r{r}", [x for x, p in zip(labels, likely, strict=True) if rng.random() < p]))
    return Judgments.from_ratings(rows, kind=Kind.SET, labels=labels)
