"""Label Studio's public files, the same for everybody: fetched to their end, kept a while, given to each at their pace.

A reader who takes for ever keeps no connection to Label Studio, and the file stands in memory once for all of them.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from django.conf import settings
from starlette.responses import Response, StreamingResponse

from chorale.proxy.guard import Refusal

TELL = ("content-type", "content-encoding", "etag", "last-modified", "cache-control")
FRESH = 60.0  # seconds until a file is asked for again
LARGEST = 32 << 20  # bytes of one file
KEPT = 96 << 20  # bytes of all that are kept
BLOCK = 1 << 16


@dataclass(frozen=True)
class PublicFile:
    """A file as Label Studio gave it, and when (by this process's clock)."""

    body: bytes
    headers: dict[str, str]
    at: float = field(default_factory=time.monotonic)


class PublicFiles:
    """The way to Label Studio's files, as nobody: without a session, on connections of its own."""

    def __init__(self) -> None:
        limits = httpx.Limits(max_connections=16, max_keepalive_connections=0)
        self.http = httpx.AsyncClient(base_url=settings.LABEL_STUDIO_URL, timeout=30.0, limits=limits, trust_env=False)
        self._kept: dict[str, PublicFile] = {}

    async def answer(self, path: str, headers: Mapping[str, str]) -> Response:
        """The file at a path; 304 where the browser has it. Raises `Refusal`."""
        kept = self._kept.get(path)
        if kept is None or time.monotonic() - kept.at > FRESH:
            kept = await self._fetched(path)
            self._keep(path, kept)
        told = kept.headers
        for asked, name in (("if-none-match", "etag"), ("if-modified-since", "last-modified")):
            if name in told and headers.get(asked) == told[name]:
                return Response(status_code=304, headers=told)
        return StreamingResponse(_blocks(kept.body), headers=told | {"content-length": str(len(kept.body))})

    async def _fetched(self, path: str) -> PublicFile:
        read = bytearray()
        try:
            async with self.http.stream("GET", path, headers={"accept-encoding": "gzip, identity"}) as answer:
                if answer.status_code != 200:
                    raise Refusal(404, "There is no such file.")
                async for block in answer.aiter_raw(BLOCK):
                    read += block
                    if len(read) > LARGEST:
                        raise Refusal(404, "This file is too large to be passed on.")
        except httpx.HTTPError as error:
            raise Refusal(502, "Label Studio does not answer.") from error
        return PublicFile(bytes(read), {name: answer.headers[name] for name in TELL if name in answer.headers})

    def _keep(self, path: str, file: PublicFile) -> None:
        self._kept.pop(path, None)
        self._kept[path] = file
        while sum(len(one.body) for one in self._kept.values()) > KEPT:
            self._kept.pop(next(iter(self._kept)))


async def _blocks(body: bytes) -> AsyncIterator[Any]:
    view = memoryview(body)
    for start in range(0, len(body), BLOCK):
        yield view[start : start + BLOCK]
