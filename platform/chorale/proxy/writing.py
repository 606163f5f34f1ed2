"""What a rater may write: an answer to an item of theirs, a change of it, a draft.

Author, item and origin are never theirs to say.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import httpx
from starlette.background import BackgroundTask
from starlette.responses import JSONResponse, Response

from annotation.studio import parse_result
from annotation.studio.client import Json
from chorale.proxy import shapes
from chorale.proxy.call import Call
from chorale.proxy.guard import Refusal, json_body
from chorale.proxy.reading import item_of
from chorale.proxy.threads import P, T, in_thread, in_waiting_thread
from chorale.proxy.upstream import CutOff, NotSent, told
from chorale.store import campaigns, seats, studio_raters, studio_sync
from chorale.store.models import Seat, StudioProject
from chorale.store.studio_push import connect
from harmonize.problems import ChoraleError

log = logging.getLogger(__name__)
ENTRY = ("from_name", "to_name", "type", "value", "origin")
NAMES = ("id", "parentID")  # of regions
DRAFTS = 10  # of one answer
SIZES = ("original_width", "original_height", "image_rotation", "original_length")


async def submit(call: Call) -> Response:
    """An answer or a skip: checked, seated, sent as this rater, and brought home behind the rater's back."""
    body = await json_body(call.request)
    seat = await call.own_seat(call.numbers[0])
    skipped = body.get("was_cancelled") is True or call.request.query_params.get("was_cancelled") in ("1", "true")
    result = await in_thread(_checked, seat, body.get("result"), skipped)
    sent = {"result": result, "was_cancelled": skipped, "lead_time": _lead_time(body)} | await _own_draft(call, body)
    number = await call.upstream.ls_user(call.visitor)
    _must_work(call)
    seat, cut_off = await _seated(seats.take, call.visitor.rater, call.visitor.campaign, seat.task)
    if cut_off and (found := await in_waiting_thread(studio_raters.own_answer, connect(), seat.task, number)):
        await in_thread(seats.fill, seat, found, skipped=skipped)
        raise Refusal(409, "Your answer had arrived already.")
    made = await _sent(call, seat, sent)
    await in_thread(seats.fill, seat, made["id"], skipped=skipped)
    return _answered(shapes.annotation(made, seat, call.visitor, number), 201, seat)


async def _seated(claim: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
    try:
        return await in_thread(claim, *args, **options)
    except seats.Refused as refused:
        raise Refusal(409, f"{refused.message} {refused.fix}".strip()) from refused


async def _sent(call: Call, seat: Seat, body: Json) -> Json:
    """The answer as Label Studio has made it. Wherever it may have arrived all the same, the seat stays, and the next
    attempt looks first."""
    try:
        answer = await call.upstream.ask(call.visitor, "POST", f"/api/tasks/{seat.task.ls_id}/annotations/", body=body)
        made = told(answer) if answer.status_code == 201 else {}
        if made and not isinstance(made.get("id"), int):
            raise CutOff(502, "Label Studio did not tell the answer's number. Nothing is lost; try again in a moment.")
    except NotSent:
        await in_thread(seats.give_back, seat)
        raise
    except CutOff:
        await in_thread(seats.look_soon, seat)
        raise
    if not made:
        await in_thread(seats.give_back, seat)
        raise _refused(answer)
    return made


async def change(call: Call) -> Response:
    """A change of one's own answer; the old one is in Chorale by then, and stays there, retired. What was skipped needs
    a free place."""
    body = await json_body(call.request)
    seat = await call.answered_seat(call.numbers[0])
    skipped = body.get("was_cancelled") is True
    result = await in_thread(_checked, seat, body.get("result"), skipped)
    _must_work(call)
    await _home_before(seat)
    again = not skipped and await _seated(seats.take_again, seat)
    sent = {"result": result, "was_cancelled": skipped, "lead_time": _lead_time(body)}
    answer = await call.upstream.ask(call.visitor, "PATCH", f"/api/annotations/{call.numbers[0]}/", body=sent)
    if answer.status_code != 200:
        if again:
            await in_thread(seats.fill, seat, call.numbers[0], skipped=True)
        raise _refused(answer)
    await in_thread(seats.fill, seat, call.numbers[0], skipped=skipped)
    number = await call.upstream.ls_user(call.visitor)
    return _answered(shapes.annotation(told(answer), seat, call.visitor, number), 200, seat)


async def draft_task(call: Call) -> Response:
    """A first draft of an answer; a page makes one, two pages two, a program any number."""
    body = await json_body(call.request)
    seat = await call.own_seat(call.numbers[0])
    if len((await item_of(call, seat))["drafts"]) >= DRAFTS:
        raise Refusal(409, "There are too many drafts of this answer. Send it, or go on with one of them.")
    return await _draft(call, seat, "POST", f"/api/tasks/{seat.task.ls_id}/drafts", body)


async def draft_answer(call: Call) -> Response:
    """A draft of a change of one's own answer."""
    body = await json_body(call.request)
    seat = await call.answered_seat(call.numbers[0])
    path = f"/api/tasks/{seat.task.ls_id}/annotations/{call.numbers[0]}/drafts"
    return await _draft(call, seat, "POST", path, body)


async def draft_change(call: Call) -> Response:
    """More of one's own draft, or its end."""
    seat = await _drafted_seat(call, call.numbers[0])
    path = f"/api/drafts/{call.numbers[0]}/"
    if call.request.method == "DELETE":
        await call.upstream.ask(call.visitor, "DELETE", path)
        return Response(status_code=204)
    return await _draft(call, seat, "PATCH", path, await json_body(call.request))


async def _draft(call: Call, seat: Seat, method: str, path: str, body: Json) -> Response:
    _must_work(call)
    result = body.get("result")
    if not isinstance(result, list) or not all(isinstance(entry, dict) for entry in result):
        raise Refusal(400, "A draft is a list of controls.")
    answer = await call.upstream.ask(call.visitor, method, path, body={"result": result, "lead_time": _lead_time(body)})
    if answer.status_code not in (200, 201):
        raise _refused(answer)
    return JSONResponse(shapes.draft(told(answer), seat), status_code=answer.status_code)


async def _drafted_seat(call: Call, number: int) -> Seat:
    """The seat of a draft, if it is the rater's own at an item of theirs."""
    answer = await call.upstream.ask(call.visitor, "GET", f"/api/drafts/{number}/")
    found = told(answer) if answer.status_code == 200 else {}
    own = (call.visitor.account.email, await call.upstream.ls_user(call.visitor))
    if found.get("user") not in own or not isinstance(found.get("task"), int):
        raise Refusal(404, "There is no such draft of yours.")
    return await call.seat_at(found["task"])


async def _own_draft(call: Call, body: Json) -> Json:
    number = body.get("draft_id")
    if isinstance(number, bool) or not isinstance(number, int) or number <= 0:
        return {}
    await _drafted_seat(call, number)
    return {"draft_id": number}


def _checked(seat: Seat, result: Any, skipped: bool) -> list[Json]:
    """The result, if it is an answer to this campaign's form. Raises `Refusal` with everything that is wrong."""
    layers = campaigns.layers_of(seat.task.project.campaign.form)
    item = seat.task.item
    turns = [turn.get("text", "") for turn in item.context]
    parsed = parse_result(result, layers, skipped=skipped, text=item.text or None, turns=turns)
    if parsed.problems:
        wrong = " ".join(f"{problem.what} {problem.fix}" for problem in parsed.problems[:5])
        raise Refusal(400, wrong)
    if not skipped and not all(isinstance(entry.get("to_name"), str) for entry in result):
        raise Refusal(400, "A control does not say what it is about. Answer in Chorale's own form.")
    return [] if skipped else [_entry(seat, entry) for entry in result]


def _entry(seat: Seat, entry: Json) -> Json:
    """One control as it is sent on: known fields; by hand, where no suggestion could be seen."""
    kept = shapes.picked(entry, ENTRY)
    kept |= {name: entry[name] for name in NAMES if isinstance(entry.get(name), str)}
    kept |= {name: entry[name] for name in SIZES if isinstance(entry.get(name), int | float)}
    return kept if seat.arm == "assisted" and seat.suggestion else kept | {"origin": "manual"}


def _lead_time(body: Json) -> float | None:
    given = body.get("lead_time")
    if isinstance(given, bool) or not isinstance(given, int | float):
        return None
    return float(min(max(given, 0.0), 86_400.0))


def _must_work(call: Call) -> None:
    if not call.visitor.works:
        raise Refusal(409, "The campaign is paused. Your answer was not sent.")


def _refused(answer: httpx.Response) -> Refusal:
    log.warning("Label Studio refused a rater's answer: %s %s", answer.status_code, answer.text[:200])
    return Refusal(502, "Label Studio did not take the answer. Please try again.")


def _answered(body: Json, status: int, seat: Seat) -> Response:
    """The answer to the rater; the row is brought home after it is sent."""
    return JSONResponse(body, status_code=status, background=BackgroundTask(_bring_home, seat))


async def _home_before(seat: Seat) -> None:
    """Bring an answer home before it is changed: Label Studio will hold the new one alone."""
    try:
        await in_waiting_thread(_pull, seat)
    except (ChoraleError, ConnectionError, httpx.HTTPError) as error:
        log.warning("task %s is not changed, as it could not be read: %s", seat.task.ls_id, error)
        raise Refusal(502, "Label Studio does not answer. Your answer stands; change it in a moment.") from error


async def _bring_home(seat: Seat) -> None:
    try:
        await in_waiting_thread(_pull, seat)
    except (ChoraleError, ConnectionError, httpx.HTTPError) as error:
        log.warning("task %s will come with the next sync: %s", seat.task.ls_id, error)


def _pull(seat: Seat) -> None:
    project = StudioProject.objects.select_related("campaign").get(pk=seat.task.project_id)
    studio_sync.pull_task(project, seat.task.ls_id)
