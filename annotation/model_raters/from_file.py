"""Predictions made elsewhere, read from a file: checked row by row, good rows kept, bad ones told."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.json
import pyarrow.parquet

from annotation.model_raters.predictions import probability_judgments
from harmonize.problems import ChoraleError, Problem
from harmonize.records import Float64, Judgments, Kind
from harmonize.schemes import Scheme

_READERS: dict[str, Any] = {
    ".csv": pyarrow.csv.read_csv,
    ".jsonl": pyarrow.json.read_json,
    ".parquet": pyarrow.parquet.read_table,
}


def read_predictions(path: Path, scheme: Scheme, *, rater: str) -> tuple[Judgments, tuple[Problem, ...]]:
    """Soft labels from CSV, JSON lines or Parquet with a column ``item`` and one column a label or dimension.

    A scheme with one label an item must sum to 1 within 0.001 and is divided by its sum; probabilities stand in 0..1;
    dimensions within their range. An item that comes twice is a problem at its second row. Raises `ChoraleError` for a
    file whose columns are not the scheme's (`prediction-columns`) or of an unknown kind (`prediction-file`).
    """
    table = _table(path)
    wanted = {"item", *scheme.names}
    if missing := sorted(wanted - set(table.column_names)):
        raise ChoraleError("prediction-columns", f"{path.name} lacks columns: {', '.join(missing)}.", "Add them.")
    ids = [str(value) for value in table["item"].to_pylist()]
    values = np.stack([_numbers(table[name]) for name in scheme.names], axis=1)
    problems = _faults(values, scheme)
    counts: Counter[str] = Counter()
    for row, name in enumerate(ids):
        counts[name] += 1
        if counts[name] > 1:
            problems.setdefault(row, f"item {name} comes again")
    good = np.ones(len(ids), np.bool_)
    good[list(problems)] = False
    told = tuple(
        Problem(f"{path.name}, row {row + 1}", f"{what}.", "Mend the row.", "bad-prediction")
        for row, what in sorted(problems.items())
    )
    kind = Kind.DIMENSION if scheme.kind == Kind.DIMENSION else Kind.PROBABILITY
    kept = _normalised(values[good], scheme)
    names = [name for name, fine in zip(ids, good, strict=True) if fine]
    return probability_judgments(names, rater, scheme.names, kept, kind=kind), told


def _table(path: Path) -> pa.Table:
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise ChoraleError("prediction-file", f"{path.name} is no CSV, JSONL or Parquet file.", "Convert it.")
    try:
        return reader(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise ChoraleError("prediction-file", f"{path.name} cannot be read: {error}.", "Mend the file.") from error


def _numbers(column: Any) -> Float64:
    """float64[n], NaN for nulls and for what is no number."""
    try:
        return np.asarray(column.cast(pa.float64()).to_numpy(), np.float64)
    except pa.ArrowInvalid:
        return np.asarray([_number(value) for value in column.to_pylist()])


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")


def _faults(values: Float64, scheme: Scheme) -> dict[int, str]:
    """The rows that are not sound, each with its first fault."""
    bounds = [(d.low, d.high) for d in scheme.dimensions] or [(0.0, 1.0)] * values.shape[1]
    low, high = np.asarray(bounds, np.float64).T
    checks: list[tuple[Any, str]] = [
        (~np.isfinite(values).all(axis=1), "a number is missing or not finite"),
        (((values < low) | (values > high)).any(axis=1), "a number is out of range"),
    ]
    if scheme.kind == Kind.SINGLE:
        checks.append((np.abs(values.sum(axis=1) - 1) > 1e-3, "the probabilities do not sum to 1"))
    found: dict[int, str] = {}
    for bad, what in checks:
        for row in np.flatnonzero(bad):
            found.setdefault(int(row), what)
    return found


def _normalised(values: Float64, scheme: Scheme) -> Float64:
    return values / values.sum(axis=1, keepdims=True) if scheme.kind == Kind.SINGLE and len(values) else values
