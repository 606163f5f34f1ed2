"""What is refused before anybody looks at it: foreign hosts and origins, odd paths, large or non-JSON bodies."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

COOKIE = "chorale_label"
BODY_LIMIT = 512 * 1024
SAFE = frozenset({"GET", "HEAD"})
# One spelling of every path: no escapes, no doubled or dotted segments, no parameters behind a semicolon.
PLAIN_PATH = re.compile(r"/(?:[A-Za-z0-9_~@+,-][A-Za-z0-9._~@+,-]*/?)*")

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    # Label Studio's page has inline scripts and styles and compiles some code as it runs; nothing leaves this origin.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; "
        "connect-src 'self' data: blob:; worker-src 'self' blob:; manifest-src 'self'; form-action 'none'; "
        "base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
    ),
}


class Refusal(Exception):
    """The request is not answered by Label Studio; the rater is told why in ``detail``."""

    def __init__(self, status: int, detail: str) -> None:
        self.status, self.detail = status, detail
        super().__init__(detail)

    def response(self) -> Response:
        """As Label Studio's page understands it."""
        return JSONResponse({"detail": self.detail, "status_code": self.status}, status_code=self.status)


def check(request: Request) -> None:
    """Host, spelling of the path, and where the request comes from. Raises `Refusal`."""
    ours = urlsplit(settings.PROXY_URL)
    if request.headers.getlist("host") != [ours.netloc]:
        raise Refusal(421, "This is another host.")
    raw = request.scope.get("raw_path") or b""
    path = raw.split(b"?")[0].decode("latin-1")
    if path != request.scope["path"] or not PLAIN_PATH.fullmatch(path):
        raise Refusal(400, "This path is not written plainly.")
    if request.method in SAFE:
        if request.headers.get("sec-fetch-site") == "cross-site" and path != "/leave":
            raise Refusal(403, "Enter from Chorale.")
        return
    origin = request.headers.get("origin")
    if origin != f"{ours.scheme}://{ours.netloc}":
        raise Refusal(403, "The request does not come from this page.")


async def json_body(request: Request) -> dict[str, Any]:
    """The body as an object, read up to `BODY_LIMIT`. Raises `Refusal`."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/json":
        raise Refusal(415, "Only JSON is taken.")
    read = bytearray()
    async for block in request.stream():
        read += block
        if len(read) > BODY_LIMIT:
            raise Refusal(413, "The answer is too large.")
    try:
        body = json.loads(read, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Refusal(400, "The body is not JSON.") from error
    if not isinstance(body, dict):
        raise Refusal(400, "The body is not an object.")
    return body


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
