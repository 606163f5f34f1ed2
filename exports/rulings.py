"""Rulings of adjudicators in a release: records with their reasons; a layer may let them win over what votes give."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from annotation import aggregation
from exports.parquet import ParquetSink, quantised
from exports.pseudonyms import pseudonym
from harmonize.records import Bool, Judgments, Kind, SoftLabels
from harmonize.schemes import Scheme

Json = dict[str, Any]
FILE = "rulings.parquet"
ADJUDICATOR = "j-"
TIME = {"month": "%Y-%m", "year": "%Y", "none": ""}

RELEASED = pa.schema(
    {
        "key": pa.string(),
        "item": pa.string(),
        "corpus": pa.string(),
        "scheme": pa.string(),
        "perspective": pa.string(),
        "labels": pa.list_(pa.string()),
        "values": pa.list_(pa.float32()),  # a null element leaves that dimension to the votes
        "reason": pa.string(),
        "adjudicator": pa.string(),
        "time": pa.string(),
    }
)


@dataclass(frozen=True, slots=True)
class Ruling:
    """What an adjudicator decided on an item: ``labels`` by name, or ``values`` in the order of the dimensions."""

    item: str
    corpus: str
    scheme: str
    perspective: str
    labels: tuple[str, ...] | None = None
    values: tuple[float | None, ...] | None = None
    reason: str = ""
    adjudicator: str = ""
    decided_at: datetime | None = None

    @property
    def place(self) -> tuple[str, str, str]:
        """What it is a ruling on; one stands for each."""
        return self.item, self.scheme, self.perspective


def judged(rulings: Iterable[Ruling], scheme: Scheme, perspective: str, corpora: Sequence[str] = ()) -> Judgments:
    """Those under a scheme from a perspective as judgments; sets where raters give strengths. ``corpora``: of these."""
    kind = Kind.SET if scheme.kind == Kind.INTENSITY else Kind(scheme.kind)
    said: list[tuple[str, str | None, Any]] = []
    for one in rulings:
        if (one.scheme, one.perspective) != (scheme.ref, perspective) or (corpora and one.corpus not in corpora):
            continue
        if kind == Kind.DIMENSION:
            numbers = one.values or (None,) * len(scheme.names)
            said.append((one.item, None, [np.nan if v is None else v for v in numbers]))
        else:
            labels = list(one.labels or ())
            said.append((one.item, None, labels[0] if kind == Kind.SINGLE else labels))
    return Judgments.from_ratings(said, kind=kind, labels=scheme.names)


def outcome(votes: Judgments, rulings: Judgments) -> tuple[SoftLabels, Bool]:
    """What the votes of each item come to (plurality, majority or mean) with the rulings over it; bool[I]: ruled.

    A ruling is no vote: n counts the votes beside it, and is unknown (-1) where there is none.
    """
    if votes.kind == Kind.DIMENSION:
        soft, ruled = aggregation.with_ruled_values(aggregation.dimension_mean(votes), rulings)
    else:
        before = aggregation.plurality(votes) if votes.kind == Kind.SINGLE else aggregation.majority(votes)
        found = aggregation.with_rulings(before, rulings)
        soft, ruled = found.hard.soft, found.ruled
    return replace(soft, n=np.where(ruled & (soft.n == 0), -1, soft.n).astype(np.int32)), ruled


def write_rulings(folder: Path, rulings: Iterable[Ruling], schemes: Iterable[str], *, time: str, salt: bytes) -> None:
    """Write `rulings.parquet` where any ruling is on an item of the release under one of its ``schemes``.

    ``time``: how far it is coarsened, as that of judgments.
    """
    known = set(schemes)
    kept = [one for one in rulings if one.scheme in known]
    here = _present(folder, {one.item for one in kept}) if kept else set()
    kept = sorted((one for one in kept if one.item in here), key=lambda one: one.place)
    if kept:
        rows = [_row(one, time, salt) for one in kept]
        with ParquetSink(folder / FILE, RELEASED) as sink:
            sink.write(pa.Table.from_pylist(rows, schema=RELEASED))


def _present(folder: Path, asked: set[str]) -> set[str]:
    """Which of these items the release holds."""
    names = pa.array(sorted(asked), pa.string())
    found: set[str] = set()
    with pq.ParquetFile(folder / "items.parquet") as file:
        for batch in file.iter_batches(columns=["uuid"]):
            found.update(batch.column(0).filter(pc.is_in(batch.column(0), value_set=names)).to_pylist())
    return found


def _row(one: Ruling, time: str, salt: bytes) -> Json:
    numbers = None if one.values is None else [None if v is None else float(quantised(v)) for v in one.values]
    return {
        "key": pseudonym("\0".join(one.place), salt=salt, purpose="ruling", size=16),
        **{name: getattr(one, name) for name in ("item", "corpus", "scheme", "perspective", "labels", "reason")},
        "values": numbers,
        "adjudicator": ADJUDICATOR + pseudonym(one.adjudicator, salt=salt, purpose="adjudicator"),
        "time": one.decided_at.strftime(TIME[time]) if one.decided_at and TIME[time] else None,
    }


def read(folder: Path) -> list[Ruling]:
    """The rulings of a release; none where it has no such file."""
    path = folder / FILE
    rows = pq.read_table(path).to_pylist() if path.is_file() else []
    return [
        Ruling(
            item=row["item"],
            corpus=row["corpus"],
            scheme=row["scheme"],
            perspective=row["perspective"],
            labels=None if row["labels"] is None else tuple(row["labels"]),
            values=None if row["values"] is None else tuple(row["values"]),
            reason=row["reason"],
            adjudicator=row["adjudicator"],
        )
        for row in rows
    ]
