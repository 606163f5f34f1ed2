"""Fixtures of every test: the folder of real corpora and a real browser. The servers are in `tests.stack`."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright
from pytest_django import DjangoDbBlocker

ROOT = Path(__file__).resolve().parents[1]
# Drawn examples are the same in every run, and a busy machine is no reason to fail.
settings.register_profile("chorale", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("chorale")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    """What is kept by the keys of campaigns goes with the test: a table begun anew gives its keys again."""
    yield
    if push := sys.modules.get("chorale.store.studio_push"):
        push.options.cache_clear()


@pytest.fixture(scope="session")
def chorale_data() -> Path:
    """The folder of real corpora, ``$CHORALE_DATA`` (default ``../shared/data``); skips by name without it."""
    folder = Path(os.environ.get("CHORALE_DATA") or ROOT.parent / "shared" / "data").absolute()
    if not folder.is_dir():
        pytest.skip(f"real corpora are not at {folder} (set CHORALE_DATA)")
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Headless Chromium: ``$CHROMIUM``, one on the PATH, or Playwright's own; skips by name without any."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    # A synchronous Playwright keeps an event loop running in this thread, which Django takes for asynchronous code;
    # for one module at most, since `asyncio.run` fails beside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        try:
            running = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        except Error as error:
            pytest.skip(f"no browser: {str(error).splitlines()[0]} (set CHROMIUM)")
        yield running
        running.close()


@pytest.fixture
def browser_context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh profile: no cookies, a desk-wide window."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en")
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def page(browser_context: BrowserContext) -> Page:
    """A blank page in a fresh profile."""
    return browser_context.new_page()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """pytest-django's test database, emptied faster between tests; and each password is hashed once."""
    from tests import emptying, passwords

    with django_db_blocker.unblock():
        emptying.install()
    passwords.install()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(postgres: object) -> None:
    """pytest-django's hook: the server runs before its test database (here, since its plugin loads last)."""
