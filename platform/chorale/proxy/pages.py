"""Pages and files: entry, the labelling page, Label Studio's public files, and the items' media."""

from __future__ import annotations

import mimetypes
import secrets
import uuid
from pathlib import Path

from django.conf import settings
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from chorale.proxy.call import Call
from chorale.proxy.guard import COOKIE, SECURE, Refusal, page_policy
from chorale.proxy.page import page
from chorale.proxy.ranged import AHEAD, ranged
from chorale.proxy.style import sheet
from chorale.proxy.threads import in_thread, in_waiting_thread
from chorale.proxy.tickets import SESSION, Visitor, redeem, revoke
from chorale.store import object_store, seats
from chorale.store.models import Item
from chorale.store.tickets import THEMES

THEME = "chorale_label_theme"  # a cookie
PLAYERS = Path(__file__).with_name("players.js")
EMPTY_WORKER = "self.addEventListener('install', () => self.skipWaiting());"


async def enter(request: Request) -> Response:
    """Take a ticket, begin a session of its own (never one the browser brought), go to work."""
    key = await in_thread(redeem, request.query_params.get("ticket", ""))
    if key is None:
        raise Refusal(403, "This link was used or is too old. Please start again from Chorale.")
    await in_thread(revoke, request.cookies.get(COOKIE, ""))
    answer = RedirectResponse("/work", status_code=303)
    age = int(SESSION.total_seconds())
    told = {COOKIE: key}
    if (theme := request.query_params.get("theme")) in THEMES:
        told[THEME] = theme
    for name, value in told.items():
        answer.set_cookie(name, value, max_age=age, path="/", httponly=True, samesite="lax", secure=SECURE)
    return answer


async def leave(request: Request) -> Response:
    """End the session and go back to Chorale."""
    await in_thread(revoke, request.cookies.get(COOKIE, ""))
    answer = RedirectResponse(f"{settings.CHORALE_URL}/", status_code=303)
    answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax", secure=SECURE)
    return answer


async def work(call: Call) -> Response:
    """The labelling page, the same whichever project holds the rater's next item."""
    if not call.visitor.home:
        raise Refusal(404, "The campaign has no items yet.")
    return RedirectResponse(f"/projects/{call.visitor.home}/data?labeling=1", status_code=303)


async def labelling(call: Call) -> Response:
    """Label Studio's page, mended for this rater."""
    number = call.own_project(call.numbers[0])
    answer = await call.upstream.ask(call.visitor, "GET", f"/projects/{number}/data")
    if answer.status_code != 200:
        raise Refusal(502, "Label Studio did not give the page.")
    nonce = secrets.token_urlsafe(16)
    told = page(answer.text, call.visitor, theme=call.request.cookies.get(THEME, ""), nonce=nonce)
    return HTMLResponse(told, headers={"Content-Security-Policy": page_policy(f"'nonce-{nonce}'")})


async def style(request: Request) -> Response:
    """Our own style over Label Studio's page."""
    return Response(sheet(), media_type="text/css")


async def players(request: Request) -> Response:
    """Keys for the recordings of a comparison."""
    return Response(PLAYERS.read_text("utf-8"), media_type="text/javascript")


async def no_worker(request: Request) -> Response:
    """The page asks for a service worker, which would fetch files from Label Studio: it gets one that does nothing."""
    return Response(EMPTY_WORKER, media_type="text/javascript")


async def public_file(call: Call) -> Response:
    """A file of Label Studio's page, the same for everybody."""
    answer = await call.upstream.files.answer(call.request.url.path, call.request.headers)
    answer.headers["Content-Security-Policy"] = page_policy("")  # a worker's file says what the worker may do
    return answer


async def media(call: Call) -> Response:
    """The picture, sound or film of an item that was given to this rater, from Chorale's store, in ranges if asked."""
    name = call.request.url.path.rpartition("/")[2]
    item = await in_thread(_own_item, call.visitor, name)
    if item is None:
        raise Refusal(404, "There is no such item for you.")
    kind = mimetypes.guess_type(item.media)[0] or "application/octet-stream"
    headers: dict[str, str] = {}
    if path := object_store.local_path(item.media):
        if not path.is_file():
            raise Refusal(404, "The file of this item is missing. Please skip it and tell us.")
        return FileResponse(path, media_type=kind, headers=headers)
    source = await in_waiting_thread(object_store.open_key, item.media, ahead=AHEAD)
    return await in_waiting_thread(ranged, source, call.request.headers.get("range", ""), kind, headers)


def _own_item(visitor: Visitor, name: str) -> Item | None:
    try:
        key = uuid.UUID(name)
    except ValueError:
        return None
    own = seats.own(visitor.rater, visitor.campaign)
    given = own.filter(task__item__uuid=key).select_related("task__item").first()
    if given is not None:
        return given.task.item if given.task.item.media else None
    if own.filter(task__item__facets__contains={"members": [str(key)]}).exists():  # shown beside others
        return Item.objects.filter(uuid=key).exclude(media="").first()
    return None
