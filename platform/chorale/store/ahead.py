"""Working ahead: the next part is made while the one before it is being used."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
_END = object()


def ahead(parts: Iterator[T]) -> Generator[T, None, None]:
    """The same parts in the same order, each made in a thread while the caller is busy with the one before.

    It pays where the caller waits for a server. One part is held at a time; what making one raises is raised here. The
    thread must not use the caller's database connection. Whoever stops early does not wait for the part that is made.
    """
    thread = ThreadPoolExecutor(1, "ahead")
    try:
        coming: Future[object] = thread.submit(next, parts, _END)
        while (part := coming.result()) is not _END:
            coming = thread.submit(next, parts, _END)
            yield part  # type: ignore[misc]
    finally:
        thread.shutdown(wait=False)
