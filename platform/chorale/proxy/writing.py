"""What a rater may write: an answer to an item of theirs, a change of it, a draft.

Author, item and origin are never theirs to say.
"""

from __future__ import annotations

import logging
import math
from typing import Any

import httpx
from starlette.background import BackgroundTask
from starlette.responses import JSONResponse, Response

from annotation.studio import parse_result
from annotation.studio.client import Json
from chorale.proxy import shapes
from chorale.proxy.call import Call
from chorale.proxy.guard import Refusal, json_body
from chorale.proxy.threads import in_thread
from chorale.proxy.upstream import CutOff, NotSent
from chorale.store import campaigns, seats, studio_raters, studio_sync
from chorale.store.models import Seat, StudioProject
from chorale.store.studio_push import connect
from harmonize.problems import ChoraleError

log = logging.getLogger(__name__)
ENTRY = ("id", "from_name", "to_name", "type", "value", "origin", "original_width", "original_height", "image_rotation",
         "original_length", "parentID")  # fmt: skip


async def submit(call: Call) -> Response:
    """An answer or a skip: checked, seated, sent as this rater, and brought home behind the rater's back."""
    body = await json_body(call.request)
    seat = await call.own_seat(call.numbers[0])
    skipped = body.get("was_cancelled") is True or call.request.query_params.get("was_cancelled") in ("1", "true")
    result = await in_thread(_checked, seat, body.get("result"), skipped)
    sent = {"result": result, "was_cancelled": skipped, "lead_time": _lead_time(body)} | await _own_draft(call, body)
    number = await call.upstream.ls_user(call.visitor)
    _must_work(call)
    try:
        seat, cut_off = await in_thread(seats.take, call.visitor.rater, call.visitor.campaign, seat.task)
    except seats.Refused as refused:
        raise Refusal(409, f"{refused.message} {refused.fix}".strip()) from refused
    if cut_off and (found := await in_thread(studio_raters.own_answer, connect(), seat.task, number)):
        await in_thread(seats.fill, seat, found, skipped=skipped)
        raise Refusal(409, "Your answer had arrived already.")
    try:
        answer = await call.upstream.ask(call.visitor, "POST", f"/api/tasks/{seat.task.ls_id}/annotations/", body=sent)
    except NotSent:  # after any other failure it may have arrived: the seat stays, and the next attempt looks first
        await in_thread(seats.give_back, seat)
        raise
    except CutOff:
        await in_thread(seats.look_soon, seat)
        raise
    if answer.status_code != 201:
        await in_thread(seats.give_back, seat)
        raise _refused(answer)
    made = answer.json()
    await in_thread(seats.fill, seat, int(made["id"]), skipped=skipped)
    return _told(shapes.annotation(made, call.visitor, number), 201, seat)


async def change(call: Call) -> Response:
    """A change of one's own answer; the old one stays in Chorale, retired."""
    body = await json_body(call.request)
    seat = await call.answered_seat(call.numbers[0])
    skipped = body.get("was_cancelled") is True
    result = await in_thread(_checked, seat, body.get("result"), skipped)
    _must_work(call)
    sent = {"result": result, "was_cancelled": skipped, "lead_time": _lead_time(body)}
    answer = await call.upstream.ask(call.visitor, "PATCH", f"/api/annotations/{call.numbers[0]}/", body=sent)
    if answer.status_code != 200:
        raise _refused(answer)
    await in_thread(seats.fill, seat, call.numbers[0], skipped=skipped)
    number = await call.upstream.ls_user(call.visitor)
    return _told(shapes.annotation(answer.json(), call.visitor, number), 200, seat)


async def draft_task(call: Call) -> Response:
    """A first draft of an answer."""
    body = await json_body(call.request)
    seat = await call.own_seat(call.numbers[0])
    return await _draft(call, "POST", f"/api/tasks/{seat.task.ls_id}/drafts", body)


async def draft_answer(call: Call) -> Response:
    """A draft of a change of one's own answer."""
    body = await json_body(call.request)
    seat = await call.answered_seat(call.numbers[0])
    path = f"/api/tasks/{seat.task.ls_id}/annotations/{call.numbers[0]}/drafts"
    return await _draft(call, "POST", path, body)


async def draft_change(call: Call) -> Response:
    """More of one's own draft, or its end."""
    await _known_draft(call, call.numbers[0])
    path = f"/api/drafts/{call.numbers[0]}/"
    if call.request.method == "DELETE":
        await call.upstream.ask(call.visitor, "DELETE", path)
        return Response(status_code=204)
    return await _draft(call, "PATCH", path, await json_body(call.request))


async def _draft(call: Call, method: str, path: str, body: Json) -> Response:
    _must_work(call)
    result = body.get("result")
    if not isinstance(result, list) or not all(isinstance(entry, dict) for entry in result):
        raise Refusal(400, "A draft is a list of controls.")
    answer = await call.upstream.ask(call.visitor, method, path, body={"result": result, "lead_time": _lead_time(body)})
    if answer.status_code not in (200, 201):
        raise _refused(answer)
    return JSONResponse(shapes.draft(answer.json()), status_code=answer.status_code)


async def _known_draft(call: Call, number: int) -> Json:
    """A draft, if it is the rater's own at an item of theirs."""
    answer = await call.upstream.ask(call.visitor, "GET", f"/api/drafts/{number}/")
    found: Json = answer.json() if answer.status_code == 200 else {}
    own = (call.visitor.account.email, await call.upstream.ls_user(call.visitor))
    if found.get("user") not in own or not isinstance(found.get("task"), int):
        raise Refusal(404, "There is no such draft of yours.")
    await call.own_seat(found["task"])
    return found


async def _own_draft(call: Call, body: Json) -> Json:
    number = body.get("draft_id")
    if isinstance(number, bool) or not isinstance(number, int) or number <= 0:
        return {}
    await _known_draft(call, number)
    return {"draft_id": number}


def _checked(seat: Seat, result: Any, skipped: bool) -> list[Json]:
    """The result, if it is an answer to this campaign's form. Raises `Refusal` with everything that is wrong."""
    layers = campaigns.layers_of(seat.task.project.campaign.form)
    item = seat.task.item
    turns = [turn.get("text", "") for turn in item.context]
    parsed = parse_result(result, layers, skipped=skipped, text=item.text or None, turns=turns)
    if parsed.problems:
        told = " ".join(f"{problem.what} {problem.fix}" for problem in parsed.problems[:5])
        raise Refusal(400, told)
    return [] if skipped else [_entry(seat, entry) for entry in result]


def _entry(seat: Seat, entry: Json) -> Json:
    """One control as it is sent on: known fields; by hand, where no suggestion could be seen."""
    kept = shapes.picked(entry, ENTRY)
    return kept if seat.arm == "assisted" and seat.suggestion else kept | {"origin": "manual"}


def _lead_time(body: Json) -> float | None:
    given = body.get("lead_time")
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given):
        return None
    return float(min(max(given, 0.0), 86_400.0))


def _must_work(call: Call) -> None:
    if not call.visitor.works:
        raise Refusal(409, "The campaign is paused. Your answer was not sent.")


def _refused(answer: httpx.Response) -> Refusal:
    log.warning("Label Studio refused a rater's answer: %s %s", answer.status_code, answer.text[:200])
    return Refusal(502, "Label Studio did not take the answer. Please try again.")


def _told(body: Json, status: int, seat: Seat) -> Response:
    """The answer to the rater; the row is brought home after it is sent."""
    return JSONResponse(body, status_code=status, background=BackgroundTask(_bring_home, seat))


async def _bring_home(seat: Seat) -> None:
    try:
        await in_thread(_pull, seat)
    except (ChoraleError, ConnectionError, httpx.HTTPError) as error:
        log.warning("task %s will come with the next sync: %s", seat.task.ls_id, error)


def _pull(seat: Seat) -> None:
    project = StudioProject.objects.select_related("campaign").get(pk=seat.task.project_id)
    studio_sync.pull_task(project, seat.task.ls_id)
