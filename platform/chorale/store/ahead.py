"""Working ahead: the next part is made while the one before it is being used."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
TURN = 0.0005  # seconds that Python lets the thread go on while the caller wants to
_END = object()


def ahead(parts: Iterator[T]) -> Generator[T, None, None]:
    """The same parts in the same order, each made in a thread while the caller is busy with the one before.

    It pays where the caller waits for a server. One part is held at a time; what making one raises is raised here. The
    thread must not use the caller's database connection. Whoever stops early does not wait for the part that is made.
    """
    thread = ThreadPoolExecutor(1, "ahead")
    # A caller that the server has answered would wait 5 ms for its turn each time, as the thread never waits itself.
    turn = sys.getswitchinterval()
    sys.setswitchinterval(min(turn, TURN))
    try:
        coming: Future[object] = thread.submit(next, parts, _END)
        while (part := coming.result()) is not _END:
            coming = thread.submit(next, parts, _END)
            yield part  # type: ignore[misc]
    finally:
        sys.setswitchinterval(turn)
        thread.shutdown(wait=False)
