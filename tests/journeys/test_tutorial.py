"""Qualification in a browser: a try that fails, one that passes, then the items of the campaign, in its theme."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from chorale.store.campaign_plan import Plan
from chorale.store.models import Campaign, Qualification, Response, User
from tests.journeys.labelling_scene import Hands
from tests.journeys.test_labelling import SHOTS, eventually
from tests.service.campaign_rows import clear_studio, push
from tests.service.rated_rows import make_planned
from tests.stack import Address

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]


@pytest.fixture
def campaign(label_studio: Address) -> Iterator[Campaign]:
    plan = Plan(try_items=1, tries=2, pass_mark=1.0)
    yield make_planned(plan, count=2, checks=2, names=("ana",), carried_out=push)
    clear_studio()


def at_work(browser: Browser, url: str, name: str) -> Page:
    """Somebody's browser, signed in, dark."""
    client = Client()
    client.force_login(User.objects.get(username=name), backend=settings.AUTHENTICATION_BACKENDS[0])
    context = browser.new_context(viewport={"width": 1280, "height": 860}, color_scheme="dark", locale="en")
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": url}])
    page = context.new_page()
    page.set_default_timeout(90_000)
    return page


def answer(page: Page, home: str, button: str, label: str) -> None:
    """From the campaign's page into labelling, one answer, and back."""
    before = Response.objects.count()
    page.goto(home)
    page.get_by_role("button", name=button).click()
    page.wait_for_selector(".lsf-choices")
    assert page.evaluate("document.documentElement.dataset.colorScheme") == "dark"
    hands = Hands(page)
    hands.choose(label)
    hands.submit()
    page.wait_for_timeout(1500)
    page.screenshot(path=str(SHOTS / f"tutorial-after-{label}.png"))
    assert eventually(lambda: Response.objects.count() > before, 60)
    page.goto(home)


def test_a_tutorial_failed_then_passed_opens_the_campaign(
    browser: Browser, web: Address, proxy: Address, campaign: Campaign
) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    page, home = at_work(browser, web.url, "ana"), f"{web.url}/work/{campaign.slug}/"
    answer(page, home, "Go to the tutorial", "anger")
    expect(page.locator("main")).to_contain_text("Try 1: 0 of 1 as known")
    expect(page.get_by_role("button", name="Go to the tutorial")).to_be_visible()
    assert not Response.objects.filter(campaign=campaign).exists()
    answer(page, home, "Go to the tutorial", "joy")
    expect(page.locator("main")).to_contain_text("Try 2: 1 of 1 as known")
    expect(page.get_by_role("button", name="Start labelling")).to_be_visible()  # without another look
    page.screenshot(path=str(SHOTS / "tutorial-passed.png"), full_page=True)
    answer(page, home, "Start labelling", "grief")
    assert Response.objects.filter(campaign=campaign).count() == 1
    assert Response.objects.filter(campaign__parent=campaign).count() == 2
    assert list(Qualification.objects.order_by("attempt").values_list("passed", flat=True)) == [False, True]
