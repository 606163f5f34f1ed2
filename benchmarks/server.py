"""The PostgreSQL server a benchmark fills: that of `DATABASE_URL`, else one of its own for as long as it is needed."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.paired import FOLDER
from chorale.embedded.postgres import Postgres


@contextmanager
def database_url() -> Iterator[str]:
    """The address of a database, also as `DATABASE_URL`; an embedded server waits for no disk, on either side."""
    if url := os.environ.get("DATABASE_URL"):
        yield url
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="server-", dir=FOLDER) as folder:  # families may run side by side
        os.environ["CHORALE_VAR"] = folder
        server = Postgres(durable=False)
        server.start()
        os.environ["DATABASE_URL"] = server.database("bench")
        try:
            yield os.environ["DATABASE_URL"]
        finally:
            del os.environ["DATABASE_URL"]
            server.daemon.stop(first=signal.SIGINT)
