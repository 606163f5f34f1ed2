"""Soft labels of a release, computed from the release's own judgments: each source mapped, then aggregated."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from annotation import aggregation
from exports import masks, rulings
from exports.chunks import chunks
from exports.raters_table import RaterBook
from exports.recipe import KINDS, RULED, Layer, LayerSource
from exports.source import ReleaseSource
from harmonize import affect, crosswalks
from harmonize.crosswalks import Crosswalk
from harmonize.problems import ChoraleError
from harmonize.records import Bool, Judgments, Kind, Semantics, SoftLabels
from harmonize.schemes import Scheme

Aggregator = Callable[[Judgments], SoftLabels]
NORMS = "russell-mehrabian-1977"
WHOLE = ("dawid-skene",)
"""Aggregations that need every judgment of a layer at once; the others work item by item."""


@dataclass(frozen=True, eq=False)
class LayerLabels:
    """The soft labels of one layer, with the source (position in the layer's sources, -1: none) of each item.

    ``ruled``, bool[I]: where a ruling stands in their place; None where the layer asks for no rulings.
    """

    soft: SoftLabels
    via: npt.NDArray[np.int16]
    ruled: Bool | None = None

    def at(self, items: pa.Array) -> LayerLabels:
        """The same labels for ``items`` alone, in their order; every one must be among ``soft.items``."""
        place = pc.index_in(items, value_set=self.soft.items).to_numpy(zero_copy_only=False)
        columns = {name: getattr(self.soft, name) for name in ("values", "n", "entropy", "spread", "unmapped")}
        taken: dict[str, Any] = {name: None if column is None else column[place] for name, column in columns.items()}
        ruled = None if self.ruled is None else self.ruled[place]
        return LayerLabels(replace(self.soft, items=items, **taken), self.via[place], ruled)


def selected(rows: pa.Table, layer: Layer, source: LayerSource, book: RaterBook) -> pa.Table:
    """The judgments a layer takes from one source: scheme, perspective, kind of rater, and for people the arms.

    ``rows`` needs a column ``corpus`` beside those of `exports.source.JUDGMENTS`.
    """
    keep = pc.and_(pc.equal(rows["scheme"], source.scheme), pc.equal(rows["perspective"], layer.perspective))
    if source.corpora:
        keep = pc.and_(keep, pc.is_in(rows["corpus"], value_set=pa.array(source.corpora)))
    place = book.positions(rows["rater"])
    kind = pc.fill_null(book.kinds.take(place), "person")
    if book.out.null_count < len(book.out):
        keep = pc.and_(keep, pc.is_null(book.out.take(place)))
    if layer.raters == "people":
        # Only blind judgments of the planned overlap enter human figures (SCIENCE rules 13 and 14).
        shown = pc.is_in(pc.fill_null(rows["arm"], "blind"), value_set=pa.array(layer.arms))
        planned = pc.invert(pc.fill_null(rows["top_up"], False))
        keep = pc.and_(pc.and_(keep, pc.equal(kind, "person")), pc.and_(shown, planned))
    elif layer.raters in KINDS:
        keep = pc.and_(keep, pc.equal(kind, KINDS[layer.raters]))
    else:
        keep = pc.and_(
            keep, pc.is_in(rows["rater"], value_set=pa.array(matching(book.keys, layer.raters), pa.string()))
        )
    return rows.filter(pc.fill_null(keep, False))


def matching(names: pa.Array, pattern: str) -> list[str]:
    """The names that a shell pattern means ("classifier-*"), or the one name itself."""
    return [name for name in names.to_pylist() if fnmatchcase(name, pattern)]


def judgments_of(rows: pa.Table, items: pa.Array, source: ReleaseSource, scheme: str, *, model: bool) -> Judgments:
    """Rows of one scheme as `Judgments` over the vocabulary ``items``; every row's item must be in it."""
    core = source.schemes[scheme]
    kind = Kind.PROBABILITY if model and core.kind != Kind.DIMENSION else core.kind
    column = {Kind.DIMENSION: "values", Kind.PROBABILITY: "probabilities"}.get(kind, "labels")
    item = pc.index_in(rows["item"].combine_chunks(), value_set=items)
    table = {
        "item": pa.DictionaryArray.from_arrays(item, items),
        "rater": rows["rater"].combine_chunks(),
        "status": rows["status"].cast(pa.uint8()),
    }
    lists = rows[column].combine_chunks()
    if column == "labels":
        table["labels"] = _filled(lists)
        if kind == Kind.INTENSITY:
            table["strengths"] = _filled(rows["intensities"].combine_chunks())
    else:
        table["values"] = _rectangle(lists, len(core.names), scheme)
    made = Judgments.from_arrow(pa.table(table), kind=kind, labels=core.names)
    # Arrow drops words nobody used from a filtered dictionary; the vocabulary must stay that of the chunk.
    return replace(made, items=items, item=item.to_numpy(zero_copy_only=False).astype(np.int32))


def _filled(lists: pa.ListArray) -> pa.LargeListArray:
    return pc.fill_null(lists, pa.scalar([], lists.type)).cast(pa.large_list(lists.type.value_type))


def _rectangle(lists: pa.ListArray, width: int, scheme: str) -> pa.FixedSizeListArray:
    full = np.full((len(lists), width), np.nan, dtype=np.float32)
    known = pc.is_valid(lists).to_numpy(zero_copy_only=False)
    kept = lists.drop_null()
    if (pc.list_value_length(kept).to_numpy(zero_copy_only=False) != width).any():
        raise ChoraleError("release-width", f"A judgment under {scheme} does not hold {width} numbers.")
    full[known] = kept.flatten().to_numpy(zero_copy_only=False).reshape(-1, width)
    return pa.FixedSizeListArray.from_arrays(pa.array(full.ravel()), width)


def layer_labels(rows: pa.Table, items: pa.Array, layer: Layer, book: RaterBook, source: ReleaseSource) -> LayerLabels:
    """A layer over ``items``. An item takes the first source, in the recipe's order, that has a counted judgment.

    Judgments are mapped one by one and then aggregated (SCIENCE rule 6); labels that the taken source could not
    express are NaN. Where the rater is a published label, n and entropy are unknown (rule 2).
    """
    made: LayerLabels | None = None
    for place, part in enumerate(layer.sources):
        taken = selected(rows, layer, part, book)
        judged = judgments_of(taken, items, source, part.scheme, model=layer.method == "model-confidence")
        told = masks.of_source(source.masks, part, layer.perspective)
        hidden = _hidden(taken, judged, told) if told and layer.method != "vad-points" else None
        soft, ruled = of_source(
            judged, layer, part, source.schemes, source.crosswalks, hidden=hidden, decided=source.rulings
        )
        rated = np.isfinite(soft.values).any(axis=1)
        if made is None:
            made = LayerLabels(soft, np.where(rated, place, -1).astype(np.int16), ruled)
        else:
            made = _joined(made, LayerLabels(soft, made.via, ruled), rated & (made.via < 0), place)
    assert made is not None
    return made


def of_source(
    made: Judgments,
    layer: Layer,
    part: LayerSource,
    schemes: Mapping[str, Scheme],
    walks: Mapping[str, Crosswalk],
    *,
    hidden: Bool | None = None,
    decided: Iterable[rulings.Ruling] = (),
) -> tuple[SoftLabels, Bool | None]:
    """`from_source`, NaN where a label was ``hidden``, and under a method of `RULED` with the rulings ``decided`` over
    it and bool[I], which items were ruled; an adjudicator sees every label, so there nothing is hidden."""
    if layer.method not in RULED:
        soft = from_source(made, layer, part, schemes, walks)
        return masks.without(soft, hidden, walks.get(part.crosswalk or "")), None
    said = rulings.judged(decided, schemes[part.scheme], layer.perspective, part.corpora)
    soft, ruled = rulings.outcome(made, said)
    _check_meaning(soft, layer, made.kind)
    return masks.without(soft, None if hidden is None else hidden & ~ruled[:, None], None), ruled


def _hidden(taken: pa.Table, made: Judgments, told: dict[str, tuple[str, ...]]) -> Bool | None:
    items = taken["item"].combine_chunks()
    corpora = taken["corpus"].combine_chunks().take(pc.index_in(made.items, value_set=items))
    here = pc.not_equal(pc.fill_null(taken["origin"], "imported"), "imported")
    return masks.unexpressed(made, corpora, items.filter(here.combine_chunks()), told)


def whole_layer(
    items: Iterable[pa.Table], judgments: Iterable[pa.Table], layer: Layer, book: RaterBook, source: ReleaseSource
) -> LayerLabels:
    """A layer that needs all of its judgments at once; memory grows with them and with the number of items."""
    taken, uuids = [], []
    for chunk in chunks(items, judgments):
        uuids.append(chunk.uuids)
        parts = [selected(chunk.judgments, layer, part, book) for part in layer.sources]
        taken.append(pa.concat_tables(parts))
    return layer_labels(pa.concat_tables(taken), pa.concat_arrays(uuids), layer, book, source)


def from_source(
    made: Judgments,
    layer: Layer,
    part: LayerSource,
    schemes: Mapping[str, Scheme],
    walks: Mapping[str, Crosswalk],
) -> SoftLabels:
    """The soft labels that one source of a layer gives; ``made`` are its judgments, under the source's scheme."""
    if layer.method == "vad-points":
        return _points(made, layer, part, walks)
    if part.crosswalk is None:
        return aggregate(made, layer)
    walk = walks[part.crosswalk]
    target = schemes[layer.scheme].kind
    if made.kind == Kind.SINGLE and target == Kind.SINGLE:
        return crosswalks.map_soft(aggregate(made, layer), walk)  # one choice a rater: mass maps exactly
    mapped = crosswalks.map_judgments_counted(made, walk)
    soft = aggregate(mapped.judgments, layer)
    if walk.kind == crosswalks.CrosswalkKind.LABELS:
        soft = crosswalks.mask_inexpressible(soft, walk)
    return replace(soft, unmapped=mapped.unmapped)


def _points(made: Judgments, layer: Layer, part: LayerSource, walks: Mapping[str, Crosswalk]) -> SoftLabels:
    """Points by word norms; through a crosswalk first where the norms have no words for the judged scheme."""
    norms = affect.load_norms(layer.norms or NORMS)
    if norms.scheme != layer.scheme:
        what = f"The norms {norms.id} give points on {norms.scheme}, and layer {layer.name} is under {layer.scheme}."
        raise ChoraleError("release-norms", what, "Name that scheme in the layer.")
    if part.crosswalk is None:
        return affect.vad_points(made, norms)
    mapped = crosswalks.map_judgments_counted(made, walks[part.crosswalk])
    soft = affect.vad_points(mapped.judgments, norms)
    return replace(soft, unmapped=None)  # two losses in a row have no one figure; the loss report has both


def aggregate(judgments: Judgments, layer: Layer) -> SoftLabels:
    """One soft label an item by the layer's method. Raises `ChoraleError` where the method gives another meaning."""
    if layer.method == "dawid-skene":
        soft = _only_rated(aggregation.dawid_skene(judgments).soft) if len(judgments) else _unrated(judgments, layer)
    else:
        soft = _METHODS[layer.method](judgments)
    _check_meaning(soft, layer, judgments.kind)
    if layer.raters != "source":
        return soft
    # One published label stands for votes that nobody published: how many there were is unknown, not one.
    return replace(soft, n=np.full(len(soft), -1, dtype=np.int32), entropy=None, spread=None)


def _check_meaning(soft: SoftLabels, layer: Layer, kind: Kind) -> None:
    if soft.semantics != layer.semantics:
        what = f"Layer {layer.name} asks {layer.method} of {kind} judgments, which gives {soft.semantics}."
        raise ChoraleError("release-semantics", what, "Choose the method that suits the scheme's kind.")


def _only_rated(soft: SoftLabels) -> SoftLabels:
    """Without the posteriors of items that nobody rated: they would only repeat the prior."""
    rated = soft.n > 0
    entropy = None if soft.entropy is None else np.where(rated, soft.entropy, np.nan)
    return replace(soft, values=np.where(rated[:, None], soft.values, np.nan), entropy=entropy)


def _unrated(judgments: Judgments, layer: Layer) -> SoftLabels:
    size = len(judgments.items)
    values = np.full((size, len(judgments.labels)), np.nan)
    return SoftLabels(
        layer.semantics, judgments.items, judgments.labels, values, np.zeros(size, np.int32), layer.method
    )


def mean_belief(judgments: Judgments) -> SoftLabels:
    """The mean over models of their probabilities: POSTERIOR float64[I, L], NaN where no model answered."""
    if judgments.kind != Kind.PROBABILITY or judgments.values is None:
        raise ChoraleError("judgments-kind", f"{judgments.kind} judgments hold no probabilities.")
    use = judgments.counted & np.isfinite(judgments.values).any(axis=1)
    size, width = len(judgments.items), len(judgments.labels)
    total, count = np.zeros((size, width)), np.bincount(judgments.item[use], minlength=size)
    np.add.at(total, judgments.item[use], judgments.values[use].astype(np.float64))
    values = np.divide(total, count[:, None], out=np.full((size, width), np.nan), where=count[:, None] > 0)
    n = count.astype(np.int32)
    return SoftLabels(Semantics.POSTERIOR, judgments.items, judgments.labels, values, n, "model-confidence")


_METHODS: dict[str, Aggregator] = {
    "vote-distribution": aggregation.vote_distribution,
    "vote-proportions": aggregation.vote_proportions,
    "intensity-mean": aggregation.intensity_mean,
    "dimension-mean": aggregation.dimension_mean,
    "model-confidence": mean_belief,
}


def _joined(made: LayerLabels, other: LayerLabels, take: Bool, place: int) -> LayerLabels:
    """``made`` with the items to ``take`` from another source, which stands at ``place`` in the recipe."""
    old, soft = made.soft, other.soft
    columns: dict[str, Any] = {}
    for name in ("entropy", "spread", "unmapped"):
        mine, theirs = getattr(old, name), getattr(soft, name)
        shape = old.values.shape if name == "spread" else (len(old),)
        mine = np.full(shape, np.nan) if mine is None else mine
        theirs = np.full(shape, np.nan) if theirs is None else theirs
        columns[name] = np.where(take[:, None] if name == "spread" else take, theirs, mine)
    values = np.where(take[:, None], soft.values, old.values)
    n = np.where(take, soft.n, old.n).astype(np.int32)
    ruled = None if made.ruled is None or other.ruled is None else np.where(take, other.ruled, made.ruled)
    joined = replace(old, values=values, n=n, **columns)
    return LayerLabels(joined, np.where(take, place, made.via).astype(np.int16), ruled)
