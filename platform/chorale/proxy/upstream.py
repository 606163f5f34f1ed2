"""The other side: Label Studio as one rater, with cookies that only this server holds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
from django.conf import settings
from starlette.responses import Response, StreamingResponse

from chorale.proxy.guard import Refusal
from chorale.proxy.threads import in_thread
from chorale.proxy.tickets import Visitor
from chorale.store import studio_raters
from chorale.store.models import StudioAccount
from harmonize.problems import ChoraleError

ASK = ("accept", "accept-language", "range", "if-none-match", "if-modified-since", "if-range")
TELL = (
    "content-type",
    "content-length",
    "content-encoding",
    "content-range",
    "accept-ranges",
    "etag",
    "last-modified",
    "cache-control",
)


class NotSent(Refusal):
    """Label Studio was not reached at all, so nothing can have happened there."""


class CutOff(Refusal):
    """The connection ended before the answer came: it may have happened there, and if so it has by now."""


class Upstream:
    """Requests to Label Studio: as a rater (`ask`), or as nobody for its public files (`stream`)."""

    def __init__(self) -> None:
        limits = httpx.Limits(max_connections=100, max_keepalive_connections=40)
        self.http = httpx.AsyncClient(base_url=settings.LABEL_STUDIO_URL, timeout=60.0, limits=limits, trust_env=False)
        self._cookies: dict[str, dict[str, str]] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def ask(self, visitor: Visitor, method: str, path: str, *, body: Any = None) -> httpx.Response:
        """One request as the rater; signs in first where there is no session, and anew where it has ended."""
        for attempt in (0, 1):
            cookies = await self._signed_in(visitor, fresh=attempt == 1)
            answer = await self._send(method, path, cookies, body)
            signed_out = answer.status_code == 401 or "/user/login" in answer.headers.get("location", "")
            if not signed_out:
                return answer
        raise Refusal(502, "Label Studio does not know you. Please tell the people who run this campaign.")

    async def ls_user(self, visitor: Visitor) -> int:
        """The rater's number in Label Studio."""
        if visitor.account.ls_id:
            return visitor.account.ls_id
        await self._signed_in(visitor, fresh=False)
        known = await in_thread(StudioAccount.objects.get, pk=visitor.account.pk)
        return known.ls_id or 0

    async def stream(self, path: str, headers: httpx.Headers | Any) -> Response:
        """A public file, passed on as it comes."""
        kept = {name: headers[name] for name in ASK if name in headers} | {"accept-encoding": "gzip, identity"}
        request = self.http.build_request("GET", path, headers=kept)
        try:
            answer = await self.http.send(request, stream=True)
        except httpx.HTTPError as error:
            raise Refusal(502, "Label Studio does not answer.") from error
        if answer.status_code not in (200, 206, 304):
            await answer.aclose()
            raise Refusal(404, "There is no such file.")
        told = {name: answer.headers[name] for name in TELL if name in answer.headers}
        return StreamingResponse(_blocks(answer), status_code=answer.status_code, headers=told)

    async def _send(self, method: str, path: str, cookies: dict[str, str], body: Any) -> httpx.Response:
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            "X-CSRFToken": cookies.get("csrftoken", ""),
            "Referer": f"{settings.LABEL_STUDIO_URL}/",
        }
        try:
            if body is None:
                answer = await self.http.request(method, path, headers=headers)
            else:
                answer = await self.http.request(method, path, headers=headers, json=body)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise NotSent(502, "Label Studio does not answer. Nothing is lost; try again in a moment.") from error
        except (httpx.NetworkError, httpx.RemoteProtocolError) as error:
            raise CutOff(502, "Label Studio went away. Nothing is lost; try again in a moment.") from error
        except httpx.HTTPError as error:
            raise Refusal(502, "Label Studio does not answer. Nothing is lost; try again in two minutes.") from error
        self.http.cookies.clear()  # the session is the rater's, never this client's
        return answer

    async def _signed_in(self, visitor: Visitor, *, fresh: bool) -> dict[str, str]:
        email = visitor.account.email
        async with self._locks.setdefault(email, asyncio.Lock()):
            if fresh:
                self._cookies.pop(email, None)
            if email not in self._cookies:
                try:
                    self._cookies[email] = await in_thread(_sign_in, visitor)
                except ChoraleError as error:
                    raise Refusal(502, error.message) from error
                except (ConnectionError, httpx.HTTPError) as error:
                    raise Refusal(502, "Label Studio does not answer. Try again in a moment.") from error
            return self._cookies[email]


def _sign_in(visitor: Visitor) -> dict[str, str]:
    with studio_raters.sign_in(visitor.rater) as session:
        return {name: session.http.cookies[name] for name in ("sessionid", "csrftoken")}


async def _blocks(answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for block in answer.aiter_raw(65536):
            yield block
    finally:
        await answer.aclose()
