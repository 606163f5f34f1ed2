"""The database from asynchronous code: a few threads, each with its own connection."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import anyio
import anyio.to_thread
from django.db import close_old_connections

P = ParamSpec("P")
T = TypeVar("T")
THREADS = 8  # as many database connections at most
_limiter: list[anyio.CapacityLimiter] = []


async def in_thread(work: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
    """Run blocking work (rows, a sign-in) beside the event loop."""
    if not _limiter:
        _limiter.append(anyio.CapacityLimiter(THREADS))

    def run() -> T:
        close_old_connections()
        try:
            return work(*args, **options)
        finally:
            close_old_connections()

    return await anyio.to_thread.run_sync(run, limiter=_limiter[0])
