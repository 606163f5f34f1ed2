"""Writing the three tables of a release in one walk over the items, memory flat."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exports import counts_table, judgments_table, raters_table
from exports.chunks import Chunk, chunks
from exports.exclusion import with_exclusion
from exports.filters import filtered
from exports.held_out import people_sides
from exports.items_table import items_schema, items_table
from exports.judgments_table import JudgmentsRelease, keyed
from exports.memory import give_back
from exports.ordering import InOrder
from exports.parquet import ParquetSink
from exports.raters_table import RaterBook, rater_book
from exports.recipe import Layer, Recipe
from exports.soft import WHOLE, LayerLabels, layer_labels, whole_layer
from exports.source import ITEMS, ReleaseSource, conforming
from exports.splits import SplitPlan, needed, plan
from exports.strata import strata, unseen

Progress = Callable[[int], None]
ITEMS_FILE, JUDGMENTS_FILE, RATERS_FILE = "items.parquet", "judgments.parquet", "raters.parquet"


@dataclass(frozen=True, eq=False)
class Walk:
    """All that one walk over the items needs: both inputs in order, the raters, and layers computed beforehand."""

    items: InOrder
    judgments: InOrder
    book: RaterBook
    dropped: Mapping[str, int]
    whole: Mapping[str, LayerLabels]
    split: SplitPlan


def prepare(recipe: Recipe, source: ReleaseSource, *, salt: bytes, scratch: Path, kept: pa.Table | None = None) -> Walk:
    """Order the inputs, deal the splits, and compute the layers that need all judgments at once."""
    items = InOrder(_chosen(recipe, source), ("uuid",), scratch=scratch, name="items")
    judgments = InOrder(keyed(source, salt=salt), ("item", "key"), scratch=scratch, name="judgments")
    book = with_exclusion(rater_book(source, salt=salt), recipe.exclude_raters, items, judgments, source)
    items, dropped = filtered(items, judgments, recipe, book, source, scratch=scratch)
    whole = {
        layer.name: whole_layer(items, judgments, layer, book, source)
        for layer in recipe.layers
        if layer.method in WHOLE
    }
    give_back()
    split = plan(
        items.tables(needed(recipe.splits)),
        recipe.splits,
        kept=kept,
        strata=strata(recipe, items, judgments, book, source),
        unseen=unseen(recipe, items, judgments, book, source),
        judged=judgments,
    )
    return Walk(items, judgments, book, dropped, whole, split)


def _chosen(recipe: Recipe, source: ReleaseSource):  # type: ignore[no-untyped-def]
    """Items that pass the filters which need no soft label."""
    admitted = pa.array(sorted(corpus.slug for corpus in source.corpora), pa.string())
    for table in conforming(source.items(), ITEMS):
        if recipe.filters.licences:
            table = table.filter(pc.is_in(table["corpus"], value_set=admitted))
        if recipe.filters.languages:
            table = table.filter(pc.is_in(table["language"], value_set=pa.array(recipe.filters.languages)))
        if recipe.filters.reserved == "exclude":
            table = table.filter(pc.equal(pc.fill_null(table["reserved"], ""), ""))
        yield table


def write_tables(
    folder: Path, recipe: Recipe, source: ReleaseSource, walk: Walk, *, salt: bytes, progress: Progress | None = None
) -> None:
    """Write items, judgments and raters to ``folder``."""
    schema = items_schema(recipe.layers, source, without=recipe.without.items)
    release = JudgmentsRelease(walk.book, source.schemes, time=recipe.privacy.time, without_text=recipe.without_text)
    counts = np.zeros(len(walk.book.rows), dtype=np.int64)
    with ParquetSink(folder / ITEMS_FILE, schema) as items_sink, _Judgments(folder, recipe, source) as sinks:
        for chunk in chunks(walk.items, walk.judgments):
            layers = _layers(recipe, chunk, walk, source)
            split = walk.split.columns(chunk.items["uuid"])
            released = items_table(chunk.items, split, layers, schema, salt=salt, without_text=recipe.without_text)
            items_sink.write(released)
            judgments = sinks.write(release, chunk.judgments)
            known = walk.book.positions(judgments["rater"]).drop_null()
            counts += np.bincount(known.to_numpy(zero_copy_only=False), minlength=len(counts))
            if progress is not None:
                progress(chunk.items.num_rows)
    with ParquetSink(folder / RATERS_FILE, raters_table.RELEASED) as sink:
        sides = people_sides(walk.book, recipe.splits) if recipe.splits.raters else None
        sink.write(raters_table.raters_table(walk.book, counts, trait_k=recipe.privacy.trait_k, sides=sides))


class _Judgments:
    """Where judgments go: one by one into their table, or as counts where no single rating may be passed on."""

    def __init__(self, folder: Path, recipe: Recipe, source: ReleaseSource) -> None:
        self.counted = pa.array(recipe.counts_only, pa.string())
        self.dimensions = {ref: scheme.names for ref, scheme in source.schemes.items() if scheme.dimensions}
        self.open = ExitStack()
        kept = [field for field in judgments_table.RELEASED if field.name not in recipe.without.judgments]
        self.single = self.open.enter_context(ParquetSink(folder / JUDGMENTS_FILE, pa.schema(kept)))
        if len(self.counted):
            self.counts = self.open.enter_context(ParquetSink(folder / counts_table.FILE, counts_table.RELEASED))

    def __enter__(self) -> _Judgments:
        return self

    def __exit__(self, *error: Any) -> None:
        self.open.__exit__(*error)

    def write(self, release: JudgmentsRelease, rows: pa.Table) -> pa.Table:
        """Write some judgments; returns those that went one by one."""
        if len(self.counted):
            counted = pc.is_in(rows["corpus"], value_set=self.counted)
            whole = release.table(rows.filter(counted))
            self.counts.write(counts_table.counts_table(whole, self.dimensions))
            rows = rows.filter(pc.invert(counted))
        self.single.write(release.table(rows))
        return rows


def _layers(recipe: Recipe, chunk: Chunk, walk: Walk, source: ReleaseSource) -> dict[str, tuple[Layer, LayerLabels]]:
    made = {}
    for layer in recipe.layers:
        if layer.name in walk.whole:
            labels = walk.whole[layer.name].at(chunk.uuids)
        else:
            labels = layer_labels(chunk.judgments, chunk.uuids, layer, walk.book, source)
        made[layer.name] = (layer, labels)
    return made
