"""Campaigns of every modality with real files, and a rater's hands in a browser: choose, rate, mark, submit."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
from PIL import Image, ImageDraw
from playwright.sync_api import BrowserContext, Page

from chorale.proxy import tickets
from chorale.store import campaigns, collections, forms, object_store
from chorale.store.forms import LayerSpec
from chorale.store.models import Campaign, Corpus, Item, User
from harmonize.corpora.identity import item_uuid
from tests.core.corpora.recordings import sound
from tests.service.campaign_rows import make_people, push

HEBREW = "שלום 😀 קיבלתי מכתב ובכיתי משמחה"
CUES = [
    {"start": 0.0, "end": 1.5, "text": "Good morning.", "speaker": "Ada"},
    {"start": 1.5, "end": 3.0, "text": "Go away!", "speaker": "Ben"},
]
LAYERS: dict[str, list[LayerSpec]] = {
    "text": [
        LayerSpec("emotion", "goemotions-28", "writer", "Which emotions does the text express?", spans=True),
        LayerSpec("vad", "vad-9", "reader", "How does the text make you feel?"),
    ],
    "dialogue": [
        LayerSpec("emotion", "brighter-6", "writer", "What does the speaker feel, and how strongly?", spans=True),
        LayerSpec("said", "explicitness-2", "perceived", "Is it said, or to be understood?"),
    ],
    "image": [
        LayerSpec("emotion", "ekman-6", "perceived", "What does the face show?", spans=True),
        LayerSpec("seen", "seen-in-6", "perceived", "What did you go by?", required=False, reason=True),
    ],
    "audio": [
        LayerSpec("feeling", "parrott-tree", "perceived", "What does the voice express?", modality="audio", spans=True)
    ],
    "video": [
        LayerSpec("vad", "vad-signed", "evoked", "How does it make you feel?"),
        LayerSpec("emotion", "ekman-7-neutral", "actor-intended", "What does the actor mean to show?"),
    ],
}
GUIDE = "## How to answer\n\n- Take the answer that is *true for you*.\n- Mark the words that made you say so.\n\n"
GUIDES = {"guidelines": GUIDE + "There is no right answer to guess.", "translations": {"he": "**ענו בכנות.**"}}


def make_round(
    modality: str,
    *,
    names: tuple[str, ...],
    count: int = 1,
    language: str = "en",
    wording: dict[str, Any] | None = None,
    **plan: Any,
) -> Campaign:
    """An open campaign about items of a modality; people who are not there yet are made, all have agreed."""
    slug = f"of-{modality}"
    corpus = Corpus.objects.create(slug=slug, title=slug, licence="CC0-1.0", modality=modality)
    for number in range(count):
        key = f"{modality}-{number}"
        Item.objects.create(
            uuid=item_uuid(slug, key), corpus=corpus, source_id=key, modality=modality, **_facts(modality, number)
        )
    warned = {"warning": "Some of these items are about illness and loss."} if modality == "text" else {}
    form = forms.create(
        by=None,
        slug=slug,
        title=f"Feelings: {modality}",
        layers=LAYERS[modality],
        confidence=True,
        wording=wording,
        **GUIDES,
        **warned,
    )
    asked = collections.create(by=None, slug=slug, title=slug, filter={"corpus": slug})
    plan = {"overlap": 3, "language": language} | plan
    campaign = campaigns.open_campaign(by=None, collection=asked, form=form, slug=slug, **plan)
    known = {person.username: person for person in User.objects.filter(username__in=names)}
    made = {person.username: person for person in make_people(*(name for name in names if name not in known))}
    raters = [(known | made)[name] for name in names]
    campaigns.invite_raters(by=None, campaign=campaign, people_=raters)
    for person in raters:
        campaigns.record_consent(by=person, campaign=campaign, purposes=dict.fromkeys(campaigns.PURPOSES, True))
    push(campaign)
    return Campaign.objects.get(pk=campaign.pk)


def _facts(modality: str, number: int) -> dict[str, Any]:
    if modality == "text":
        return {"text": HEBREW, "language": "he"}
    if modality == "dialogue":
        said = [{"speaker": "Ada", "text": "😀 I have news!"}, {"speaker": "Ben", "text": "You broke my cup."}]
        return {"text": "I am so sorry 😢, it slipped.", "speaker": "Ada", "context": said, "language": "en"}
    made = {"image": (_picture, ".png"), "audio": (lambda: sound(4.0), ".wav"), "video": (_film, ".webm")}
    draw, suffix = made[modality]
    facts = {} if modality == "image" else {"cues": CUES, "clip": [0.5, 2.5], "duration": 4.0}
    return {"media": _kept(draw(), f"{modality}-{number}{suffix}"), "media_facts": facts, "language": "en"}


def _kept(data: bytes, name: str) -> str:
    path = Path("/tmp") / f"chorale-{name}"
    path.write_bytes(data)
    try:
        return object_store.put_file(path, prefix="media")[0]
    finally:
        path.unlink()


def _picture() -> bytes:
    """A round face that smiles."""
    image = Image.new("RGB", (320, 240), (235, 228, 214))
    pen = ImageDraw.Draw(image)
    pen.ellipse((80, 40, 240, 200), fill=(250, 205, 90), outline=(90, 70, 20), width=3)
    pen.ellipse((120, 90, 134, 110), fill=(60, 40, 10))
    pen.ellipse((186, 90, 200, 110), fill=(60, 40, 10))
    pen.arc((115, 95, 205, 170), 20, 160, fill=(60, 40, 10), width=5)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _film(seconds: float = 4.0) -> bytes:
    """A ball that crosses the picture, in a form that every browser plays."""
    out = io.BytesIO()
    with av.open(out, "w", format="webm") as sink:
        stream = sink.add_stream("libvpx", rate=10)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for number in range(int(seconds * 10)):
            image = Image.new("RGB", (320, 240), (30, 40, 60))
            ImageDraw.Draw(image).ellipse((number * 7, 90, number * 7 + 40, 130), fill=(240, 200, 80))
            sink.mux(stream.encode(av.VideoFrame.from_image(image)))
        sink.mux(stream.encode(None))
    return out.getvalue()


@dataclass
class Hands:
    """One rater at Label Studio's page, behind the proxy."""

    page: Page

    @staticmethod
    def enter(context: BrowserContext, name: str, campaign: Campaign) -> Hands:
        """Through a ticket to the first item."""
        page = context.new_page()
        page.set_default_timeout(180_000)  # Label Studio's first page after its start takes its time
        page.goto(tickets.issue(User.objects.get(username=name), campaign))
        page.wait_for_selector(".lsf-choices, .lsf-rating, .ant-rate")
        if page.locator(".chorale-warning[open] > summary").count():
            page.locator(".chorale-warning[open] > summary").click()
        return Hands(page)

    def choose(self, *labels: str) -> None:
        """Tick labels by the words they bear."""
        for label in labels:
            words = re.compile(rf"^\s*{re.escape(label)}\s*(\[\w\])?\s*$")  # a key may stand behind it
            self.page.locator(".chorale-form label").filter(has_text=words).first.click()

    def rate(self, control: int, step: int) -> None:
        """Press a step of the n-th scale that is to be seen."""
        self.page.locator("[role=radiogroup]:visible").nth(control).locator("[role=radio]").nth(step - 1).click()

    def mark(self, brush: str, where: str, word: str, *, nth: int = 0) -> None:
        """Take a brush and draw it over a word of the element ``where``."""
        self.page.locator(".lsf-label, [class*=label--]").filter(has_text=brush).nth(nth).click()
        box = self.page.evaluate(FIND, [where, word])
        assert box is not None, f"{word!r} stands nowhere in {where}"
        middle = box["top"] + box["height"] / 2
        self.page.mouse.move(box["left"] + 0.5, middle)
        self.page.mouse.down()
        self.page.mouse.move(box["left"] + box["width"] / 2, middle, steps=4)
        self.page.mouse.move(box["left"] + box["width"] - 0.5, middle, steps=6)
        self.page.mouse.up()

    def drag(self, brush: str, over: str, box: tuple[float, float, float, float]) -> None:
        """Take a brush and draw it from one point of an element to another, in shares of its sides."""
        self.page.locator(".lsf-label, [class*=label--]").filter(has_text=brush).first.click()
        found = self.page.locator(over).first.bounding_box()
        assert found is not None
        left, top, right, bottom = box
        self.page.mouse.move(found["x"] + left * found["width"], found["y"] + top * found["height"])
        self.page.mouse.down()
        self.page.mouse.move(found["x"] + right * found["width"], found["y"] + bottom * found["height"], steps=8)
        self.page.mouse.up()

    def submit(self) -> dict[str, Any]:
        """Press Submit; what Label Studio took."""
        with self.page.expect_response(_posted) as answer:
            self.page.get_by_role("button", name="Submit").first.click()
        assert answer.value.status == 201, answer.value.text()
        made: dict[str, Any] = answer.value.json()
        return made


def _posted(response: Any) -> bool:
    return response.request.method == "POST" and "/annotations" in response.url


FIND = """([where, word]) => {
  for (const root of document.querySelectorAll(where)) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const at = node.data.indexOf(word);
      if (at < 0) continue;
      const range = document.createRange();
      range.setStart(node, at); range.setEnd(node, at + word.length);
      const box = range.getBoundingClientRect();
      if (box.width) return {left: box.left, top: box.top, width: box.width, height: box.height};
    }
  }
  return null;
}"""
