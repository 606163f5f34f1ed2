"""Blocking work from asynchronous code: a few threads, each with its own connection to the database."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

import anyio
import anyio.to_thread
from django.db import close_old_connections

P = ParamSpec("P")
T = TypeVar("T")
THREADS = 8  # of each kind; as many database connections at most
_limiters: dict[str, anyio.CapacityLimiter] = {}


async def in_thread(work: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
    """Run work with the database beside the event loop."""
    return await _run("rows", partial(work, *args, **options))


async def in_waiting_thread(work: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
    """Run work that waits for Label Studio or a remote store, on threads of its own: nothing else waits for it."""
    return await _run("elsewhere", partial(work, *args, **options))


async def _run(kind: str, work: Callable[[], T]) -> T:
    if kind not in _limiters:
        _limiters[kind] = anyio.CapacityLimiter(THREADS)

    def run() -> T:
        close_old_connections()
        try:
            return work()
        finally:
            close_old_connections()

    return await anyio.to_thread.run_sync(run, limiter=_limiters[kind])
