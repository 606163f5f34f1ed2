"""One process, one figure: reads ratings, takes nominal alpha once, prints its peak resident memory in kB."""

from __future__ import annotations

import sys

import numpy as np

from benchmarks.paired import peak_memory

who, path, only = sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else ""
ratings = np.load(path)
item, rater, label = (ratings[name] for name in ("item", "rater", "label"))
units = int(item[-1]) + 1
if who == "krippendorff":
    import krippendorff

    matrix = label.reshape(units, -1).T.astype(float)
    if not only:
        krippendorff.alpha(reliability_data=matrix, level_of_measurement="nominal")
else:
    import pyarrow as pa

    from annotation.agreement.alpha import alpha
    from harmonize.records import Judgments, Kind

    judgments = Judgments(
        kind=Kind.SINGLE,
        items=pa.array(np.arange(units)).cast(pa.string()),
        raters=pa.array(np.arange(int(rater.max()) + 1)).cast(pa.string()),
        labels=tuple(f"l{k:02d}" for k in range(int(label.max()) + 1)),
        item=item,
        rater=rater,
        status=np.zeros(len(item), np.uint8),
        offsets=np.arange(len(item) + 1),
        label=label,
    )
    if not only:
        alpha(judgments, rounds=0)
print(round(peak_memory() * 1024))
