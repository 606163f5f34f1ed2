"""The steps of a pre-label job whose rater is a language model: ask for a few seconds, then commit what came."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.utils import timezone

from annotation.model_raters.chat import ItemFailure
from annotation.model_raters.chat_rater import ChatRater, Outcome
from annotation.model_raters.items import ShownItem
from annotation.model_raters.limiter import Limiter
from annotation.model_raters.transport import Tally, Transport
from chorale.jobs import engine
from chorale.store import chat_raters, predictions, registry, shown
from chorale.store.models import Collection, Endpoint, Item, Job, Rater, Shard
from chorale.store.models.jobs import JobState
from chorale.store.request_log import DatabaseLog
from harmonize.problems import ChoraleError

SHARD = 2000  # items of a shard: as many workers can ask at once as there are shards
SECONDS = 8.0  # of asking between two commits; the few under way at the end are waited for
COUNTED = ("sent", "answered", "reused", "failed", "prompt_tokens", "completion_tokens")


def plan(job: Job, collection: Collection) -> engine.Plan:
    """Shards of the collection; the endpoint is probed first and the job refused if it cannot do what is needed."""
    endpoint, rater = chat_raters.check(job.params)
    row = chat_raters.row_of(rater, by=job.started_by)
    shared = {"engine": "chat", "rater": row.pk, "endpoint": endpoint.slug}
    only = job.params.get("only")
    total = len(only) if only else collection.items
    starts = range(0, total, SHARD)
    shards = [engine.ShardPlan(shared | {"from": s, "to": min(s + SHARD, total)}) for s in starts]
    return engine.Plan(shards, total=total)


@dataclass
class Session:
    """One stretch of asking: what was drawn, what came, what it took."""

    drawn: int = 0
    outcomes: list[Outcome] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    limit: float = 8.0
    found: bool = False
    seconds: float = 0.0


def step(work: engine.ShardWork, collection: Collection) -> bool:
    """Ask about the shard's next items for some seconds; True when it is finished."""
    cursor = work.cursor or {"position": work.range["from"]}
    endpoint, rater = chat_raters.chosen(work.params | {"endpoint": work.range["endpoint"]})
    row = Rater.objects.get(pk=work.range["rater"])
    if row.model["version"] != rater.version:
        raise ChoraleError("rater-changed", "The endpoint or scheme changed since this job began.", "Start a new job.")
    count = min(_window(cursor), work.range["to"] - cursor["position"])
    items = _drawn(work, collection, cursor["position"], count)
    log = DatabaseLog(row, [item.uuid for item in items], work.job)
    limiter = Limiter(start=int(cursor.get("limit", 8)), high=_share(endpoint), found=cursor.get("found", False))
    left = _budget_left(work)
    if left == 0:
        raise ChoraleError("budget-spent", "The budget of this job is spent.", "Start a job with a larger one.")
    session = asyncio.run(_ask(rater, items, log, limiter, left, _until(work)))
    told = rater.gather(session.outcomes)
    asked = items[: session.drawn]
    moved = _moved(cursor, session)
    with work.commit(cursor=moved, done=len(asked), failed=len(told.failures), message=_message(row, session)):
        scheme = registry.scheme(work.params["scheme"])
        kinds: dict[str, Any] = {"rater": row, "scheme": scheme, "perspective": work.params["perspective"]}
        predictions.write(
            told, asked, **kinds, job=work.job, context_shown=True, image_shown=bool(rater.brief.image_side)
        )
        chat_raters.keep_failures(row, told.failures, asked, job=work.job)
    return bool(moved["position"] >= work.range["to"])


def _drawn(work: engine.ShardWork, collection: Collection, start: int, count: int) -> Sequence[Item]:
    """The next items of the collection, or of those alone that the job names (param ``only``, uuids)."""
    if only := work.params.get("only"):
        found = Item.objects.filter(uuid__in=only[start : start + count]).values_list("pk", flat=True)
        return shown.by_pk(found)
    return shown.piece(collection, start, count)


async def _ask(
    rater: ChatRater, items: Sequence[Item], log: DatabaseLog, limiter: Limiter, left: int | None, until: float
) -> Session:
    session, start = Session(), time.monotonic()

    def source() -> Iterator[ShownItem]:
        for item in items:
            session.drawn += 1
            try:
                yield shown.with_images(item, rater.brief.image_side)
            except ItemFailure as failure:
                session.outcomes.append((shown.shown(item), failure.problem(str(item.uuid))))

    async with Transport(rater.endpoint, log=log, limiter=limiter) as transport:
        session.tally = transport.tally

        def stop() -> bool:
            waiting = session.drawn - len(session.outcomes)  # each will pay for at least one request
            spent = left is not None and session.tally.answered + waiting >= left
            return session.drawn > 0 and (spent or time.monotonic() > until)

        async for outcome in rater.ask_all(source(), transport, stop=stop):
            session.outcomes.append(outcome)
    session.limit, session.found, session.seconds = limiter.limit, limiter.found, time.monotonic() - start
    return session


def _until(work: engine.ShardWork) -> float:
    return min(max(work.deadline, time.monotonic() + 1.0), time.monotonic() + SECONDS)


def _window(cursor: engine.Json) -> int:
    """How many items to load: half as many again as the last stretch managed."""
    return int(min(4000, max(32, 1.5 * SECONDS * cursor.get("pace", 4.0))))


def _share(endpoint: Endpoint) -> int:
    """This worker's part of what the endpoint allows, all workers that ask it now being served alike."""
    asking = Shard.objects.filter(
        state=JobState.RUNNING, lease_until__gt=timezone.now(), range__endpoint=endpoint.slug
    ).count()
    return max(1, endpoint.most_at_once // max(asking, 1))


def _budget_left(work: engine.ShardWork) -> int | None:
    """Requests this job may still pay for, or None without a budget. All shards draw on the same budget."""
    budget = work.params.get("budget_requests")
    if not budget:
        return None
    return max(0, int(budget) - int(spent(work.job)["answered"]))


def spent(job: Job) -> engine.Json:
    """What the job's shards have sent, been answered and used so far; retries by reason."""
    total: engine.Json = {**dict.fromkeys(COUNTED, 0), "retries": {}}
    for cursor in job.shards.exclude(cursor=None).values_list("cursor", flat=True):
        for name, count in cursor.get("tally", {}).items():
            if name == "retries":
                for reason, times in count.items():
                    total["retries"][reason] = total["retries"].get(reason, 0) + times
            elif name in total:
                total[name] += count
    return total


def _moved(cursor: engine.Json, session: Session) -> engine.Json:
    """The cursor after a session: place, pace in items a second, the limit that was reached, what was used."""
    tally = asdict(session.tally)
    before = cursor.get("tally", {"retries": {}})
    for reason, times in before["retries"].items():
        tally["retries"][reason] = tally["retries"].get(reason, 0) + times
    for name in COUNTED:
        tally[name] += before.get(name, 0)
    return {
        "position": cursor["position"] + session.drawn,
        "pace": round(session.drawn / max(session.seconds, 0.01), 2),
        "limit": round(session.limit, 1),
        "found": session.found,
        "tally": tally,
    }


def _message(rater: Rater, session: Session) -> str:
    tokens = session.tally.prompt_tokens + session.tally.completion_tokens
    rate = max(session.seconds, 0.01)
    return f"{rater.model['name']}: {session.drawn / rate:.1f} items/s, {tokens / rate:.0f} tokens/s"
