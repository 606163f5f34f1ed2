"""The rater proxy: an application of its own, on an origin of its own.

Raters reach Label Studio only through here. The rater's session there is held by this server; the browser holds a key
to a row. Every path is refused unless `routes` lists it; whatever comes back is built anew from named fields; nothing a
browser says about who it is (tokens, cookies, authors) is passed on.
"""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import django
from django.db import InterfaceError, OperationalError, connections
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chorale.settings")
django.setup()
# A few threads do all its work: each keeps its connection, as a new one for every look would cost more than the look.
connections.settings["default"]["CONN_MAX_AGE"] = 300

from chorale.proxy import buttons, pages, routes  # noqa: E402 - after the settings
from chorale.proxy.call import Call  # noqa: E402
from chorale.proxy.guard import COOKIE, HEADERS, Refusal, check  # noqa: E402
from chorale.proxy.threads import in_thread  # noqa: E402
from chorale.proxy.tickets import visitor  # noqa: E402
from chorale.proxy.upstream import Upstream  # noqa: E402

log = logging.getLogger(__name__)
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
OPEN = {
    "/enter": pages.enter,
    "/leave": pages.leave,
    "/user/logout": pages.leave,
    "/chorale/label.css": pages.style,
    "/chorale/players.js": pages.players,
    "/chorale/buttons.js": buttons.script,
    "/sw.js": pages.no_worker,
}


async def answer(request: Request) -> Response:
    """One request, answered or refused; every response carries the security headers, those of failures too."""
    try:
        response = await _answered(request)
    except Refusal as refusal:
        response = refusal.response()
    except (OperationalError, InterfaceError) as error:
        log.warning("the database does not answer: %s", error)
        response = Refusal(503, "Chorale cannot reach its database. Nothing is lost; try again in a moment.").response()
    except Exception:
        log.exception("%s %s failed", request.method, request.url.path)
        response = Refusal(500, "Chorale made a mistake. Nothing is lost; please tell the organisers.").response()
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


async def _answered(request: Request) -> Response:
    check(request)
    path, method = request.url.path, "GET" if request.method == "HEAD" else request.method
    if method == "GET" and (open_page := OPEN.get(path.rstrip("/"))):
        return await open_page(request)
    person = await in_thread(visitor, request.cookies.get(COOKIE, ""))
    if person is None:
        raise Refusal(401, "Please come in through Chorale.")
    found = routes.find(method, path)
    if found is None:
        raise Refusal(403, "Raters do not need this.")
    handler, numbers = found
    return await handler(Call(request, person, numbers, request.app.state.upstream))


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    app.state.upstream = Upstream()
    yield
    await app.state.upstream.close()


class PlainHttpOnly:
    """Labelling needs no web sockets: they are closed unseen."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass requests on, close sockets."""
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        await self.app(scope, receive, send)


application: ASGIApp = PlainHttpOnly(
    Starlette(routes=[Route("/{path:path}", answer, methods=METHODS)], lifespan=_lifespan)
)
