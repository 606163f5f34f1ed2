"""Releases in and to a real S3 (a local server that speaks its protocol): built there, served from there, mirrored."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import fsspec
import pytest
from django.test import Client

from chorale.store import mirroring, object_store, releases, withdrawals
from chorale.store.models import Event, Item, Job, Release
from chorale.store.models.people import Role
from exports.verify import verify
from tests.service.test_release import built, fill
from tests.service.test_release_pages import signed_in, text, worked
from tests.service.test_web_pages import plain_static
from tests.service.web_scene import person

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["plain_static"]


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[fsspec.AbstractFileSystem]:
    """An empty bucket "kept" on a server of its own, its address and keys in the environment as for any S3."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    told = {"AWS_ENDPOINT_URL": f"http://{host}:{port}", "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    fs = fsspec.filesystem("s3")
    fs.mkdir("kept")
    yield fs
    urlopen(Request(f"{told['AWS_ENDPOINT_URL']}/moto-api/reset", method="POST")).close()
    server.stop()
    fsspec.get_filesystem_class("s3").clear_instance_cache()


def body(response: Any) -> bytes:
    """What a streamed answer holds."""

    async def gathered() -> bytes:
        return b"".join([part async for part in response])

    return asyncio.run(gathered()) if response.is_async else response.getvalue()


def test_a_release_lives_in_s3_and_is_mirrored_there(bucket: Any, settings: Any, tmp_path: Path) -> None:
    settings.OBJECT_STORE = "s3://kept/objects"
    fill(1)
    release = built()
    assert releases.verify_release(release).ok
    assert object_store.local_path(release.folder) is None
    releases.publish_release(by=None, release=release, access="public")
    whole = Client(headers={"host": "localhost"}).get("/releases/letters/0.1.0/files/items.parquet", follow=True)
    assert len(body(whole)) == release.manifest["files"]["items.parquet"]["bytes"]
    mirrored(bucket, settings, tmp_path)
    withdrawals.withdraw_item(by=None, item=Item.objects.get(source_id="s3"), reason="Asked.")
    assert not bucket.exists("kept/objects/releases/letters/0.1.0/items.parquet")
    assert "WITHDRAWN" in str(releases.verify_release(Release.objects.get(pk=release.pk)))


def mirrored(bucket: Any, settings: Any, tmp_path: Path) -> None:
    """Asked for on the page, done by the job, told on the page."""
    pages = signed_in(person("ada", Role.ADMIN))
    place = "/releases/letters/0.1.0/mirror/"
    assert place in text(pages.get("/releases/letters/0.1.0/"))
    assert pages.post(place, {"address": "nowhere"}).status_code == 422
    settings.MIRROR_FOLDER = str(tmp_path / "below")
    outside = ("hf://datasets/alone", "gs://kept/x", "simplecache::s3://kept/x", "file:///etc/x", "/etc/x",
               f"file://{tmp_path}/below/../x", f"file://{tmp_path}/below")  # fmt: skip
    for address in outside:
        told = pages.post(place, {"address": address})
        assert told.status_code == 422, address
        assert not Job.objects.filter(kind="mirror_release").exists()
    mirroring.require_allowed(Release.objects.get(), f"file://{tmp_path}/below/x")
    assert pages.post(place, {"address": "s3://kept/copies/letters"}).status_code == 302
    assert worked("mirror_release").state == "done"
    bucket.get("kept/copies/letters/", f"{tmp_path}/copy/", recursive=True)
    assert verify(tmp_path / "copy").ok
    assert "s3://kept/copies/letters" in text(pages.get(place))
    assert Event.objects.filter(action="release.mirror").count() == 1
    assert signed_in(person("rhea", Role.RESEARCHER)).get(place).status_code == 403
