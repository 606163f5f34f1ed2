"""The recipe wizard in a real browser: choose, write, preview with its gates, build, publish, withdraw; on a phone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from chorale.jobs import control
from chorale.store.models import Campaign, Corpus, Event, Job, Release, User
from chorale.store.models.people import Role
from tests.journeys.test_language import enter
from tests.journeys.test_pages import PHONE
from tests.service import web_scene
from tests.service.test_release import fill
from tests.stack import Address

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    """A busy machine answers late, not never."""
    expect.set_options(timeout=30_000)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture
def admin() -> User:
    fill(1)
    layer = {"scheme": "goemotions-28@1.0.0", "perspective": "reader"}
    Campaign.objects.update(state="closed")
    Corpus.objects.update(descriptor={"layers": [layer]}, perspective="reader")
    return web_scene.person("ada", Role.ADMIN)


def work(kind: str) -> None:
    """What a worker would do."""
    control.run_here(Job.objects.filter(kind=kind).latest("pk"))


def test_from_a_choice_of_corpora_to_a_withdrawn_release(browser: Browser, web: Address, admin: User) -> None:
    page, complaints = enter(browser, web, "ada")
    chosen(page, web)
    previewed(page)
    page.get_by_role("button", name="Build and freeze").click()
    page.wait_for_url("**/jobs/**")
    work("release")
    page.goto(f"{web.url}/releases/letters/0.1.0/")
    expect(page.locator(".release-glance article")).to_have_count(1)
    expect(page.locator(".release-card")).to_contain_text("Every label")
    published(page)
    withdrawn(page)
    assert [told for told in complaints if "422" not in told] == [], "422 is what wrong answers get, on purpose"
    on_a_phone(browser, web)


def chosen(page: Page, web: Address) -> None:
    """Two steps: what to take from, which stands in the address, and what to make of it."""
    page.goto(f"{web.url}/releases/")
    page.get_by_role("link", name="New release").first.click()
    page.locator("input[name=corpora][value=letters]").check()
    page.get_by_role("button", name="Next").click()
    assert "corpora=letters" in page.url
    page.fill("[name=slug]", "letters")
    page.fill("[name=title]", "Letters")
    page.fill("[name=train]", "0.5")
    page.locator("input[name=views][value=classification-soft]").check()
    page.locator("input[name=judgments_without][value=native]").check()
    page.get_by_role("button", name="Write the recipe").click()
    expect(page.locator("main")).to_contain_text("sums to 0.7")
    page.fill("[name=train]", "0.8")
    page.get_by_role("button", name="Write the recipe").click()
    expect(page.locator("textarea[name=recipe]")).to_contain_text('slug = "letters"')


def previewed(page: Page) -> None:
    """Counts, sizes and gates come by themselves; a gate that would block says why, and a misspelt key is told."""
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview")).to_contain_text("Counting")
    work("preview_release")
    expect(page.locator("#preview .facts")).to_contain_text("40")
    expect(page.locator("#preview")).to_contain_text("licence")
    text = page.locator("textarea[name=recipe]").input_value()
    page.fill("textarea[name=recipe]", text.replace("trait_k = ", "trait = "))
    page.get_by_role("button", name="Save").click()
    expect(page.locator("main")).to_contain_text("is not a key of this table")
    page.fill("textarea[name=recipe]", text.replace("[gates]\nmin_raters = 1", "[gates]\nmin_raters = 9"))
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#preview")).to_contain_text("before your last change")
    page.get_by_role("button", name="Preview").click()
    work("preview_release")
    expect(page.locator("#preview")).to_contain_text("fewer than 9 raters")


def published(page: Page) -> None:
    page.get_by_role("button", name="Publish", exact=True).click()
    dialog = page.locator("dialog#publish")
    dialog.locator("[name=access]").select_option("public")
    dialog.get_by_role("button", name="Publish").click()
    expect(page.locator(".head .badge")).to_have_text("published")
    page.locator("nav.tabs a[href='#files']").click()
    expect(page.locator("#files")).to_contain_text("items.parquet")
    page.locator("nav.tabs a[href='#card']").click()


def withdrawn(page: Page) -> None:
    page.get_by_role("button", name="Withdraw this version").click()
    dialog = page.locator("dialog#withdraw")
    dialog.locator("[name=reason]").fill("The corpus was taken back.")
    dialog.get_by_role("button", name="Withdraw it").click()
    expect(page.locator(".head .badge")).to_have_text("withdrawn")
    expect(page.locator("main")).to_contain_text("The corpus was taken back.")
    assert Release.objects.get().state == "withdrawn"
    assert {"release.draft", "release.freeze", "release.publish", "release.withdraw"} <= set(
        Event.objects.values_list("action", flat=True)
    )


def on_a_phone(browser: Browser, web: Address) -> None:
    """No page of the way is wider than a phone."""
    page, complaints = enter(browser, web, "ada", viewport=PHONE, color_scheme="dark")
    for place in ("/releases/new/", "/releases/new/?corpora=letters", "/releases/letters/0.1.0/", "/releases/"):
        page.goto(f"{web.url}{place}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), place
    assert complaints == []
