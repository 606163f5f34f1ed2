"""`manage.py up`: every part comes up, what dies comes back, and nothing is left when it stops."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from chorale.embedded import state
from chorale.embedded.process import Daemon
from tests.stack import Address


@pytest.fixture
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty ``var/``; whatever a failed test left running is ended."""
    monkeypatch.setenv("CHORALE_VAR", str(tmp_path / "var"))
    yield tmp_path / "var"
    for process in family(tmp_path / "var"):
        process.kill()


def family(var: Path) -> list[psutil.Process]:
    """Every process that lives on this ``var/``, whoever its parent is by now."""
    found = []
    for process in psutil.process_iter():
        try:
            ours = process.environ().get("CHORALE_VAR") == str(var) and process.pid != os.getpid()
        except psutil.Error:
            continue
        if ours and process.status() != psutil.STATUS_ZOMBIE:
            found.append(process)
    return found


def up(label_studio: Address, *words: str) -> subprocess.Popen[str]:
    """Start the supervisor as a person would, with Label Studio named as an external part."""
    ours = ("DATABASE_URL", "CELERY_BROKER_URL", "CHORALE_URL", "CHORALE_PROXY_URL")
    known = {name: value for name, value in os.environ.items() if name not in ours}
    known |= {"LABEL_STUDIO_URL": label_studio.url, "LABEL_STUDIO_TOKEN": label_studio.token}
    command = [sys.executable, str(state.ROOT / "manage.py"), "up", *words]
    return subprocess.Popen(command, env=known, stdout=subprocess.PIPE, text=True, start_new_session=True)


def until(condition: Callable[[], object], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.1)


def wait_for(process: subprocess.Popen[str], words: str) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if words in line:
            return line
    raise AssertionError(f"it ended without saying '{words}'")


@pytest.mark.timeout(240)
def test_all_parts_come_up_what_dies_comes_back_and_all_stop(label_studio: Address, var: Path) -> None:
    process = up(label_studio)
    wait_for(process, "Chorale is up")
    known = state.read()
    assert set(known) == {"DATABASE_URL", "CELERY_BROKER_URL", "CHORALE_URL", "CHORALE_PROXY_URL"}
    with urllib.request.urlopen(known["CHORALE_URL"]) as answer:
        assert answer.status == 200

    worker = Daemon("worker").find()
    os.killpg(worker.pid, signal.SIGKILL)
    until(lambda: (now := Daemon("worker").find()) and now.pid != worker.pid, 60)
    Daemon("postgres").find().kill()
    until(lambda: (now := Daemon("postgres").find()) and now.is_running(), 60)

    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 0
    until(lambda: not family(var), 5)
    assert state.read() == {}


@pytest.mark.timeout(240)
def test_it_stops_while_still_starting(label_studio: Address, var: Path) -> None:
    process = up(label_studio)
    until(lambda: Daemon("postgres").find(), 60)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 0
    until(lambda: not family(var), 5)


@pytest.mark.deep
@pytest.mark.timeout(240)
def test_a_second_supervisor_is_refused_and_a_killed_one_is_succeeded(label_studio: Address, var: Path) -> None:
    first = up(label_studio)
    wait_for(first, "Chorale is up")
    assert up(label_studio).wait(timeout=60) == 1
    old = Daemon("web").find()
    first.kill()
    first.wait(timeout=10)
    second = up(label_studio, "--run", "no-such-command", "--once")
    wait_for(second, "Chorale is up")
    assert not old.is_running()
    assert second.wait(timeout=60) == 1, "the status of the command that was run"
    until(lambda: not family(var), 5)
