"""Named parts of a release, each a file of the same items: gold, conflict, unseen label, language, human-only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from annotation.aggregation.splits import Verdict, label_splits, splits
from exports.parquet import ROW_GROUP, ParquetSink
from exports.reading import ReleaseFolder, rectangle
from exports.recipe import Layer, LayerSource, Subset
from harmonize import crosswalks
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind

Json = dict[str, Any]
FOLDER = "subsets"
Test = Callable[[pa.Table], pa.Array]
VOTES = ("vote-distribution", "vote-proportions")


def write_subsets(folder: Path) -> None:
    """Write `subsets/NAME.parquet` for every subset of the recipe: the rows of `items.parquet` that belong to it."""
    release = ReleaseFolder(folder)
    for subset in release.recipe.subsets:
        (folder / FOLDER).mkdir(exist_ok=True)
        test = membership(release, subset)
        path = folder / FOLDER / f"{subset.name}.parquet"
        with pq.ParquetFile(folder / "items.parquet") as file, ParquetSink(path, file.schema_arrow) as sink:
            for batch in file.iter_batches(batch_size=ROW_GROUP):
                rows = pa.table(batch)
                sink.write(rows.filter(test(rows)))


def counts(release: ReleaseFolder) -> list[Json]:
    """One entry a subset: its rule, how many items, by side; for conflict every verdict of the test."""
    entries = []
    for subset in release.recipe.subsets:
        sides: Counter[str] = Counter()
        test = membership(release, subset)
        with pq.ParquetFile(release.folder / "items.parquet") as file:
            for batch in file.iter_batches(columns=_needed(subset), batch_size=ROW_GROUP):
                rows = pa.table(batch)
                sides.update(side or "" for side in rows.filter(test(rows))["split"].to_pylist())
        entry: Json = {"name": subset.name, "rule": subset.rule, "items": sum(sides.values())}
        entries.append(entry | {"sides": dict(sorted(sides.items())), **_told(release, subset)})
    return entries


def _needed(subset: Subset) -> list[str]:
    layer = [subset.layer] if subset.layer else []
    return ["uuid", "split", "reserved", "language", *layer]


def _told(release: ReleaseFolder, subset: Subset) -> Json:
    if subset.rule != "conflict":
        return {"labels": list(subset.labels), "languages": list(subset.languages)}
    found = Counter(str(verdict) for verdict in verdicts(release, subset).values())
    return {
        "layer": subset.layer,
        "least": subset.least,
        "level": subset.level,
        "verdicts": dict(sorted(found.items())),
    }


def membership(release: ReleaseFolder, subset: Subset) -> Test:
    """A function from rows of `items.parquet` to booleans: which of them belong to the subset."""
    if subset.rule == "gold":
        return lambda rows: pc.fill_null(pc.equal(rows["reserved"], "gold"), False)
    if subset.rule == "language":
        return lambda rows: pc.is_in(rows["language"], value_set=pa.array(subset.languages))
    if subset.rule == "unseen-label":
        names = release.schemes[_layer(release, subset).scheme].names
        return lambda rows: pa.array(bears(rectangle(rows[str(subset.layer)], len(names)), subset.labels, names))
    if subset.rule == "human-only":
        heard, others = _voices(release)
        return lambda rows: pc.and_(
            pc.is_in(rows["uuid"], value_set=heard), pc.invert(pc.is_in(rows["uuid"], value_set=others))
        )
    torn = pa.array(sorted(u for u, v in verdicts(release, subset).items() if v == Verdict.SPLIT), pa.string())
    return lambda rows: pc.is_in(rows["uuid"], value_set=torn)


def bears(values: Any, labels: tuple[str, ...], names: tuple[str, ...]) -> Any:
    """bool[n]: soft labels float[n, L] in which any of ``labels`` has a share above 0."""
    if unknown := sorted(set(labels) - set(names)):
        raise ChoraleError("subset-label", f"The layer has no label {', '.join(unknown)}.", "See its scheme.")
    return (np.nan_to_num(values[:, [names.index(label) for label in labels]]) > 0).any(axis=1)


def _layer(release: ReleaseFolder, subset: Subset) -> Layer:
    return next(layer for layer in release.recipe.layers if layer.name == subset.layer)


def _voices(release: ReleaseFolder) -> tuple[pa.Array, pa.Array]:
    """Uuids of items that people judged unaided, and of those that anybody else (a model, an aided person) judged."""
    person = pc.field("kind") == "person"
    alone = person & (pc.field("arm") == "blind")
    heard = release.table("judgments", ["item"], alone)["item"].unique()
    others = release.table("judgments", ["item"], (pc.field("kind") == "model") | (person & ~alone))["item"].unique()
    return _flat(heard), _flat(others)


def _flat(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def verdicts(release: ReleaseFolder, subset: Subset) -> Mapping[str, Verdict]:
    """Whether people split on each item of the subset's layer (`annotation.aggregation.splits`), by uuid.

    Each source of the layer is tested by itself, mapped first where there is a crosswalk; an item takes the verdict
    of the source that its soft label is from. Set-valued labels are tested one by one, at ``level`` / L.
    """
    layer = _layer(release, subset)
    if layer.raters != "people" or layer.method not in VOTES:
        what = f"The subset {subset.name} needs people's votes, and layer {layer.name} has {layer.method}."
        raise ChoraleError("subset-votes", what, f"Name a layer of people under {' or '.join(VOTES)}.")
    via = release.table("items", ["uuid", f"{layer.name}_via"])
    found: dict[str, Verdict] = {}
    for part in layer.sources:
        judged = _mapped(release, layer, part)
        if not len(judged):
            continue
        own = via.filter(pc.fill_null(pc.equal(via[f"{layer.name}_via"], part.crosswalk or "native"), False))
        said = _verdict(judged, subset)
        found |= {uuid: said[uuid] for uuid in own["uuid"].to_pylist() if uuid in said}
    return found


def _mapped(release: ReleaseFolder, layer: Layer, part: LayerSource) -> Judgments:
    judged = release.judgments(part.scheme, layer.perspective, corpora=part.corpora, arms=layer.arms)
    if part.crosswalk is None or not len(judged):
        return judged
    return crosswalks.map_judgments_counted(judged, release.crosswalks[part.crosswalk]).judgments


def _verdict(judged: Judgments, subset: Subset) -> dict[str, Verdict]:
    if judged.kind == Kind.SINGLE:
        found = splits(judged, least=subset.least, level=subset.level)
        return dict(zip(found.items.to_pylist(), found.verdict, strict=True))
    each = [
        label_splits(judged, label, least=subset.least, level=subset.level / len(judged.labels)).verdict
        for label in judged.labels
    ]
    return {uuid: _of_all(said) for uuid, *said in zip(judged.items.to_pylist(), *each, strict=True)}


def _of_all(said: list[Verdict]) -> Verdict:
    """Split where any label is; one opinion only where every label was tested and none is."""
    if Verdict.SPLIT in said:
        return Verdict.SPLIT
    return Verdict.ONE if all(verdict == Verdict.ONE for verdict in said) else Verdict.UNDECIDABLE
