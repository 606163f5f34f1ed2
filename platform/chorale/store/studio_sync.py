"""Out of Label Studio: what raters answered becomes responses and judgments, checked on arrival, each once.

A page of tasks is taken in one transaction with its tasks locked, so pulls may overlap, repeat, or die anywhere. An
answer is known by its Label Studio id and revision: a newer revision supersedes (the old judgments are retired), an
older one that comes late is ignored, a deletion retires. What is not a valid answer becomes a SyncProblem, whole.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from annotation.studio.client import Json, Page, stamp
from annotation.studio.results import Parsed
from chorale.store import bridge, seats, studio_rows
from chorale.store.copied import copy_new
from chorale.store.models import Campaign, Judgment, Rater, Response, Seat, StudioProject, StudioTask, SyncProblem
from chorale.store.models.judgments import Arm
from chorale.store.models.seats import SeatState
from chorale.store.studio_arrival import Arrival
from chorale.store.studio_checks import check_task
from chorale.store.studio_push import connect
from chorale.store.studio_rows import Frame
from harmonize.problems import Problem

SETTLED = dt.timedelta(seconds=5)  # younger answers may be missing from a page that was read while they were written
OVERLAP = dt.timedelta(seconds=30)  # how far a delta reaches back behind the last one; no write there takes longer


@dataclass
class Taken:
    """What one page changed."""

    tasks: int = 0
    added: int = 0
    superseded: int = 0
    retired: int = 0
    problems: int = 0

    def to_dict(self) -> dict[str, int]:
        """As the job reports it."""
        return dict(vars(self))


@dataclass
class _Batch:
    """What stands here of a page's tasks, read at once, and the rows to be written at its end, at once."""

    frame: Frame
    known: Mapping[int, Mapping[int | None, Response]]  # by item and rater
    seats: dict[int, dict[int, Seat]]  # by task and rater
    amiss: Mapping[int, set[int]]  # open problems' answers, by Label Studio's task
    taken: Taken = field(default_factory=Taken)
    judged: list[tuple[Response, Parsed]] = field(default_factory=list)
    changed: list[Response] = field(default_factory=list)
    fresh: list[Response] = field(default_factory=list)
    left: list[Response] = field(default_factory=list)
    seated: list[Seat] = field(default_factory=list)
    filled: list[Seat] = field(default_factory=list)
    mended: set[int] = field(default_factory=set)
    dropped: set[int] = field(default_factory=set)
    wrong: dict[tuple[int, str, str], SyncProblem] = field(default_factory=dict)  # by answer, revision, code

    @staticmethod
    def of(frame: Frame, rows: Sequence[StudioTask], tasks: int) -> _Batch:
        """The batch of these tasks, of ``tasks`` on the page."""
        seats_of: dict[int, dict[int, Seat]] = {}
        for seat in Seat.objects.filter(task__in=rows).order_by("pk"):
            seats_of.setdefault(seat.task_id, {})[seat.rater_id] = seat
        amiss: dict[int, set[int]] = {}
        numbers = [row.ls_id for row in rows]
        bad = SyncProblem.objects.filter(project=frame.project, state="open", raw__task__in=numbers)
        for number, answer in bad.values_list("raw__task", "ls_annotation"):
            amiss.setdefault(number, set()).add(answer)
        return _Batch(frame, _responses(frame.campaign, rows), seats_of, amiss, Taken(tasks=tasks))


@transaction.atomic
def take_page(project: StudioProject, page: Page, *, after: int = 0, full: bool = False) -> Taken:
    """Bring the rows of a page's tasks to what the page says. ``full``: the page holds every task above ``after`` up to
    its own bound, so that one of ours that is missing was deleted in Label Studio; tasks beyond are only taken."""
    frame = Frame.of(project)
    numbers = [int(task["id"]) for task in page.tasks]
    rows = StudioTask.objects.select_for_update(of=("self",)).filter(project=project)
    named = Q(ls_id__in=numbers)
    if full:
        named |= Q(ls_id__gt=after, **({} if page.upto is None else {"ls_id__lte": page.upto}))
    rows = rows.filter(named)
    ours = {row.ls_id: row for row in rows.select_related("item").order_by("pk")}
    batch = _Batch.of(frame, list(ours.values()), len(numbers))
    for task in page.tasks:
        row = ours.get(int(task["id"]))
        if row is None:
            _foreign(task, batch)
        else:
            _take_task(row, task, page, batch)
    _write(batch)
    for number in ours.keys() - set(numbers):  # the task itself was deleted: it may be pushed again
        _retire_missing(ours[number], set(), page, batch)
        ours[number].delete()
    _close_problems(batch)
    return batch.taken


def pull_task(project: StudioProject, number: int) -> Taken:
    """Bring one task up to date now: after a submit through the proxy, or on a webhook's hint."""
    assert project.ls_id is not None
    page = connect().task(number)
    if page.tasks and int(page.tasks[0].get("project") or 0) != project.ls_id:
        return Taken()
    with transaction.atomic():
        taken = take_page(project, page)
        if taken.added or taken.retired or taken.problems:
            studio_rows.count_on(project.campaign, number, added=taken.added - taken.retired, problems=taken.problems)
    return taken


@transaction.atomic
def recount(campaign: Campaign) -> None:
    """Store the counters of a campaign and of its raters' places, so that no page has to count."""
    campaign = Campaign.objects.select_for_update().get(pk=campaign.pk)
    studio_rows.recount(campaign)


def _take_task(row: StudioTask, task: Json, page: Page, batch: _Batch) -> None:
    arrivals = check_task(batch.frame, row, task["annotations"])
    for arrival in arrivals:
        if arrival.leaving:
            _let_go(row, arrival, batch)
        elif arrival.problems:
            _report(arrival.raw, arrival.problems, batch)
        else:
            assert arrival.rater is not None
            _accept(row, arrival, arrival.rater, page, batch)
    _retire_missing(row, {arrival.number for arrival in arrivals if not arrival.leaving}, page, batch)


def _let_go(row: StudioTask, arrival: Arrival, batch: _Batch) -> None:
    """An answer that was on its way when its rater took theirs out: known here, retired, to be deleted there."""
    assert arrival.rater is not None
    old = batch.known.get(row.item_id, {}).get(arrival.rater.pk)
    if old is None:
        blind = Seat(task=row, rater=arrival.rater, arm=Arm.BLIND)
        response = studio_rows.response(batch.frame, row.item, arrival.rater, arrival, blind)
        response.retired_at = timezone.now()
        batch.fresh.append(response)
    elif old.retired_at is not None and old.external_id is None:
        old.external_id = arrival.number
        batch.left.append(old)


def _accept(row: StudioTask, arrival: Arrival, rater: Rater, page: Page, batch: _Batch) -> None:
    """One valid answer: a new response, a newer revision of a known one, or nothing new. One that was retired here
    stands again only if the page was read after that: an older page does not know of the deletion."""
    old = batch.known.get(row.item_id, {}).get(rater.pk)
    known = old and old.external_id == arrival.number and stamp(old.external_revision) >= stamp(arrival.revision)
    if old and known and (old.retired_at is None or page.read_at <= old.retired_at):
        _free_skipped(row, arrival, rater, page, batch)
        return
    seat, seated = _seat(row, arrival, rater, batch)
    if arrival.number in batch.amiss.get(row.ls_id, ()):
        batch.mended.add(arrival.number)
    if old is None:
        response = studio_rows.response(batch.frame, row.item, rater, arrival, seat)
        batch.fresh.append(response)
        batch.taken.added += 1
    else:
        response = studio_rows.revised(old, arrival, seat, seated=seated)
        batch.changed.append(response)
        batch.taken.superseded += 1
    batch.judged.append((response, arrival.parsed))


def _free_skipped(row: StudioTask, arrival: Arrival, rater: Rater, page: Page, batch: _Batch) -> None:
    """A place that was claimed for a skipped item and whose answer never came is free again; one that was claimed just
    now may have its answer on the way."""
    seat = batch.seats.get(row.pk, {}).get(rater.pk)
    claimed = arrival.skipped and seat and seat.state == SeatState.FILLED and seat.sent_at
    if seat and claimed and seat.sent_at < page.read_at - seats.SENDING:
        seat.state = SeatState.SKIPPED
        batch.filled.append(seat)


def _seat(row: StudioTask, arrival: Arrival, rater: Rater, batch: _Batch) -> tuple[Seat, bool]:
    """The rater's seat at the item, filled, and whether it stood before; an answer that came past the proxy gets one
    now, blind."""
    at_task = batch.seats.setdefault(row.pk, {})
    seat, stood = at_task.get(rater.pk), rater.pk in at_task
    if seat is None:
        planned = sum(seats.is_taken(other) and not other.top_up for other in at_task.values())
        extra = planned >= batch.frame.campaign.overlap
        seat = Seat(task=row, rater=rater, arm=Arm.BLIND, held_until=timezone.now(), top_up=extra)
        at_task[rater.pk] = seat
        batch.seated.append(seat)
    else:
        batch.filled.append(seat)
    seat.state = SeatState.SKIPPED if arrival.skipped else SeatState.FILLED
    seat.external_id = arrival.number
    return seat, stood


def _write(batch: _Batch) -> None:
    """All rows of a page: seats, responses, the retirement of what they supersede, judgments."""
    copy_new(batch.seated)
    Seat.objects.bulk_update(batch.filled, ["state", "external_id"]) if batch.filled else None
    copy_new(batch.fresh)
    Response.objects.bulk_update(batch.changed, studio_rows.REVISED) if batch.changed else None
    Response.objects.bulk_update(batch.left, ["external_id"]) if batch.left else None
    revisions = studio_rows.next_revisions(batch.changed)
    now = timezone.now()
    Judgment.objects.filter(response__in=batch.changed, retired_at__isnull=True).update(retired_at=now)
    rows = (
        judgment
        for response, parsed in batch.judged
        for judgment in studio_rows.judgments(batch.frame, response, parsed, revisions.get(response.pk, 0))
    )
    bridge.copy_in("judgment", studio_rows.JUDGMENT, rows)


def _retire_missing(row: StudioTask, present: set[int], page: Page, batch: _Batch) -> None:
    """What we hold and Label Studio no longer has was deleted there."""
    now = timezone.now()
    for response in batch.known.get(row.item_id, {}).values():
        gone = response.external_id not in present and response.retired_at is None
        if gone and stamp(response.external_revision) < page.read_at - SETTLED:
            Response.objects.filter(pk=response.pk).update(retired_at=now)
            Judgment.objects.filter(response=response, retired_at__isnull=True).update(retired_at=now)
            Seat.objects.filter(task=row, rater_id=response.rater_id).delete()
            seats.room_again(StudioTask.objects.filter(pk=row.pk))
            batch.taken.retired += 1
    batch.dropped |= batch.amiss.get(row.ls_id, set()) - present


def _close_problems(batch: _Batch) -> None:
    """What was wrong and is mended, and what is there no more."""
    still = SyncProblem.objects.filter(project=batch.frame.project, state="open")
    for state, answers in (("mended", batch.mended), ("dropped", batch.dropped)):
        if answers:
            still.filter(ls_annotation__in=answers).update(state=state)
    _keep_wrong(batch)


def _report(raw: Json, problems: Iterable[Problem], batch: _Batch) -> None:
    """What arrived and is no valid answer, to be kept once a revision and reason."""
    for problem in problems:
        row = SyncProblem(
            project=batch.frame.project, ls_annotation=int(raw["id"]), revision=str(raw.get("updated_at", "")),
            code=problem.code, what=problem.what, fix=problem.fix, raw=raw,
        )  # fmt: skip
        batch.wrong.setdefault((row.ls_annotation, row.revision, row.code), row)


def _keep_wrong(batch: _Batch) -> None:
    """New problems become rows; one that was thought over and is there again is open again; those of an older revision
    of the same answer give way."""
    rows = SyncProblem.objects.filter(project=batch.frame.project, ls_annotation__in={key[0] for key in batch.wrong})
    held = {(p.ls_annotation, p.revision, p.code): p for p in rows.defer("raw")} if batch.wrong else {}
    fresh = [row for key, row in batch.wrong.items() if key not in held]
    again = [held[key].pk for key in batch.wrong if key in held and held[key].state != "open"]
    past = [row.pk for key, row in held.items() if key not in batch.wrong and row.state == "open"]
    SyncProblem.objects.bulk_create(fresh, ignore_conflicts=True)
    SyncProblem.objects.filter(pk__in=past).update(state="dropped") if past else None
    SyncProblem.objects.filter(pk__in=again).update(state="open") if again else None
    batch.taken.problems += len(fresh) + len(again)


def _foreign(task: Json, batch: _Batch) -> None:
    """Answers to a task that Chorale did not push."""
    problem = Problem("Label Studio", "The task was not made by Chorale.", "Remove it there.", "unknown-task")
    for raw in task["annotations"]:
        _report(raw | {"task": task["id"]}, [problem], batch)


def _responses(campaign: Campaign, rows: Iterable[StudioTask]) -> dict[int, dict[int | None, Response]]:
    """The campaign's responses to the items of these tasks, by item and rater."""
    found: dict[int, dict[int | None, Response]] = {}
    items = [row.item_id for row in rows]
    for response in Response.objects.filter(campaign=campaign, item__in=items).order_by("pk"):
        found.setdefault(response.item_id, {})[response.rater_id] = response
    return found
