"""A real vLLM with a model that takes pictures: they arrive, resized, and change what it says."""

from __future__ import annotations

import asyncio
import io

import pytest
from PIL import Image

from annotation.model_raters import questions
from annotation.model_raters.chat import ChatRequest
from annotation.model_raters.endpoint import Endpoint
from annotation.model_raters.items import ShownItem
from annotation.model_raters.logprobs import top_tokens
from annotation.model_raters.media import image_url
from annotation.model_raters.transport import Transport
from chorale.jobs import control
from chorale.store import collections, endpoints, object_store
from chorale.store.models import Corpus, Item, Judgment, Response
from harmonize import schemes
from harmonize.corpora.identity import item_uuid
from tests.peers import asked

pytestmark = pytest.mark.django_db(transaction=True)

COLOURS = {"red": (220, 20, 20), "blue": (20, 20, 220), "red again": (220, 20, 20)}


def png(colour: tuple[int, int, int]) -> bytes:
    """A picture of one colour."""
    buffer = io.BytesIO()
    Image.new("RGB", (900, 300), colour).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def faces() -> None:
    """Three pictures under one caption, two of them alike."""
    corpus = Corpus.objects.create(slug="faces", title="Faces", licence="CC0-1.0")
    fs, root = object_store.filesystem()
    fs.makedirs(f"{root}/media", exist_ok=True)
    for name, colour in COLOURS.items():
        with fs.open(f"{root}/media/{name}.png", "wb") as sink:
            sink.write(png(colour))
        Item.objects.create(
            uuid=item_uuid("faces", name),
            corpus=corpus,
            source_id=name,
            modality="image",
            text="a square",
            media=f"media/{name}.png",
        )
    collections.create(by=None, slug="faces", title="Faces", filter={"corpus": "faces"})


def test_the_probe_sees_that_a_picture_costs_tokens(seeing: str) -> None:
    row = endpoints.register(by=None, slug="sight", url=seeing, model="sight")
    found = endpoints.examine(by=None, row=row).found
    assert found["images"].works
    assert (found["images"].amount or 0) > 0
    assert not found["audio"].works


def test_pictures_are_asked_about_and_the_record_says_so(faces: None, seeing: str) -> None:
    endpoints.register(by=None, slug="sight", url=seeing, model="sight")
    way = {"name": "verbalised", "max_tokens": 300}
    job = control.run_here(asked.begin("faces", "sight", "verbalised", image_side=56, elicitation=way))
    assert (job.done, job.failed) == (len(COLOURS), 0)
    for values in Judgment.objects.values_list("probabilities", flat=True):
        assert sum(values) == pytest.approx(1, abs=1e-5)
    assert set(Response.objects.values_list("modality_shown", flat=True)) == {"image"}


def test_another_picture_under_the_same_words_is_another_input(seeing: str) -> None:
    """Random weights know nothing of faces, but what they say next depends on what they were shown."""

    async def first_token(transport: Transport, name: str, colour: tuple[int, int, int]) -> dict[str, float]:
        item = ShownItem(name, "a square", images=(image_url(png(colour), side=56),))
        question = questions.choice(schemes.load(asked.SCHEME), limit=20)
        messages = asked.PROMPTS["code"].messages(item, question, perspective="perceived")
        wanted = {"temperature": 0, "max_tokens": 1, "logprobs": True, "top_logprobs": 20}
        request = ChatRequest(name, "sight", messages, wanted)
        return dict(top_tokens(await transport.ask(request)))

    async def all_of_them() -> list[dict[str, float]]:
        async with Transport(Endpoint(seeing, "sight")) as transport:
            return [await first_token(transport, name, colour) for name, colour in COLOURS.items()]

    red, blue, again = asyncio.run(all_of_them())
    assert red == pytest.approx(again, abs=1e-6)
    assert red != pytest.approx(blue, abs=1e-4)
