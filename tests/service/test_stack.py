"""The embedded services: they are ours, they come back after a kill, they leave nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg
import pytest
import valkey as client

from chorale.embedded import parts, ports, state
from chorale.embedded.postgres import Postgres, _drop_stale_lock
from chorale.embedded.process import Daemon, end
from chorale.embedded.valkey import Valkey


@pytest.fixture
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty ``var/`` of this test's own, its services stopped at the end."""
    monkeypatch.setenv("CHORALE_VAR", str(tmp_path / "var"))
    yield tmp_path / "var"
    parts.stop(["postgres", "valkey"])


def test_postgres_keeps_committed_rows_through_kill_9(var: Path) -> None:
    server = Postgres()
    server.start()
    url = server.database("kept")
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE t (n int)")
        connection.execute("INSERT INTO t SELECT generate_series(1, 1000)")
    server.daemon.find().send_signal(signal.SIGKILL)
    assert not server.alive()
    server.start()
    with psycopg.connect(server.url("kept")) as connection:
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (1000,)


def test_a_second_start_changes_nothing(var: Path) -> None:
    Postgres().start()
    first = Postgres().daemon.find().pid
    Postgres().start()
    assert Postgres().daemon.find().pid == first


def test_the_server_wants_a_password(var: Path) -> None:
    server = Postgres()
    server.start()
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(server.url("postgres", password="wrong"))


def test_a_stranger_on_our_port_is_not_taken_for_ours(var: Path, tmp_path: Path, monkeypatch) -> None:
    Postgres().start()
    port = Postgres().port
    monkeypatch.setenv("CHORALE_VAR", str(tmp_path / "other"))
    state.private_folder(state.var_folder())
    state.write_private(state.var_folder() / "ports.json", f'{{"postgres": {port}}}')
    other = Postgres()
    assert not other.alive()
    other.start()
    assert other.port != port
    other.stop()
    monkeypatch.setenv("CHORALE_VAR", str(var))
    assert Postgres().alive()


def test_a_recycled_pid_in_the_lock_file_does_not_bar_the_start(var: Path) -> None:
    server = Postgres()
    server.start()
    lines = (server.data / "postmaster.pid").read_text().splitlines()
    server.stop()
    (server.data / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    _drop_stale_lock(server.data)
    assert not (server.data / "postmaster.pid").exists()


def test_valkey_keeps_messages_through_kill_9(var: Path) -> None:
    server = Valkey()
    server.start()
    with client.Valkey.from_url(server.url()) as connection:
        connection.rpush("queue", *range(500))
        connection.execute_command("WAITAOF", 1, 0, 5000)
    server.daemon.find().send_signal(signal.SIGKILL)
    server.start()
    with client.Valkey.from_url(server.url()) as connection:
        assert connection.llen("queue") == 500


def test_valkey_wants_a_password(var: Path) -> None:
    Valkey().start()
    with client.Valkey(port=Valkey().port) as stranger, pytest.raises(client.exceptions.AuthenticationError):
        stranger.ping()


def test_addresses_are_published_and_withdrawn(var: Path) -> None:
    parts.start(["valkey"])
    assert state.read() == {"CELERY_BROKER_URL": Valkey().url()}
    assert state.services_file().stat().st_mode & 0o077 == 0
    parts.stop(["valkey"])
    assert state.read() == {}


def test_a_port_is_remembered_until_somebody_takes_it(var: Path) -> None:
    import socket

    first = ports.claim("web")
    assert ports.claim("web") == first
    assert ports.FIRST <= first < ports.LAST, "none of those that a system lends to clients"
    assert ports.claim("proxy", preferred=first) != first
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", first))
        taken.listen()
        assert ports.claim("web") != first


def test_a_recycled_pid_is_not_taken_for_our_process(var: Path) -> None:
    daemon = Daemon("sleeper")
    process = daemon.start(["sleep", "60"])
    assert daemon.find() == process
    state.write_private(daemon.pid_file, f'{{"pid": {os.getpid()}, "started": 1.0}}')
    assert daemon.find() is None
    end(process, seconds=5)


def test_stopping_ends_grandchildren_too(var: Path) -> None:
    daemon = Daemon("family")
    program = "import subprocess, time; print(subprocess.Popen(['sleep', '60']).pid, flush=True); time.sleep(60)"
    daemon.start([sys.executable, "-c", program])
    daemon.wait_ready(lambda: daemon.log.read_text().strip().isdigit(), seconds=10)
    grandchild = int(daemon.log.read_text())
    daemon.stop(seconds=5)
    assert daemon.find() is None
    assert not psutil.pid_exists(grandchild)


def test_two_starters_make_one_server(var: Path) -> None:
    command = [sys.executable, "-m", "chorale.embedded", "start", "postgres"]
    both = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [process.wait(timeout=60) for process in both] == [0, 0]
    deadline = time.monotonic() + 5
    while not Postgres().alive() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert Postgres().alive()
