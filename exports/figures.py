"""Every figure of a release, computed from its Parquet files alone: the card prints them, `--recompute` checks them."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exports import adjudicated, agreement, derived, exclusion, identity, loss, subsets
from exports.columns import ColumnSums
from exports.memory import give_back
from exports.parquet import ROW_GROUP
from exports.personal import signs
from exports.reading import ReleaseFolder, rectangle
from exports.recipe import Layer
from exports.rounding import rounded

Json = dict[str, Any]
_COUNTED = ("corpus", "language", "modality", "split", "split_reason", "reserved")


def figures(folder: Path) -> Json:
    """Counts, soft label means, agreement and loss of the release in ``folder`` (needs its recipe and definitions)."""
    release = ReleaseFolder(folder)
    with ThreadPoolExecutor(1) as beside:  # rows are counted while agreement, which has a fixed sample, is measured
        counted = beside.submit(lambda: (_judgment_counts(folder), _item_counts(release)))
        agreed = agreement.agreement(release)
        judged, items = counted.result()
    raters = release.table("raters", ["kind"])["kind"].to_pylist()
    give_back()
    return {
        "items": items["items"],
        "judgments": judged["judgments"],
        "raters": dict(sorted(Counter(raters).items())),
        "corpora": items["corpus"],
        "languages": items["language"],
        "modalities": items["modality"],
        "splits": {"sides": items["split"], "reasons": items["split_reason"]},
        "reserved": items["reserved"],
        "judgments_by": judged["by"],
        "personal_data": items["personal_data"] | judged["personal_data"] | adjudicated.personal(release),
        "layers": items["layers"],
        "columns": items["columns"],
        "agreement": agreed,
        "exclusion": exclusion.exclusion(release),
        "identity": identity.figures(release),
        "rulings": adjudicated.figures(release),
        "derived": derived.figures(release),
        "subsets": subsets.counts(release),
        "loss": loss.loss(release),
    }


def _judgment_counts(folder: Path) -> Json:
    keys = ["scheme", "perspective", "kind", "arm", "status"]
    counts: Counter[tuple[str, ...]] = Counter()
    with pq.ParquetFile(folder / "judgments.parquet") as file:
        words = _words_of_raters(file)
        for batch in file.iter_batches(columns=keys, batch_size=ROW_GROUP):
            groups = pa.table(batch).group_by(keys).aggregate([([], "count_all")])
            for row in groups.to_pylist():
                counts[tuple(row[key] or "" for key in keys)] += row["count_all"]
    by = [dict(zip(keys, group, strict=True)) | {"judgments": n} for group, n in sorted(counts.items())]
    personal = {"words of raters": dict(sorted(words.items()))} if words else {}
    return {"judgments": sum(counts.values()), "by": by, "personal_data": personal}


def _words_of_raters(file: pq.ParquetFile) -> Counter[str]:
    """Signs of personal data in what raters wrote; row groups in which nobody wrote anything are not read."""
    found: Counter[str] = Counter()
    for group in range(file.metadata.num_row_groups):
        rows = file.metadata.row_group(group)
        told = next(
            (
                column.statistics
                for i in range(rows.num_columns)
                if (column := rows.column(i)).path_in_schema == "texts"
            ),
            None,
        )
        if told is None or not told.has_null_count or told.null_count < rows.num_rows:
            found.update(signs(file.read_row_group(group, columns=["texts"])["texts"]))
    return found


def _item_counts(release: ReleaseFolder) -> Json:
    counts: dict[str, Counter[str]] = {name: Counter() for name in _COUNTED}
    layers = {layer.name: _LayerSums(layer, release) for layer in release.recipe.layers}
    found: dict[str, Counter[str]] = {}
    sums = ColumnSums({layer: release.schemes[layer.scheme] for layer in release.recipe.layers})
    total = 0
    with pq.ParquetFile(release.folder / "items.parquet") as file:
        there = set(file.schema_arrow.names)
        wanted = [*_COUNTED, "text", *sums.names, *(name for layer in layers.values() for name in layer.columns)]
        columns = [name for name in dict.fromkeys(wanted) if name in there]
        for batch in file.iter_batches(columns=columns, batch_size=ROW_GROUP):
            table = pa.table(batch)
            total += table.num_rows
            for name, counter in counts.items():
                for row in pc.value_counts(table[name].combine_chunks()).to_pylist():
                    counter[row["values"] or ""] += row["counts"]
            for corpus in table["corpus"].unique().to_pylist():
                rows = table.filter(pc.equal(table["corpus"], corpus))
                found.setdefault(corpus, Counter()).update(signs(rows["text"]))
                if len(before := pc.list_flatten(rows["context"])):
                    found.setdefault(f"{corpus}, turns before", Counter()).update(signs(before))
            for layer in layers.values():
                layer.add(table)
            sums.add(table)
        sums.see(file.metadata)
    named = {name: dict(sorted(counter.items())) for name, counter in counts.items()}
    personal = {corpus: dict(sorted(counter.items())) for corpus, counter in sorted(found.items())}
    figures = [layer.figures() for layer in layers.values()]
    return {"items": total, **named, "layers": figures, "personal_data": personal, "columns": sums.figures()}


class _LayerSums:
    """Running sums of one layer over the row groups."""

    def __init__(self, layer: Layer, release: ReleaseFolder) -> None:
        self.layer, self.labels = layer, release.schemes[layer.scheme].names
        self.least, self.few = release.recipe.gates.min_raters if layer.raters == "people" else 0, 0
        self.columns = [layer.name, *(f"{layer.name}_{part}" for part in ("n", "entropy", "via", "sd"))]
        self.rated = 0
        self.means, self.spreads = _Means(len(self.labels)), _Means(len(self.labels))
        self.votes, self.voted = 0, 0
        self.entropy, self.defined = 0.0, 0
        self.via: Counter[str] = Counter()

    def add(self, table: pa.Table) -> None:
        name = self.layer.name
        self.rated += table.num_rows - table[name].null_count
        self.means.add(table[name])
        if f"{name}_sd" in table.column_names:
            self.spreads.add(table[f"{name}_sd"])
        rated = table.filter(pc.is_valid(table[name]))
        self.votes += pc.sum(rated[f"{name}_n"]).as_py() or 0
        self.voted += len(rated) - rated[f"{name}_n"].null_count
        self.few += pc.sum(pc.less(rated[f"{name}_n"], self.least)).as_py() or 0
        self.entropy += pc.sum(rated[f"{name}_entropy"].cast(pa.float64())).as_py() or 0.0
        self.defined += len(rated) - rated[f"{name}_entropy"].null_count
        for row in pc.value_counts(rated[f"{name}_via"].combine_chunks()).to_pylist():
            self.via[row["values"]] += row["counts"]

    def figures(self) -> Json:
        return {
            "name": self.layer.name,
            "scheme": self.layer.scheme,
            "perspective": self.layer.perspective,
            "method": self.layer.method,
            "semantics": str(self.layer.semantics),
            "raters": self.layer.raters,
            "rated": self.rated,
            "mean": self.means.named(self.labels),
            "mean_sd": self.spreads.named(self.labels) if self.spreads.known.any() else None,
            "few_raters": self.few,
            "mean_n": rounded(self.votes / self.voted) if self.voted else None,
            "mean_entropy": rounded(self.entropy / self.defined) if self.defined else None,
            "via": dict(sorted(self.via.items())),
        }


class _Means:
    """The running mean of each element of a column of lists, nulls left out."""

    def __init__(self, width: int) -> None:
        self.total, self.known = np.zeros(width), np.zeros(width, dtype=np.int64)

    def add(self, column: pa.ChunkedArray) -> None:
        values = rectangle(column, len(self.total)).astype(np.float64)
        self.total += np.nansum(values, axis=0)
        self.known += np.isfinite(values).sum(axis=0)

    def named(self, labels: tuple[str, ...]) -> Json:
        """Label to its mean, null where every element is."""
        mean = np.divide(self.total, self.known, out=np.full(len(self.total), np.nan), where=self.known > 0)
        return {label: rounded(value) for label, value in zip(labels, mean, strict=True)}
