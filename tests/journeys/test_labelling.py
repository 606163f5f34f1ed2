"""A rater labels in a real browser: ticket, Label Studio's page behind the proxy, an answer that comes home exactly."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from chorale.proxy import tickets
from chorale.store import studio_push
from chorale.store.models import Campaign, Judgment, Response, StudioProject, User
from tests.service.campaign_rows import make_campaign
from tests.stack import Address

pytestmark = pytest.mark.django_db(transaction=True)
SHOTS = Path(os.environ.get("CHORALE_SHOTS", "build/shots"))


@pytest.fixture
def campaign(label_studio: Address, proxy: Address) -> Iterator[Campaign]:
    made = make_campaign(names=("ana",))
    yield made
    for project in StudioProject.objects.exclude(ls_id=None):
        studio_push.connect().delete_project(project.ls_id or 0)


def shot(page: Page, name: str) -> None:
    """A picture to look at."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(SHOTS / f"labelling-{name}.png"))


def test_a_rater_labels_in_a_browser(campaign: Campaign, proxy: Address, page: Page) -> None:
    outside: list[str] = []
    refused: list[str] = []
    page.on("request", lambda r: outside.append(r.url) if not r.url.startswith((proxy.url, "data:", "blob:")) else None)
    page.on("response", lambda r: refused.append(f"{r.status} {r.request.method} {r.url}") if r.status >= 400 else None)
    page.set_default_timeout(60_000)  # Label Studio's first page after its start takes its time
    page.goto(tickets.issue(User.objects.get(username="ana"), campaign))
    page.wait_for_selector("text=admiration", timeout=60_000)
    shot(page, "1-empty")
    page.locator("label", has_text="joy").first.click()
    for place, step in ((0, 8), (1, 6), (2, 5)):
        page.locator("[role=radiogroup]").nth(place).locator("[role=radio]").nth(step - 1).click()
    shot(page, "2-filled")
    page.get_by_role("button", name="Submit").first.click()
    page.wait_for_selector("text=2 of 2")
    shot(page, "3-next")
    assert Response.objects.count() == 1
    said = dict(Judgment.objects.values_list("layer", "values"))
    assert said[1] == [8.0, 6.0, 5.0]
    assert outside == []
    assert refused == []
