"""A model server of fixed latency for benchmarks, in a process of its own and as lean as Python can be.

It stands in for a GPU far away: an answer leaves so many seconds after its request came, made meanwhile. The answers
are those of the test server, made once for all requests that differ in digits alone.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import socket
from typing import Any

from tests.model_server import word_model

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_DIGITS = re.compile(rb"\d+")
_HEAD = "HTTP/1.1 {} \r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n"


class Serving(asyncio.Protocol):
    """One connection, kept open: requests one after another, each answered ``latency`` seconds after it came."""

    made: dict[bytes, bytes] = {}

    def __init__(self, latency: float) -> None:
        self.latency, self.got = latency, b""

    def connection_made(self, transport: Any) -> None:
        """Answers leave at once, not gathered."""
        self.wire = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def data_received(self, data: bytes) -> None:
        """Answer a request when all of it is here."""
        self.got += data
        head, end, body = self.got.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not end or len(body) < (int(length.group(1)) if length else 0):
            return
        self.got, loop = b"", asyncio.get_running_loop()
        due = loop.time() + self.latency
        answer = self.answer(head, body)
        loop.call_at(due, self._send, answer) if self.latency else self._send(answer)

    def _send(self, answer: bytes) -> None:
        if not self.wire.is_closing():
            self.wire.write(answer)

    @classmethod
    def answer(cls, head: bytes, body: bytes) -> bytes:
        """The whole response as bytes."""
        if not head.startswith(b"POST /v1/chat/completions "):
            return _response(404, {"detail": "Not Found"})
        shape = _DIGITS.sub(b"", body)
        if shape not in cls.made:
            asked = json.loads(body)
            told = word_model.answer(asked, 0)
            if asked.get("seed") is not None:  # the probe asks whether seeds are obeyed
                return _response(200, told)
            cls.made[shape] = _response(200, told)
        return cls.made[shape]


def _response(status: int, body: Any) -> bytes:
    data = json.dumps(body).encode()
    return _HEAD.format(status, len(data)).encode() + data


async def serve(latency: float) -> None:
    """Print the address and serve until killed."""
    server = await asyncio.get_running_loop().create_server(lambda: Serving(latency), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    import uvloop

    options = argparse.ArgumentParser()
    options.add_argument("--latency", type=float, default=0.0)
    uvloop.run(serve(options.parse_args().latency))
