"""How many values a column has and how often each comes, in bounded memory, the same for rows in any order."""

from __future__ import annotations

from collections import Counter

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from exports.sides import UInt64, hashes

MOST = 65_536
BITS = 64


class Distinct:
    """Rows counted for each value; above `MOST` values, for a sample of them that the values' own hashes draw.

    Adaptive sampling (Wegman; Flajolet 1990): values whose 64-bit hash begins with ``depth`` zeros are counted, and
    ``depth`` rises whenever these are too many. So the sample hangs on the values alone, and each of them is counted
    from its first row.
    """

    def __init__(self, most: int = MOST) -> None:
        self.most, self.depth = most, 0
        self._rows: Counter[int] = Counter()

    def add(self, column: pa.ChunkedArray) -> None:
        """Count the rows of a string column; nulls are none."""
        given = column.drop_null()
        if not len(given):
            return
        counted = pc.value_counts(given)
        names, rows = hashes(counted.field("values")), counted.field("counts").to_numpy()
        chosen = self._chosen(names)
        for name, count in zip(names[chosen].tolist(), rows[chosen].tolist(), strict=True):
            self._rows[name] += count
        while len(self._rows) > self.most:
            self.depth += 1
            kept = np.array(list(self._rows), dtype=np.uint64)
            for name in kept[~self._chosen(kept)].tolist():
                del self._rows[name]

    def _chosen(self, names: UInt64) -> npt.NDArray[np.bool_]:
        if self.depth == 0:
            return np.ones(len(names), dtype=np.bool_)
        return np.asarray(names >> np.uint64(BITS - self.depth) == 0)

    @property
    def values(self) -> int:
        """How many values there are; exact up to `MOST`, estimated (kept times 2^depth) above."""
        return len(self._rows) << self.depth

    @property
    def exact(self) -> bool:
        """Whether every value was counted."""
        return self.depth == 0

    def sizes(self) -> dict[str, int]:
        """Values by their rows, in powers of two: "4" are the values of three or four rows."""
        sizes: Counter[int] = Counter()
        for rows in self._rows.values():
            sizes[1 << (rows - 1).bit_length()] += 1 << self.depth
        return {str(size): count for size, count in sorted(sizes.items())}
