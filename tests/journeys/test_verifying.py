"""Machine labels verified by keys alone, and the monitor's forecast, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from chorale.store import people
from chorale.store.campaign_plan import Plan
from chorale.store.models import AgreementReport, Campaign, Item, Judgment, Rater, Response, Verification
from chorale.store.models.people import Role
from harmonize.corpora.identity import stable_uuid
from tests.journeys.test_agreement import waiting_for_keys
from tests.journeys.test_pages import PHONE, sign_in
from tests.service import web_scene
from tests.service.rated_rows import JOY, make_planned
from tests.stack import Address

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


@pytest.fixture
def planned() -> Campaign:
    """A campaign whose seven items a model has called joyful; ada may verify."""
    people.create(by=None, username="ada", password=web_scene.PASSWORD, roles=[Role.ADMIN], demo=True)
    campaign = make_planned(Plan(half_width=0.05), count=7, names=("ana",))
    model = Rater.objects.create(kind="model", pseudonym="model-1", model={"name": "m"})
    scheme = campaign.form.layers.get().scheme
    for n, item in enumerate(Item.objects.order_by("pk")):
        Item.objects.filter(pk=item.pk).update(text=f"Letter {n}")
        row = Response.objects.create(slot=stable_uuid("m", item.uuid), item=item, rater=model, origin="model")
        Judgment.objects.create(
            key=stable_uuid("mj", item.uuid), response=row, item=item, rater=model, scheme=scheme,
            perspective="reader", labels=[JOY],
        )  # fmt: skip
    figure = {"value": 0.5, "low": 0.4, "high": 0.6, "units": 6, "ratings": 18}
    AgreementReport.objects.create(
        scope_type="campaign", scope=campaign.slug, scheme=scheme, perspective="reader",
        body={"people": {"overall": figure}, "counts": {}},
    )  # fmt: skip
    return campaign


def then(page: Page, *keys: str) -> tuple[str, list[int]]:
    """Press keys at the label shown; the verdict that was kept, and the labels of the ruling that it made."""
    before = waiting_for_keys(page)
    for key in keys:
        if len(key) == 1 or key == "Enter":
            page.keyboard.press(key)
        else:
            page.keyboard.type(key)
    expect(page.locator(".said .quote")).not_to_have_text(before, timeout=60_000)
    found = Verification.objects.select_related("ruling").get(judgment__item__text=before)
    return found.verdict, found.ruling.labels if found.ruling else []


def test_machine_labels_are_verified_by_keys(browser: Browser, web: Address, planned: Campaign) -> None:
    model, scheme = Rater.objects.get(kind="model"), planned.form.layers.get().scheme
    page, complaints = sign_in(browser, web.url, "ada")
    page.goto(f"{web.url}/verification/{model.pk}/{scheme.ref}/reader/")
    assert then(page, "Enter") == ("accepted", [JOY])
    assert then(page, "-") == ("rejected", [])
    joy = page.locator("input[name=label][value=joy]").get_attribute("data-key") or ""
    assert then(page, joy, "3", ".") == ("edited", [2])
    passed_over = waiting_for_keys(page)
    page.keyboard.press("n")
    expect(page.locator(".said .quote")).not_to_have_text(passed_over, timeout=60_000)
    # Enter in the field of the reason sends what was meant, never the first button of the row.
    assert then(page, "r", "She says so.", "Enter") == ("accepted", [JOY])
    assert then(page, "3", "r", "Both.", "Enter") == ("edited", [2, JOY])
    assert not Verification.objects.filter(judgment__item__text=passed_over).exists()
    expect(page.locator("main")).to_contain_text("5 looked at: 2 accepted")
    phone, said = sign_in(browser, web.url, "ada", viewport=PHONE, color_scheme="dark")
    for address in (f"/verification/{model.pk}/{scheme.ref}/reader/", f"/campaigns/{planned.slug}/"):
        phone.goto(web.url + address)
        assert phone.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, address
    row = phone.locator("section[aria-labelledby=h-narrow] tbody tr")
    # +-0.1 over 6 items to +-0.05: four times the items, of which there is one more.
    expect(row.locator("[data-name='More to do']")).to_contain_text("18 items")
    expect(row.locator("[data-name='More to do']")).to_contain_text("54 ratings")
    expect(row.locator("[data-name='Within this collection']")).to_have_text("no: ± 0.093 at its end")
    expect(row.locator("[data-name='Or raters an item']")).to_have_text("6 or more")
    assert complaints == []
    assert said == []
