"""What is refused before anybody looks at it: foreign hosts and origins, odd paths, large or non-JSON bodies."""

from __future__ import annotations

import json
import math
import re
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

SECURE = settings.PROXY_URL.startswith("https://")
# By its prefix no other host name of the site can plant one; browsers take such a cookie over https alone.
COOKIE = "__Host-chorale_label" if SECURE else "chorale_label"
BODY_LIMIT = 512 * 1024
SAFE = frozenset({"GET", "HEAD"})
# One spelling of every path: no escapes, no doubled or dotted segments, no parameters behind a semicolon. A segment
# ends at its slash alone, so there is one way to read a path: a pattern with many would take for ever over a bad one.
SEGMENT = r"[A-Za-z0-9_~@+,-][A-Za-z0-9._~@+,-]*"
PLAIN_PATH = re.compile(rf"/(?:{SEGMENT}/)*(?:{SEGMENT})?")
DEPTH = 20  # how deep a body may be nested; an answer needs five
DIGITS = 18  # of a whole number
UNKEPT = re.compile("[\x00\ud800-\udfff]")  # what no database keeps: NUL, halves of characters

# Of whatever is no page and no file of Label Studio's: opened by itself, it can do nothing.
INERT = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
HEADERS = {
    "Cache-Control": "no-store",  # nothing of a rater stays in the browser after they have left
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Content-Security-Policy": INERT,
}


def page_policy(inline: str) -> str:
    """What Label Studio's page may do, and a worker of it: nothing leaves this origin. ``inline``: which scripts may
    stand in the page itself. Sound is decoded by WebAssembly; styles are set as it runs."""
    return (
        f"default-src 'none'; script-src 'self' {inline} 'wasm-unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; "
        "connect-src 'self' data: blob:; worker-src 'self' blob:; manifest-src 'self'; form-action 'none'; "
        "base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
    )


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
        site, mode = request.headers.get("sec-fetch-site"), request.headers.get("sec-fetch-mode", "navigate")
        if (site == "cross-site" and path != "/leave") or (site == "same-site" and mode != "navigate"):
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
        body = json.loads(read.decode(), parse_constant=_no_constant, parse_float=_finite, parse_int=_whole)
    except (ValueError, RecursionError) as error:
        raise Refusal(400, "The body is not JSON.") from error
    if not _kept(body):
        raise Refusal(400, "The body holds characters that cannot be kept, or is nested too deep.")
    if not isinstance(body, dict):
        raise Refusal(400, "The body is not an object.")
    return body


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _finite(written: str) -> float:
    number = float(written)
    if not math.isfinite(number):
        raise ValueError("too large a number")
    return number


def _whole(written: str) -> int:
    if len(written) > DIGITS:
        raise ValueError("too large a number")
    return int(written)


def _kept(value: Any, depth: int = 0) -> bool:
    """Whether Label Studio and Chorale can keep a value that was read from JSON."""
    if isinstance(value, str):
        return not UNKEPT.search(value)
    if isinstance(value, list | dict) and depth >= DEPTH:
        return False
    if isinstance(value, dict):
        return all(_kept(name) and _kept(inner, depth + 1) for name, inner in value.items())
    return not isinstance(value, list) or all(_kept(inner, depth + 1) for inner in value)
