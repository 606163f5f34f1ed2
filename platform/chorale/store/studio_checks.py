"""Is what arrived an answer? Author, one a rater and item, the cap, and the answer itself, in this order."""

from __future__ import annotations

from collections.abc import Sequence

from annotation.studio import parse_result
from annotation.studio.client import Json
from chorale.store.models import StudioTask
from chorale.store.studio_arrival import Arrival
from chorale.store.studio_rows import Frame
from harmonize.problems import Problem


def check_task(frame: Frame, row: StudioTask, annotations: Sequence[Json]) -> list[Arrival]:
    """Every annotation of a task, oldest first, judged with those before it: a rater's second one and one beyond the
    overlap are problems, the first ones stand."""
    arrivals = []
    seen: set[int] = set()
    answered = 0
    for raw in sorted(annotations, key=lambda a: int(a["id"])):
        arrival = _read(frame, row, raw)
        rater = arrival.rater
        if rater is not None and rater.pk in frame.gone:
            arrival.leaving, arrival.problems = True, ()
        elif not arrival.problems and rater is not None and rater.pk in seen:
            arrival.problems = (_wrong(row, "duplicate-answer", "The rater has answered this item before."),)
        elif not arrival.problems and not arrival.skipped and answered >= frame.cap(row):
            arrival.problems = (_wrong(row, "over-cap", "The item has all the answers that were planned."),)
        elif not arrival.problems and rater is not None:
            seen.add(rater.pk)
            answered += not arrival.skipped
        arrivals.append(arrival)
    return arrivals


def author(raw: Json) -> int | None:
    """Label Studio's number of who is said to have answered (an object in one of its answers, a number in another)."""
    said = raw.get("completed_by")
    said = said.get("id") if isinstance(said, dict) else said
    return said if isinstance(said, int) else None


def _read(frame: Frame, row: StudioTask, raw: Json) -> Arrival:
    number, revision = int(raw["id"]), str(raw.get("updated_at") or raw.get("created_at") or "")
    arrival = Arrival(raw | {"task": row.ls_id}, number, revision, skipped=bool(raw.get("was_cancelled")))
    who = author(raw)
    arrival.rater = frame.raters.get(who) if who is not None else None
    changed_by = raw.get("updated_by")
    if arrival.rater is None:
        arrival.problems = (_wrong(row, "wrong-author", "The author is no rater of this campaign."),)
    elif changed_by not in (None, who):
        arrival.problems = (_wrong(row, "wrong-author", "Somebody else changed the answer."),)
    else:
        arrival.parsed = parse_result(
            raw.get("result"),
            frame.layers,
            skipped=arrival.skipped,
            text=row.item.text or None,
            turns=[turn.get("text", "") for turn in row.item.context],
            where=f"task {row.ls_id}, annotation {number}",
        )
        arrival.problems = arrival.parsed.problems
    return arrival


def _wrong(row: StudioTask, code: str, what: str) -> Problem:
    return Problem(f"task {row.ls_id}", what, "Look at it in Label Studio; it counts for nothing here.", code)
