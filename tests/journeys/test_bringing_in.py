"""A corpus brought in by browser: the wizard from files to rows, and an upload broken off and gone on with."""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.journeys.test_pages import sign_in
from tests.service import web_scene
from tests.stack import Address, Worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
FEELINGS = ("joy", "sadness", "anger", "fear")


@pytest.fixture
def admin() -> Any:
    from chorale.store.models.people import Role

    return web_scene.person("ada", Role.ADMIN)


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    path = tmp_path / "letters.csv"
    rows = [f"{n},Letter number {n} of the year,{FEELINGS[n % 4]}" for n in range(60)]
    rows[7], rows[9] = "7,Letter with an odd word,gloomy", "9,a ragged row"
    path.write_text("id,text,feeling\n" + "\n".join(rows) + "\n")
    return path


def enter(browser: Browser, url: str) -> tuple[Page, list[str]]:
    """Sign in to a server that answers: its first answer loads everything."""
    with urlopen(f"{url}/accounts/login/", timeout=120):
        return sign_in(browser, url, "ada")


def begin(page: Page, url: str) -> None:
    page.goto(f"{url}/corpora/")
    page.get_by_role("link", name="Bring a corpus in").first.click()
    page.get_by_role("button", name="Choose files").click()
    expect(page.locator("h1")).to_have_text("Files")


def fill(page: Page, name: str, value: str) -> None:
    with page.expect_response("**/check/"):
        page.locator(f'[name="{name}"]').fill(value)
        page.locator(f'[name="{name}"]').blur()
    expect(page.locator(f'[name="{name}"]')).to_have_value(value)
    expect(page.locator(".htmx-request, .htmx-settling")).to_have_count(0)


def test_from_a_file_to_a_corpus(
    browser: Browser, web: Address, worker: Worker, admin: Any, letters: Path, tmp_path: Path
) -> None:
    from chorale.store.models import Corpus, Quarantine

    page, complaints = enter(browser, web.url)
    begin(page, web.url)
    expect(page.get_by_role("button", name="Go on")).to_be_disabled()
    page.locator("input[type=file]").first.set_input_files(letters)
    expect(page.locator(".upload .badge")).to_have_text("here, checked")
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("#editor")).to_be_visible(timeout=120_000)
    expect(page.locator("[name='corpus.slug']")).to_have_value("letters")
    expect(page.get_by_role("button", name="Import")).to_be_disabled()  # TODO stands in the draft
    for name, value in {"licence": "CC0-1.0", "citation": "Nobody (2026).", "source_url": "https://a.invalid"}.items():
        fill(page, f"corpus.{name}", value)
    expect(page.locator("#trial")).to_contain_text("unknown-label")
    expect(page.locator("#trial")).to_contain_text("ragged-row")
    expect(page.locator(".tasted").first).to_contain_text("Letter number 3")
    fill(page, "layers.0.names", "gloomy = sadness")
    expect(page.locator("#trial")).not_to_contain_text("unknown-label")
    assert 'gloomy = "sadness"' in page.locator("textarea.toml").input_value()
    page.locator("textarea.toml").fill(
        page.locator("textarea.toml").input_value().replace("letters", "letters-ours", 1)
    )
    page.get_by_role("button", name="Check this text").click()
    expect(page.locator("[name='corpus.slug']")).to_have_value("letters-ours")
    page.get_by_role("button", name="Import").click()
    expect(page.locator("#running")).to_contain_text("59 + 0 + 1 = 60 rows read", timeout=120_000)
    page.get_by_role("link", name="Open the corpus").click()
    page.wait_for_url("**/corpora/letters-ours/")
    row = Corpus.objects.get(slug="letters-ours")
    assert (row.items, row.rows_read, row.rows_quarantined) == (59, 60, 1)
    assert Quarantine.objects.get(corpus=row).code == "ragged-row"
    assert complaints == []


def test_a_file_chosen_before_the_script_has_come_is_taken_up_once(
    browser: Browser, web: Address, admin: Any, letters: Path
) -> None:
    page, complaints = enter(browser, web.url)
    held: list[Route] = []
    page.route("**/upload*.js", lambda route: held.append(route))
    begin(page, web.url)
    page.locator("input[type=file]").first.set_input_files(letters)
    expect(page.locator(".upload")).to_have_count(0)
    page.wait_for_timeout(200)  # the wish for the script is with us by now, as is the event of the choice with nobody
    for route in held:
        route.continue_()
    expect(page.locator(".upload .badge")).to_have_text("here, checked")
    page.unroute("**/upload*.js")
    page.reload()
    expect(page.locator(".upload .badge")).to_have_text("here, checked")
    page.goto(f"{web.url}/corpora/")
    page.go_back()
    expect(page.locator(".upload .badge")).to_have_text("here, checked")
    page.locator("input[type=file]").first.set_input_files(letters)  # it is here: nothing comes of it
    expect(page.locator(".upload [data-file]")).to_have_text("letters.csv")
    expect(page.get_by_role("button", name="Go on")).to_be_enabled()
    assert complaints == []


@pytest.fixture
def broken() -> Callable[[Route], None]:
    """A line that breaks: the third piece of a file is lost, and each after it until it is mended."""
    seen = {"pieces": 0, "broken": False}

    def route(way: Route) -> None:
        if way.request.method == "PATCH":
            seen["pieces"] += 1
            if seen["broken"] or seen["pieces"] == 3:
                seen["broken"] = True
                way.abort("connectionreset")
                return
        way.continue_()

    return route


@pytest.mark.deep
def test_two_hundred_megabytes_broken_off_and_gone_on_with(
    browser: Browser, web: Address, admin: Any, tmp_path: Path, broken: Callable[[Route], None]
) -> None:
    from chorale.store import uploads
    from chorale.store.models import Upload

    path = tmp_path / "large.csv"
    line = b"42,It rained and it rained and nobody came to the door all day,sadness\n"
    path.write_bytes(b"id,text,feeling\n" + line * (200_000_000 // len(line)))
    page, complaints = enter(browser, web.url)
    begin(page, web.url)
    page.route("**/api/v1/uploads/*", broken)
    page.locator("input[type=file]").first.set_input_files(path)
    expect(page.locator(".upload .badge")).to_have_text(re.compile("line broken"), timeout=120_000)
    here = uploads.here(Upload.objects.get())
    assert 0 < here < path.stat().st_size
    page.unroute("**/api/v1/uploads/*")
    page.evaluate("onbeforeunload = null")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()  # everything that the page knew is gone; what the server has is not
    expect(page.locator(".upload .badge")).to_have_text("interrupted")
    expect(page.locator(".upload .trouble")).to_contain_text("goes on from")
    page.locator("input[type=file]").first.set_input_files(path)
    expect(page.locator(".upload [data-received]")).to_contain_text("/s", timeout=60_000)
    page.get_by_role("button", name="Pause").click()
    expect(page.locator(".upload .badge")).to_have_text("paused")
    paused = uploads.here(Upload.objects.get())
    assert here <= paused < path.stat().st_size
    page.get_by_role("button", name="Resume").click()
    expect(page.locator(".upload .badge")).to_have_text("here, checked", timeout=120_000)
    row = Upload.objects.get()
    assert (row.state, row.bytes) == ("whole", path.stat().st_size)
    assert row.sha256 == row.expected == sha256(path.read_bytes()).hexdigest()
    assert [text for text in complaints if "ERR_CONNECTION_RESET" not in text] == []
