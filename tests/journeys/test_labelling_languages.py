"""Raters label in their own language: the form, Label Studio's buttons and what stands beside them speak it."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.labelling_scene import Hands, make_round
from tests.journeys.test_labelling import NAMES, SHOTS, contexts, eventually, labels, said, tidy

__all__ = ["contexts", "tidy"]

pytestmark = pytest.mark.django_db(transaction=True)
ARABIC = {
    "questions": {"emotion": "ماذا يشعر المتكلم، وبأي شدة؟", "said": "هل قيل ذلك أم يُفهم ضمنًا؟"},
    "schemes": {
        "brighter-6": {
            "labels": {
                "anger": "غضب",
                "disgust": "اشمئزاز",
                "fear": "خوف",
                "joy": "فرح",
                "sadness": "حزن",
                "surprise": "دهشة",
            },
            "levels": ["لا شيء", "ضعيف", "متوسط", "قوي"],
        },
        "explicitness-2": {"labels": {"explicit": "صريح", "implicit": "ضمني"}},
    },
}
# What raters see of Label Studio's page beside the form: every word of it, and every name that is read aloud.
CHROME = """() => {
  const found = [];
  for (const node of document.querySelectorAll(".lsf-bottombar, .lsf-bottombar *, .ant-modal *, [role=tooltip] *")) {
    if (!node.checkVisibility()) continue;
    for (const name of ["aria-label", "title"]) if (node.getAttribute(name)) found.push(node.getAttribute(name));
    for (const text of node.childNodes) if (text.nodeType === 3 && text.data.trim()) found.push(text.data.trim());
  }
  return found;
}"""


def test_raters_answer_by_keyboard_in_german_and_arabic_and_the_answers_arrive(
    contexts: dict[str, BrowserContext],
) -> None:
    campaign = make_round("text", names=NAMES, count=2, language="de")
    hands = Hands.enter(contexts["ana"], "ana", campaign)
    page = hands.page
    expect(page.get_by_text("Das kann ich nicht sagen").first).to_be_visible()
    assert (page.get_attribute("html", "lang"), page.get_attribute("html", "dir")) == ("de", "ltr")
    expect(page.get_by_role("link", name="Hilfe finden")).to_be_visible()
    assert speaks_german(page)
    hands.mark("Ursache", ".lsf-richtext", "מכתב")
    page.keyboard.press("Escape")  # the mark is let go: keys are the form's again
    answer(page)
    page.screenshot(path=str(SHOTS / "labelling-german.png"))
    send(page)
    page.wait_for_selector("text=2 von 2")
    assert speaks_german(page), "what React draws anew is German again"
    expect(page.get_by_role("button", name="Voriger Beitrag")).to_be_visible()
    assert eventually(lambda: bool(said(campaign, "ana")))
    rows = said(campaign, "ana")
    assert (labels(rows["emotion"]), rows["vad"].values) == ({"joy"}, [7.0, 7.0, 7.0])
    assert [span["role"] for span in rows["emotion"].spans] == ["cause"]
    check_arabic(contexts["ben"])


def check_arabic(context: BrowserContext) -> None:
    """The whole form from the right, its questions and labels in Arabic; only the players run from the left."""
    campaign = make_round("dialogue", names=NAMES, count=2, language="ar", wording={"ar": ARABIC})
    page = Hands.enter(context, "ben", campaign).page
    page.set_default_timeout(30_000)
    assert (page.get_attribute("html", "lang"), page.get_attribute("html", "dir")) == ("ar", "rtl")
    sheet = page.locator(".chorale-sheet")
    assert sheet.evaluate("node => getComputedStyle(node).direction") == "rtl"
    item, form = page.locator(".chorale-item").bounding_box(), page.locator(".chorale-form").bounding_box()
    assert item is not None
    assert form is not None
    assert item["x"] > form["x"], "what is judged stands first, on the right"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    tick(page, "حزن")
    step(page, 0, 2)
    tick(page, "ضمني")
    page.screenshot(path=str(SHOTS / "labelling-arabic.png"))
    expect(page.get_by_role("button", name="إرسال")).to_be_enabled()
    send(page)
    assert eventually(lambda: bool(said(campaign, "ben")))
    rows = said(campaign, "ben")
    assert (labels(rows["emotion"]), rows["emotion"].intensities) == ({"sadness"}, [2.0])
    assert labels(rows["said"]) == {"implicit"}


def speaks_german(page: Page) -> bool:
    """Whether the buttons, and what is read aloud of them, are German."""
    expect(page.get_by_role("button", name="Überspringen").first).to_be_visible()
    english = {"Submit", "Skip", "Undo", "Redo", "Reset", "Settings", "of", "Previous task", "Next task"}
    return english.isdisjoint(page.evaluate(CHROME))


def answer(page: Page) -> None:
    """Joy, and the seventh step of every scale, by keys alone."""
    page.keyboard.press("z")  # as the label says
    for scale in range(3):
        step(page, scale, 7)


def send(page: Page) -> None:
    """Send the answer by its keys."""
    with page.expect_response(lambda r: r.request.method == "POST" and "/annotations" in r.url) as told:
        page.keyboard.press("Control+Enter")
    assert told.value.status == 201


def tick(page: Page, label: str) -> None:
    """Go to a label and tick it, by keys."""
    page.locator(".chorale-form label").filter(has_text=label).first.locator("input").focus()
    page.keyboard.press("Space")


def step(page: Page, scale: int, to: int) -> None:
    """Go to a scale and press its step, all by keys."""
    radio = page.locator("[role=radiogroup]:visible").nth(scale).locator("[role=radio]").nth(to - 1)
    radio.focus()
    page.keyboard.press("Enter")
