"""Reading ahead: the next pieces are fetched in a thread while one is worked on."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
DEPTH = 2


def ahead(pieces: Iterable[T], *, depth: int = DEPTH) -> Iterator[T]:
    """The same pieces in the same order, at most ``depth`` of them waiting. An error is raised where it belongs.

    The iterable runs in a thread of its own, one piece at a time; a reader that stops early ends that thread.
    """
    waiting: queue.Queue[tuple[str, T | BaseException | None]] = queue.Queue(maxsize=depth)
    stopped = threading.Event()

    def put(word: str, value: T | BaseException | None) -> bool:
        while not stopped.is_set():
            try:
                waiting.put((word, value), timeout=0.2)
            except queue.Full:
                continue
            return True
        return False

    def fetch() -> None:
        try:
            for piece in pieces:
                if not put("piece", piece):
                    return
            put("end", None)
        except BaseException as error:
            put("error", error)

    thread = threading.Thread(target=fetch, daemon=True)
    thread.start()
    try:
        while True:
            word, value = waiting.get()
            if word == "end":
                return
            if word == "error":
                raise value  # type: ignore[misc]
            yield value  # type: ignore[misc]
    finally:
        stopped.set()
        thread.join()
