"""The whole road in a real browser, on real PostgreSQL, Valkey, Celery and Label Studio: from raw files to a release.

An admin imports, pre-labels and opens a campaign from the pages; two annotators label in Label Studio through the
proxy; the answers come home, are measured, settled and harmonized; a researcher downloads the release.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from chorale.store import forms, people, registry
from chorale.store.forms import LayerSpec
from chorale.store.models import Aggregate, Judgment, Release
from chorale.store.models.people import Role
from tests.service.campaign_rows import clear_studio
from tests.stack import Address, Worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]

PASSWORD = "a-long-password"
ITEMS = 3
RECIPE = """
[release]
slug = "journey"
version = "0.1.0"
title = "Journey"
changes = "First."
[data]
corpora = ["letters"]
campaigns = ["first-round"]
models = ["classifier-*"]
[[layers]]
name = "goemotions"
scheme = "goemotions-28@1.0.0"
perspective = "writer"
method = "vote-proportions"
[[layers]]
name = "ekman"
scheme = "ekman-6-neutral-set@1.0.0"
perspective = "writer"
method = "vote-proportions"
sources = [{ scheme = "goemotions-28@1.0.0", crosswalk = "goemotions-28--ekman-6-neutral@1.0.0" }]
"""


@pytest.fixture
def road(label_studio: Address, worker: Worker, web: Address, proxy: Address) -> Iterator[str]:
    """Everything running, people with roles, a form; yields the web address."""
    everyone = {"iris": [Role.ADMIN], "ana": [Role.ANNOTATOR], "ben": [Role.ANNOTATOR], "rosa": [Role.RESEARCHER]}
    for name, roles in everyone.items():
        people.create(by=None, username=name, password=PASSWORD, roles=roles)
    registry.register_shipped()
    layers = [
        LayerSpec("emotion", "goemotions-28", "writer", "What does the writer feel?"),
        LayerSpec("vad", "vad-9", "writer", "How does the writer feel?"),
    ]
    forms.create(by=None, slug="letters", title="Letters", layers=layers)
    yield web.url
    clear_studio()


def sign_in(browser: Browser, url: str, name: str) -> Page:
    page = browser.new_context(viewport={"width": 1280, "height": 1400}).new_page()
    page.set_default_timeout(30_000)
    answer = page.goto(f"{url}/accounts/login/")
    assert answer is not None and answer.status == 200, page.content()[:2000]  # noqa: PT018
    page.fill("input[name=login]", name)
    page.fill("input[name=password]", PASSWORD)
    page.locator("form button[type=submit]").last.click()
    expect(page.locator("h1")).to_contain_text(name)
    return page


def finish_job(page: Page) -> None:
    """The job page, by its own live progress, comes to "done"."""
    expect(page.locator("#job-live .badge").first).to_have_text("done", timeout=300_000)


def launch(page: Page, url: str, kind: str, **fields: object) -> None:
    page.goto(f"{url}/jobs/start/{kind}/")
    form = page.locator("form.form-card")
    for name, value in fields.items():
        field = form.locator(f"[name={name}]")
        if isinstance(value, list):
            for one in value:
                form.locator(f"[name={name}][value='{one}']").check()
        elif field.first.evaluate("e => e.tagName") == "SELECT":
            field.select_option(str(value))
        elif isinstance(value, bool):
            field.set_checked(value)
        else:
            field.fill(str(value))
    form.locator("button[type=submit]").click()
    finish_job(page)


def label_everything(page: Page, label: str) -> None:
    """Through the sheet into Label Studio, and answer until nothing is left."""
    page.locator("[data-enter], form[action*='/enter/'] button").first.click()
    for purpose in ("rating", "public_release", "training"):
        page.locator(f"input[name={purpose}][value=yes]").check()
    page.get_by_role("button", name="Save and start").click()
    for _ in range(ITEMS):
        page.wait_for_selector("text=admiration", timeout=60_000)
        page.locator("label", has_text=label).first.click()
        for scale in range(3):
            page.locator("[role=radiogroup]").nth(scale).locator("[role=radio]").nth(4 + scale).click()
        with page.expect_response(lambda r: r.request.method == "POST" and "/annotations" in r.url) as sent:
            page.get_by_role("button", name="Submit").first.click()
        assert sent.value.status == 201
        page.wait_for_timeout(800)


def test_the_whole_road(browser: Browser, road: str, tmp_path: Path) -> None:
    admin = sign_in(browser, road, "iris")
    samples = Path(__file__).resolve().parents[2] / "samples"
    launch(admin, road, "import_corpus", folder=samples / "letters")
    admin.goto(f"{road}/corpora/letters/")
    expect(admin.locator("h1")).to_have_text("Letters")

    admin.goto(f"{road}/collections/new/")
    admin.fill("[name=slug]", "few")
    admin.fill("[name=title]", "A few letters")
    admin.get_by_label("A simple random sample").check()
    admin.fill("[name=size]", str(ITEMS))
    admin.get_by_role("button", name="Draw", exact=True).click()
    expect(admin.locator("h1")).to_have_text("A few letters")

    launch(admin, road, "prelabel", collection="few", scheme="goemotions-28@1.0.0", perspective="writer")
    admin.goto(f"{road}/jobs/start/open_campaign/")
    admin.fill("[name=title]", "First round")
    admin.fill("[name=slug]", "first-round")
    admin.select_option("[name=collection]", "few")
    admin.select_option("[name=form]", index=1)
    admin.fill("[name=overlap]", "2")
    for box in admin.locator("[name=raters]").all():
        box.check()
    admin.locator("form.form-card button[type=submit]").click()
    finish_job(admin)

    for name, label in (("ana", "joy"), ("ben", "relief")):
        label_everything(sign_in(browser, road, name), label)
    admin.goto(f"{road}/campaigns/first-round/")
    admin.get_by_role("button", name="Sync now").click()
    admin.goto(f"{road}/campaigns/first-round/")
    expect(admin.locator("dl.facts").first).to_contain_text(f"{ITEMS} of {ITEMS}", timeout=60_000)
    answered = Judgment.objects.filter(response__campaign__slug="first-round", retired_at__isnull=True)
    assert answered.filter(layer=0).count() == answered.filter(layer=1).count() == 2 * ITEMS
    scheme = registry.scheme("goemotions-28").core
    said = sorted(answered.filter(layer=0).values_list("labels", flat=True))
    assert said == sorted([[scheme.code("joy")]] * ITEMS + [[scheme.code("relief")]] * ITEMS)
    assert set(map(tuple, answered.filter(layer=1).values_list("values", flat=True))) == {(5.0, 6.0, 7.0)}

    scope = {"scope_type": "corpus", "scope": "letters"}
    launch(admin, road, "measure", **scope, rounds=200)
    launch(admin, road, "settle", **scope)
    launch(admin, road, "harmonize", **scope, crosswalks=["goemotions-28--ekman-6-neutral@1.0.0"])
    assert Aggregate.objects.filter(crosswalk__isnull=False).exists()
    launch(admin, road, "release", recipe=RECIPE, publish=True)

    researcher = sign_in(browser, road, "rosa")
    researcher.goto(f"{road}/releases/journey/0.1.0/")
    expect(researcher.locator("h1")).to_contain_text("Journey")
    manifest = Release.objects.get().manifest["files"]
    with researcher.expect_download() as got:
        researcher.locator("a[href*='items.parquet']").first.click()
    got.value.save_as(tmp_path / "items.parquet")
    body = (tmp_path / "items.parquet").read_bytes()
    assert hashlib.sha256(body).hexdigest() == manifest["items.parquet"]["sha256"], json.dumps(manifest)[:500]
