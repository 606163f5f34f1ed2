"""The sides that items are on, and which they were on in the version before: nine bytes an item."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

UInt64 = npt.NDArray[np.uint64]
Int8 = npt.NDArray[np.int8]
SIDES = ("train", "dev", "test")
NONE = -1


def hashes(column: pa.ChunkedArray | pa.Array) -> UInt64:
    """A 64-bit hash of each string (SipHash): the same for the same text, in every run and version."""
    import pandas as pd  # takes a second to load, which most processes need not wait

    return pd.util.hash_array(column.to_numpy(zero_copy_only=False), categorize=False)


@dataclass(frozen=True, eq=False)
class KeptSides:
    """Items of the version before by ``ids``, sorted uint64 hashes of their uuids, with the ``side`` of each."""

    ids: UInt64
    side: Int8

    @classmethod
    def of(cls, table: pa.Table | None) -> KeptSides:
        """From columns ``uuid`` and ``split``; items that were on no side are not kept to any."""
        if table is None:
            return cls(np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.int8))
        known = table.filter(pc.is_in(table["split"], value_set=pa.array(SIDES)))
        ids = hashes(known["uuid"])
        side = pc.index_in(known["split"].combine_chunks(), value_set=pa.array(SIDES)).to_numpy(zero_copy_only=False)
        order = np.argsort(ids)
        return cls(ids[order], side.astype(np.int8)[order])

    def at(self, ids: UInt64) -> Int8:
        """int8[n]: the side of each item, -1 for one that was not there."""
        if not len(self.ids):
            return np.full(len(ids), NONE, dtype=np.int8)
        place = np.minimum(np.searchsorted(self.ids, ids), len(self.ids) - 1)
        return np.where(self.ids[place] == ids, self.side[place], NONE).astype(np.int8)
