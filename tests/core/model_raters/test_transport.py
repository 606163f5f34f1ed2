"""Retries, adaptive concurrency and faults: every item ends as one judgment or one listed failure."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import SimpleNamespace

import numpy as np
import pytest

from annotation.model_raters.asking import logprob_rater
from annotation.model_raters.endpoint import Endpoint
from annotation.model_raters.items import ShownItem
from annotation.model_raters.limiter import Limiter
from annotation.model_raters.response_log import MemoryLog
from annotation.model_raters.transport import Transport
from harmonize import schemes
from tests.model_server.faults import Faults
from tests.model_server.server import ModelServer

SCHEME = schemes.load("ekman-6")
ITEMS = [ShownItem(f"i{n:03}", f"happy day {n}" if n % 2 else f"dark night {n}") for n in range(120)]


def run(server: ModelServer, items: list[ShownItem], **options: object):  # type: ignore[no-untyped-def]
    """Predictions, tally and log of a run with short pauses."""
    address = Endpoint(server.url, "words", timeout=0.6, **options)  # type: ignore[arg-type]
    rater, log = logprob_rater(address, SCHEME, perspective="writer"), MemoryLog()

    async def whole():  # type: ignore[no-untyped-def]
        async with Transport(address, log=log, limiter=Limiter(start=16), pause=0.01) as transport:
            return rater.gather([o async for o in rater.ask_all(items, transport)]), transport.tally

    told, tally = asyncio.run(whole())
    return told, tally, log


def test_a_storm_of_faults_loses_nothing_and_pays_nothing_twice() -> None:
    with ModelServer() as calm:
        quiet, _, _ = run(calm, ITEMS)
    with ModelServer(faults=Faults(rate=0.4, seed=3)) as server:
        told, tally, log = run(server, ITEMS)
        served = server.faults.given
    assert len(told.judgments) + len(told.failures) == len(ITEMS)
    assert not told.failures  # no request fails more often than it is tried
    assert np.array_equal(told.judgments.values, quiet.judgments.values)
    assert {"429", "500", "503-html", "truncated", "no-choices", "cut"} <= set(served)
    assert tally.answered == len(log.kept) == len(ITEMS)
    assert tally.sent == tally.answered + sum(tally.retries.values())
    assert max(server.answered.values()) == 1


def test_hung_sockets_time_out_and_are_tried_again() -> None:
    with ModelServer(faults=Faults(script=["hang", "hang"])) as server:
        told, tally, _ = run(server, ITEMS[:2])
    assert len(told.judgments) == 2
    assert tally.retries == {"timeout": 2}


def test_what_never_answers_is_listed_with_its_reason() -> None:
    with ModelServer(faults=Faults(rate=1.0, kinds=["500"], most=10**6)) as server:
        told, tally, log = run(server, ITEMS[:5], tries=3)
    assert len(told.judgments) == 0
    assert [p.code for p in told.failures] == ["no-answer"] * 5
    assert "HTTP 500" in told.failures[0].what
    assert (tally.sent, tally.failed, len(log.kept)) == (15, 5, 0)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n"
CLOSED = "connection closed by the server "


@contextmanager
def closing(said: bytes, *, reset: bool) -> Iterator[str]:
    """A server that says so much and closes, in order or by a reset; its address."""
    with socket.create_server(("127.0.0.1", 0)) as door:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    line, _ = door.accept()
                    line.recv(65_536)
                    line.sendall(said)
                    time.sleep(0.05)  # what was said arrives before the end
                    if reset:
                        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    line.close()

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{door.getsockname()[1]}/v1"
        door.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize(
    ("said", "why"),
    [(b"", "before its answer"), (HEAD + b'{"choices":', "in the middle of its answer")],
    ids=["before", "amid"],
)
def test_a_connection_that_the_server_closes_is_called_so_and_tried_again(said: bytes, why: str, reset: bool) -> None:
    with closing(said, reset=reset) as url:
        told, tally, _ = run(SimpleNamespace(url=url), ITEMS[:1], tries=2)  # type: ignore[arg-type]
    assert tally.retries == {CLOSED + why: 2}
    assert [p.code for p in told.failures] == ["no-answer"]
    assert CLOSED + why in told.failures[0].what


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/v1", "http://nowhere.invalid/v1"])
def test_where_no_connection_comes_about_no_timeout_is_told_of(url: str) -> None:
    _, tally, _ = run(SimpleNamespace(url=url), ITEMS[:1], tries=1)  # type: ignore[arg-type]
    assert [reason.split(" (")[0] for reason in tally.retries] == ["no connection"]


def test_no_server_at_all_is_a_failure_and_not_a_hang() -> None:
    with ModelServer() as gone:
        address = gone.url
    rater = logprob_rater(Endpoint(address, "words", tries=1), SCHEME, perspective="writer")
    told = rater.elicit(ITEMS[:2])
    assert [p.code for p in told.failures] == ["no-answer"] * 2


def test_the_same_request_at_the_same_moment_is_sent_once() -> None:
    twins = [ITEMS[0]] * 8
    with ModelServer(latency=0.05) as server:
        told, tally, _ = run(server, twins)
        assert sum(server.answered.values()) == 1
    assert tally.answered == 1
    assert len(told.judgments) == 8


def test_concurrency_is_bounded_and_grows_while_all_is_well() -> None:
    with ModelServer(latency=0.02) as server:
        address = Endpoint(server.url, "words")
        limiter = Limiter(start=2, high=12)
        logprob_rater(address, SCHEME, perspective="writer").elicit(ITEMS, limiter=limiter)
        assert 4 <= server.most_at_once <= 12
        assert limiter.limit > 6


def test_the_limit_halves_once_a_calm_and_never_below_one() -> None:
    now = [0.0]
    limiter = Limiter(start=16, high=32, calm=1.0, clock=lambda: now[0])
    for _ in range(5):
        limiter.pressed()
    assert limiter.limit == 8
    for second in range(1, 9):
        now[0] = float(second)
        limiter.pressed()
    assert limiter.limit == 1
    for _ in range(4):
        limiter.went_well()
    assert 2.5 < limiter.limit < 3.5


def test_the_limit_doubles_a_round_until_the_first_cut() -> None:
    limiter = Limiter(start=4, high=100)
    for _ in range(4):
        limiter.went_well()
    assert limiter.limit == 8
    limiter.pressed()
    for _ in range(4):
        limiter.went_well()
    assert 4.7 < limiter.limit < 5.1
    known = Limiter(start=4, high=100, found=True)
    known.went_well()
    assert known.limit == 4.25


def test_a_cancelled_waiter_gives_its_place_on() -> None:
    async def scene() -> list[str]:
        limiter, seen = Limiter(start=1, high=1), []

        async def hold(name: str, seconds: float) -> None:
            async with limiter.slot():
                await asyncio.sleep(seconds)
                seen.append(name)

        first = asyncio.create_task(hold("first", 0.05))
        await asyncio.sleep(0.01)
        second, third = asyncio.create_task(hold("second", 0)), asyncio.create_task(hold("third", 0))
        await asyncio.sleep(0.01)
        second.cancel()
        await asyncio.gather(first, second, third, return_exceptions=True)
        assert limiter.running == 0
        return seen

    assert asyncio.run(scene()) == ["first", "third"]


@pytest.mark.parametrize("stop_after", [10, 50])
def test_stopping_finishes_what_is_under_way_and_draws_no_more(stop_after: int) -> None:
    async def scene(url: str) -> tuple[int, int]:
        address, drawn, done = Endpoint(url, "words"), [], []
        rater = logprob_rater(address, SCHEME, perspective="writer")

        def source():  # type: ignore[no-untyped-def]
            for item in ITEMS:
                drawn.append(item)
                yield item

        async with Transport(address, limiter=Limiter(start=4, high=4)) as transport:
            async for outcome in rater.ask_all(source(), transport, stop=lambda: len(done) >= stop_after):
                done.append(outcome)
        return len(drawn), len(done)

    with ModelServer(latency=0.005) as server:
        drawn, done = asyncio.run(scene(server.url))
    assert drawn == done
    assert stop_after <= done < stop_after + 8
