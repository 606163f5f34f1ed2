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
from exports.sides import SIDES
from exports.views.columns import SHARED
from exports.views.parts import VIEWS, Asked, View
from exports.views.spans import SCHEMA as SPANS
from exports.views.spans import spans
from harmonize.problems import ChoraleError
from harmonize.schemes import Scheme


def wanted(recipe: Recipe) -> list[Asked]:
    """What a recipe asks for: "view:layer", or "view" for every layer it suits; "/no-context", "/image" may follow.

    A model's layer must be named: nobody should train on a model's labels without having asked for them.
    """
    found: list[Asked] = []
    for asked in recipe.views:
        plain, *options = asked.split("/")
        name, _, only = plain.partition(":")
        view = VIEWS[name]
        human = [layer for layer in recipe.layers if layer.raters in ("people", "source")]
        named = [layer for layer in recipe.layers if layer.name == only]
        suited = [layer for layer in (named if only else human) if view.suits(layer)]
        if only and not suited:
            raise ChoraleError("release-view", f"The view {asked} has no layer that suits it.", "Name another layer.")
        modality = next((option for option in options if option != "no-context"), None)
        found += [Asked(view, layer, "no-context" not in options, modality) for layer in suited]
    return list({one.name: one for one in found}.values())


def write_views(folder: Path) -> None:
    """Write `views/VIEW-LAYER/SPLIT.parquet` (or .jsonl) for every view of the release's recipe.

    Items that are on no side (gold, bridging two sides) are in no view.
    """
    release = ReleaseFolder(folder)
    for asked in wanted(release.recipe):
        place = folder / "views" / asked.name
        place.mkdir(parents=True)
        for side in SIDES:
            _write(place / f"{side}{asked.view.suffix}", _shaped(release, asked, side))


def _shaped(release: ReleaseFolder, asked: Asked, side: str) -> Iterator[pa.Table]:
    view, layer = asked.view, asked.layer
    scheme = release.schemes[layer.scheme]
    kept: list[pa.Table] = []
    with pq.ParquetFile(release.folder / "items.parquet") as file:
        for batch in file.iter_batches(columns=_columns(layer, file.schema_arrow), batch_size=ROW_GROUP):
            table = pa.table(batch)
            here = _chosen(table, asked, side)
            if view.marked:
                yield spans(release, layer, here)
            elif view.whole:
                kept.append(here)
            elif here.num_rows:
                yield view.shape(here.combine_chunks(), layer, scheme)
    if kept:
        yield view.shape(pa.concat_tables(kept), layer, scheme)
    yield _nothing(view, layer, scheme, release)


def _chosen(table: pa.Table, asked: Asked, side: str) -> pa.Table:
    """The rows of one side that are rated in the layer and of the modality, with their context only if asked for."""
    keep = pc.and_(pc.equal(table["split"], side), pc.is_valid(table[asked.layer.name]))
    if asked.modality:
        keep = pc.and_(keep, pc.equal(table["modality"], asked.modality))
    rows = table.filter(keep)
    for name in () if asked.context else ("context", "context_speakers"):
        empty = pa.array([[]] * rows.num_rows, rows.schema.field(name).type)
        rows = rows.set_column(rows.schema.get_field_index(name), rows.schema.field(name), empty)
    return rows


def _nothing(view: View, layer: Layer, scheme: Scheme, release: ReleaseFolder) -> pa.Table:
    """No rows, in the view's columns: so that a split without items is a file without rows, and not a missing file."""
    schema = pq.read_schema(release.folder / "items.parquet")
    if view.marked:
        return SPANS.empty_table()
    columns = [schema.field(name) for name in _columns(layer, schema)]
    return view.shape(pa.schema(columns).empty_table(), layer, scheme)


def _columns(layer: Layer, schema: pa.Schema) -> list[str]:
    own = [layer.name, *(f"{layer.name}_{part}" for part in ("n", "sd"))]
    plain = [*SHARED, "modality", "group", "position", "speaker", "split"]
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
