"""A file of a remote store in ranges, so that a player can jump; files on this machine are Starlette's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO

from starlette.responses import Response, StreamingResponse

BLOCK = 1 << 16
AHEAD = 1 << 20  # bytes that each reader may keep in memory
ASKED = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def ranged(source: IO[bytes], asked: str, kind: str, headers: dict[str, str]) -> Response:
    """The whole of ``source``, or the one range that the header ``asked`` names; 416 for one outside it."""
    size = source.seek(0, 2)
    found = ASKED.fullmatch(asked.strip())
    start, stop = 0, size
    if found and found.groups() != ("", ""):
        first, last = found.groups()
        start = int(first) if first else max(size - int(last), 0)
        stop = min(int(last) + 1, size) if first and last else size
        if start >= stop:
            source.close()
            return Response(status_code=416, headers={"Content-Range": f"bytes */{size}"})
    headers = {**headers, "Accept-Ranges": "bytes", "Content-Length": str(stop - start)}
    if (start, stop) != (0, size):
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    status = 206 if "Content-Range" in headers else 200
    return StreamingResponse(_blocks(source, start, stop), status, headers, kind)


def _blocks(source: IO[bytes], start: int, stop: int) -> Iterator[bytes]:
    with source:
        source.seek(start)
        left = stop - start
        while left > 0 and (block := source.read(min(BLOCK, left))):
            left -= len(block)
            yield block
