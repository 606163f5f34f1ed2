"""The servers a benchmark works with: those that the environment names, else ones of its own for as long as needed."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.paired import FOLDER
from chorale.embedded.postgres import Postgres
from chorale.embedded.process import Daemon
from chorale.embedded.valkey import Valkey

ROOT = Path(__file__).resolve().parents[1]


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


@contextmanager
def broker() -> Iterator[None]:
    """A Valkey for jobs, as `CELERY_BROKER_URL`."""
    if os.environ.get("CELERY_BROKER_URL"):
        yield
        return
    server = Valkey()
    server.start()
    os.environ["CELERY_BROKER_URL"] = server.url()
    try:
        yield
    finally:
        del os.environ["CELERY_BROKER_URL"]
        server.stop()


@contextmanager
def process(name: str, *command: str) -> Iterator[Daemon]:
    """A part of Chorale in a process of its own, on the database that Django is connected to."""
    from django.conf import settings
    from django.db import connection

    stem, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    path = os.pathsep.join([str(ROOT / "platform"), str(ROOT)])
    told = {"DATABASE_URL": f"{stem}/{connection.settings_dict['NAME']}", "PYTHONPATH": path}
    told |= {name: str(getattr(settings, name)) for name in ("LABEL_STUDIO_URL", "LABEL_STUDIO_TOKEN")}
    daemon = Daemon(f"bench-{name}")
    daemon.start([sys.executable, "-m", *command], environment=os.environ | told, folder=ROOT)
    try:
        yield daemon
    finally:
        daemon.stop(seconds=10)
