"""Measuring and reading agreement in a real browser: the road from a corpus to its report, every tab, every width."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from chorale.jobs import control, engine
from chorale.store.models import AggregationReport, AgreementReport, Job, Ruling
from tests.journeys.test_pages import PHONE, sign_in
from tests.service import agreement_scene
from tests.stack import Address

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
TABS = ("people", "labels", "hardest", "raters", "models", "settled", "slices", "files")


@pytest.fixture
def scene() -> dict[str, Any]:
    return agreement_scene.build(measured=False)


def open_tab(page: Page, name: str) -> None:
    """Choose a tab and wait until each chart in it is drawn."""
    page.locator(f"nav.tabs a[href='#{name}']").click()
    expect(page.locator(f"#{name}")).to_be_visible()
    for figure in page.locator(f"#{name} figure[data-chart]").all():
        figure.scroll_into_view_if_needed()
        expect(figure).to_have_attribute("data-drawn", "yes", timeout=20_000)


def test_from_a_corpus_to_its_report_wide_and_on_a_phone(browser: Browser, web: Address, scene: dict[str, Any]) -> None:
    page, complaints = sign_in(browser, web.url, "ada")
    page.goto(f"{web.url}/agreement/")
    page.get_by_role("link", name="Measure or settle").click()
    page.get_by_role("link", name="Voices", exact=True).click()
    page.get_by_text("How intervals are drawn").click()
    page.locator("[name=rounds]").fill("100")
    page.get_by_text("Filters").click()
    page.get_by_label("These raters").fill("voice-3")
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#agreement-progress")).to_contain_text("queued")
    for job in Job.objects.filter(started_by=scene["admin"]).order_by("pk"):
        control.run_here(job)
    page.locator("#agreement-progress").get_by_role("link", name=agreement_scene.SCHEME).click()
    for name in TABS:
        open_tab(page, name)
    open_tab(page, "slices")
    expect(page.locator("#slices")).to_contain_text("raters voice-3")
    open_tab(page, "models")
    expect(page.locator("#models")).to_contain_text("May it stand in for a person?")
    with page.expect_download() as download:
        page.locator("section[aria-labelledby=h-model-1-standings]").get_by_role("link", name="CSV").click()
    assert download.value.suggested_filename.endswith("model-1-standings.csv")
    open_tab(page, "people")
    page.locator("#alpha-by-label summary").click()
    expect(page.locator("#alpha-by-label tr", has_text=agreement_scene.UNUSED)).to_contain_text("undefined")
    page.locator("section[aria-labelledby=h-by-label]").get_by_role("link", name="How it is computed").click()
    expect(page.locator("#per-label-and-dimension")).to_be_in_viewport()
    assert complaints == []
    fits_a_phone(*sign_in(browser, web.url, "rhea", viewport=PHONE, color_scheme="dark"), web.url, scene)


def fits_a_phone(page: Page, complaints: list[str], url: str, scene: dict[str, Any]) -> None:
    """Every tab in the dark, the comparison, an item and the methods: nothing overflows, nothing is complained of."""
    report, wide = AgreementReport.objects.get(), []
    page.goto(f"{url}/agreement/{report.pk}/")
    for name in TABS:
        open_tab(page, name)
        wide += [name] if over(page) > 0 else []
    twice = f"/agreement/compare/?one={report.pk}&other={report.pk}"
    for address in (twice, f"/items/{scene['items'][0].uuid}/", "/methods/"):
        page.goto(url + address)
        wide += [address] if over(page) > 0 else []
    assert wide == []
    assert complaints == []


def over(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def waiting_for_keys(page: Page) -> str:
    """The item shown, once the page's script listens to keys."""
    expect(page.locator("form[data-keys=ready]")).to_be_visible(timeout=20_000)
    return page.locator(".said .quote").inner_text()


def test_an_adjudicator_goes_through_the_hardest_items_by_keys(
    browser: Browser, web: Address, scene: dict[str, Any]
) -> None:
    control.run_here(engine.start("settle", by=None, params={"scope_type": "corpus", "scope": "voices"}))
    page, complaints = sign_in(browser, web.url, "ada")
    page.goto(f"{web.url}/adjudication/")
    page.locator("main").get_by_role("link", name="corpus voices").click()
    first = waiting_for_keys(page)
    page.keyboard.press("n")
    expect(page.locator(".said .quote")).not_to_have_text(first)
    second = waiting_for_keys(page)
    page.keyboard.press("2")
    page.keyboard.press("r")
    page.keyboard.type("The second reading fits.")
    page.keyboard.press("Enter")
    expect(page.locator("[data-flash]")).to_contain_text("Ruled on")
    expect(page.locator(".said .quote")).not_to_have_text(second)
    ruling = Ruling.objects.get(reason="The second reading fits.")
    assert ruling.labels == [1]
    page.goto(f"{web.url}/items/{ruling.item.uuid}/")
    page.get_by_role("button", name="Take back").click()
    expect(page.locator("[data-flash]")).to_contain_text("taken back")
    page.get_by_text("1 earlier ruling").click()
    expect(page.locator("main")).to_contain_text("The second reading fits.")
    assert complaints == []
    phone, said = sign_in(browser, web.url, "ada", viewport=PHONE, color_scheme="dark")
    for address in ("/adjudication/", "/rulings/", f"/adjudication/{AggregationReport.objects.get().pk}/"):
        phone.goto(web.url + address)
        assert over(phone) <= 0, address
    assert said == []
