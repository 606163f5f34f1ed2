"""Ratings alone, at any time, without a release: every judgment and its raters as two Parquet files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from exports import judgments_table, raters_table
from exports.judgments_table import JudgmentsRelease, keyed
from exports.ordering import InOrder
from exports.parquet import ParquetSink
from exports.publish import appearing
from exports.raters_table import rater_book
from exports.scratch import scratch_folder
from exports.source import ReleaseSource


def write_ratings(
    folder: Path,
    source: ReleaseSource,
    *,
    salt: bytes,
    time: str = "month",
    progress: Callable[[int], None] | None = None,
) -> int:
    """Write `judgments.parquet` and `raters.parquet` into a new folder; returns how many judgments.

    Same columns, pseudonyms and order as in a release, so the same code reads both. No gate is asked: this is for those
    who run a campaign, and is not for passing on. ``progress`` is called with the number of judgments just written.
    """
    with appearing(folder) as here, scratch_folder() as spill:
        book = rater_book(source, salt=salt)
        release = JudgmentsRelease(book, source.schemes, time=time)
        ordered = InOrder(keyed(source, salt=salt), ("item", "key"), scratch=spill)
        counts = np.zeros(len(book.rows), dtype=np.int64)
        with ParquetSink(here / "judgments.parquet", judgments_table.RELEASED) as sink:
            for table in ordered:
                sink.write(release.table(table))
                if progress:
                    progress(table.num_rows)
                known = book.positions(table["rater"]).drop_null().to_numpy(zero_copy_only=False)
                counts += np.bincount(known, minlength=len(counts))
        with ParquetSink(here / "raters.parquet", raters_table.RELEASED) as raters:
            raters.write(raters_table.raters_table(book, counts, trait_k=1))
    return ordered.rows
