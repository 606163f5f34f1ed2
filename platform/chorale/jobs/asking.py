"""One stretch of asking a language model: an event loop asks without a break, two threads beside it read and write.

They alone touch the database. One reads items ahead; the other keeps responses, commits what is done, and looks every
half second at what has changed meanwhile: a wish to stop, what may still be paid for, how many requests may be under
way. The loop waits for neither while there is something to ask.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncGenerator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from typing import Any

import uvloop

from annotation.model_raters.chat import ItemFailure
from annotation.model_raters.chat_rater import ChatRater, Outcome
from annotation.model_raters.elicitation import Row
from annotation.model_raters.items import ShownItem
from annotation.model_raters.limiter import Limiter
from annotation.model_raters.transport import UNASKED, Tally, Transport
from chorale.jobs import asking_turn, engine
from chorale.jobs.asking_ahead import ReadAhead, hang_up
from chorale.store import endpoint_places, shown
from chorale.store.models import Endpoint, Item
from chorale.store.request_log import DatabaseLog
from harmonize.problems import Problem

AHEAD = 4000  # items drawn beyond the first that is not done: one that hangs must not fill the memory
LOOK = 0.5  # seconds between two looks at the database
TURN = 0.1  # seconds between two looks for a place at the server
LONGER = 60.0  # seconds that a task goes on after its time where no other work waits for its worker
COMMIT = 1.5  # seconds between two commits
SWITCH = 0.0005  # seconds after which a thread that works lets the event loop go on; Python's own 5 ms hold up answers


@dataclass(frozen=True)
class Piece:
    """Items done in a row, to be committed together, and what all asking so far has taken."""

    items: list[Item]
    outcomes: list[Outcome]
    position: int
    tally: Tally
    seconds: float
    drawn: int


class Session:
    """Ask about a shard's items from ``position`` to ``end`` until ``until``; ``commit`` is given each `Piece`.

    A stretch ends with empty places at the server, so one goes on for `LONGER` where nobody waits for this worker.
    """

    def __init__(
        self, work: engine.ShardWork, endpoint: Endpoint, rater: ChatRater, log: DatabaseLog, source: Any, commit: Any
    ) -> None:
        self.work, self.endpoint, self.rater, self.log = work, endpoint, rater, log
        self._commit = commit
        self.tally, self.drawn, self.done = Tally(), 0, 0
        self._items: list[tuple[int, Item]] = []  # drawn and not yet committed, each with its place, in order
        self._came: dict[str, Outcome] = {}
        self._room: float | None = None  # requests that may be admitted after the last look
        self._admitted = self._seen = 0
        self._closing = self._all_drawn = self._ebbs = self._over = self._awaited = False
        self._error: BaseException | None = None
        self.writer = ThreadPoolExecutor(1, thread_name_prefix="asking-writes")
        self.reader = ReadAhead(source, rater, log)
        log.writer = self.writer

    def run(self, start: int, end: int, limiter: Limiter, until: float) -> None:
        """Ask; raises what a commit raised (`LostLease`, `Cancelled`, `Held`), after those under way have come in."""
        self.position, self._end, self.limiter, self._until = start, end, limiter, until
        try:
            with _lively(), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(self._ask())
        finally:
            self.reader.close()
            self.writer.submit(self._leave).result()
            self.writer.shutdown()
        if self._error:
            raise self._error

    async def _ask(self) -> None:
        self._begun, self._wake = time.monotonic(), asyncio.Event()
        source = self._source()
        await self._look()
        while not self._places and not self._closing and time.monotonic() < self._until:
            await asyncio.sleep(TURN)  # others hold all places; they give some back at their next look
            await self._look()
        if not self._places or self._closing:
            return
        async with Transport(self.rater.endpoint, log=self.log, limiter=self.limiter, admit=self._admit) as transport:
            transport.tally = self.tally
            keeper = asyncio.create_task(self._keep_up())
            try:
                async for outcome in self.rater.ask_all(source, transport, stop=self._stop):
                    self._came[outcome[0].id] = outcome
                    if isinstance(outcome[1], Problem) and outcome[1].code == UNASKED:
                        self._closing = True
            finally:
                self._over = True  # not cancelled: a commit under way is waited for, as what follows builds on it
                self._wake.set()
                await keeper
        if self._error is None or isinstance(self._error, engine.Held | engine.Cancelled):
            await self._write()  # what is paid for stands, also where somebody wants an end
        if self._all_drawn and not self._items:
            self.position = self._end

    async def _source(self) -> AsyncGenerator[ShownItem]:
        """The items in order; what cannot be shown has come to its end here."""
        async with aclosing(self.reader.items(self.position, self._end)) as found:
            async for place, item, seen in found:
                self._items.append((place, item))
                self.drawn += 1
                if isinstance(seen, ItemFailure):
                    self._came[str(item.uuid)] = (shown.shown(item), seen.problem(str(item.uuid)))
                else:
                    yield seen
        self._all_drawn = True
        self._ebb()

    def _stop(self) -> bool:
        """Whether to draw no more; at least one item is asked about, unless somebody wants an end."""
        over = time.monotonic() - self._until
        late = self.drawn > 0 and (over > (0.0 if self._awaited else LONGER) or len(self._items) > AHEAD)
        if self._closing or late:
            self._ebb()
        return self._closing or late

    def _ebb(self) -> None:
        """No more are drawn: what is done is committed while the last answers come in."""
        self._ebbs = True
        self._wake.set()

    def _admit(self) -> bool:
        """Whether one more request may be paid for: what was admitted and is not yet counted is counted here."""
        self._admitted += 1
        if self._room is None or self._admitted - self._seen - self.tally.failed <= self._room:
            return True
        self._admitted -= 1
        return False

    async def _keep_up(self) -> None:
        """Look and commit as long as the asking lasts; an error ends both."""
        last = time.monotonic()
        while not self._over:
            waited_for = self.limiter.running > self._places  # another worker waits for some of them
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), TURN if waited_for else LOOK)
            self._wake.clear()
            if self._over:
                return
            try:
                if self._ebbs or time.monotonic() - last > COMMIT:
                    last = time.monotonic()
                    await self._write()
                await self._look()
                self._closing = self._closing or not self._places  # more workers than places: it is others' turn
            except BaseException as error:
                self._error, self._closing = error, True
                return

    async def _look(self) -> None:
        loop, answered = asyncio.get_running_loop(), self.tally.answered
        now = await loop.run_in_executor(self.writer, self._state, self.limiter.running)
        self._places, self._room, self._awaited, self._seen = now.places, now.room, now.awaited, answered
        self._closing = self._closing or now.stop
        if now.places:  # without any nothing is asked, and what the server can do is not forgotten
            self.limiter.allow(now.places)

    def _state(self, busy: int) -> asking_turn.Turn:
        self.log.write()
        return asking_turn.turn(self.work, self.endpoint, busy=busy, late=time.monotonic() > self._until)

    async def _write(self) -> None:
        """Commit the items that are done, up to the first that is not."""
        ready = 0
        while ready < len(self._items) and self._settled(self._items[ready][1]):
            ready += 1
        if not ready:
            return
        placed, self._items = self._items[:ready], self._items[ready:]
        items = [item for _, item in placed]
        outcomes = [self._came.pop(str(item.uuid)) for item in items]
        self.position = placed[-1][0] + 1
        self.done += ready
        tally = replace(self.tally, retries=dict(self.tally.retries))
        piece = Piece(items, outcomes, self.position, tally, time.monotonic() - self._begun, self.done)
        await asyncio.get_running_loop().run_in_executor(self.writer, self._save, piece)

    def _settled(self, item: Item) -> bool:
        came = self._came.get(str(item.uuid))
        return came is not None and not (isinstance(came[1], Problem) and came[1].code == UNASKED)

    def _save(self, piece: Piece) -> None:
        self.log.write()
        self._commit(piece)
        for _, row in piece.outcomes:
            if isinstance(row, Row):
                self.log.forget(row.keys)

    def _leave(self) -> None:
        try:
            endpoint_places.give_back(self.work.shard)
        finally:
            hang_up()


@contextmanager
def _lively() -> Iterator[None]:
    """Threads of this process take turns often, so that an answer never waits long for a commit."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def joined(before: dict[str, Any], tally: Tally) -> dict[str, Any]:
    """What was used before and in this stretch together."""
    whole = asdict(tally)
    for reason, times in before.get("retries", {}).items():
        whole["retries"][reason] = whole["retries"].get(reason, 0) + times
    for name, count in before.items():
        if name != "retries":
            whole[name] = whole.get(name, 0) + count
    return whole
