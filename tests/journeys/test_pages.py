"""The frame in a real browser: charts under the strict policy, no overflow on a phone, the keyboard reaches all."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.service import web_scene
from tests.stack import Address

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def scene() -> dict[str, Any]:
    return web_scene.build()


def sign_in(browser: Browser, url: str, name: str, **options: Any) -> tuple[Page, list[str]]:
    """A page of a signed-in person, and everything that the browser complains about from now on."""
    page = browser.new_context(**options).new_page()
    page.set_default_timeout(20_000)
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda e: complaints.append(str(e)))
    page.goto(f"{url}/accounts/login/", timeout=120_000)  # the first answer of a server waits for all its imports
    page.fill("#id_login", name)
    page.fill("#id_password", web_scene.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("h1")).to_have_text(name)
    return page, complaints


def addresses(scene: dict[str, Any]) -> list[str]:
    lists = (
        "corpora",
        "items",
        "collections",
        "campaigns",
        "raters",
        "agreement",
        "schemes",
        "crosswalks",
        "jobs",
        "events",
    )
    pages = [f"/{name}/" for name in lists]
    pages += ["/corpora/diary/", "/campaigns/round/", "/collections/all/", f"/items/{scene['item'].uuid}/"]
    pages += [f"/agreement/{scene['report'].pk}/", f"/jobs/{scene['job'].uuid}/", "/soft-labels/", "/tokens/", "/api/"]
    pages += [
        "/agreement/start/",
        "/agreement/start/?scope_type=corpus&scope=diary",
        "/agreement/compare/",
        "/methods/",
    ]
    pages += ["/corpora/import/", "/corpora/diary/quarantine/", "/corpora/diary/alike/", "/collections/new/"]
    return [*pages, "/schemes/ekman-6-neutral@1.0.0/", "/jobs/start/open_campaign/", "/accounts/2fa/"]


def test_nothing_overflows_a_phone_or_breaks_the_policy(browser: Browser, web: Address, scene: dict[str, Any]) -> None:
    page, complaints = sign_in(browser, web.url, "ada", viewport=PHONE, color_scheme="dark")
    wide = []
    for address in addresses(scene):
        answer = page.goto(web.url + address)
        assert answer is not None and answer.status == 200, address  # noqa: PT018
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        wide += [(address, over)] if over > 0 else []
    assert wide == []
    assert complaints == []


def test_the_open_tab_of_a_long_bar_is_in_sight(browser: Browser, web: Address, scene: dict[str, Any]) -> None:
    page, complaints = sign_in(browser, web.url, "ada", viewport=PHONE)
    tabs = page.locator("nav.tabs a")
    items, versions, last = (tabs.filter(has_text=name) for name in ("Items", "Versions", "Provenance"))
    page.goto(f"{web.url}/corpora/diary/#provenance")
    expect(last).to_be_in_viewport(ratio=0.9)
    page.locator("nav.tabs").evaluate("bar => bar.scrollTo(0, 0)")
    versions.evaluate("tab => tab.click()")  # not the mouse, which would bring it into sight
    expect(page).to_have_url(f"{web.url}/corpora/diary/#versions")
    expect(versions).to_be_in_viewport(ratio=0.9)
    expect(last).to_be_in_viewport()  # its neighbour looks out: there is more
    page.goto(f"{web.url}/corpora/#top")
    page.goto(f"{web.url}/corpora/diary/#items")
    expect(page.locator("nav.tabs [aria-current=true]")).to_be_in_viewport(ratio=0.9)
    page.wait_for_load_state("networkidle")
    page.evaluate("scrollTo({top: 0, behavior: 'instant'})")
    items.evaluate("tab => tab.click()")
    page.wait_for_timeout(100)
    assert page.evaluate("scrollY") == 0
    assert complaints == []


def test_charts_draw_without_evaluating_code_and_follow_the_theme(
    browser: Browser, web: Address, scene: dict[str, Any]
) -> None:
    page, complaints = sign_in(browser, web.url, "ada", color_scheme="light")
    page.goto(f"{web.url}/agreement/{scene['report'].pk}/")
    chart = page.locator("#alpha-by-label[data-drawn=yes]")
    expect(chart).to_be_visible()
    expect(chart.locator("svg")).to_contain_text("joy")
    before = chart.locator("svg text").first.get_attribute("fill")
    page.get_by_role("button", name="Switch between light and dark").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    expect(chart.locator("svg text").first).not_to_have_attribute("fill", before or "")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    chart.locator("summary").click()
    expect(chart.get_by_role("cell", name="Nobody used this label.")).to_be_visible()
    assert complaints == []


def test_the_keyboard_reaches_the_content_and_the_drawer(browser: Browser, web: Address, scene: dict[str, Any]) -> None:
    page, complaints = sign_in(browser, web.url, "ada", viewport=PHONE)
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the content")
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.get_by_role("button", name="Open the navigation").press("Enter")
    drawer = page.locator("dialog#drawer")
    expect(drawer.get_by_role("link", name="Crosswalks")).to_be_visible()
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    page.locator("details.menu > summary").press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
    assert complaints == []


def test_a_filter_goes_into_the_address_and_can_be_cleared(
    browser: Browser, web: Address, scene: dict[str, Any]
) -> None:
    page, complaints = sign_in(browser, web.url, "ada")
    page.goto(f"{web.url}/items/")
    page.get_by_label("Collection").select_option(label="All")  # `value=` would find the empty "all" too
    page.wait_for_url("**/items/?collection=all")
    page.get_by_role("searchbox").fill("Entry 42")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=Entry+42**")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Clear").click()
    expect(page.locator("tbody tr")).to_have_count(50)
    page.get_by_role("link", name="Next").click()
    expect(page.locator("tbody tr")).to_have_count(web_scene.COUNT - 50)
    assert complaints == []


def test_a_job_page_follows_the_job(browser: Browser, web: Address, scene: dict[str, Any]) -> None:
    from chorale.store.models import Job

    page, complaints = sign_in(browser, web.url, "ada")
    job = scene["job"]
    Job.objects.filter(pk=job.pk).update(state="running")
    page.goto(f"{web.url}/jobs/{job.uuid}/")
    expect(page.locator("#job-live .badge")).to_have_text("running")
    expect(page.locator("#job-live")).to_contain_text("4 of 10")
    Job.objects.filter(pk=job.pk).update(state="done", done=10)
    expect(page.locator("#job-live .badge")).to_have_text("done")
    expect(page.locator("#job-live")).to_contain_text("10 of 10")
    assert complaints == []
