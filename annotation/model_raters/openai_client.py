"""A model server as the `openai` client reaches it; slow to load, so only a process that asks does so."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import aiohttp
import openai

from annotation.model_raters.endpoint import Endpoint


@dataclass(frozen=True)
class Reply:
    """What a server answered: HTTP status, raw body, and the seconds it asks to wait, as it wrote them."""

    status: int
    raw: bytes
    later: str | None = None

    @property
    def ok(self) -> bool:
        """Whether the request was answered and not refused."""
        return self.status < 400


_PLACE: ContextVar[AbstractAsyncContextManager[None] | None] = ContextVar("_PLACE", default=None)


class _Wire(openai.DefaultAioHttpClient):
    """The client's own connection, which holds a place only while a request is at the server.

    What the client does before and after, a third of a request's processor time, keeps no other request waiting.
    """

    async def send(self, request: Any, **named: Any) -> Any:
        """Send a request and read the whole answer."""
        async with _PLACE.get() or nullcontext():
            return await super().send(request, **named)


class Client:
    """One endpoint, asked without retries of the client's own: `transport` counts and spaces them."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._client = openai.AsyncOpenAI(
            base_url=endpoint.url,
            api_key=endpoint.key or "none",
            max_retries=0,
            timeout=endpoint.timeout,
            http_client=_Wire(timeout=endpoint.timeout),
        )

    async def close(self) -> None:
        """Close its connections."""
        await self._client.close()

    async def complete(self, body: Mapping[str, Any], place: AbstractAsyncContextManager[None]) -> Reply:
        """A chat completion, as the server wrote it; ``place`` is entered while the request is at the server.

        By the client's own way for raw bodies: typed parameters would be rebuilt one by one, at a third of the
        processor time of a request.

        Raises:
            TimeoutError, ConnectionError: no answer came; the text says why.
        """
        held = _PLACE.set(place)
        try:
            return await self._post("/chat/completions", body)
        finally:
            _PLACE.reset(held)

    async def models(self) -> list[dict[str, Any]]:
        """What the server lists under /models, as it stands; empty if it lists nothing or fails."""
        try:
            listed = (await self._client.models.with_raw_response.list()).content
            return [dict(row) for row in json.loads(listed)["data"]]
        except (openai.OpenAIError, ValueError, KeyError, TypeError):
            return []

    async def tokens(self, text: str) -> list[int]:
        """The server's tokens of a text, from /tokenize beside /v1 (vLLM and others); empty if it has no such place."""
        place = self.endpoint.url.removesuffix("/").removesuffix("/v1") + "/tokenize"
        body = {"model": self.endpoint.model, "prompt": text, "add_special_tokens": False}
        try:
            told = await self._post(place, body)
            return [int(token) for token in json.loads(told.raw)["tokens"]] if told.ok else []
        except (OSError, ValueError, KeyError, TypeError):
            return []

    async def _post(self, path: str, body: Mapping[str, Any]) -> Reply:
        try:
            return Reply(200, await self._client.post(path, cast_to=bytes, body=body))
        except openai.APIStatusError as error:
            return Reply(error.status_code, error.response.content, error.response.headers.get("retry-after"))
        except (openai.APIConnectionError, TimeoutError) as error:
            raise _lost(error) from error


def _lost(error: BaseException) -> OSError:
    """Why no answer came: the client calls most of it a timeout, so what lies beneath is looked at."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, aiohttp.ClientConnectorError):
            return ConnectionError(f"no connection ({type(cause.os_error).__name__})")
        if isinstance(cause, TimeoutError):
            return TimeoutError("timeout")
        if isinstance(cause, aiohttp.ClientPayloadError):
            return ConnectionError("connection closed by the server in the middle of its answer")
        if isinstance(cause, aiohttp.ServerDisconnectedError | ConnectionResetError | BrokenPipeError):
            return ConnectionError("connection closed by the server before its answer")
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, openai.APITimeoutError):
        return TimeoutError("timeout")
    return ConnectionError(f"connection lost ({type(error.__cause__ or error).__name__})")
