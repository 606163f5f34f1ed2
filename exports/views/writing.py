"""Writing the views a recipe asks for, from the release's own items."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exports.parquet import ROW_GROUP, ParquetSink
from exports.reading import ReleaseFolder
from exports.recipe import Layer, Recipe
from exports.splits import SIDES
from exports.views.columns import SHARED
from exports.views.parts import VIEWS, View
from harmonize.problems import ChoraleError
from harmonize.schemes import Scheme


def wanted(recipe: Recipe) -> list[tuple[View, Layer]]:
    """The (view, layer) pairs a recipe asks for: "view:layer", or "view" for every layer it suits.

    A model's layer must be named: nobody should train on a model's labels without having asked for them.
    """
    pairs = []
    for asked in recipe.views:
        name, _, only = asked.partition(":")
        view = VIEWS[name]
        human = [layer for layer in recipe.layers if layer.raters in ("people", "source")]
        named = [layer for layer in recipe.layers if layer.name == only]
        suited = [layer for layer in (named if only else human) if view.suits(layer)]
        if only and not suited:
            raise ChoraleError("release-view", f"The view {asked} has no layer that suits it.", "Name another layer.")
        pairs += [(view, layer) for layer in suited]
    return pairs


def write_views(folder: Path) -> None:
    """Write `views/VIEW-LAYER/SPLIT.parquet` (or .jsonl) for every view of the release's recipe.

    Items that are on no side (gold, bridging two sides) are in no view.
    """
    release = ReleaseFolder(folder)
    for view, layer in wanted(release.recipe):
        place = folder / "views" / f"{view.name}-{layer.name.replace('_', '-')}"
        place.mkdir(parents=True)
        for side in SIDES:
            _write(place / f"{side}{view.suffix}", _shaped(release, view, layer, side))


def _shaped(release: ReleaseFolder, view: View, layer: Layer, side: str) -> Iterator[pa.Table]:
    scheme = release.schemes[layer.scheme]
    kept: list[pa.Table] = []
    with pq.ParquetFile(release.folder / "items.parquet") as file:
        for batch in file.iter_batches(columns=_columns(layer, file.schema_arrow), batch_size=ROW_GROUP):
            table = pa.table(batch)
            here = table.filter(pc.and_(pc.equal(table["split"], side), pc.is_valid(table[layer.name])))
            if view.whole:
                kept.append(here)
            elif here.num_rows:
                yield view.shape(here.combine_chunks(), layer, scheme)
    if kept:
        yield view.shape(pa.concat_tables(kept), layer, scheme)
    yield _nothing(view, layer, scheme, release)


def _nothing(view: View, layer: Layer, scheme: Scheme, release: ReleaseFolder) -> pa.Table:
    """No rows, in the view's columns: so that a split without items is a file without rows, and not a missing file."""
    schema = pq.read_schema(release.folder / "items.parquet")
    columns = [schema.field(name) for name in _columns(layer, schema)]
    return view.shape(pa.schema(columns).empty_table(), layer, scheme)


def _columns(layer: Layer, schema: pa.Schema) -> list[str]:
    own = [layer.name, *(f"{layer.name}_{part}" for part in ("n", "sd"))]
    plain = [*SHARED, "group", "position", "speaker", "split"]
    return [name for name in plain + own if name in schema.names]


def _write(path: Path, tables: Iterator[pa.Table]) -> None:
    if path.suffix == ".jsonl":
        with path.open("w", encoding="utf-8", newline="\n") as file:
            for table in tables:
                file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in table.to_pylist())
        return
    first = next(tables)
    with ParquetSink(path, first.schema) as sink:
        sink.write(first)
        for table in tables:
            sink.write(table)
