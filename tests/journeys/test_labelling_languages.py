"""Raters label in their own language: the form, Label Studio's buttons and what stands beside them speak it."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.labelling_scene import Hands, make_round
from tests.journeys.test_labelling import NAMES, SHOTS, contexts, eventually, labels, said, tidy

__all__ = ["contexts", "tidy"]

pytestmark = pytest.mark.django_db(transaction=True)
ARABIC = {
    "warning": "بعض هذه النصوص عن المرض والفقد.",
    "questions": {"emotion": "ما المشاعر التي يعبر عنها النص؟", "vad": "بماذا يجعلك النص تشعر؟"},
    "schemes": {"goemotions-28": {"labels": {"joy": "فرح", "grief": "حزن عميق"}}},
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


def test_a_german_rater_answers_by_keyboard_and_the_answer_arrives(contexts: dict[str, BrowserContext]) -> None:
    campaign = make_round("text", names=NAMES, count=2, language="de")
    page = Hands.enter(contexts["ana"], "ana", campaign).page
    expect(page.get_by_text("Das kann ich nicht sagen").first).to_be_visible()
    assert (page.get_attribute("html", "lang"), page.get_attribute("html", "dir")) == ("de", "ltr")
    expect(page.get_by_role("link", name="Hilfe finden")).to_be_visible()
    expect(page.get_by_role("button", name="Überspringen")).to_be_visible()
    english = {"Submit", "Skip", "Undo", "Redo", "Reset", "Settings", "of", "Previous task", "Next task"}
    assert english.isdisjoint(page.evaluate(CHROME))
    page.keyboard.press("z")  # joy, as its label says
    for scale in range(3):
        step(page, scale, 7)
    page.screenshot(path=str(SHOTS / "labelling-german.png"))
    with page.expect_response(lambda r: r.request.method == "POST" and "/annotations" in r.url) as answer:
        page.keyboard.press("Control+Enter")
    assert answer.value.status == 201
    assert eventually(lambda: bool(said(campaign, "ana")))
    rows = said(campaign, "ana")
    assert (labels(rows["emotion"]), rows["vad"].values) == ({"joy"}, [7.0, 7.0, 7.0])


def step(page: Page, scale: int, to: int) -> None:
    """Go to a scale and press its step, all by keys."""
    radio = page.locator("[role=radiogroup]:visible").nth(scale).locator("[role=radio]").nth(to - 1)
    radio.focus()
    page.keyboard.press("Enter")
