"""A Label Studio somewhere else, as a relay before the real one: under a path of its own, and with whatever a later
version, or what stands in front of it, may do to its answers."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

KEPT = ("content-type", "location", "etag", "last-modified", "cache-control", "content-disposition")


@dataclass
class Said:
    """An answer on its way back."""

    status: int
    body: bytes
    headers: list[tuple[str, str]] = field(default_factory=list)


Change = Callable[[str, str, Said], Said]  # method, path, answer


class FarStudio:
    """Relays under ``prefix``. ``change`` may alter answers after the real one has given them; ``wait`` holds some
    requests up: a pattern of "METHOD /path", and seconds. So many of the next requests as ``drop`` says find their
    connection ended instead of an answer."""

    def __init__(self, url: str, *, prefix: str = "") -> None:
        self.there, self.prefix = url, prefix
        self.change: Change | None = None
        self.wait: tuple[str, float] | None = None
        self.drop = 0
        far = self

        class Relay(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _pass(self) -> None:
                far.passed(self)

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _pass

            def log_message(self, format: str, *args: Any) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Relay)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}{prefix}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Take it away."""
        self.server.shutdown()
        self.server.server_close()

    def passed(self, one: BaseHTTPRequestHandler) -> None:
        """One request to the real one and its answer back."""
        method, path = one.command, one.path
        body = one.rfile.read(int(one.headers.get("content-length") or 0))
        if self.drop:
            self.drop -= 1
            one.close_connection = True
            return
        if self.wait and re.match(self.wait[0], f"{method} {path}"):
            time.sleep(self.wait[1])
        if not path.startswith(f"{self.prefix}/"):
            said = Said(404, b"nothing stands here")
        else:
            said = self._real(method, path.removeprefix(self.prefix), body, one)
            said = self.change(method, path, said) if self.change else said
        one.send_response(said.status)
        for name, value in said.headers:
            one.send_header(name, value)
        one.send_header("content-length", str(len(said.body)))
        one.end_headers()
        one.wfile.write(said.body)

    def _real(self, method: str, path: str, body: bytes, one: BaseHTTPRequestHandler) -> Said:
        sent = {name: value for name, value in one.headers.items() if name.lower() not in ("host", "accept-encoding")}
        for name in {"Referer", "Origin"} & set(sent):
            sent[name] = sent[name].replace(self.url, self.there)
        answer = httpx.request(method, self.there + path, headers=sent, content=body, timeout=120, trust_env=False)
        headers = [(name, answer.headers[name]) for name in KEPT if name in answer.headers]
        headers = [(n, self._moved(v) if n == "location" else v) for n, v in headers]
        headers += [("set-cookie", cookie) for cookie in answer.headers.get_list("set-cookie")]
        return Said(answer.status_code, self._page(answer), headers)

    def _moved(self, location: str) -> str:
        return self.prefix + location if location.startswith("/") else location

    def _page(self, answer: httpx.Response) -> bytes:
        """The page speaks of its host and path, as it does where Label Studio's HOST is set."""
        if not answer.headers.get("content-type", "").startswith("text/html"):
            return answer.content
        page = answer.text.replace('"/static/', f'"{self.url}/static/').replace(
            'hostname: ""', f'hostname: "{self.url}"'
        )
        return page.replace('"/react-app/', f'"{self.prefix}/react-app/').encode()


def with_more(method: str, path: str, said: Said) -> Said:
    """A later version: every object of its answers has further fields, and its cookies a domain."""
    said.headers.append(("set-cookie", "tracker=of-label-studio; Domain=127.0.0.1; Path=/"))
    if "/api/" in path and said.status < 300 and said.body[:1] in (b"{", b"["):
        said.body = json.dumps(_more(json.loads(said.body))).encode()
    return said


def _more(value: Any) -> Any:
    if isinstance(value, list):
        return [_more(one) for one in value]
    if isinstance(value, dict):
        whole = {
            name: one for name, one in value.items() if name in ("result", "parsed_label_config", "control_weights")
        }
        return {name: _more(one) for name, one in value.items()} | whole | {"leaked": "LEAKED"}
    return value
