"""The real parts that tests run on, as a pytest plugin: PostgreSQL, Valkey, Label Studio, a Celery worker, web servers.

Loaded with ``-p``, before Django's settings: it chooses the addresses at once and starts a part when the first
test asks for it. Everything lies under ``build/test/run-PID`` and goes when the run ends. A part that the
environment names (DATABASE_URL, CELERY_BROKER_URL, LABEL_STUDIO_URL with LABEL_STUDIO_TOKEN) is used as it is.
Where several processes run the tests (pytest-xdist), each has parts of its own.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from chorale.embedded import parts, ports, state
from chorale.embedded.label_studio import LabelStudio, installed
from chorale.embedded.postgres import Postgres
from chorale.embedded.process import Daemon
from chorale.embedded.valkey import Valkey
from tests import order

TESTS = state.ROOT / "build" / "test"
RUNNER = os.environ.get("PYTEST_XDIST_WORKER", "")  # which of several processes that run tests this is, if one
CHOSEN = "CHORALE_TEST_CHOSEN"  # names of the variables that the first process set, which a second must not take over
APART = {
    "deep": "a long soak or chaos test, run by `make test-deep` alone",
    "peers": "against model servers of others, run by `make test-peers` alone",
}


@dataclass(frozen=True)
class Address:
    """Where a part answers, and its token if it has one."""

    url: str
    token: str = ""


@dataclass(frozen=True)
class Worker:
    """A Celery worker in a process group of its own, to be killed like a real one."""

    daemon: Daemon
    begin: Callable[[], None]

    def kill(self) -> None:
        """As a machine that loses power: no warning, every child included."""
        process = self.daemon.find()
        assert process is not None, "the worker does not run"
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=10)

    def restart(self) -> None:
        """Start it again after a kill."""
        self.begin()


def pytest_configure(config: pytest.Config) -> None:
    for marker, meaning in APART.items():
        config.addinivalue_line("markers", f"{marker}: {meaning}")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.option.markexpr:
        apart = [item for item in items if any(map(item.get_closest_marker, APART))]
        config.hook.pytest_deselected(items=apart)
        items[:] = [item for item in items if item not in apart]
    order.arrange(items, grouped=bool(RUNNER))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    if kept := sys.modules.get("tests.kept"):
        kept.look_ahead(nextitem)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish() -> None:
    if kept := sys.modules.get("tests.kept"):
        kept.stop_all()


def pytest_unconfigure() -> None:
    _clear(_RUN)


def _begin() -> Path:
    """The folder of this run, and the addresses of its parts in the environment, before anybody reads settings."""
    for folder in () if RUNNER else TESTS.glob("run-*"):
        if not psutil.pid_exists(int(folder.name.removeprefix("run-"))):
            _clear(folder)  # a run that was killed
    before = set(os.environ)
    run = state.private_folder(TESTS / f"run-{os.getpid()}")
    os.environ["CHORALE_VAR"] = str(run)
    os.environ.setdefault("DATABASE_URL", Postgres().url("chorale"))
    if "CELERY_BROKER_URL" not in os.environ:
        os.environ["CELERY_BROKER_URL"] = Valkey().url()
    for name, setting in (("web", "CHORALE_URL"), ("proxy", "CHORALE_PROXY_URL")):
        os.environ[setting] = f"http://127.0.0.1:{ports.claim(name)}"
    os.environ[CHOSEN] = " ".join(set(os.environ) - before)
    return run


def _forget() -> None:
    """In a further process: drop what the first chose for itself, and keep what the user named."""
    for name in os.environ.pop(CHOSEN, "").split():
        del os.environ[name]


def _clear(run: Path) -> None:
    """Stop what still runs in the folder, keep its logs as those of the last run, remove the rest."""
    before = os.environ.get("CHORALE_VAR")
    os.environ["CHORALE_VAR"] = str(run)
    for file in (run / "run").glob("*.pid.json"):
        name = file.name.removesuffix(".pid.json")
        Daemon(name).stop(first=signal.SIGINT if name == "postgres" else signal.SIGTERM)
    if before is not None:
        os.environ["CHORALE_VAR"] = before
    if (run / "log").exists():
        kept = TESTS / "log" / (RUNNER or "main")
        shutil.rmtree(kept, ignore_errors=True)
        kept.parent.mkdir(exist_ok=True)
        shutil.move(run / "log", kept)
    shutil.rmtree(run, ignore_errors=True)


if RUNNER:
    _forget()
_OURS = {name for name, settings in parts.SETTINGS.items() if settings[0] not in os.environ}
_RUN = _begin()


@pytest.fixture(scope="session")
def postgres() -> Address:
    """A real PostgreSQL server."""
    if "postgres" in _OURS:
        server = Postgres(durable=False)
        server.start()
        assert server.database("chorale") == os.environ["DATABASE_URL"], "the port was taken meanwhile: run again"
    return Address(os.environ["DATABASE_URL"])


@pytest.fixture(scope="session")
def django_db_modify_db_settings(postgres: Address) -> None:
    """pytest-django's hook: the server runs before Django makes its test database."""


@pytest.fixture(scope="session")
def valkey() -> Address:
    """A real Valkey server."""
    if "valkey" in _OURS:
        Valkey().start()
        assert Valkey().url() == os.environ["CELERY_BROKER_URL"], "the port was taken meanwhile: run again"
    return Address(os.environ["CELERY_BROKER_URL"])


@pytest.fixture(scope="session")
def label_studio(request: pytest.FixtureRequest) -> Address:
    """A real Label Studio with an admin's token (its first start takes about 40 s); settings point to it."""
    if "label-studio" not in _OURS:
        address = Address(os.environ["LABEL_STUDIO_URL"], os.environ["LABEL_STUDIO_TOKEN"])
    elif not installed():
        pytest.skip("Label Studio is not installed (make setup)")
    else:
        if "postgres" in _OURS:
            request.getfixturevalue("postgres")
        server = LabelStudio(workers=1)
        server.start()
        address = Address(server.url, server.token)
    from django.conf import settings

    settings.LABEL_STUDIO_URL, settings.LABEL_STUDIO_TOKEN = address.url, address.token
    return address


@pytest.fixture
def worker(transactional_db: None, valkey: Address) -> Iterator[Worker]:
    """A real Celery worker on the test database, answering before the test begins. Its queue starts and ends empty."""
    from chorale.celery import app

    app.control.purge()
    daemon = Daemon("worker")
    command = ["celery", "-A", "chorale", "worker", "--concurrency", "2", "--loglevel", "INFO", "--without-mingle"]

    def begin() -> None:
        daemon.start([sys.executable, "-m", *command], environment=child_environment(), folder=state.ROOT)
        daemon.wait_ready(lambda: bool(app.control.ping(timeout=0.5)), seconds=180)

    begin()
    yield Worker(daemon, begin)
    daemon.stop(seconds=10)
    app.control.purge()


@pytest.fixture(scope="session")
def static_files() -> None:
    """Styles, scripts and icons collected under their hashed names, as `manage.py up` does."""
    from django.core.management import call_command

    call_command("collectstatic", interactive=False, verbosity=0)


@pytest.fixture
def web(
    request: pytest.FixtureRequest, transactional_db: None, valkey: Address, static_files: None
) -> Iterator[Address]:
    """Chorale's web server in a process of its own, on the test database; kept for the next test that asks for it."""
    yield from _served(request, "chorale.asgi:application", os.environ["CHORALE_URL"])


@pytest.fixture
def proxy(request: pytest.FixtureRequest, transactional_db: None, label_studio: Address) -> Iterator[Address]:
    """The rater proxy in a process of its own, before the real Label Studio; kept likewise."""
    yield from _served(request, "chorale.proxy.app:application", os.environ["CHORALE_PROXY_URL"])


def _served(request: pytest.FixtureRequest, application: str, url: str) -> Iterator[Address]:
    from tests import kept

    with kept.served(request, str(request.fixturename), application, url, child_environment()):
        yield Address(url)


def child_environment() -> dict[str, str]:
    """The environment for a process that must see the test database, and Label Studio if a test asked for it."""
    from django.conf import settings
    from django.db import connection

    known: dict[str, Any] = connection.settings_dict
    stem, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    return os.environ | {
        "DATABASE_URL": f"{stem}/{known['NAME']}",
        "LABEL_STUDIO_URL": settings.LABEL_STUDIO_URL,
        "LABEL_STUDIO_TOKEN": settings.LABEL_STUDIO_TOKEN,
        "DJANGO_SETTINGS_MODULE": "chorale.settings",
        "PYTHONPATH": os.pathsep.join([str(state.ROOT / "platform"), str(state.ROOT)]),
    }
