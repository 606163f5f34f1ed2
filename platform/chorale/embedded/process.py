"""Processes in the background: started in a session of their own, found again by pid and start time, stopped whole."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from chorale.embedded import state
from harmonize.problems import ChoraleError

CLOCK_SLACK_S = 1.0  # a process's start time is read from the kernel with this much rounding at most


@dataclass(frozen=True)
class Daemon:
    """One background process of this ``var/``: ``name`` gives its log and the file that remembers its pid."""

    name: str

    @property
    def log(self) -> Path:
        return state.private_folder(state.var_folder() / "log") / f"{self.name}.log"

    @property
    def pid_file(self) -> Path:
        return state.private_folder(state.var_folder() / "run") / f"{self.name}.pid.json"

    def find(self) -> psutil.Process | None:
        """The process if it still runs. Its start time is compared, so that a recycled pid is not taken for ours."""
        try:
            entry = json.loads(self.pid_file.read_text())
            process = psutil.Process(entry["pid"])
            same = abs(process.create_time() - entry["started"]) < CLOCK_SLACK_S
        except (FileNotFoundError, ValueError, KeyError, psutil.NoSuchProcess):
            return None
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None

    def start(
        self,
        command: Sequence[str | Path],
        *,
        environment: Mapping[str, str] | None = None,
        folder: Path | str = "/",
        user: int | None = None,
    ) -> psutil.Process:
        """Start ``command`` detached: own session, no standard input, output appended to the log."""
        with self.log.open("ab") as log:
            child = subprocess.Popen(  # noqa: S603 - commands are built here, not by users
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=None if environment is None else dict(environment),
                start_new_session=True,
                user=user,
                group=user,
                extra_groups=None if user is None else [],
            )
        process = psutil.Process(child.pid)
        state.write_private(self.pid_file, json.dumps({"pid": child.pid, "started": process.create_time()}))
        return process

    def wait_ready(self, ready: Callable[[], bool], *, seconds: float) -> None:
        """Return once ``ready()``; `ChoraleError` with the end of the log if the process ends or time runs out."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if ready():
                return
            if self.find() is None:
                raise ChoraleError(
                    f"{self.name}-died", f"{self.name} stopped while starting:\n{self.tail()}", self._fix
                )
            time.sleep(0.05)
        raise ChoraleError(f"{self.name}-slow", f"{self.name} did not answer in {seconds:.0f} s.", self._fix)

    def stop(self, *, first: signal.Signals = signal.SIGTERM, seconds: float = 20) -> None:
        """Ask by signal ``first``, then kill; returns when the process and all it started are gone."""
        process = self.find()
        if process is not None:
            end(process, first=first, seconds=seconds)
        self.pid_file.unlink(missing_ok=True)

    def tail(self, lines: int = 15) -> str:
        """The last lines of the log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:]) if self.log.exists() else ""

    @property
    def _fix(self) -> str:
        return f"See {self.log}."


def end(process: psutil.Process, *, first: signal.Signals = signal.SIGTERM, seconds: float = 20) -> None:
    """Signal a process, wait, then kill what is left of it and of its descendants."""
    family = [process]
    with contextlib.suppress(psutil.NoSuchProcess):
        family += process.children(recursive=True)
        process.send_signal(first)
    _reap(process, seconds)
    _, left = psutil.wait_procs(family, timeout=0.5)
    for straggler in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            straggler.kill()
    psutil.wait_procs(left, timeout=5)


def _reap(process: psutil.Process, seconds: float) -> None:
    with contextlib.suppress(psutil.TimeoutExpired, psutil.NoSuchProcess):
        process.wait(timeout=seconds)
    with contextlib.suppress(ChildProcessError, OSError):  # ours if we started it; else its parent reaps it
        os.waitpid(process.pid, os.WNOHANG)
