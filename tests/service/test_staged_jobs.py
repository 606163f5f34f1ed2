"""Jobs under prompts of several stages, and what models are shown of dialogues, films and sound."""

from __future__ import annotations

import base64
import io
import wave
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from chorale.jobs import control, engine
from chorale.store import collections, endpoints, object_store, prompts
from chorale.store.models import (
    Collection,
    Corpus,
    Item,
    Job,
    Judgment,
    ModelFailure,
    ModelRequest,
    Prompt,
    Rater,
    Response,
)
from chorale.store.models.people import Role
from harmonize.corpora.identity import item_uuid
from harmonize.problems import ChoraleError
from harmonize.records import Status
from tests.model_server.server import ModelServer
from tests.service.test_release_pages import signed_in, text
from tests.service.test_web_pages import plain_static
from tests.service.web_scene import person

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["plain_static"]

TALK = ("on the table", "glad? no, furious", "a ghost, but I am happy 🎈 happy", "so happy")


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    with ModelServer(sees=True, hears=True) as running:
        yield running


@pytest.fixture
def talk(server: ModelServer) -> Collection:
    """Four turns of a dialogue, each with those before it as context."""
    prompts.register_shipped()
    endpoints.register(by=None, slug="words", url=server.url, model="words", key_variable="NO_SUCH_KEY")
    corpus = Corpus.objects.create(slug="talk", title="Talk", licence="CC0-1.0")
    for n, said in enumerate(TALK):
        Item.objects.create(
            uuid=item_uuid("talk", str(n)), corpus=corpus, source_id=str(n), modality="dialogue", text=said, group="g",
            position=n, speaker="AB"[n % 2], context=[{"speaker": "A", "text": t} for t in TALK[:n]],
        )  # fmt: skip
    return collections.create(by=None, slug="talk", title="Talk", filter={"corpus": "talk"})


def shipped(name: str) -> Prompt:
    return Prompt.objects.get(ref__startswith=f"{name}@1#")


def run(prompt: Prompt, collection: str = "talk", **more: Any) -> Job:
    params = {"collection": collection, "scheme": "ekman-6", "perspective": "writer", "endpoint": "words"}
    return control.run_here(engine.start("prelabel", by=None, params=params | {"prompt": prompt.ref} | more))


def asked(server: ModelServer) -> int:
    return sum(1 for body in server.bodies if "Say" not in str(body["messages"]))


def test_context_pairs_are_judgments_of_two_raters_and_are_asked_once(talk: Collection, server: ModelServer) -> None:
    start = len(server.bodies)
    job = run(shipped("context-pair"))
    whole, alone = Rater.objects.get(pseudonym=job.result["rater"]), Rater.objects.get(model__stage="alone")
    shown = {r: [*Response.objects.filter(rater=r).order_by("item").values_list("context_shown", flat=True)]
             for r in (whole, alone)}  # fmt: skip
    assert shown == {whole: [False, True, True, True], alone: [False] * 4}
    assert Judgment.objects.filter(rater=alone).count() == Judgment.objects.filter(rater=whole).count() == 4
    assert ModelRequest.objects.count() == ModelRequest.objects.filter(rater=whole).count() == 8
    sent = len(server.bodies)
    assert run(shipped("context-pair")).result["used"]["reused"] == 8
    assert len(server.bodies) == sent > start


def test_a_worker_that_dies_between_stages_pays_for_none_of_them_twice(talk: Collection, server: ModelServer) -> None:
    run(shipped("describe-label-verify"))
    first = [*Judgment.objects.order_by("item__uuid").values_list("key", "status", "probabilities", "texts")]
    Response.objects.filter(rater__kind="model").delete()
    checks = [j[3]["requests"][-1] for j in first]
    ModelRequest.objects.filter(key__in=checks).delete()  # died after the label, before the check
    sent = len(server.bodies)
    job = run(shipped("describe-label-verify"))
    assert len(server.bodies) - sent == len(TALK)
    assert [*Judgment.objects.order_by("item__uuid").values_list("key", "status", "probabilities", "texts")] == first
    assert job.result["rejected"] == sum("rejected" in row[3] for row in first) > 0
    assert {row[1] for row in first} == {Status.ANSWERED, Status.CANNOT_TELL}


def test_reasons_and_places_are_kept_and_shown_with_every_stage(talk: Collection) -> None:
    job = run(shipped("self-ask"))
    item = Item.objects.get(source_id="2")
    judgment = Judgment.objects.get(item=item)
    assert judgment.spans == [{"role": "cause", "start": 18, "end": 23, "unit": "code point", "text": "happy"}]
    assert item.text[18:23] == "happy"
    assert judgment.texts["spans_not_found"] == ["boo!"]
    assert (job.result["spans_not_found"], job.result["with_spans"]) == (1, 3)
    page = text(signed_in(person("ada", Role.ADMIN)).get(f"/items/{item.uuid}/asked/{judgment.rater_id}/"))
    assert "<mark>happy</mark>" in page
    for words in ("Request 1: questions", "Request 4: cause", "Not in the text", "What is felt?", "2 before"):
        assert words in page


def test_what_a_further_stage_said_is_proved_by_the_requests_of_the_whole(talk: Collection) -> None:
    run(shipped("context-pair"))
    alone = Rater.objects.get(model__stage="alone")
    page = text(signed_in(person("ada", Role.ADMIN)).get(f"/items/{item_uuid('talk', '1')}/asked/{alone.pk}/"))
    assert "Request 2: label" in page
    assert page.count("checked: it covers") == 2


def test_turns_after_an_item_are_shown_where_the_prompt_asks_for_them(talk: Collection, server: ModelServer) -> None:
    made = prompts.core(shipped("choose"))
    row = prompts.make_version(by=None, prompt=replace(made, version="2", turns=(1, 1)))
    run(row)
    last = {b["messages"][-1]["content"] for b in server.bodies if "What came after" in str(b["messages"])}
    assert any("- A: on the table" in one and "glad? no" in one and "- A: a ghost" in one for one in last)
    assert Response.objects.get(item__source_id="1").shown == {
        "modality": "text",
        "text": True,
        "before": 1,
        "after": 1,
    }


def film(path: Path) -> None:
    """Four seconds, red then blue, with a loud tone."""
    with av.open(str(path), "w") as out:
        pictures, tone = out.add_stream("mpeg4", rate=5), out.add_stream("aac", rate=16_000)
        pictures.width, pictures.height, pictures.pix_fmt, tone.layout = 160, 90, "yuv420p", "mono"
        for n in range(20):
            plain = np.full((90, 160, 3), (220, 20, 20) if n < 10 else (20, 20, 220), np.uint8)
            out.mux(pictures.encode(av.VideoFrame.from_ndarray(plain, format="rgb24")))
        out.mux(pictures.encode())
        wave_ = (np.sin(np.arange(64_000) / 6) * 20_000).astype(np.int16)
        for start in range(0, 64_000, 1024):
            frame = av.AudioFrame.from_ndarray(wave_[None, start : start + 1024], format="s16", layout="mono")
            frame.sample_rate, frame.pts = 16_000, start
            out.mux(tone.encode(frame))
        out.mux(tone.encode())


def quiet(path: Path) -> None:
    with wave.open(str(path), "wb") as sink:
        sink.setparams((2, 2, 44_100, 0, "NONE", ""))
        sink.writeframes((np.sin(np.arange(88_200) / 9) * 900).astype(np.int16).tobytes())


@pytest.fixture
def clips(talk: Collection, tmp_path: Path) -> Collection:
    """A film with captions for a transcript, a quiet sound, and a file that is neither."""
    film(tmp_path / "film.mp4")
    quiet(tmp_path / "quiet.wav")
    (tmp_path / "torn.mp4").write_bytes(b"no film at all")
    corpus = Corpus.objects.create(slug="clips", title="Clips", licence="CC0-1.0")
    for name, modality in (("film.mp4", "video"), ("quiet.wav", "audio"), ("torn.mp4", "video")):
        key, _ = object_store.put_file(tmp_path / name, prefix="media")
        cues = {"cues": [{"start": 0.0, "end": 1.0, "text": "and so it goes", "speaker": ""}]}
        Item.objects.create(
            uuid=item_uuid("clips", name), corpus=corpus, source_id=name, modality=modality, media=key,
            media_facts=cues if name == "film.mp4" else {},
        )  # fmt: skip
    return collections.create(by=None, slug="clips", title="Clips", filter={"corpus": "clips"})


def test_films_are_shown_as_frames_and_transcript_and_sound_is_heard(clips: Collection, server: ModelServer) -> None:
    job = run(shipped("choose"), "clips", image_side=64, frames=4, audio_seconds=2)
    assert (job.done, job.failed) == (3, 1)
    assert ModelFailure.objects.get().code == "video-unreadable"
    sent = next(b for b in reversed(server.bodies) if "and so it goes" in str(b["messages"]))["messages"][-1]["content"]
    assert [part["type"] for part in sent] == [*["image_url"] * 4, "input_audio", "text"]
    pictures = [_picture(part["image_url"]["url"]) for part in sent[:4]]
    assert {max(p.size) for p in pictures} == {64}
    red, blue = pictures[0].getpixel((9, 9)), pictures[3].getpixel((9, 9))
    assert red[0] > 150 > red[2]
    assert blue[2] > 150 > blue[0]
    with wave.open(io.BytesIO(base64.b64decode(sent[4]["input_audio"]["data"]))) as heard:
        assert (heard.getnchannels(), heard.getframerate(), heard.getnframes()) == (1, 16_000, 32_000)
    shown = Response.objects.get(item__source_id="film.mp4")
    assert shown.modality_shown == "video"
    assert shown.shown == {
        "modality": "video", "text": True, "image_side": 64, "images": 4, "frames_at": [0.4, 1.4, 2.4, 3.4],
        "heard": 2.0,
    }  # fmt: skip
    looked = {"scheme": "ekman-6@1.0.0", "perspective": "writer", "image_side": "64", "frames": "2"}
    ada = signed_in(person("ada", Role.ADMIN))
    page = text(ada.get(f"/prompts/{shipped('choose').pk}/", looked | {"item": str(item_uuid("clips", "film.mp4"))}))
    assert page.count('<img class="shown" src="data:image/jpeg;base64,') == 2
    page = text(ada.get(f"/prompts/{shipped('choose').pk}/", looked | {"item": str(item_uuid("clips", "torn.mp4"))}))
    assert "cannot be shown as video" in page
    sound = Response.objects.get(item__source_id="quiet.wav")
    assert (sound.modality_shown, sound.shown["heard"]) == ("audio", 1.0)


def _picture(url: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).convert("RGB")


def test_sound_is_refused_where_the_endpoint_drops_it(clips: Collection) -> None:
    with ModelServer(sees=True) as deaf:
        endpoints.register(by=None, slug="words", url=deaf.url, model="words", key_variable="NO_SUCH_KEY")
        with pytest.raises(ChoraleError, match=r"audio \(0 prompt tokens for it\)"):
            run(shipped("choose"), "clips", audio_seconds=2)
    with pytest.raises(ChoraleError, match="Frames need a size"):
        run(shipped("choose"), "clips", frames=2)
