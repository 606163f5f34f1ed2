"""Items read ahead of a stretch of asking: those of the next pieces, while the ones of one piece are asked about."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from django.db import connection

from annotation.model_raters.chat import ItemFailure
from annotation.model_raters.chat_rater import ChatRater
from annotation.model_raters.items import ShownItem
from chorale.store import shown
from chorale.store.models import Item
from chorale.store.request_log import DatabaseLog

PIECE = 256  # items read at once
FIRST = 64  # items of the first piece, for which the server waits; the next ones double
PICTURES = 16  # items read at once where each is shown with pictures
READ = 2  # pieces read ahead

Seen = ShownItem | ItemFailure
Placed = tuple[int, Item, Seen]


class ReadAhead:
    """A thread that reads items by ``read`` (from a place, so many), makes them what the rater is shown, and has the
    answers kept of them looked up."""

    def __init__(self, read: Callable[[int, int], list[tuple[int, Item]]], rater: ChatRater, log: DatabaseLog) -> None:
        self._read, self._rater, self._log = read, rater, log
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="asking-reads")

    async def items(self, start: int, end: int) -> AsyncGenerator[Placed]:
        """The items from ``start`` to ``end`` in order, each with its place."""
        pieces = self._pieces(start, end)
        ahead = deque(islice(pieces, READ))
        try:
            while ahead:
                loaded = await ahead.popleft()
                ahead.extend(islice(pieces, 1))
                for one in loaded:
                    yield one
        finally:
            for piece in ahead:
                piece.cancel()

    def close(self) -> None:
        """End the thread and its connection to the database."""
        self._thread.submit(hang_up)
        self._thread.shutdown()

    def _pieces(self, start: int, end: int) -> Iterator[asyncio.Future[list[Placed]]]:
        """The pieces in order, each being read from the moment it is drawn here."""
        loop = asyncio.get_running_loop()
        most = PICTURES if self._rater.brief.media.needs() else PIECE
        size = min(FIRST, most)
        while start < end:
            count = min(size, end - start)
            yield loop.run_in_executor(self._thread, self._load, start, count)
            start, size = start + count, min(2 * size, most)

    def _load(self, start: int, count: int) -> list[Placed]:
        """Items with their places; fewer than ``count`` where some were erased since."""
        placed = self._read(start, count)
        self._log.look_up([item.uuid for _, item in placed])
        return [(place, item, _seen(item, self._rater)) for place, item in placed]


def hang_up() -> None:
    """Close this thread's connection, which is none but its own."""
    connection.close()


def _seen(item: Item, rater: ChatRater) -> Seen:
    try:
        return shown.for_rater(item, rater.brief)
    except ItemFailure as failure:
        return failure
