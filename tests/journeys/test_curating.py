"""A corpus looked after by browser: a quota sample drawn, quarantine mended and replayed, two versions compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.core.corpora.recordings import sound
from tests.core.corpora.test_cues import COLUMNS, VTT
from tests.core.corpora.test_cues import DESCRIPTOR as TALK
from tests.journeys.test_bringing_in import admin, enter
from tests.service.test_import import bring_in
from tests.stack import Address, Worker

__all__ = ["admin"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
FEELINGS = ("joy", "sadness", "anger", "fear")
DESCRIPTOR = """
[corpus]
slug = "letters"
version = "{version}"
title = "Letters"
licence = "CC0-1.0"
citation = "none"
source_url = "none"
language = "en"
[[layers]]
name = "emotion"
scheme = "ekman-6"
perspective = "writer"
[[files]]
path = "letters.csv"
shape = "aggregated"
columns = {{ id = "id", text = "text", split = "set", facets = {{ month = "month" }} }}
answers = [{{ column = "feeling" }}]
"""


def rows() -> list[list[str]]:
    return [
        [f"L{n:02}", f"Letter number {n} of the year", FEELINGS[n % 4], "test" if n % 3 == 0 else "train", f"m{n % 2}"]
        for n in range(60)
    ]


def written(folder: Path, version: str, table: list[list[str]]) -> Path:
    folder.mkdir()
    (folder / "corpus.toml").write_text(DESCRIPTOR.format(version=version))
    lines = [",".join(row) for row in [["id", "text", "feeling", "set", "month"], *table]]
    (folder / "letters.csv").write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture
def entered(browser: Browser, web: Address, admin: Any) -> tuple[Page, str, list[str]]:
    page, complaints = enter(browser, web.url)
    return page, web.url, complaints


def drawn(page: Page, url: str, name: str) -> None:
    """Fill the form in, watch what it would draw, and draw."""
    page.goto(f"{url}/collections/new/")
    page.get_by_label("By quota").check()
    page.locator(".of-by").get_by_label("Source split").check()
    page.locator("[name=quota]").fill("train = 6\ntest = 4")
    page.locator("[name=shortest]").fill("5")
    page.locator("[name=seed]").fill("11")
    page.locator("[name=title]").fill(name.title())
    page.locator("[name=slug]").fill(name)
    page.locator("[name=slug]").blur()
    expect(page.locator("#preview .facts")).to_contain_text("10")
    expect(page.locator("#preview .stratum").first).to_be_visible()
    page.get_by_role("button", name="Draw").click()
    page.wait_for_url(f"**/collections/{name}/")


def test_a_quota_sample_is_drawn_by_its_seed(entered: tuple[Page, str, list[str]], tmp_path: Path) -> None:
    from chorale.store.models import CollectionItem

    page, url, complaints = entered
    bring_in(written(tmp_path / "one", "1", rows()))
    drawn(page, url, "some-letters")
    facts = page.locator(".facts").first
    expect(facts).to_contain_text("10")
    expect(facts).to_contain_text("60")
    strata = page.get_by_role("region", name="Strata").locator("tbody tr")
    assert sorted(strata.all_inner_texts()) == ["test\t20\t4\t0.200", "train\t40\t6\t0.150"]
    expect(page.get_by_label("Balance by split")).to_contain_text("Every value that matched is covered")
    report = page.request.get(f"{url}/collections/some-letters/report.json").json()
    assert (report["items"], report["seed"], report["report"]["drawn"]) == (10, 11, 10)
    drawn(page, url, "the-same-again")
    first, again = (
        set(CollectionItem.objects.filter(collection__slug=slug).values_list("item_id", "probability"))
        for slug in ("some-letters", "the-same-again")
    )
    assert first == again
    assert complaints == []


def test_quarantine_is_mended_by_hand_and_replayed(
    entered: tuple[Page, str, list[str]], worker: Worker, tmp_path: Path
) -> None:
    from chorale.store.models import Corpus, Item

    page, url, complaints = entered
    table = rows()
    table[4][2], table[7][2], table[8][2] = "gloomy", "glad", "glad"
    bring_in(written(tmp_path / "one", "1", table))
    page.goto(f"{url}/corpora/letters/")
    page.get_by_role("link", name="3", exact=True).first.click()
    page.wait_for_url("**/quarantine/**")
    page.get_by_role("link", name="letters.csv, line 6").click()
    expect(page.locator("#h-wrong")).to_contain_text("gloomy")
    page.get_by_label("The row as it should be").fill("L04,Letter number 4 of the year,grim,train,m0")
    page.get_by_role("button", name="Read it again").click()
    expect(page.locator(".flash.error")).to_contain_text("It is still wrong")
    page.get_by_label("The row as it should be").fill("L04,Letter number 4 of the year,sadness,train,m0")
    page.get_by_role("button", name="Read it again").click()
    expect(page.locator("body")).to_contain_text("line 6: mended. It came in.")
    page.goto(f"{url}/corpora/letters/quarantine/")
    page.locator(".answer-many > summary").click()
    page.locator("[name=find]").fill("glad")
    page.locator("[name=put]").fill("joy")
    page.get_by_role("button", name="Replace and read again").click()
    page.wait_for_url("**/jobs/**")
    expect(page.locator("#job-live .badge")).to_have_text("done", timeout=60_000)
    row = Corpus.objects.get()
    assert (row.rows_read, row.rows_imported, row.rows_quarantined) == (60, 60, 0)
    assert Item.objects.count() == 60
    assert [text for text in complaints if "422" not in text] == []


def test_a_second_version_is_compared_with_the_first(entered: tuple[Page, str, list[str]], tmp_path: Path) -> None:
    page, url, complaints = entered
    bring_in(written(tmp_path / "one", "1", rows()))
    table = [*rows()[:-1], ["L99", "A letter that came late", "joy", "train", "m1"]]
    table[2][1], table[3][2], table[5][3] = "Letter number two of that year", "joy", "dev"
    bring_in(written(tmp_path / "two", "2", table))
    page.goto(f"{url}/corpora/letters-v2/#versions")
    page.get_by_label("Against version 1").locator("a[href*=changed]").click()
    page.wait_for_url("**/corpora/letters-v2/compare/**")
    expect(page.locator("h1")).to_have_text("Version 2 against 1")
    tabs = page.locator(".tabs a")
    assert [" ".join(text.split()) for text in tabs.all_inner_texts()] == [
        "Added 1", "Removed 1", "Changed 1", "Relabelled 1", "Refiled 1",
    ]  # fmt: skip
    expect(page.locator(".tasted li")).to_contain_text("Letter number 2 of the year")
    assert page.locator(".tasted mark").all_inner_texts()
    for kind, text in {"Added": "A letter that came late", "Removed": "number 59", "Refiled": "train → dev"}.items():
        page.locator(".tabs").get_by_text(kind).click()
        expect(page.locator(".tasted li")).to_contain_text(text)
    page.locator(".tabs").get_by_text("Relabelled").click()
    expect(page.locator(".tasted .was")).to_have_text("fear")
    expect(page.locator(".tasted .feelings:not(.was)")).to_have_text("joy")
    assert complaints == []


def test_a_recording_plays_from_the_cue_that_is_clicked(entered: tuple[Page, str, list[str]], tmp_path: Path) -> None:
    page, url, complaints = entered
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "a.wav").write_bytes(sound(4.0))
    (tmp_path / "media" / "a.vtt").write_text(VTT)
    (tmp_path / "clips.csv").write_text("id,file,said,from,to\na,a.wav,a.vtt,,\n")
    (tmp_path / "corpus.toml").write_text(TALK + COLUMNS)
    bring_in(tmp_path)
    from chorale.store.models import Item

    page.goto(f"{url}/items/{Item.objects.get().uuid}/")
    page.wait_for_function("document.querySelector('audio').readyState >= 1")
    page.get_by_role("button", name="Play from 0:01.5").click()
    page.wait_for_function("document.querySelector('audio').currentTime >= 1.5")
    expect(page.locator(".cues li[aria-current]")).to_contain_text("Go away!")
    assert complaints == []
