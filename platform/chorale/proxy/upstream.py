"""The other side: Label Studio as one rater, with cookies that only this server holds."""

from __future__ import annotations

import asyncio
import logging
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import httpx
from django.conf import settings

from annotation.studio.client import Json
from chorale.proxy.files import PublicFiles
from chorale.proxy.guard import Refusal
from chorale.proxy.threads import in_thread, in_waiting_thread
from chorale.proxy.tickets import Visitor
from chorale.store import studio_raters
from chorale.store.models import StudioAccount
from harmonize.problems import ChoraleError

log = logging.getLogger(__name__)
IDLE = 1.0  # seconds: Label Studio's own server ends connections that are idle for two, perhaps under the next request
LONGEST = 80.0  # seconds of a request with its sign-in: less than a seat waits for an answer on its way


class NotSent(Refusal):
    """Label Studio was not reached at all, so nothing can have happened there."""


class CutOff(Refusal):
    """No answer came, or none of Label Studio's: it may have happened there, and if so it has by now."""


class Upstream:
    """Requests to Label Studio as a rater (`ask`), and its public ``files``, which are asked for as nobody."""

    def __init__(self) -> None:
        limits = httpx.Limits(max_connections=100, max_keepalive_connections=40, keepalive_expiry=IDLE)
        self.http = httpx.AsyncClient(base_url=settings.LABEL_STUDIO_URL, timeout=60.0, limits=limits, trust_env=False)
        self.http.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # a session is a rater's, never ours
        self.files = PublicFiles()
        self._cookies: dict[str, dict[str, str]] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def ask(self, visitor: Visitor, method: str, path: str, *, body: Any = None) -> httpx.Response:
        """One request as the rater; signs in first where there is no session, and anew where it has ended."""
        try:
            async with asyncio.timeout(LONGEST):
                return await self._asked(visitor, method, path, body)
        except (httpx.HTTPError, TimeoutError) as error:
            raise Refusal(502, "Label Studio does not answer. Nothing is lost; try again in two minutes.") from error

    async def close(self) -> None:
        """Let go of the connections."""
        await self.http.aclose()
        await self.files.http.aclose()

    async def ls_user(self, visitor: Visitor) -> int:
        """The rater's number in Label Studio."""
        if visitor.account.ls_id:
            return visitor.account.ls_id
        await self._signed_in(visitor, fresh=False)
        known = await in_thread(StudioAccount.objects.get, pk=visitor.account.pk)
        return known.ls_id or 0

    async def _asked(self, visitor: Visitor, method: str, path: str, body: Any) -> httpx.Response:
        for attempt in (0, 1):
            cookies = await self._signed_in(visitor, fresh=attempt == 1)
            answer = await self._send(method, path, cookies, body)
            signed_out = answer.status_code == 401 or "/user/login" in answer.headers.get("location", "")
            if not signed_out:
                return answer
        raise Refusal(502, "Label Studio does not know you. Please tell the people who run this campaign.")

    async def _send(self, method: str, path: str, cookies: dict[str, str], body: Any) -> httpx.Response:
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            "X-CSRFToken": cookies.get("csrftoken", ""),
            "Referer": f"{settings.LABEL_STUDIO_URL}/",
        }
        request = self.http.build_request(method, path, headers=headers, json=body)
        answer = await self._answer(request, again=method == "GET")
        if answer.status_code == 504:  # what is in front of it gave up, it did not
            raise Refusal(502, "Label Studio is slow. Nothing is lost; try again in two minutes.")
        if answer.status_code >= 500:
            log.warning("Label Studio failed: %s %s: %s %s", method, path, answer.status_code, answer.text[:200])
            raise CutOff(502, "Label Studio made a mistake. Nothing is lost; try again in a moment.")
        return answer

    async def _answer(self, request: httpx.Request, *, again: bool) -> httpx.Response:
        """What came back. ``again``: a request that changes nothing is repeated where its connection ended."""
        try:
            return await self.http.send(request)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise NotSent(502, "Label Studio does not answer. Nothing is lost; try again in a moment.") from error
        except (httpx.NetworkError, httpx.RemoteProtocolError) as error:
            log.warning("the connection to Label Studio ended under %s: %r", request.method, error)
            if again:
                return await self._answer(request, again=False)
            raise CutOff(502, "Label Studio went away. Nothing is lost; try again in a moment.") from error

    async def _signed_in(self, visitor: Visitor, *, fresh: bool) -> dict[str, str]:
        email = visitor.account.email
        async with self._locks.setdefault(email, asyncio.Lock()):
            if fresh:
                self._cookies.pop(email, None)
            if email not in self._cookies:
                try:
                    self._cookies[email] = await in_waiting_thread(_sign_in, visitor)
                except ChoraleError as error:
                    raise NotSent(502, error.message) from error
                except (ConnectionError, httpx.HTTPError, KeyError, ValueError) as error:
                    raise NotSent(502, "Label Studio does not answer. Try again in a moment.") from error
            return self._cookies[email]


def _sign_in(visitor: Visitor) -> dict[str, str]:
    with studio_raters.sign_in(visitor.rater) as session:
        return {cookie.name: cookie.value or "" for cookie in session.http.cookies.jar}


def told(answer: httpx.Response) -> Json:
    """The object that Label Studio answered with. Raises `CutOff` for anything else, such as a gateway's page."""
    try:
        read = answer.json()
    except ValueError as error:
        raise CutOff(502, "Label Studio does not answer as itself. Nothing is lost; try again in a moment.") from error
    if not isinstance(read, dict):
        raise CutOff(502, "Label Studio answered something else. Nothing is lost; try again in a moment.")
    return read
