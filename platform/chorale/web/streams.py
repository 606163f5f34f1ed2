"""Long answers piece by piece, memory flat: Django under ASGI would gather a plain iterator before sending it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest


def flowing(request: HttpRequest, pieces: Iterator[bytes]) -> Iterator[bytes] | AsyncIterator[bytes]:
    """The pieces in the form that the server underneath sends one at a time."""
    return _pulled(pieces) if isinstance(request, ASGIRequest) else pieces


async def _pulled(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    # One thread for all pulls of a request, as the pieces may read from its database connection.
    pull = sync_to_async(next, thread_sensitive=True)
    while (piece := await pull(pieces, None)) is not None:
        yield piece


def batched(lines: Iterator[str], *, size: int = 1 << 16) -> Iterator[bytes]:
    """Lines gathered into pieces of about ``size`` characters."""
    held: list[str] = []
    length = 0
    for line in lines:
        held.append(line)
        length += len(line)
        if length >= size:
            yield "".join(held).encode()
            held, length = [], 0
    if held:
        yield "".join(held).encode()
