"""Files of the object store over HTTP: whole or in ranges, resumable, with a validator, memory flat."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterator
from typing import IO

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header

from chorale.store import object_store
from chorale.web.streams import flowing

BLOCK = 1 << 20
SHOWN, SCRIPTED = ("image/", "audio/", "video/"), ("image/svg+xml",)  # types that a browser may open in our name
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def serve(request: HttpRequest, key: str, *, etag: str, attachment: bool) -> HttpResponseBase:
    """The file under ``key``, or the part that `Range` asks for; 404 if it is gone.

    ``etag`` names these bytes for ever, so that a download can go on after a break (`If-Range`). What is no picture,
    sound or film, or may hold a script, is handed over as bytes to keep, whatever its name says.
    """
    try:
        file = object_store.open_key(key)
    except FileNotFoundError:
        raise Http404 from None
    size = file.seek(0, 2)
    name = key.rsplit("/", 1)[-1]
    span = _span(request, size, etag)
    if span is None:
        response: HttpResponseBase = HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
        file.close()
        return response
    start, stop = span
    kind = mimetypes.guess_type(name)[0] or ""
    if not attachment and (kind in SCRIPTED or not kind.startswith(SHOWN)):
        kind, attachment = "", True
    response = StreamingHttpResponse(
        flowing(request, _blocks(file, start, stop)),
        content_type=kind or "application/octet-stream",
        status=206 if (start, stop) != (0, size) else 200,
    )
    response["Accept-Ranges"] = "bytes"
    response["Content-Length"] = str(stop - start)
    response["Content-Disposition"] = content_disposition_header(attachment, name) or "inline"
    response["ETag"] = f'"{etag}"'
    if response.status_code == 206:
        response["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    return response


def _span(request: HttpRequest, size: int, etag: str) -> tuple[int, int] | None:
    """(start, stop) of what is asked for: all without a range, or with one of another version; None if impossible."""
    asked = _RANGE.fullmatch(request.headers.get("Range", "").strip())
    valid = request.headers.get("If-Range", f'"{etag}"') == f'"{etag}"'
    if asked is None or not valid or asked.groups() == ("", ""):
        return 0, size
    first, last = asked.groups()
    if not first:  # the last so many bytes
        return (max(size - int(last), 0), size) if int(last) and size else None
    start, stop = int(first), min(int(last) + 1, size) if last else size
    return (start, stop) if start < stop else None


def _blocks(file: IO[bytes], start: int, stop: int) -> Iterator[bytes]:
    with file:
        file.seek(start)
        left = stop - start
        while left > 0 and (block := file.read(min(BLOCK, left))):
            left -= len(block)
            yield block
