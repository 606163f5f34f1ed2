"""The proxy with readers who take for ever, go away, or write byte by byte: the others notice nothing, memory stays."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest

from chorale.embedded import state
from chorale.embedded.process import Daemon
from chorale.proxy.ranged import AHEAD, BLOCK, ranged
from chorale.store import object_store
from chorale.store.models import Campaign, Item, Seat
from tests.service.campaign_rows import clear_studio, make_campaign
from tests.service.rater_browser import RaterBrowser, entered
from tests.service.test_release_s3 import bucket
from tests.stack import Address

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["bucket"]
FILM = 128 << 20  # bytes
MORE = 64 << 20  # that the proxy may grow by
READERS = 120


@pytest.fixture
def campaign(label_studio: Address, proxy: Address) -> Iterator[Campaign]:
    yield make_campaign(count=2, names=("ana", "ben"))
    clear_studio()


def opened(ana: RaterBrowser, lines: str) -> socket.socket:
    """A connection that has sent a request and reads nothing."""
    link = socket.create_connection(("127.0.0.1", urlsplit(ana.url).port or 80), timeout=30)
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    head = f"{lines}\r\nHost: {urlsplit(ana.url).netloc}\r\nOrigin: {ana.url}\r\n"
    link.sendall(f"{head}Cookie: chorale_label={ana.http.cookies['chorale_label']}\r\n\r\n".encode())
    return link


def grown() -> int:
    """Bytes that the proxy's process holds."""
    process = Daemon("proxy").find()
    assert process is not None
    return int(psutil.Process(process.pid).memory_info().rss)


def quick(ben: RaterBrowser) -> float:
    """Seconds that another rater waits for an item, and for a file of the page."""
    begun = time.monotonic()
    assert ben.ask_next().status_code == 200
    assert ben.http.get("/react-app/main.js").status_code == 200
    return time.monotonic() - begun


def test_a_film_in_a_remote_store_is_held_by_the_piece(bucket: Any, settings: Any, tmp_path: Path) -> None:
    settings.OBJECT_STORE = "s3://kept/objects"
    path = tmp_path / "long.mp4"
    path.write_bytes(b"film" * (2 << 20))
    source: Any = object_store.open_key(object_store.put_file(path, prefix="media")[0], ahead=AHEAD)
    answer: Any = ranged(source, "bytes=4-", "video/mp4", {})
    assert asyncio.run(anext(answer.body_iterator)) == b"film" * (BLOCK // 4)
    assert BLOCK <= len(source.cache.cache) <= AHEAD + BLOCK


def test_readers_who_take_for_ever_hold_up_nobody(campaign: Campaign, proxy: Address) -> None:
    path = state.var_folder() / "long.mp4"
    with path.open("wb") as file:
        file.write(os.urandom(64))
        file.truncate(FILM)
    Item.objects.update(media=object_store.put_file(path, prefix="media")[0])
    path.unlink()
    ana, ben = entered(proxy, campaign, "ana"), entered(proxy, campaign, "ben")
    paths = ["/react-app/main.js", f"/chorale/media/{Seat.objects.get(pk=ana.next_item()['id']).task.item.uuid}"]
    assert ana.http.get(paths[1], headers={"Range": "bytes=-9"}).status_code == 206
    quick(ben)
    before = grown()
    links = [opened(ana, f"GET {paths[number % 2]} HTTP/1.1") for number in range(READERS)]
    time.sleep(3)
    assert quick(ben) < 10
    assert grown() - before < MORE
    for link in links:
        link.close()  # gone in the middle
    slow = [opened(ana, "POST /api/dm/actions?id=next_task HTTP/1.1\r\nContent-Length: 100000") for _ in range(40)]
    assert quick(ben) < 10, "who writes byte by byte holds up nobody either"
    for link in slow:
        link.close()
    assert quick(ben) < 10
    assert grown() - before < MORE
