"""PostgreSQL refuses root: the ways round it, and what is said where there is none (only root can try them)."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from chorale.embedded import postgres
from chorale.embedded.postgres import NOBODY, Postgres
from harmonize.problems import ChoraleError

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root needs these ways")


@pytest.fixture
def open_var(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A ``var/`` under a path that others may enter."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        monkeypatch.setenv("CHORALE_VAR", f"{folder}/var")
        os.mkdir(f"{folder}/var", 0o755)
        yield Path(folder, "var")
        Postgres().stop()


def test_in_a_namespace_the_data_stay_roots(open_var: Path) -> None:
    if not postgres._works(postgres.Runner(prefix=postgres.AS_NOBODY)):
        pytest.skip("user namespaces are barred here")
    server = Postgres()
    server.start()
    assert server.data.stat().st_uid == 0
    assert server.data.stat().st_mode & 0o077 == 0


def test_without_namespaces_it_runs_as_nobody(open_var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    server = Postgres()
    server.start()
    assert psutil.Process(server.daemon.find().pid).uids().real == NOBODY
    assert server.data.stat().st_uid == NOBODY
    server.database("made")
    server.stop()
    server.start()
    assert server.database("made").endswith("/made")


def test_where_neither_works_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o700)
    monkeypatch.setenv("CHORALE_VAR", str(tmp_path / "var"))
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(ChoraleError, match="DATABASE_URL") as caught:
        Postgres().start()
    assert caught.value.code == "postgres-root"
