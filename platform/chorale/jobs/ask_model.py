"""The shards of a pre-label job whose rater is a language model, and what their cursors tell of it."""

from __future__ import annotations

import math
import time

import numpy as np
from django.db.models import QuerySet

from annotation.model_raters.chat_rater import ChatRater
from annotation.model_raters.limiter import Limiter
from annotation.model_raters.predictions import Predictions
from chorale.jobs import budgets, engine
from chorale.jobs.asking import Piece, Session, joined
from chorale.store import calibrations, chat_raters, registry, shown
from chorale.store.models import Collection, Endpoint, Item, Job, Rater, Shard
from chorale.store.request_log import DatabaseLog
from harmonize.problems import ChoraleError

FIRST = 8  # requests to begin with at a server that is not known
LEAST, MOST, PARTS = 10_000, 20_000, 4  # items of a shard: as many workers can ask at once as there are shards
LEAST_MEDIA = 1000  # where items are shown with pictures or sound, which take a worker long to prepare
SECONDS = 25.0  # of one task: at its end the places at the server run empty, so it is longer than others
COUNTED = ("sent", "answered", "reused", "failed", "prompt_tokens", "completion_tokens")


def plan(job: Job, collection: Collection) -> engine.Plan:
    """Shards of the collection; the endpoint is probed first and the job refused if it cannot do what is needed."""
    endpoint, rater = chat_raters.check(job.params)
    job.budget = budgets.asked(job.params, endpoint)
    job.save(update_fields=["budget"])
    row = chat_raters.row_of(rater, by=job.started_by)
    shared: engine.Json = {"engine": "chat", "rater": row.pk, "endpoint": endpoint.slug}
    if chosen := job.params.get("calibration"):
        shared["speaker"] = calibrations.chosen(chosen, row).calibrated_id
    only = job.params.get("only")
    total = len(only) if only else collection.items
    least = LEAST_MEDIA if rater.brief.media.needs() else LEAST
    places = len(only) if only else shown.places(collection)  # more than items where some were erased
    size = min(MOST, max(least, math.ceil(places / PARTS)))
    shards = [engine.ShardPlan(shared | {"from": s, "to": min(s + size, places)}) for s in range(0, places, size)]
    return engine.Plan(shards, total=total)


def step(work: engine.ShardWork, collection: Collection) -> bool:
    """Ask about the shard's next items as long as this task may last; True when the shard is finished."""
    endpoint, rater = chat_raters.chosen(work.params | {"endpoint": work.range["endpoint"]})
    row = Rater.objects.get(pk=work.range["rater"])
    if row.model["version"] != rater.version:
        raise ChoraleError("rater-changed", "The endpoint or scheme changed since this job began.", "Start a new job.")
    rest_if_spent(work.job, endpoint)
    writer = _Writer(work, rater, row)
    cursor = work.cursor or {"position": work.range["from"]}

    def read(start: int, count: int) -> list[tuple[int, Item]]:
        if only := work.params.get("only"):
            place = {name: start + row for row, name in enumerate(only[start : start + count])}
            found = {place[str(item.uuid)]: item for item in shown.by_uuid(place)}
            return sorted(found.items())
        return shown.placed(collection, start, count)

    log = DatabaseLog(row, job=work.job, endpoint=endpoint)
    limiter = Limiter(
        start=_start(work, cursor, endpoint), high=endpoint.most_at_once, found=cursor.get("found", False)
    )
    session = Session(work, endpoint, rater, log, read, lambda piece: writer.commit(piece, limiter))
    session.run(cursor["position"], work.range["to"], limiter, max(work.deadline, time.monotonic() + 1.0))
    if not session.done:
        with work.commit(cursor=cursor):  # hears that somebody wants an end
            pass
    return bool(session.position >= work.range["to"])


def rest_if_spent(job: Job, endpoint: Endpoint) -> None:
    """Raise `Held` with the reason where a budget of the job is spent."""
    budget = Job.objects.values_list("budget", flat=True).get(pk=job.pk)
    if budget and (why := budgets.over(budget, budgets.spent(job, endpoint))):
        raise engine.Held(why)


class _Writer:
    """Writes pieces of one shard: rows, failures, and the cursor that tells what was used and said."""

    def __init__(self, work: engine.ShardWork, rater: ChatRater, row: Rater) -> None:
        self.work, self.rater, self.row = work, rater, row
        self.before: engine.Json = work.cursor or {}
        self.said: engine.Json = dict(self.before.get("said") or {})
        self.map = calibrations.of_speaker(work.range.get("speaker"))
        self.speaker = self.map.rater if self.map else row
        self.scheme = registry.scheme(work.params["scheme"])

    def commit(self, piece: Piece, limiter: Limiter) -> None:
        """One transaction: what was said of these items, what failed, and where to go on."""
        told = self.rater.gather(piece.outcomes)
        told = self.map.apply(told, piece.items) if self.map else told
        self.said = said = summed(self.said, told)
        cursor = {
            "position": piece.position,
            "limit": round(limiter.limit, 1),
            "found": limiter.found,
            "tally": joined(self.before.get("tally") or {}, piece.tally),
            "pace": round(piece.drawn / max(piece.seconds, 0.01), 2),
            "tokens_pace": round(_tokens(piece) / max(piece.seconds, 0.01), 1),
            "said": said,
        }
        message = f"{self.row.model['name']}: {cursor['pace']:.1f} items/s, {cursor['tokens_pace']:.0f} tokens/s"
        work, failed = self.work, len(told.failures)
        with work.commit(cursor=cursor, done=len(piece.items), failed=failed, message=message):
            chat_raters.write(
                self.rater, piece.outcomes, piece.items, row=self.speaker, scheme=self.scheme,
                perspective=work.params["perspective"], job=work.job, told=told,
            )  # fmt: skip
            chat_raters.keep_failures(self.row, told.failures, piece.items, job=work.job)


def _tokens(piece: Piece) -> int:
    return piece.tally.prompt_tokens + piece.tally.completion_tokens


def summed(before: engine.Json, told: Predictions) -> engine.Json:
    """What was said so far: judgments, those that abstain, and of the others with numbers each label's sum."""
    values, answered = told.judgments.values, told.judgments.status == 0
    assert values is not None
    known = values[answered & ~np.isnan(values).all(axis=1)].astype(np.float64)
    sums = np.nan_to_num(known).sum(axis=0) + np.asarray(before.get("sums", 0.0))
    return {
        "judgments": before.get("judgments", 0) + len(told.judgments),
        "abstained": before.get("abstained", 0) + int((~answered).sum()),
        "numbers": before.get("numbers", 0) + len(known),
        "sums": np.round(sums, 4).tolist(),
    }


def _start(work: engine.ShardWork, cursor: engine.Json, endpoint: Endpoint) -> int:
    """Requests to begin with: what this shard came to, else another of the job, else half of what the last job did.

    Half, as the server may have changed since; more is found within a few rounds of answers.
    """
    if "limit" in cursor:
        return int(cursor["limit"])
    if other := _last_limit(work.job.shards.order_by("-fence", "-pk")):
        return int(other)
    before = Shard.objects.filter(job__kind="prelabel", range__endpoint=endpoint.slug).order_by("-pk")
    return max(FIRST, int(_last_limit(before) / 2))


def _last_limit(shards: QuerySet[Shard]) -> float:
    """The limit of the first of these shards that has begun; 0 if none has."""
    cursor = shards.exclude(cursor=None).values_list("cursor", flat=True).first()
    return float((cursor or {}).get("limit", 0))


def spent(job: Job) -> engine.Json:
    """What the job's shards have sent, been answered and used so far; retries by reason."""
    total: engine.Json = {**dict.fromkeys(COUNTED, 0), "retries": {}}
    for cursor in job.shards.exclude(cursor=None).values_list("cursor", flat=True):
        for name, count in (cursor.get("tally") or {}).items():
            if name == "retries":
                for reason, times in count.items():
                    total["retries"][reason] = total["retries"].get(reason, 0) + times
            elif name in total:
                total[name] += count
    return total


def said(job: Job) -> engine.Json | None:
    """Over all shards of the job, as `summed`, with ``means`` for its sums; None before the first judgment."""
    told = [cursor["said"] for cursor in job.shards.values_list("cursor", flat=True) if (cursor or {}).get("said")]
    numbers = sum(one["numbers"] for one in told)
    if not numbers:
        return None
    counts = {name: sum(one[name] for one in told) for name in ("judgments", "abstained", "numbers")}
    return counts | {"means": np.sum([one["sums"] for one in told], axis=0) / numbers}
