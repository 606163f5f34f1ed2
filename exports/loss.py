"""What the crosswalks of a release lose on the judgments they were applied to."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exports.agreement import SAMPLE
from exports.parquet import ROW_GROUP
from exports.reading import ReleaseFolder
from exports.rounding import rounded
from harmonize.crosswalks import CrosswalkKind
from harmonize.loss import loss_report
from harmonize.problems import ChoraleError

Json = dict[str, Any]


def loss(release: ReleaseFolder) -> list[Json]:
    """One entry a layer and crosswalk; ``report`` is null, with the reason, where no loss is defined."""
    entries = []
    for layer in release.recipe.layers:
        for part in layer.sources:
            if part.crosswalk is None:
                continue
            walk = release.crosswalks[part.crosswalk]
            entry: Json = {"layer": layer.name, "crosswalk": walk.ref, "status": str(walk.status)}
            entry |= {"unmapped": _mean_unmapped(release, layer.name, walk.ref)}
            if walk.kind != CrosswalkKind.LABELS:
                entries.append(entry | {"report": None, "refused": "A change of range loses no label."})
                continue
            end = release.sample_end(part.corpora, SAMPLE)
            entry["sample"] = SAMPLE if end else None
            judged = release.judgments(
                part.scheme, layer.perspective, raters=layer.raters, corpora=part.corpora, arms=layer.arms, up_to=end
            )
            try:
                report = rounded(loss_report(walk, judged).to_dict())
            except ChoraleError as error:
                entries.append(entry | {"report": None, "refused": error.message})
                continue
            entries.append(entry | {"report": report, "refused": ""})
    return entries


def _mean_unmapped(release: ReleaseFolder, layer: str, walk: str) -> float | None:
    total, count = 0.0, 0
    with pq.ParquetFile(release.folder / "items.parquet") as file:
        for batch in file.iter_batches(columns=[f"{layer}_unmapped", f"{layer}_via"], batch_size=ROW_GROUP):
            rows = pa.table(batch).filter(pc.equal(batch.column(f"{layer}_via"), walk))[f"{layer}_unmapped"].drop_null()
            total, count = total + (pc.sum(rows.cast(pa.float64())).as_py() or 0.0), count + len(rows)
    return round(total / count, 6) if count else None
