"""The two deep tables: `Judgments`, what each rater said, and `SoftLabels`, what an item's label is.

Everything Chorale computes starts from `Judgments`; everything it releases is a view of `Judgments` or `SoftLabels`.
Both are integer-coded columns with vocabularies, so that a million ratings are a few arrays and not a million objects.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from harmonize.problems import ChoraleError

Int16 = npt.NDArray[np.int16]
Int32 = npt.NDArray[np.int32]
Int64 = npt.NDArray[np.int64]
Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]
Bool = npt.NDArray[np.bool_]
UInt8 = npt.NDArray[np.uint8]


class Kind(StrEnum):
    """What one judgment holds under its scheme."""

    SINGLE = "single"  # one label
    SET = "set"  # any number of labels, none included
    INTENSITY = "intensity"  # labels, each with an ordinal strength
    DIMENSION = "dimension"  # numeric values, one a dimension
    PROBABILITY = "probability"  # a model's belief: one probability a label


class Semantics(StrEnum):
    """What the numbers of a soft label mean (SCIENCE rule 1). Never guessed, never mixed."""

    DISTRIBUTION = "distribution"  # one choice a rater; a row sums to 1
    PROPORTIONS = "proportions"  # share of raters who marked each label; each in 0..1
    INTENSITY = "intensity"  # mean ordinal strength per label
    DIMENSION = "dimension"  # mean over raters on the scheme's native range
    POSTERIOR = "posterior"  # belief about one latent truth, or a model's confidence


class Status(IntEnum):
    """How a rater answered (SCIENCE rule 3): `neutral` and `other` are labels, these states are not."""

    ANSWERED = 0
    NONE_APPLIES = 1
    CANNOT_TELL = 2
    SKIPPED = 3
    BROKEN = 4


@dataclass(frozen=True, eq=False)
class Judgments:
    """Ratings of one scheme from one perspective, one row a judgment (n rows, m marks, L labels or dimensions).

    ``items``, ``raters``: vocabularies (string arrays); ``labels``: names in code order, a code is its index here.
    ``item`` int32[n]; ``rater`` int32[n], -1 where the source publishes no rater id; ``status`` uint8[n].
    SINGLE, SET and INTENSITY: marks of row i are ``label[offsets[i]:offsets[i + 1]]`` (int16[m]), with ``strength``
    float32[m] for INTENSITY alone. DIMENSION and PROBABILITY: ``values`` float32[n, L], NaN where missing.
    """

    kind: Kind
    items: pa.StringArray
    raters: pa.StringArray
    labels: tuple[str, ...]
    item: Int32
    rater: Int32
    status: UInt8
    offsets: Int64 | None = None
    label: Int16 | None = None
    strength: Float32 | None = None
    values: Float32 | None = None

    def __post_init__(self) -> None:
        n = len(self.item)
        if len(self.rater) != n or len(self.status) != n:
            raise ChoraleError("judgments-shape", f"item has {n} rows; rater and status must have as many.")
        if self.kind in (Kind.DIMENSION, Kind.PROBABILITY):
            if self.values is None or self.values.shape != (n, len(self.labels)):
                raise ChoraleError("judgments-shape", f"{self.kind} needs values of shape ({n}, {len(self.labels)}).")
        elif self.offsets is None or self.label is None or len(self.offsets) != n + 1:
            raise ChoraleError("judgments-shape", f"{self.kind} needs label marks and {n + 1} offsets.")

    def __len__(self) -> int:
        return len(self.item)

    @property
    def counted(self) -> Bool:
        """bool[n]: rows that enter a statistic: answered, and `none applies` where an empty set is an answer."""
        rows: Bool = self.status == Status.ANSWERED
        if self.kind in (Kind.SET, Kind.INTENSITY):
            rows = rows | (self.status == Status.NONE_APPLIES)
        return rows

    def select(self, rows: Bool | Int64) -> Judgments:
        """The rows given (a mask or positions), under the same vocabularies."""
        index = np.flatnonzero(rows) if rows.dtype == np.bool_ else np.asarray(rows, dtype=np.int64)
        taken = replace_columns(self, index)
        if self.values is not None:
            return replace(self, **taken, values=self.values[index])
        assert self.offsets is not None
        assert self.label is not None
        lengths = np.diff(self.offsets)[index]
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        marks = np.repeat(self.offsets[index] - offsets[:-1], lengths) + np.arange(offsets[-1])
        strength = None if self.strength is None else self.strength[marks]
        return replace(self, **taken, offsets=offsets, label=self.label[marks], strength=strength)

    def counts(self) -> tuple[Int32, Int32]:
        """Votes per item and label, int32[I, L], and counted raters per item, int32[I] (categorical kinds only)."""
        if self.offsets is None or self.label is None:
            raise ChoraleError("judgments-kind", f"{self.kind} judgments have no votes to count.")
        kept = self.counted
        size, width = len(self.items), len(self.labels)
        rows = np.repeat(np.arange(len(self)), np.diff(self.offsets))
        use = kept[rows]
        cell = self.item[rows[use]].astype(np.int64) * width + self.label[use]
        votes = np.bincount(cell, minlength=size * width).astype(np.int32).reshape(size, width)
        return votes, np.bincount(self.item[kept], minlength=size).astype(np.int32)

    def marks(self) -> Bool:
        """bool[n, L]: whether row i marked label l (categorical kinds; dense, so for moderate n)."""
        if self.offsets is None or self.label is None:
            raise ChoraleError("judgments-kind", f"{self.kind} judgments mark no labels.")
        dense = np.zeros((len(self), len(self.labels)), dtype=np.bool_)
        dense[np.repeat(np.arange(len(self)), np.diff(self.offsets)), self.label] = True
        return dense

    def to_arrow(self) -> pa.Table:
        """One Arrow row a judgment; kind and labels travel in the schema's metadata. Inverse of `from_arrow`."""
        rater = pa.array(self.rater, mask=self.rater < 0)
        columns: dict[str, pa.Array] = {
            "item": pa.DictionaryArray.from_arrays(pa.array(self.item), self.items),
            "rater": pa.DictionaryArray.from_arrays(rater, self.raters),
            "status": pa.array(self.status),
        }
        if self.values is not None:
            flat = pa.array(self.values.ravel())
            columns["values"] = pa.FixedSizeListArray.from_arrays(flat, max(len(self.labels), 1))
        else:
            columns["labels"] = pa.LargeListArray.from_arrays(self.offsets, pa.array(self.label))
            if self.strength is not None:
                columns["strengths"] = pa.LargeListArray.from_arrays(self.offsets, pa.array(self.strength))
        metadata = {"chorale.kind": str(self.kind), "chorale.labels": json.dumps(self.labels)}
        return pa.table(columns).replace_schema_metadata(metadata)

    @staticmethod
    def from_arrow(table: pa.Table, *, kind: Kind | None = None, labels: Sequence[str] | None = None) -> Judgments:
        """From columns item, rater, optional status, and labels (+ strengths) or values.

        Kind and labels come from the schema's metadata unless given. `item` and `rater` may be plain or dictionary
        columns of strings or integers; a null rater is an unknown rater. Raises `ChoraleError` for anything missing.
        """
        metadata = {k.decode(): v.decode() for k, v in (table.schema.metadata or {}).items()}
        if kind is None or labels is None:
            if "chorale.kind" not in metadata:
                raise ChoraleError(
                    "judgments-metadata", "The table states no kind or labels.", "Pass kind= and labels=."
                )
            kind = kind or Kind(metadata["chorale.kind"])
            labels = labels if labels is not None else json.loads(metadata["chorale.labels"])
        item, items = _codes(table["item"])
        rater, raters = _codes(table["rater"])
        status = (
            table["status"].to_numpy().astype(np.uint8)
            if "status" in table.column_names
            else np.zeros(len(item), np.uint8)
        )
        shared: dict[str, Any] = {
            "kind": kind,
            "items": items,
            "raters": raters,
            "labels": tuple(labels),
            "item": item,
            "rater": rater,
            "status": status,
        }
        if kind in (Kind.DIMENSION, Kind.PROBABILITY):
            flat = _one(table["values"]).flatten().to_numpy(zero_copy_only=False).astype(np.float32)
            return Judgments(**shared, values=flat.reshape(len(item), len(labels)))
        lists = _one(table["labels"])
        offsets = lists.offsets.to_numpy().astype(np.int64)
        shared |= {
            "offsets": offsets - offsets[0],
            "label": lists.flatten().to_numpy(zero_copy_only=False).astype(np.int16),
        }
        if kind == Kind.INTENSITY:
            shared["strength"] = _one(table["strengths"]).flatten().to_numpy(zero_copy_only=False).astype(np.float32)
        return Judgments(**shared)

    @staticmethod
    def from_ratings(ratings: Iterable[tuple[str, str | None, Any]], *, kind: Kind, labels: Sequence[str]) -> Judgments:
        """From (item, rater, answer) triples, for notebooks and tests.

        ``answer``: a label name (SINGLE), an iterable of names (SET), a mapping name to strength (INTENSITY), or a
        sequence of numbers in the order of ``labels`` (DIMENSION, PROBABILITY).

        >>> said = [("a", "r1", ["joy"]), ("a", "r2", ["joy", "fear"])]
        >>> j = Judgments.from_ratings(said, kind=Kind.SET, labels=["joy", "fear"])
        >>> j.counts()[0].tolist()
        [[2, 1]]
        """
        rows = list(ratings)
        table: dict[str, pa.Array] = {
            "item": pa.array([str(r[0]) for r in rows], pa.string()),
            "rater": pa.array([None if r[1] is None else str(r[1]) for r in rows], pa.string()),
        }
        if kind in (Kind.DIMENSION, Kind.PROBABILITY):
            values = np.asarray([r[2] for r in rows], dtype=np.float32).reshape(len(rows), len(labels))
            table["values"] = pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), max(len(labels), 1))
        else:
            code = {name: i for i, name in enumerate(labels)}
            answers = [[r[2]] if kind == Kind.SINGLE else list(r[2]) for r in rows]
            table["labels"] = pa.array([[code[a] for a in names] for names in answers], pa.large_list(pa.int16()))
            if kind == Kind.INTENSITY:
                table["strengths"] = pa.array([list(r[2].values()) for r in rows], pa.large_list(pa.float32()))
        return Judgments.from_arrow(pa.table(table), kind=kind, labels=labels)


def replace_columns(judgments: Judgments, index: Int64) -> dict[str, Any]:
    """The three columns every kind has, taken at ``index``."""
    return {name: getattr(judgments, name)[index] for name in ("item", "rater", "status")}


def _one(column: pa.ChunkedArray) -> Any:
    combined = column.combine_chunks()
    return combined.chunk(0) if isinstance(combined, pa.ChunkedArray) else combined


def _codes(column: pa.ChunkedArray) -> tuple[Int32, pa.StringArray]:
    """int32 codes (-1 for null) and the string vocabulary of a column."""
    array = _one(column)
    if not pa.types.is_dictionary(array.type):
        array = array.dictionary_encode()
    codes = array.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    return codes, array.dictionary.cast(pa.string())


@dataclass(frozen=True, eq=False)
class SoftLabels:
    """One soft label an item: what was said about it, aggregated, with its meaning beside it (I items, L labels).

    ``values`` float64[I, L], NaN where masked: the source could not express that label, or nobody rated the item.
    ``n`` int32[I], counted raters, -1 where the source does not publish it. ``entropy`` float64[I] in bits and
    ``spread`` float64[I, L] (standard deviation over raters) are None or NaN where undefined, never 0 (SCIENCE rule 2).
    ``method`` names the aggregation; ``unmapped`` float64[I] is the mass a crosswalk could not place.
    """

    semantics: Semantics
    items: pa.StringArray
    labels: tuple[str, ...]
    values: Float64
    n: Int32
    method: str
    entropy: Float64 | None = None
    spread: Float64 | None = None
    unmapped: Float64 | None = None

    def __post_init__(self) -> None:
        if self.values.shape != (len(self.items), len(self.labels)):
            raise ChoraleError("softlabels-shape", f"values must have shape ({len(self.items)}, {len(self.labels)}).")

    def __len__(self) -> int:
        return len(self.items)
