"""Files over HTTP: ranges, resuming, and pieces that flow instead of being gathered."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.test import AsyncRequestFactory, RequestFactory
from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from hypothesis import strategies as st

from chorale.web import kept_files
from chorale.web.streams import batched, flowing

BODY = bytes(range(256)) * 3000  # three blocks
SIZE = len(BODY)


@pytest.fixture(autouse=True)
def store(settings: Any, tmp_path: Path) -> None:
    settings.OBJECT_STORE = tmp_path.as_uri()
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.bin").write_bytes(BODY)


def fetch(**headers: str) -> tuple[Any, bytes]:
    request = RequestFactory().get("/", headers=headers)
    response: Any = kept_files.serve(request, "a/b.bin", etag="e", attachment=True)
    return response, b"".join(response.streaming_content) if response.streaming else response.content


def test_the_whole_file() -> None:
    response, body = fetch()
    assert (response.status_code, body == BODY) == (200, True)
    assert response["Content-Length"] == str(SIZE)
    assert response["Accept-Ranges"] == "bytes"
    assert response["Content-Disposition"] == 'attachment; filename="b.bin"'


@limits(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=st.integers(0, SIZE - 1), length=st.integers(1, 2 * SIZE))
def test_any_range_is_that_part(first: int, length: int) -> None:
    response, body = fetch(range=f"bytes={first}-{first + length - 1}")
    stop = min(first + length, SIZE)
    assert body == BODY[first:stop]
    assert response.status_code == (200 if (first, stop) == (0, SIZE) else 206)
    assert int(response["Content-Length"]) == len(body)
    if response.status_code == 206:
        assert response["Content-Range"] == f"bytes {first}-{stop - 1}/{SIZE}"


def test_a_download_goes_on_after_a_break_if_the_file_is_the_same() -> None:
    assert fetch(range="bytes=1000-", **{"if-range": '"e"'})[1] == BODY[1000:]
    assert fetch(range="bytes=1000-", **{"if-range": '"other"'})[1] == BODY
    assert fetch(range="bytes=-5")[1] == BODY[-5:]


@pytest.mark.parametrize("asked", ["bytes=-", "bytes=a-b", "lines=1-2", "bytes=1-2,5-6", "", "bytes"])
def test_a_range_that_is_not_understood_gives_the_whole(asked: str) -> None:
    response, body = fetch(range=asked)
    assert (response.status_code, len(body)) == (200, SIZE)


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", "bytes=9-3", "bytes=-0", f"bytes={10**30}-{10**31}"])
def test_an_impossible_range_is_refused(asked: str) -> None:
    response, _ = fetch(range=asked)
    assert (response.status_code, response["Content-Range"]) == (416, f"bytes */{SIZE}")


def test_pieces_flow_one_at_a_time_under_asgi() -> None:
    made: list[int] = []

    def pieces() -> Iterator[bytes]:
        for number in itertools.count():
            made.append(number)
            yield b"x"

    async def two() -> None:
        stream = flowing(AsyncRequestFactory().get("/"), pieces())
        assert not isinstance(stream, Iterator)
        await anext(stream)
        await anext(stream)

    assert isinstance(AsyncRequestFactory().get("/"), ASGIRequest)
    asyncio.run(two())
    assert made == [0, 1]


def test_lines_are_sent_in_pieces_and_none_is_lost() -> None:
    lines = [f"{n}\n" for n in range(5000)]
    pieces = list(batched(iter(lines), size=1000))
    assert b"".join(pieces).decode() == "".join(lines)
    assert 10 < len(pieces) < 100
