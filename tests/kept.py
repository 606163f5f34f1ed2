"""Web servers that stay for the next test if that asks for them too: to start one costs seconds of Django's imports.

Nobody else finds one running: it stops before a test that does not ask for it, and before the test database goes.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest
from django.db import connection

from chorale.embedded import ports, state
from chorale.embedded.process import Daemon

STARTED: dict[str, dict[str, str]] = {}  # by name, with what environment
_BUSY = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE ANY(%s) AND pid <> %s"
_next: list[pytest.Item | None] = [None]


def look_ahead(item: pytest.Item | None) -> None:
    """Which test comes next in this process, told before the fixtures of the last one end."""
    _next[0] = item


@contextmanager
def served(
    request: pytest.FixtureRequest, name: str, application: str, url: str, environment: Mapping[str, str]
) -> Iterator[None]:
    """A server for this test: the one that runs if its environment is the same, else a new one."""
    wanted = {key: value for key, value in environment.items() if key != "PYTEST_CURRENT_TEST"}
    daemon, port = Daemon(name), url.rpartition(":")[2]
    if daemon.find() is None or STARTED.get(name) != wanted:
        daemon.stop(seconds=10)
        command = [sys.executable, "-m", "uvicorn", application, "--host", "127.0.0.1", "--port", port]
        daemon.start(command, environment=wanted, folder=state.ROOT)
        STARTED[name] = wanted
        daemon.wait_ready(lambda: ports.answers(int(port)), seconds=180)
    yield
    if "browser" in request.fixturenames:
        for context in request.getfixturevalue("browser").contexts:
            context.close()  # a page left open would go on asking
    following = _next[0]
    if following is not None and request.fixturename in getattr(following, "fixturenames", ()):
        _let_it_finish()
    else:
        daemon.stop(seconds=10)


def stop_all() -> None:
    """Where a run breaks off and no next test comes."""
    for name in STARTED:
        Daemon(name).stop(seconds=10)
    STARTED.clear()


def _let_it_finish(seconds: float = 10) -> None:
    """What a server still does for the test that ended would otherwise be found by the next."""
    end = time.monotonic() + seconds
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        own = cursor.fetchone()[0]
        while time.monotonic() < end:
            cursor.execute(_BUSY, [["active", "idle in transaction%"], own])
            if cursor.fetchone()[0] == 0:
                return
            time.sleep(0.05)
