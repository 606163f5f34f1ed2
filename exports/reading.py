"""A release read back as Chorale's two deep tables, for recomputing its figures and for notebooks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exports import masks, rulings
from exports.recipe import KINDS, Layer, LayerSource, Recipe
from exports.recipe_reader import read_recipe
from harmonize.crosswalks import Crosswalk
from harmonize.problems import ChoraleError
from harmonize.records import Bool, Float32, Judgments, Kind, Semantics, SoftLabels
from harmonize.schemes import Scheme

STATUS_CODES = {"answered": 0, "none-applies": 1, "cannot-tell": 2, "skipped": 3, "broken": 4}


@dataclass(frozen=True)
class ReleaseFolder:
    """A release on disk. Nothing is loaded until asked for."""

    folder: Path

    @cached_property
    def recipe(self) -> Recipe:
        return read_recipe((self.folder / "recipe.toml").read_text("utf-8"))

    @cached_property
    def schemes(self) -> dict[str, Scheme]:
        return {s.ref: s for s in (Scheme.from_dict(d) for d in self._definitions("schemes"))}

    @cached_property
    def rulings(self) -> list[rulings.Ruling]:
        """What adjudicators decided, under their pseudonyms of this release."""
        return rulings.read(self.folder)

    @cached_property
    def crosswalks(self) -> dict[str, Crosswalk]:
        return {c.ref: c for c in (Crosswalk.from_dict(d) for d in self._definitions("crosswalks"))}

    def _definitions(self, kind: str) -> list[dict[str, Any]]:
        return [json.loads(path.read_bytes()) for path in sorted((self.folder / kind).glob("*.json"))]

    def table(self, name: str, columns: list[str] | None = None, where: pc.Expression | None = None) -> pa.Table:
        """Columns of `items`, `judgments` or `raters`, filtered while reading."""
        import pyarrow.dataset as ds  # brings pandas along, which most processes never need

        return ds.dataset(self.folder / f"{name}.parquet", format="parquet").to_table(columns=columns, filter=where)

    def corpora(self) -> list[str]:
        """The corpora that items are of, sorted."""
        seen: set[str] = set()
        with pq.ParquetFile(self.folder / "items.parquet") as file:
            for batch in file.iter_batches(columns=["corpus"]):
                seen.update(batch.column(0).unique().to_pylist())
        return sorted(seen)

    def pairs(self) -> list[tuple[str, str, str]]:
        """The (scheme, perspective, kind of rater) triples that judgments were given under, sorted."""
        seen: set[tuple[str, str, str]] = set()
        with pq.ParquetFile(self.folder / "judgments.parquet") as file:
            for batch in file.iter_batches(columns=["scheme", "perspective", "kind"]):
                groups = pa.table(batch).group_by(["scheme", "perspective", "kind"]).aggregate([])
                seen.update((r["scheme"], r["perspective"], r["kind"]) for r in groups.to_pylist())
        return sorted(seen)

    def people(self) -> list[tuple[str, str]]:
        """The (scheme, perspective) pairs that people judged under, sorted."""
        return [(scheme, perspective) for scheme, perspective, kind in self.pairs() if kind == "person"]

    def judgments(
        self,
        scheme: str,
        perspective: str,
        *,
        raters: str = "people",
        corpora: tuple[str, ...] = (),
        arms: tuple[str, ...] = ("blind",),
        beliefs: bool | None = None,
        up_to: str | None = None,
        excluded: bool = False,
        items: pa.Array | None = None,
    ) -> Judgments:
        """Judgments under one scheme from one perspective; ``raters``: people, models, source, or the name of
        a rater or a shell pattern of names.

        People's are of the planned overlap and, unless ``arms`` says otherwise, blind (SCIENCE rules 13 and 14).
        ``excluded`` takes those in too whom the recipe's rule leaves out.
        ``beliefs`` reads probabilities instead of labels; unless told, models' are read so. ``up_to``: no item beyond
        this uuid (see `sample_end`). ``items``: of these uuids alone.
        """
        columns = ["item", "rater", "status", "kind", "labels", "intensities", "values", "probabilities"]
        rows = self._counted(scheme, perspective, raters, corpora, arms, columns, up_to, excluded)
        if items is not None:
            rows = rows.filter(pc.is_in(rows["item"], value_set=items))
        if beliefs is None:
            beliefs = KINDS.get(raters) == "model" or bool(pc.any(pc.equal(rows["kind"], "model")).as_py())
        return _judgments(rows, self.schemes[scheme], beliefs=beliefs)

    def hidden(self, layer: Layer, part: LayerSource, made: Judgments) -> Bool | None:
        """bool[I, L]: what could not be said of each item of ``made``, the counted judgments of one source."""
        told = masks.of_source(masks.read(self.folder), part, layer.perspective)
        if not told or layer.method == "vad-points":
            return None
        rows = self._counted(
            part.scheme, layer.perspective, layer.raters, part.corpora, layer.arms, ["item", "origin"], None, False
        )
        asked = rows.filter(pc.not_equal(pc.fill_null(rows["origin"], "imported"), "imported"))["item"]
        items = self.table("items", ["uuid", "corpus"])
        place = pc.index_in(made.items, value_set=items["uuid"].combine_chunks())
        corpora = items["corpus"].combine_chunks().take(place)
        return masks.unexpressed(made, corpora, asked.combine_chunks(), told)

    def _counted(
        self,
        scheme: str,
        perspective: str,
        raters: str,
        corpora: tuple[str, ...],
        arms: tuple[str, ...],
        columns: list[str],
        up_to: str | None,
        excluded: bool,
    ) -> pa.Table:
        where = (pc.field("scheme") == scheme) & (pc.field("perspective") == perspective)
        if up_to is not None:
            where &= pc.field("item") <= up_to
        if raters in KINDS:
            where &= pc.field("kind") == KINDS[raters]
        else:
            names = self.table("raters", ["rater"])["rater"].to_pylist()
            where &= pc.field("rater").isin([name for name in names if fnmatchcase(name, raters)])
        if raters == "people":
            where &= pc.field("arm").isin(list(arms)) & ~pc.field("top_up")
        if not excluded and self.recipe.exclude_raters.declared:
            where &= pc.field("excluded").is_null()
        rows = self.table("judgments", columns, where)
        if corpora:
            ours = pc.field("corpus").isin(list(corpora))
            ours = ours if up_to is None else ours & (pc.field("uuid") <= up_to)
            uuids = self.table("items", ["uuid"], ours)["uuid"]
            rows = rows.filter(pc.is_in(rows["item"], value_set=uuids.combine_chunks()))
        return rows

    def sample_end(self, corpora: tuple[str, ...], size: int) -> str | None:
        """The uuid of the ``size``-th item of these corpora (none named: of all), None where there are no more.

        Uuids are hashes of the source ids, so the first in their order are a random sample, and always the same one.
        """
        left = size
        last = None
        with pq.ParquetFile(self.folder / "items.parquet") as file:
            for batch in file.iter_batches(columns=["uuid", "corpus"]):
                uuids = pa.table(batch)
                if corpora:
                    uuids = uuids.filter(pc.is_in(uuids["corpus"], value_set=pa.array(corpora)))
                if len(uuids) > left:
                    return uuids["uuid"][left - 1].as_py() if left else last
                left -= len(uuids)
                last = uuids["uuid"][-1].as_py() if len(uuids) else last
        return None

    def counted_keys(self, layer: Layer, rows: list[dict[str, Any]]) -> set[str]:
        """The keys of those released judgments (as rows) that the layer's soft label counts; see `judgments`."""
        kept = set()
        for row in rows:
            if layer.raters == "people":
                counts = row["kind"] == "person" and row["arm"] in layer.arms and not row["top_up"]
            elif layer.raters in KINDS:
                counts = row["kind"] == KINDS[layer.raters]
            else:
                counts = row["rater"] is not None and fnmatchcase(row["rater"], layer.raters)
            if counts and row.get("excluded") is None:
                kept.add(row["key"])
        return kept

    def soft(self, layer: str) -> SoftLabels:
        """The soft labels of a layer, one an item of the release, NaN where masked or unrated."""
        columns = [layer, f"{layer}_n", f"{layer}_entropy"]
        table = self.table("items", ["uuid", *columns])
        facts = {k.decode(): v.decode() for k, v in (table.schema.field(layer).metadata or {}).items()}
        labels = tuple(json.loads(facts["chorale.labels"]))
        return SoftLabels(
            semantics=Semantics(facts["chorale.semantics"]),
            items=table["uuid"].combine_chunks(),
            labels=labels,
            values=rectangle(table[layer], len(labels)).astype(np.float64),
            n=pc.fill_null(table[f"{layer}_n"], -1).to_numpy().astype(np.int32),
            method=facts["chorale.method"],
            entropy=table[f"{layer}_entropy"].cast(pa.float64()).to_numpy(),
        )


def rectangle(column: pa.ChunkedArray, width: int) -> Float32:
    """float32[n, width] of a column of lists; null elements and null lists are NaN. Raises on another width."""
    lists = column.combine_chunks()
    lists = lists.chunk(0) if isinstance(lists, pa.ChunkedArray) else lists
    full = np.full((len(lists), width), np.nan, dtype=np.float32)
    known = pc.is_valid(lists).to_numpy(zero_copy_only=False)
    flat = lists.drop_null().flatten().to_numpy(zero_copy_only=False)
    if flat.size != known.sum() * width:
        raise ChoraleError("release-width", f"A list does not hold {width} numbers.")
    full[known] = flat.reshape(-1, width)
    return full


def _judgments(rows: pa.Table, scheme: Scheme, *, beliefs: bool) -> Judgments:
    kind = Kind.PROBABILITY if beliefs and scheme.kind != Kind.DIMENSION else scheme.kind
    status = pc.index_in(rows["status"].combine_chunks(), value_set=pa.array(list(STATUS_CODES)))
    table: dict[str, Any] = {"item": rows["item"], "rater": rows["rater"], "status": status.cast(pa.uint8())}
    if kind in (Kind.DIMENSION, Kind.PROBABILITY):
        values = rectangle(rows["values" if kind == Kind.DIMENSION else "probabilities"], len(scheme.names))
        table["values"] = pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), len(scheme.names))
    else:
        table["labels"] = _codes(rows["labels"], scheme)
        if kind == Kind.INTENSITY:
            empty = pa.scalar([], pa.list_(pa.float32()))
            table["strengths"] = pc.fill_null(rows["intensities"].combine_chunks(), empty)
    return Judgments.from_arrow(pa.table(table), kind=kind, labels=scheme.names)


def _codes(column: pa.ChunkedArray, scheme: Scheme) -> pa.ListArray:
    lists = pc.fill_null(column.combine_chunks(), pa.scalar([], pa.list_(pa.string())))
    codes = pc.index_in(lists.flatten(), value_set=pa.array(scheme.names, pa.string())).cast(pa.int16())
    if codes.null_count:
        raise ChoraleError("release-label", f"A judgment holds a label that {scheme.ref} does not have.")
    lengths = pc.list_value_length(lists).to_numpy(zero_copy_only=False)
    return pa.ListArray.from_arrays(pa.array(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)), codes)
