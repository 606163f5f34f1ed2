"""Media kept with facts and previews, and served under links that are signed, expire, know ranges and any origin."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.test import Client
from PIL import Image
from pytest_django import Settings

from chorale.proxy.ranged import ranged
from chorale.store import media_links, object_store, previews
from chorale.store.models import Item
from harmonize.problems import ChoraleError
from tests.core.corpora.recordings import sound, video
from tests.service.test_import import bring_in

pytestmark = pytest.mark.django_db(transaction=True)

DESCRIPTOR = """
[corpus]
slug = "clips-{modality}"
title = "Clips"
licence = "CC0-1.0"
citation = "none"
source_url = "none"
language = "en"
modality = "{modality}"
[[files]]
path = "clips.csv"
shape = "items"
media_root = "media"
columns = {{ id = "id", media = "file", text = "said" }}
"""


def brought_in(folder: Path, modality: str, name: str, content: bytes) -> Item:
    (folder / "media").mkdir()
    (folder / "media" / name).write_bytes(content)
    (folder / "clips.csv").write_text(f"id,file,said\na,{name},What was said\n")
    (folder / "corpus.toml").write_text(DESCRIPTOR.format(modality=modality))
    bring_in(folder)
    return Item.objects.get()


def path_of(address: str) -> str:
    return urlsplit(address).path


@pytest.fixture(params=["local", "memory"])
def store(request: pytest.FixtureRequest, settings: Settings, tmp_path: Path) -> str:
    """An object store in a folder, and one that is reached by fsspec alone."""
    settings.OBJECT_STORE = {"local": str(tmp_path / "objects"), "memory": "memory://chorale-test"}[request.param]
    return str(request.param)


def test_a_video_comes_in_with_its_facts_a_preview_and_its_transcript(store: str, tmp_path: Path) -> None:
    item = brought_in(tmp_path, "video", "v.mp4", video(2.0, (640, 480)))
    assert (item.text, item.media_facts["width"], item.media_facts["audio_codec"]) == ("What was said", 640, "aac")
    assert previews.waveform(item)
    with object_store.open_key(previews.thumbnail(item)) as kept, Image.open(kept) as picture:
        assert (picture.format, picture.size) == ("WEBP", (512, 384))
    shown = Client().get(path_of(media_links.link(item, kind="thumbnail")))
    assert shown.headers["Content-Type"] == "image/webp"


def test_a_signed_link_serves_ranges_to_any_origin(store: str, tmp_path: Path) -> None:
    content = sound(0.5)
    item = brought_in(tmp_path, "audio", "s.wav", content)
    where, client = path_of(media_links.link(item)), Client()
    whole = client.get(where)
    assert b"".join(whole.streaming_content) == content  # type: ignore[attr-defined]
    assert (whole.headers["Access-Control-Allow-Origin"], whole.headers["Accept-Ranges"]) == ("*", "bytes")
    part = client.get(where, headers={"range": "bytes=100-199"})
    assert (part.status_code, part.headers["Content-Range"]) == (206, f"bytes 100-199/{len(content)}")
    assert b"".join(part.streaming_content) == content[100:200]  # type: ignore[attr-defined]
    assert client.get(where, headers={"range": "bytes=99999999-"}).status_code == 416
    assert client.options(where).status_code == 204
    assert client.head(where).headers["Content-Length"] == str(len(content))
    assert client.post(where).status_code in (403, 405)


def test_a_false_or_expired_link_serves_nothing(tmp_path: Path) -> None:
    item = brought_in(tmp_path, "audio", "s.wav", sound(0.2))
    where = path_of(media_links.link(item))
    assert Client().get(where.replace("/media/", "/media/x")).status_code == 403
    assert Client().get(path_of(media_links.link(item, lasts=timedelta(seconds=-1)))).status_code == 410
    with pytest.raises(ChoraleError, match="180 days"):
        media_links.link(item, lasts=timedelta(days=400))
    with pytest.raises(ChoraleError, match="no thumbnail"):
        media_links.link(item, kind="thumbnail")


def test_a_bare_name_never_opens_a_file_of_the_server(tmp_path: Path) -> None:
    (tmp_path / "clips.csv").write_text("id,file,said\na,/etc/hostname,x\nb,../../../etc/hostname,x\n")
    described = DESCRIPTOR.format(modality="image").replace('media_root = "media"\n', "")
    (tmp_path / "corpus.toml").write_text(described)
    assert bring_in(tmp_path)["imported"] == 2
    assert set(Item.objects.values_list("media", flat=True)) == {""}


@pytest.mark.parametrize(
    ("asked", "status", "content"),
    [("", 200, b"0123456789"), ("bytes=2-4", 206, b"234"), ("bytes=7-", 206, b"789"), ("bytes=-3", 206, b"789"),
     ("bytes=10-", 416, b""), ("bytes=-", 200, b"0123456789"), ("lines=1-2", 200, b"0123456789")],
)  # fmt: skip
def test_the_proxy_serves_ranges_of_a_remote_store(asked: str, status: int, content: bytes) -> None:
    response = ranged(io.BytesIO(b"0123456789"), asked, "audio/wav", {})

    async def body() -> bytes:
        return b"".join([bytes(part) async for part in getattr(response, "body_iterator", _none())])  # type: ignore[misc]

    assert (response.status_code, asyncio.run(body())) == (status, content)


async def _none() -> AsyncIterator[bytes]:
    for part in ():
        yield part


@pytest.mark.parametrize("name", ["a.html", "a.svg", "a.js", "a.png"])
def test_a_file_that_could_run_is_handed_over_and_never_opened(tmp_path: Path, name: str) -> None:
    """A picture may bear any name, and a corpus may come from anybody."""
    out = io.BytesIO()
    Image.new("RGB", (9, 9)).save(out, "PNG")
    item = brought_in(tmp_path, "image", name, out.getvalue())
    told = Client().get(path_of(media_links.link(item)))
    shown = name == "a.png"
    assert told["Content-Type"] == ("image/png" if shown else "application/octet-stream")
    assert told["Content-Disposition"].startswith("inline" if shown else "attachment")
    assert told["X-Content-Type-Options"] == "nosniff"
