"""The HTTP side: /v1/models and /v1/chat/completions on a port of its own, in a thread or as a program."""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import socket
import threading
import time
from collections import Counter
from typing import Any

import uvicorn

from tests.model_server import scoring, word_model
from tests.model_server.faults import Faults

MOST_LOGPROBS = 20


class ModelServer:
    """Use as ``with ModelServer() as server``; ``server.url`` ends in /v1. Counts what it answered, by request body.

    ``drops`` names features that it ignores silently, as some do: logprobs, n, response_format, enum, seed.
    ``sees``: it reads the colour of a picture (red is anger, blue sadness, yellow joy), else it drops them silently.
    ``hears``: it takes sounds (loud is anger, quiet sadness).
    """

    def __init__(
        self,
        *,
        faults: Faults | None = None,
        latency: float = 0.0,
        key: str = "",
        drops: frozenset[str] = frozenset(),
        sees: bool = False,
        hears: bool = False,
    ) -> None:
        self.faults, self.latency, self.key, self.drops = faults or Faults(), latency, key, drops
        self.sees, self.hears = sees, hears
        self.answered: Counter[str] = Counter()
        self.bodies: list[dict[str, Any]] = []
        self.most_at_once = self._at_once = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/v1"
        config = uvicorn.Config(
            self._app, log_level="error", timeout_graceful_shutdown=1, lifespan="off", interface="asgi3"
        )
        self._server = uvicorn.Server(config)

    def __enter__(self) -> ModelServer:
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        return self

    def __exit__(self, *error: object) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=10)

    def run(self) -> None:
        """Serve in this thread until killed."""
        self._server.run(sockets=[self._socket])

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        raw = b""
        while (message := await receive())["type"] == "http.request":
            raw += message.get("body", b"")
            if not message.get("more_body"):
                break
        given = dict(scope["headers"]).get(b"authorization", b"").decode()
        if self.key and given != f"Bearer {self.key}":
            return await _send(send, 401, {"error": {"message": "bad key", "code": "invalid_api_key"}})
        if scope["path"] == "/v1/models":
            return await _send(send, 200, {"object": "list", "data": [{"id": "words", "object": "model"}]})
        if scope["path"] == "/tokenize" and "token_ids" not in self.drops:
            return await _send(send, 200, {"tokens": scoring.tokenized(json.loads(raw)["prompt"])})
        if scope["path"] != "/v1/chat/completions":
            return await _send(send, 404, {"detail": "Not Found"})
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            await self._chat(raw, send)
        finally:
            self._at_once -= 1

    async def _chat(self, raw: bytes, send: Any) -> None:
        if self.latency:
            await asyncio.sleep(self.latency)
        name = hashlib.sha256(raw).hexdigest()
        fault = self.faults.next(name)
        if fault and await _faulty(fault, send):
            return
        body = json.loads(raw.replace(b'"enum"', b'"unread"') if "enum" in self.drops else raw)
        self.bodies.append(body)
        if refusal := _refusal(body):
            return await _send(send, refusal[0], {"error": {"message": refusal[1], "code": refusal[0]}})
        kept = {name: value for name, value in body.items() if name not in self.drops}
        whole = word_model.answer(kept, len(self.bodies), sees=self.sees, hears=self.hears)
        if fault in ("truncated", "cut", "no-choices", "wrong-word"):
            return await _spoiled(fault, whole, send)
        self.answered[name] += 1
        await _send(send, 200, whole)


def _refusal(body: dict[str, Any]) -> tuple[int, str] | None:
    if body.get("model") != "words":
        return 404, f"The model `{body.get('model')}` does not exist."
    if (body.get("top_logprobs") or 0) > MOST_LOGPROBS:
        return 400, f"top_logprobs must be at most {MOST_LOGPROBS}."
    said = [message["content"] for message in body["messages"]]
    texts = [part.get("text", "") for content in said if isinstance(content, list) for part in content]
    if sum(map(len, [*texts, *(content for content in said if isinstance(content, str))])) > 20_000:
        return 400, "This model's maximum context length is 4096 tokens."
    return None


async def _faulty(fault: str, send: Any) -> bool:
    """Faults that come instead of an answer; True if one was sent."""
    if fault == "429":
        await _send(send, 429, {"error": {"message": "slow down"}}, [(b"retry-after", b"0.02")])
    elif fault == "500":
        await _send(send, 500, {"error": {"message": "oops", "code": "internal"}})
    elif fault == "503-html":
        await _raw(send, 503, b"<html>busy</html>", b"text/html")
    elif fault == "hang":
        await asyncio.sleep(30)
    else:
        return False
    return True


async def _spoiled(fault: str, whole: dict[str, Any], send: Any) -> None:
    """Faults in the answer itself."""
    if fault == "truncated":
        data = json.dumps(whole).encode()
        return await _raw(send, 200, data[: len(data) // 2], b"application/json")
    if fault == "cut":
        headers = [(b"content-type", b"application/json"), (b"content-length", b"9999")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        return await send({"type": "http.response.body", "body": b'{"choices": [', "more_body": False})
    if fault == "no-choices":
        return await _send(send, 200, whole | {"choices": []})
    for choice in whole["choices"]:
        choice["message"]["content"] = "banana"
        if choice["logprobs"]:
            rows = [{"token": "banana", "logprob": -0.01, "bytes": None}]
            choice["logprobs"]["content"][0]["top_logprobs"] = rows
    await _send(send, 200, whole)


async def _send(send: Any, status: int, body: Any, headers: list[tuple[bytes, bytes]] | None = None) -> None:
    await _raw(send, status, json.dumps(body).encode(), b"application/json", headers)


async def _raw(
    send: Any, status: int, data: bytes, kind: bytes, headers: list[tuple[bytes, bytes]] | None = None
) -> None:
    head = [(b"content-type", kind), (b"content-length", str(len(data)).encode()), *(headers or [])]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": data})


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--latency", type=float, default=0.0)
    chosen = ModelServer(latency=options.parse_args().latency)
    print(chosen.url, flush=True)
    chosen.run()
