"""How many requests may be under way: grows while all is well, halves when the server is pressed."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager


class Limiter:
    """Additive increase, multiplicative decrease (Chiu and Jain 1989) on the number of requests under way.

    Until the first cut the number doubles each round of answers (slow start, Jacobson 1988), as the server's capacity
    is still unknown; ``found`` True says that it was found before.
    ``limit`` starts at ``start`` and stays within 1..``high``. A cut counts once a ``calm`` seconds, so that one storm
    of refusals from the same moment does not drive it to 1.
    """

    def __init__(
        self,
        *,
        start: int = 8,
        high: int = 64,
        found: bool = False,
        calm: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.limit = float(max(1, min(start, high)))
        self.high, self._calm, self._clock = high, calm, clock
        self.running, self.found, self._last_cut = 0, found, -1e9
        self._waiting: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Wait for a free place and hold it; places are given in the order of asking."""
        if self._waiting or self.running >= int(self.limit):
            await self._turn()
        else:
            self.running += 1
        try:
            yield
        finally:
            self.running -= 1
            self._wake()

    async def _turn(self) -> None:
        """Wait until `_wake` hands over a place, already counted as running."""
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.running -= 1
            self._wake()
            raise

    def went_well(self) -> None:
        """An answer came: one more place, or once the capacity was found one more a full round of answers."""
        self.limit = min(float(self.high), self.limit + (1.0 / self.limit if self.found else 1.0))
        self._wake()

    def allow(self, high: int) -> None:
        """Another most: what was allowed beside others changes as they come and go."""
        self.high = max(1, high)
        self.limit = min(self.limit, float(self.high))
        self._wake()

    def pressed(self) -> None:
        """The server refused, failed or hung: half as many from now on."""
        now = self._clock()
        if now - self._last_cut >= self._calm:
            self.limit, self._last_cut, self.found = max(1.0, self.limit / 2), now, True

    def _wake(self) -> None:
        while self._waiting and self.running < int(self.limit):
            turn = self._waiting.popleft()
            if not turn.done():
                self.running += 1
                turn.set_result(None)
