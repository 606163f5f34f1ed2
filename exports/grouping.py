"""Which items hang together: they share a text, a dialogue, an author, a facet or a rater."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from exports.held_out import facet
from exports.sides import UInt64, hashes


def linked(table: pa.Table, name: str) -> UInt64:
    """One hash an item; equal hashes must stay together. Where the item has no such value it stands alone."""
    of_facet = name.startswith("facet:")
    column = facet(table, name.removeprefix("facet:")) if of_facet else table[name].combine_chunks()
    alone = pc.binary_join_element_wise("", table["uuid"].combine_chunks(), "\0")
    if name != "duplicate":  # a dialogue or author id means something within its corpus only
        scoped = pc.binary_join_element_wise(table["corpus"].combine_chunks(), column, "\0")
    else:
        scoped = column
    given = pc.greater(pc.fill_null(pc.binary_length(column), 0), 0)
    return hashes(pc.if_else(given, scoped, alone))


def groups(
    links: Sequence[UInt64], rows: int, edges: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]] | None = None
) -> npt.NDArray[np.int64]:
    """Connected components: items that share a value of any link, or a rater of ``edges``, are in one group."""
    if edges is not None and len(edges[0]):
        return _joined([numbered(link) for link in links], rows, edges)
    if not links:
        return np.arange(rows)
    first = numbered(links[0])
    if len(links) == 1:
        return first
    return _joined([first, *(numbered(link) for link in links[1:])], rows)


def numbered(values: UInt64) -> npt.NDArray[np.int64]:
    """int64[n]: for each value its place among the distinct ones; one sort, and little memory beside it."""
    order = np.argsort(values)
    ranked = values[order]
    steps = np.zeros(len(values), dtype=np.int32)
    np.cumsum(ranked[1:] != ranked[:-1], out=steps[1:], dtype=np.int32)
    del ranked
    place = np.empty(len(values), dtype=np.int64)
    place[order] = steps
    return place


def _joined(
    columns: list[npt.NDArray[np.int64]],
    rows: int,
    edges: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]] | None = None,
) -> npt.NDArray[np.int64]:
    pairs = [(np.arange(rows), column) for column in columns] + ([edges] if edges else [])
    starts = np.cumsum([rows, *(int(far.max()) + 1 if len(far) else 0 for _, far in pairs)])
    near = np.concatenate([one for one, _ in pairs])
    far = np.concatenate([other + start for (_, other), start in zip(pairs, starts, strict=False)])
    graph = coo_array((np.ones(len(near), dtype=np.int8), (near, far)), shape=(int(starts[-1]),) * 2)
    labels = connected_components(graph, directed=False)[1][:rows]
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)
