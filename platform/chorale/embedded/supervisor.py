"""Everything with one command: start the parts in order, watch each, restart what dies, stop all at the end.

A thin watch of our own: honcho stops everything when one part stops, supervisord and circus want a configuration file
and a daemon. Each part has a thread that starts it, waits for its end, and starts it again after a growing pause.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import psutil

from chorale.embedded import parts, programs, state
from chorale.embedded.process import Daemon, end
from harmonize.problems import ChoraleError

POLL_S = 0.5
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0
STEADY_S = 60.0  # a part that ran this long begins again with the first pause
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(Exception):
    """We were told to stop while still starting."""


@dataclass
class Watch:
    """One part under watch, in a thread of its own."""

    part: Any
    daemon: Daemon
    report: Callable[[str], None]
    stopping: threading.Event
    ready: threading.Event = field(default_factory=threading.Event)
    failure: ChoraleError | None = None
    thread: threading.Thread | None = None

    def begin(self) -> None:
        """Start the part in the background; `wait` tells when it answers."""
        self.thread = threading.Thread(target=self._run, name=self.daemon.name, daemon=True)
        self.thread.start()

    def wait(self) -> None:
        """Return when the part answers; raise what kept it from its first start, `Stopped` when told to stop."""
        while not self.ready.wait(0.2):
            if self.stopping.is_set():
                raise Stopped
        if self.failure is not None:
            raise self.failure

    def end(self) -> None:
        """Stop the part for good (``stopping`` is set before)."""
        self.part.stop()
        while self.thread is not None and self.thread.is_alive():  # it may have been about to start something
            self.thread.join(timeout=0.2)
            self.part.stop()

    def _run(self) -> None:
        pause = FIRST_PAUSE_S
        while not self.stopping.is_set():
            began = time.monotonic()
            try:
                self.part.start()
            except ChoraleError as error:
                if not self.ready.is_set():
                    self.failure = error
                    self.ready.set()
                    return
                self.report(f"{self.daemon.name} did not start again: {error.message.splitlines()[0]}")
            else:
                self.ready.set()
                self._sit_beside()
            if self.stopping.is_set():
                return
            pause = FIRST_PAUSE_S if time.monotonic() - began > STEADY_S else min(pause * 2, LONGEST_PAUSE_S)
            self.report(f"{self.daemon.name} stopped; starting it again in {pause:.0f} s (see {self.daemon.log})")
            self.stopping.wait(pause)

    def _sit_beside(self) -> None:
        while not self.stopping.wait(POLL_S) and self.daemon.find() is not None:
            pass


@dataclass
class Supervisor:
    """Starts what is embedded (what the environment names is somebody else's) and Chorale's own programs."""

    report: Callable[[str], None] = print
    stopping: threading.Event = field(default_factory=threading.Event)
    watched: list[Watch] = field(default_factory=list)

    def up(self) -> state.Entries:
        """Start everything and return the addresses once all answer. Raises `ChoraleError` if a part cannot start."""
        for name in programs.NAMES:
            Daemon(name).stop()  # left by a supervisor that was killed
        state.publish(programs.claim_addresses())
        for name in embedded():
            self._watch(parts.SERVICES[name](), name)
        # Label Studio's first start takes a minute: our own tables and programs need not wait for it.
        for watch in self.watched:
            if watch.daemon.name != "label-studio":
                watch.wait()
        for name in embedded():
            if parts.SETTINGS[name][0] not in os.environ and name != "label-studio":
                state.publish(parts.addresses(name))
        self.manage("migrate", "--no-input", "--verbosity", "0")
        self.manage("collectstatic", "--no-input", "--verbosity", "0")
        self.manage("register_shipped", "--verbosity", "0")
        if "label-studio" in embedded():
            self._wait_label_studio()
        for program in programs.all_programs():
            self._watch(program, program.name)
        for watch in self.watched:
            watch.wait()
        return state.read()

    def manage(self, *words: str) -> None:
        """Run one management command to its end; `ChoraleError` if it fails. Stops early when we are told to stop."""
        status = self.run(words)
        if self.stopping.is_set():
            raise Stopped
        if status:
            raise ChoraleError(f"{words[0]}-failed", f"manage.py {words[0]} ended with status {status}.", "See above.")

    def run(self, words: Sequence[str]) -> int:
        """Run ``manage.py words`` in the foreground and return its exit status (-15 when we stopped it)."""
        command = [sys.executable, str(state.ROOT / "manage.py"), *words]
        child = subprocess.Popen(  # noqa: S603 - our own commands
            command, env=programs.environment(), cwd=state.ROOT, stdin=subprocess.DEVNULL, start_new_session=True
        )
        while child.poll() is None:
            if self.stopping.wait(0.1):
                with contextlib.suppress(psutil.NoSuchProcess):
                    end(psutil.Process(child.pid), seconds=5)
                child.wait()
        return child.returncode

    def down(self) -> None:
        """Stop every part: ours together, then the services, the last started first."""
        self.stopping.set()
        own = [watch for watch in self.watched if isinstance(watch.part, programs.Program)]
        threads = [threading.Thread(target=watch.end) for watch in own]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for watch in reversed([watch for watch in self.watched if watch not in own]):
            watch.end()
        state.withdraw(*state.read())

    def _watch(self, part: Any, name: str) -> None:
        watch = Watch(part, Daemon(name), self.report, self.stopping)
        self.watched.append(watch)
        watch.begin()

    def _wait_label_studio(self) -> None:
        watch = next(watch for watch in self.watched if watch.daemon.name == "label-studio")
        if not watch.ready.is_set():
            self.report("waiting for Label Studio (its first start prepares a database, about a minute)")
        watch.wait()
        state.publish(parts.addresses("label-studio"))


def embedded() -> tuple[str, ...]:
    """The services to start here. Label Studio needs PostgreSQL, even where Chorale's own database is elsewhere."""
    ours = [name for name, settings in parts.SETTINGS.items() if settings[0] not in os.environ]
    if "label-studio" in ours and "postgres" not in ours and "LABEL_STUDIO_DATABASE_URL" not in os.environ:
        ours.insert(0, "postgres")
    return tuple(ours)


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """One supervisor a ``var/``; a second is told so."""
    with (state.private_folder(state.var_folder() / "run") / "up.lock").open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = f"Chorale already runs here ({state.var_folder()})."
            fix = "Stop it with Ctrl-C, or set CHORALE_VAR to another folder."
            raise ChoraleError("already-up", message, fix) from None
        yield


def serve(*, then: Sequence[str] = (), once: bool = False, report: Callable[[str], None] = print) -> int:
    """`manage.py up`: start all, run the management command ``then`` if given, and serve until told to stop.

    ``once``: stop after ``then``. Returns the exit status: that of ``then`` if it failed or ``once``, else 0.
    """
    with alone():
        supervisor = Supervisor(report)
        previous = {number: signal.signal(number, lambda *_: supervisor.stopping.set()) for number in SIGNALS}
        try:
            addresses = supervisor.up()
            report(f"Chorale is up: {addresses['CHORALE_URL']}  (labelling: {addresses['CHORALE_PROXY_URL']})")
            status = supervisor.run(then) if then else 0
            if not once and not status:
                report("Press Ctrl-C to stop.")
                supervisor.stopping.wait()
            return status
        except Stopped:
            return 0
        finally:
            report("stopping")
            supervisor.down()
            for number, handler in previous.items():
                signal.signal(number, handler)
