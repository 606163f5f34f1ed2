"""Chorale's own programs under the supervisor: Celery worker and beat, the web server, the rater proxy."""

from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from chorale.embedded import ports, state
from chorale.embedded.process import Daemon

NAMES = ("worker", "beat", "web", "proxy")
PREFERRED = {"web": 8000, "proxy": 8001}
URL_SETTINGS = {"web": "CHORALE_URL", "proxy": "CHORALE_PROXY_URL"}
APPLICATIONS = {"web": "chorale.asgi:application", "proxy": "chorale.proxy.app:application"}


@dataclass(frozen=True)
class Program:
    """One long-running program of ours: how to start it, and how to see that it is ready."""

    name: str
    command: tuple[str, ...]
    ready: Callable[[], bool]
    patience: float = 10  # seconds from the first signal to the kill; a killed step is done again, so none is lost

    @property
    def daemon(self) -> Daemon:
        return Daemon(self.name)

    def start(self) -> None:
        """Start afresh: what a killed supervisor left may run older code."""
        self.daemon.stop(seconds=self.patience)
        self.daemon.start((sys.executable, "-m", *self.command), environment=environment(), folder=state.ROOT)
        self.daemon.wait_ready(self.ready, seconds=300)

    def stop(self) -> None:
        self.daemon.stop(seconds=self.patience)

    def alive(self) -> bool:
        return self.daemon.find() is not None


def all_programs() -> tuple[Program, ...]:
    """Worker, beat, web and proxy, in the order in which they start."""
    lanes = str(min(os.cpu_count() or 2, 4))
    celery = ("celery", "-A", "chorale", "--quiet")
    schedule = str(state.var_folder() / "run" / "beat-schedule")
    beat = ("beat", "--loglevel", "WARNING", "--schedule", schedule, "--pidfile", "")
    return (
        Program("worker", (*celery, "worker", "--concurrency", lanes, "--loglevel", "INFO"), _just_started),
        Program("beat", (*celery, *beat), _just_started),
        _server("web", workers=2),
        _server("proxy", workers=1),
    )


def claim_addresses() -> state.Entries:
    """Where web and proxy will answer: as the environment says, else on a free port of this machine."""
    found = {}
    for name, setting in URL_SETTINGS.items():
        found[setting] = os.environ.get(setting) or f"http://127.0.0.1:{ports.claim(name, PREFERRED[name])}"
    return found


def environment() -> dict[str, str]:
    """The environment of a program: ours, its addresses, and the import path (`platform/` is a source root)."""
    roots = [str(state.ROOT / "platform"), str(state.ROOT), os.environ.get("PYTHONPATH", "")]
    own = {"PYTHONPATH": os.pathsep.join(filter(None, roots)), "PYTHONUNBUFFERED": "1"}
    return {"DJANGO_SETTINGS_MODULE": "chorale.settings"} | state.read() | os.environ | own


def _server(name: str, *, workers: int) -> Program:
    host = os.environ.get("CHORALE_BIND", "127.0.0.1")
    port = urlsplit(os.environ.get(URL_SETTINGS[name], "")).port or ports.remembered(name) or PREFERRED[name]
    command: tuple[str, ...] = ("gunicorn", APPLICATIONS[name], "--bind", f"{host}:{port}", "--workers", str(workers))
    command += ("--worker-class", "uvicorn_worker.UvicornWorker", "--graceful-timeout", "5", "--timeout", "120")
    command += ("--no-control-socket",)  # it would lie in the home folder, one for all servers
    return Program(name, command, lambda: _answers(f"http://127.0.0.1:{port}/"))


def _answers(url: str) -> bool:
    """Whether an HTTP server speaks there, whatever it says."""
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - http on loopback
            return True
    except urllib.error.HTTPError:
        return True
    except (urllib.error.URLError, OSError):
        return False


def _just_started() -> bool:
    return True
