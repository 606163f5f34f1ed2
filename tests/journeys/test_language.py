"""Schemes, crosswalks, forms and fits in a real browser: live trials and previews, reviews, the width of a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, expect

from chorale.jobs import control, engine
from chorale.store import language_editing, registry
from chorale.store.models import Crosswalk, User
from chorale.store.models.people import Role
from harmonize import crosswalks
from tests.journeys.test_pages import PHONE, sign_in
from tests.service import doubly_labelled as twice
from tests.service import web_scene
from tests.stack import Address

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
MAP = "mikels-8--sentiment-3@1.0.0"


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    """A busy machine answers a live preview late, not never."""
    expect.set_options(timeout=20_000)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture
def admin() -> User:
    registry.scheme("plutchik-24")
    registry.crosswalk("vad-9--vad-5@1.0.0")
    return web_scene.person("ada", Role.ADMIN)


def enter(browser: Browser, web: Address, name: str, **options: Any) -> tuple[Page, list[str]]:
    """As `sign_in`, once the server has loaded its pages: on a busy machine its first answer takes long."""
    with urlopen(f"{web.url}/accounts/login/", timeout=120) as answer:
        assert answer.status == 200
    return sign_in(browser, web.url, name, **options)


def run(by: User, kind: str, **params: Any) -> Any:
    return control.run_here(engine.start(kind, by=by, params={"scope_type": "corpus", "scope": "twice", **params}))


def test_a_map_at_a_glance_tried_on_an_item_and_all_of_it_on_a_phone(
    browser: Browser, web: Address, admin: User
) -> None:
    twice.build(count=240)
    run(admin, "settle")
    run(admin, "harmonize", crosswalks=[registry.crosswalk(MAP).ref])
    page, complaints = enter(browser, web, "ada")
    page.goto(f"{web.url}/crosswalks/{MAP}/")
    expect(page.locator(".glance .gauge")).to_have_count(3)
    corpus = page.locator("svg.mass-flow").inner_html()
    page.get_by_role("link", name="every label alike").click()
    expect(page.get_by_role("link", name="every label alike")).to_have_attribute("aria-current", "true")
    assert page.locator("svg.mass-flow").inner_html() != corpus, "bands as thick as the corpus's base rates, or even"
    page.fill("#id_q", "Turn 99 of")
    expect(page.locator("#trial-items li")).to_have_count(2)  # what is typed, and the item
    page.locator("#trial-items input").last.check()
    expect(page.locator("#trial .said-item")).to_contain_text("Turn 99 of a made dialogue")
    expect(page.get_by_role("heading", name="Mapped", exact=True)).to_be_visible()
    expect(page.locator("#trial")).to_contain_text("Kept for this item")
    page.fill("#id_label", "awe=0.5, fear=0.5")
    expect(page.locator("#trial .said-item")).to_have_count(0)
    expect(page.locator("#trial .labels > section").nth(1)).to_contain_text("0.50")
    page.fill("#id_label", "glee=1")
    expect(page.locator("#trial")).to_contain_text("has no label 'glee'")
    assert complaints == []
    _on_a_phone(browser, web, admin)


def test_schemes_and_forms_are_drawn_while_typed_and_maps_reviewed_by_others(
    browser: Browser, web: Address, admin: User
) -> None:
    page, complaints = enter(browser, web, "ada")
    page.goto(f"{web.url}/schemes/new/")
    page.fill("#id_id", "moods")
    page.fill("#id_title", "Moods")
    page.fill("#id_labels", "joy: gladness\n  zest\nsadness\nsadness")
    expect(page.locator("#scheme-preview")).to_contain_text("share an id")
    page.fill("#id_labels", "joy: gladness\n  zest\nsadness")
    expect(page.locator("#scheme-preview")).to_contain_text("Sound: 3 labels")
    expect(page.locator("#scheme-preview .rating-choices label")).to_have_count(3)
    page.get_by_role("button", name="Check and register").first.click()
    expect(page.locator("h1")).to_have_text("Moods")
    page.goto(f"{web.url}/forms/new/")
    page.fill("#id_slug", "short")
    page.fill("#id_title", "Short")
    rows = page.locator(".layer-row")
    for place, name in enumerate(("why", "mood", "spare")):
        if place:
            page.get_by_role("button", name="Add a layer").click()
            expect(rows.nth(place).locator("[name=name]")).to_be_focused()
        rows.nth(place).locator("[name=name]").fill(name)
        rows.nth(place).locator("[name=scheme]").select_option("moods@1.0.0")
        rows.nth(place).locator("[name=question]").fill(f"Question of {name}?")
    rows.nth(2).get_by_role("button", name="Leave this layer out").click()
    rows.nth(1).get_by_role("button", name="Earlier").click()
    rows.nth(1).locator("[name=when_layer]").fill("mood")
    rows.nth(1).locator("[name=when_labels]").fill("joy, zest")
    rows.nth(1).locator("[name=reason]").check()
    expect(page.locator("#form-preview")).to_contain_text("only if mood holds joy or zest")
    page.get_by_role("button", name="Check and keep").first.click()
    expect(page.locator("h1")).to_have_text("Short")
    expect(page.locator(".form-layers > li h3")).to_have_text(["Question of mood?", "Question of why?"])
    expect(page.locator(".form-layers > li").last.get_by_label("Why")).to_be_visible()
    assert complaints == []
    _reviewed_by_another(browser, web, admin)


def _reviewed_by_another(browser: Browser, web: Address, admin: User) -> None:
    """The author finds no button, another admin approves."""
    other = web_scene.person("bea", Role.ADMIN)
    small = crosswalks.load("ekman-7--ekman-6")
    core = crosswalks.Crosswalk.from_dict({**small.to_dict(), "version": "1.1.0"})
    registry.crosswalk(small.ref)
    row = language_editing.propose_crosswalk(by=admin, core=core, reason="Mine.", before=small.ref)
    page, _ = enter(browser, web, "ada")
    page.goto(f"{web.url}/crosswalks/{row.ref}/")
    expect(page.locator("section", has_text="another admin reviews it").last).to_be_visible()
    expect(page.get_by_role("button", name="Approve as reviewed")).to_have_count(0)
    page, complaints = enter(browser, web, other.username)
    page.goto(f"{web.url}/crosswalks/{row.ref}/")
    page.locator("textarea[name=reason]").fill("Read it.")
    page.get_by_role("button", name="Approve as reviewed").click()
    expect(page.locator(".glance .badge").first).to_have_text("reviewed")
    expect(page.locator(".timeline")).to_contain_text("reviewed by bea")
    assert complaints == []


def _on_a_phone(browser: Browser, web: Address, admin: User) -> None:
    """A learned map, a fit and derived columns of the same corpus: nothing is wider than a phone, all of it answers."""
    ends = {"source": f"{twice.SOURCE}|writer|people", "target": f"{twice.TARGET}|writer|people"}
    run(admin, "learn_crosswalk", **ends, against=MAP)
    points = f"{twice.VALUES}|writer|people"
    fit = run(admin, "fit_gaussians", categories=ends["source"], values=points, reject=0.05)
    gone = run(admin, "derive_columns", rule="turn-shift@1", layer=points, other="", norms="")
    made = Crosswalk.objects.get(ref__contains="--learned")
    page, complaints = enter(browser, web, "ada", viewport=PHONE, color_scheme="dark")
    wide = []
    for address in (
        f"/crosswalks/{made.ref}/", f"/gaussians/{fit.uuid}/", "/gaussians/", f"/derived/{gone.uuid}/", "/derived/",
        "/crosswalks/learn/?place=corpus:twice", "/forms/", "/forms/new/", "/schemes/new/",
        "/schemes/plutchik-24@1.0.0/", "/schemes/vad-9@1.0.0/", "/crosswalks/vad-9--vad-5@1.0.0/",
        f"/crosswalks/{made.ref}/compare/{MAP}/",
    ):  # fmt: skip
        answer = page.goto(web.url + address)
        assert answer is not None and answer.status == 200, address  # noqa: PT018
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        wide += [(address, over)] if over > 0 else []
    assert wide == []
    _move_the_point(page, web, str(fit.uuid))
    page.goto(f"{web.url}/derived/{gone.uuid}/")
    expect(page.locator("#sizes[data-drawn=yes] svg .mark-rect path").first).to_be_visible()
    assert complaints == []


def _move_the_point(page: Page, web: Address, fit: str) -> None:
    """A point moved along valence changes the belief at once, without a new page."""
    page.goto(f"{web.url}/gaussians/{fit}/")
    belief = page.locator("#gaussian-trial .soft-rows")
    positive = re.compile("awe|amusement|contentment|excitement")
    page.locator("#id_valence").fill("8")
    expect(belief.locator("li").first).to_contain_text(positive)
    page.locator("#id_valence").fill("2")
    page.locator("#id_arousal").fill("2")
    expect(belief.locator("li").first).not_to_contain_text(positive)
