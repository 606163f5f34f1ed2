"""What a rater's page may read. Most of it never reaches Label Studio: what the page needs to hear is made here."""

from __future__ import annotations

import httpx
from starlette.responses import JSONResponse, Response

from annotation import studio
from annotation.studio.client import Json
from chorale.proxy import shapes
from chorale.proxy.call import Call
from chorale.proxy.guard import Refusal
from chorale.proxy.threads import in_thread
from chorale.proxy.tickets import Visitor
from chorale.proxy.upstream import told
from chorale.store import offers, seats, studio_push
from chorale.store.models import Seat
from chorale.store.models.seats import SeatState


async def version(call: Call) -> Response:
    """No versions are told."""
    return JSONResponse({"release": "", "edition": "Community"})


async def who(call: Call) -> Response:
    """The rater, by pseudonym."""
    number = await call.upstream.ls_user(call.visitor)
    return JSONResponse(shapes.person(call.visitor, number) | {"permissions": shapes.PERMISSIONS})


async def users(call: Call) -> Response:
    """Of all people, the rater alone."""
    return JSONResponse([shapes.person(call.visitor, await call.upstream.ls_user(call.visitor))])


async def nothing(call: Call) -> Response:
    """An empty list: models, actions, links."""
    return JSONResponse([])


async def no_links(call: Call) -> Response:
    """No label links."""
    return JSONResponse({"count": 0, "next": None, "previous": None, "results": []})


async def columns(call: Call) -> Response:
    """The columns that the page must know to show an item: its own fields, and none that tells of others."""
    hidden = {"explore": True, "labeling": False}
    shared = {"target": "tasks", "type": "String", "visibility_defaults": hidden}
    made = [shared | {"id": name, "title": name, "parent": "data", "project_defined": True} for name in shapes.FIELDS]
    made.append(shared | {"id": "id", "title": "ID", "type": "Number", "project_defined": False})
    made.append(shared | {"id": "data", "title": "data", "type": "List", "children": list(shapes.FIELDS)})
    return JSONResponse({"columns": made})


async def view(call: Call) -> Response:
    """The one view there is, whatever the page would make of it."""
    made = {
        "id": 1,
        "data": {
            "title": "Items", "type": "list", "target": "tasks", "hiddenColumns": {"explore": [], "labeling": []},
            "columnsWidth": {}, "columnsDisplayType": {}, "gridWidth": 4,
            "filters": {"conjunction": "and", "items": []},
        },
        "order": 0, "user": await call.upstream.ls_user(call.visitor), "project": call.visitor.home,
    }  # fmt: skip
    return JSONResponse([made] if call.request.method == "GET" else made)


async def no_tasks(call: Call) -> Response:
    """A list of tasks would tell who answered what."""
    return JSONResponse({"tasks": [], "total": 0, "total_annotations": 0, "total_predictions": 0})


async def project(call: Call) -> Response:
    """The rater's project: its form, and the rater's own numbers."""
    number = call.own_project(call.numbers[0] if call.numbers else _asked_project(call))
    source = _given(await call.upstream.ask(call.visitor, "GET", f"/api/projects/{number}/"))
    return JSONResponse(shapes.project(source, call.visitor, await in_thread(_done, call.visitor)))


async def history(call: Call) -> Response:
    """The items that were given to the rater, in order, so that they can go back to one."""
    call.own_project(call.numbers[0])
    return JSONResponse(await in_thread(_history, call.visitor))


async def next_task(call: Call) -> Response:
    """The next item: Chorale chooses it, not Label Studio."""
    if call.request.url.path == "/api/dm/actions" and call.request.query_params.get("id") != "next_task":
        raise Refusal(403, "Raters may not do this.")
    if call.numbers:
        call.own_project(call.numbers[0])
    seat = await in_thread(offers.offer, call.visitor.rater, call.visitor.campaign)
    if seat is None:
        why = (await in_thread(offers.standing, call.visitor.rater, call.visitor.campaign)).why
        raise Refusal(404, why or "You have answered everything there is for you. Thank you!")
    if not seat.fresh:
        return JSONResponse(await item_of(call, seat))
    source = await in_thread(_new, seat)
    return JSONResponse(shapes.task(source, seat, call.visitor, await call.upstream.ls_user(call.visitor)))


async def task(call: Call) -> Response:
    """One item that was given to the rater."""
    return JSONResponse(await item_of(call, await call.own_seat(call.numbers[0])))


async def own_annotations(call: Call) -> Response:
    """The rater's own answers to an item of theirs."""
    seen = await item_of(call, await call.own_seat(call.numbers[0]))
    return JSONResponse(seen["annotations"])


async def own_drafts(call: Call) -> Response:
    """The rater's own drafts at an item of theirs."""
    seen = await item_of(call, await call.own_seat(call.numbers[0]))
    return JSONResponse(seen["drafts"])


async def annotation(call: Call) -> Response:
    """One answer of the rater."""
    seat = await call.answered_seat(call.numbers[0])
    found = [a for a in (await item_of(call, seat))["annotations"] if a["id"] == call.numbers[0]]
    if not found:
        raise Refusal(404, "There is no such answer of yours.")
    return JSONResponse(found[0])


async def item_of(call: Call, seat: Seat) -> Json:
    """What the rater's page is told of an item of theirs, with their answers and drafts."""
    source = _given(await call.upstream.ask(call.visitor, "GET", f"/api/tasks/{seat.task.ls_id}/"))
    number = await call.upstream.ls_user(call.visitor)
    return shapes.task(source, seat, call.visitor, number)


def _new(seat: Seat) -> Json:
    """An item that nobody of this name has seen, as Label Studio would tell it: what it holds was sent from here."""
    options = studio_push.options(seat.task.project.campaign_id)
    return {"data": studio.item_data(studio_push.shown(seat.task.item), options)}


def _given(answer: httpx.Response) -> Json:
    if answer.status_code != 200:
        raise Refusal(404 if answer.status_code == 404 else 502, "Label Studio did not give the item.")
    return told(answer)


def _asked_project(call: Call) -> int:
    asked = call.request.query_params.get("project", "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 12 else call.visitor.home


def _own(visitor: Visitor) -> list[Seat]:
    own = seats.own(visitor.rater, visitor.campaign)
    return list(own.select_related("task").order_by("created_at", "pk"))


def _done(visitor: Visitor) -> int:
    return sum(seat.state == SeatState.FILLED for seat in _own(visitor))


def _history(visitor: Visitor) -> list[Json]:
    return [{"taskId": seat.pk, "annotationId": seat.external_id} for seat in _own(visitor)]
