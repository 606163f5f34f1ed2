"""Working ahead: the next part is made while the one before it is being used."""

from __future__ import annotations

import gc
import sys
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")
TURN = 0.0005  # seconds that Python lets the thread go on while the caller wants to
MADE = 1_000_000  # things made, less those given up, before circles among them are looked for: several parts' worth
_END = object()


def ahead(parts: Iterator[T]) -> Generator[T, None, None]:
    """The same parts in the same order, each made in a thread while the caller is busy with the one before.

    It pays where the caller waits for a server. One part is held at a time; what making one raises is raised here. The
    thread must not use the caller's database connection. Whoever stops early does not wait for the part that is made.
    """
    thread = ThreadPoolExecutor(1, "ahead")
    try:
        with _in_short_turns():
            coming: Future[object] = thread.submit(next, parts, _END)
            while (part := coming.result()) is not _END:
                coming = thread.submit(next, parts, _END)
                yield part  # type: ignore[misc]
    finally:
        thread.shutdown(wait=False)


@contextmanager
def _in_short_turns() -> Iterator[None]:
    """Python as two threads need it that make millions of small things, none of which refer to each other in a circle.

    A caller that the server has answered would wait 5 ms for its turn each time, as the thread never waits itself; and
    looking for circles among all rows of a part, again and again, takes longer than making them.
    """
    turn, (young, *older) = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(min(turn, TURN))
    gc.set_threshold(max(young, MADE), *older)
    try:
        yield
    finally:
        sys.setswitchinterval(turn)
        gc.set_threshold(young, *older)
