"""`python -m harmonize.crosswalks IN.parquet OUT.parquet --crosswalk REF --column NAME --semantics distribution`.

Streams a Parquet file through a crosswalk: every row keeps its columns and gets the mapped soft label and the unmapped
share (proportions whose labels merge: two columns of bounds). `--list` prints the shipped crosswalks and what each may
be trusted for.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq

from harmonize import crosswalks
from harmonize.crosswalks.stream import apply_batches
from harmonize.problems import ChoraleError
from harmonize.records import Semantics

BATCH = 65_536


def convert(source: Path, target: Path, crosswalk: str, column: str, semantics: Semantics) -> int:
    """Map a file to another; the rows written. Raises `ChoraleError` for misuse, and then leaves no file behind."""
    found = crosswalks.load(crosswalk)
    part = target.with_name(target.name + ".part")
    written = 0
    writer: pq.ParquetWriter | None = None
    try:
        reading = pq.ParquetFile(source).iter_batches(BATCH)
        for batch in apply_batches(reading, found, column=column, semantics=semantics):
            writer = writer or pq.ParquetWriter(part, batch.schema, compression="zstd")
            writer.write_batch(batch)
            written += batch.num_rows
        if writer is not None:
            writer.close()
            part.replace(target)
    finally:
        if writer is not None and writer.is_open:
            writer.close()
        part.unlink(missing_ok=True)
    return written


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m harmonize.crosswalks", description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="the file to read and the file to write")
    parser.add_argument("--list", action="store_true", help="print the shipped crosswalks")
    parser.add_argument("--crosswalk", help="id or id@version of a shipped crosswalk")
    parser.add_argument("--column", help="the soft label: fixed lists of float32 in code order")
    parser.add_argument("--semantics", choices=list(Semantics), type=Semantics)
    given = parser.parse_args(arguments)
    if given.list:
        for crosswalk in crosswalks.shipped():
            print(f"{crosswalk.ref}\t{crosswalk.status}\t{crosswalk.title}")
        return 0
    if len(given.files) != 2 or not (given.crosswalk and given.column and given.semantics):
        parser.error("two files, --crosswalk, --column and --semantics are needed")
    try:
        rows = convert(given.files[0], given.files[1], given.crosswalk, given.column, given.semantics)
    except ChoraleError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{rows} rows written to {given.files[1]}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
