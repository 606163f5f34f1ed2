"""Sending requests: retries with back-off, adaptive concurrency, every response kept under its key."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from annotation.model_raters.chat import ChatAnswer, ChatRequest, ItemFailure
from annotation.model_raters.endpoint import Endpoint
from annotation.model_raters.limiter import Limiter
from annotation.model_raters.response_log import Kept, MemoryLog, ResponseLog, pack
from harmonize.problems import ChoraleError

_FATAL = {401: "endpoint-key", 403: "endpoint-key", 404: "endpoint-model"}
_AGAIN = {408, 409, 425, 429}
MALFORMED = "malformed response"
UNASKED = "unasked"


@dataclass
class Tally:
    """What was sent since the start: tries, requests answered, reused from the log and failed, tokens, retries.

    ``retries`` counts failed tries by reason.
    """

    sent: int = 0
    answered: int = 0
    reused: int = 0
    failed: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    retries: dict[str, int] = field(default_factory=dict)


class Transport:
    """A connection to one endpoint, used as ``async with``. One `ask` is one request, however many tries it takes."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        log: ResponseLog | None = None,
        limiter: Limiter | None = None,
        pause: float = 0.5,
        longest_pause: float = 30.0,
        admit: Callable[[], bool] = lambda: True,
    ) -> None:
        self.endpoint, self.log = endpoint, log if log is not None else MemoryLog()
        self.limiter, self.tally = limiter or Limiter(), Tally()
        self._pause, self._longest, self._admit = pause, longest_pause, admit
        self._under_way: dict[str, asyncio.Future[ChatAnswer]] = {}

    async def __aenter__(self) -> Transport:
        from annotation.model_raters.openai_client import Client  # slow to load: web pages know transports unopened

        self._client = Client(self.endpoint)
        self._flusher = asyncio.create_task(self._flush_often())
        return self

    async def __aexit__(self, kind: object = None, *error: object) -> None:
        if kind is None and self._under_way:  # asked beside a request of the same item that failed: paid all the same
            await asyncio.wait([*self._under_way.values()], timeout=self.endpoint.timeout)
        self._flusher.cancel()
        await asyncio.gather(self._flusher, return_exceptions=True)
        await self._client.close()
        await asyncio.to_thread(self.log.flush)

    async def _flush_often(self) -> None:
        """Make responses durable twice a second, so that a killed process has little to ask again."""
        while True:
            await asyncio.sleep(0.5)
            await asyncio.to_thread(self.log.flush)

    async def ask(self, request: ChatRequest) -> ChatAnswer:
        """The answer to a request: a kept one if there is one, else the server's.

        Raises `ItemFailure` when the server cannot answer this request (`unasked`: ``admit`` let no more be paid for),
        `ChoraleError` when it will answer none (`endpoint-key`, `endpoint-model`).
        """
        key = request.key(self.endpoint.url, self.endpoint.model)
        if (kept := self.log.get(key)) is not None:
            self.tally.reused += 1
            return ChatAnswer(key, kept.body, paid=False)
        if (twin := self._under_way.get(key)) is not None:
            return await asyncio.shield(twin)
        if not self._admit():
            raise ItemFailure(UNASKED, "Nothing more may be paid for.", "Raise the budget.")
        mine = self._under_way[key] = asyncio.get_running_loop().create_future()
        try:
            answer = await self._ask_until_answered(request, key)
            mine.set_result(answer)
            return answer
        except BaseException as error:
            mine.set_exception(error if isinstance(error, Exception) else asyncio.CancelledError())
            mine.exception()  # seen: a twin may not be waiting
            raise
        finally:
            del self._under_way[key]

    async def models(self) -> list[dict[str, Any]]:
        """What the server lists under /models, as it stands; empty if it lists nothing or fails."""
        return await self._client.models()

    async def tokens(self, text: str) -> list[int]:
        """The server's tokens of a text, from /tokenize beside /v1 (vLLM and others); empty if it has no such place."""
        return await self._client.tokens(text)

    async def _ask_until_answered(self, request: ChatRequest, key: str) -> ChatAnswer:
        took: list[float] = []
        reason = ""
        for attempt in range(1, self.endpoint.tries + 1):
            raw, reason, wait = await self._try(request, self._place(took))
            if raw is not None:
                self.limiter.went_well()
                return self._keep(request, key, *raw, attempt, sum(took))
            if reason != MALFORMED:
                self.limiter.pressed()
            self.tally.retries[reason] = self.tally.retries.get(reason, 0) + 1
            if attempt < self.endpoint.tries:
                await asyncio.sleep(wait if wait is not None else self._back_off(attempt))
        self.tally.failed += 1
        raise ItemFailure("no-answer", f"No answer after {self.endpoint.tries} tries, the last: {reason}.")

    def _back_off(self, attempt: int) -> float:
        """Seconds before the next try: doubling, with jitter so that a storm does not come back as one."""
        return min(self._longest, self._pause * 2.0 ** (attempt - 1)) * random.uniform(0.5, 1.0)  # noqa: S311

    @asynccontextmanager
    async def _place(self, took: list[float]) -> AsyncIterator[None]:
        """A place at the server; ``took`` gets the seconds it was held, which waiting for it is no part of."""
        async with self.limiter.slot():
            self.tally.sent += 1
            start = time.monotonic()
            try:
                yield
            finally:
                took.append(time.monotonic() - start)

    async def _try(
        self, request: ChatRequest, place: AbstractAsyncContextManager[None]
    ) -> tuple[tuple[bytes, Mapping[str, Any]] | None, str, float | None]:
        """One try: (raw, body) or None with the reason and, if the server named one, the pause in seconds."""
        body = {"model": self.endpoint.model, "messages": request.messages, **request.parameters, **request.extra}
        try:
            reply = await self._client.complete(body, place)
            if not reply.ok:
                return None, *self._refused(reply.status, _told(reply.raw), reply.later)
            return (reply.raw, _checked(reply.raw)), "", None
        except OSError as error:
            return None, str(error), None
        except ValueError:
            return None, MALFORMED, None

    def _refused(self, status: int, told: str, later: str | None) -> tuple[str, float | None]:
        """What a status code means: stop everything, give up this item, or try again after a pause."""
        if status in _FATAL:
            raise ChoraleError(_FATAL[status], f"{self.endpoint.url} refused ({status}): {told}", "Mend the endpoint.")
        if status < 500 and status not in _AGAIN:
            self.tally.failed += 1
            raise ItemFailure("request-refused", f"The server refused the request ({status}): {told}")
        try:
            wait = min(self._longest, max(0.0, float(later or "")))
        except ValueError:
            wait = None
        return f"HTTP {status}", wait

    def _keep(
        self, request: ChatRequest, key: str, raw: bytes, body: Mapping[str, Any], tries: int, seconds: float
    ) -> ChatAnswer:
        usage = body.get("usage") or {}
        prompt, completion = int(usage.get("prompt_tokens") or 0), int(usage.get("completion_tokens") or 0)
        self.log.put(key, Kept(request.item, pack(raw), prompt, completion, tries, seconds))
        self.tally.answered += 1
        self.tally.prompt_tokens += prompt
        self.tally.completion_tokens += completion
        return ChatAnswer(key, body, paid=True)


def _checked(raw: bytes) -> Mapping[str, Any]:
    """The body, if it is an answer at all. Raises ValueError for truncated JSON or an answer without choices."""
    body = json.loads(raw)
    if not isinstance(body, dict) or not isinstance(body.get("choices"), list) or not body["choices"]:
        raise ValueError("no choices")
    return body


def _told(raw: bytes) -> str:
    """The server's own words, in one line: error bodies differ between servers."""
    return " ".join(raw.decode("utf-8", "replace").split())[:300]
