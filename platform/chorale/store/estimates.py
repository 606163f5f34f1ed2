"""A dry run: a few items asked for real, and from them what the whole collection would take."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from annotation.model_raters.chat_rater import ChatRater, Outcome
from annotation.model_raters.items import ShownItem
from annotation.model_raters.limiter import Limiter
from annotation.model_raters.predictions import Predictions
from annotation.model_raters.transport import Tally, Transport
from chorale.store import chat_raters, shown
from chorale.store.models import Collection, Endpoint, Item, User
from chorale.store.request_log import DatabaseLog
from harmonize.problems import ChoraleError


@dataclass(frozen=True)
class Trial:
    """What a dry run saw: predictions, what was sent, and how long it took, in seconds."""

    told: Predictions
    tally: Tally
    seconds: float
    latency: float | None


def dry_run(*, by: User | None, params: dict[str, Any], items: int = 20) -> dict[str, Any]:
    """Ask about some items of the collection, spread evenly; the answers are kept, so the job will not pay again.

    Returns counts, validity, mean probability of each label, and the estimate for the whole: requests, tokens, cost
    (None without prices) and seconds at the most requests at once that the endpoint allows.
    """
    collection = Collection.objects.filter(slug=params["collection"]).first()
    if collection is None:
        raise ChoraleError("unknown-collection", f"No collection '{params['collection']}'.", "Create it first.")
    endpoint, rater = chat_raters.check(params)
    row = chat_raters.row_of(rater, by=by)
    chosen = _spread(collection, items)
    log = DatabaseLog(row, [item.uuid for item in chosen])
    limiter = Limiter(start=min(8, endpoint.most_at_once), high=endpoint.most_at_once)
    trial = asyncio.run(_try(rater, [shown.with_images(item, rater.brief.image_side) for item in chosen], log, limiter))
    return _report(trial, endpoint, collection, len(chosen), rater)


def _spread(collection: Collection, count: int) -> list[Item]:
    """Items at even distances, first and last included."""
    places = np.unique(np.linspace(0, max(collection.items - 1, 0), min(count, collection.items)).astype(int))
    ordered = collection.members.order_by("position").values_list("item_id", flat=True)
    return shown.by_pk([ordered[int(place)] for place in places])


async def _try(rater: ChatRater, items: list[ShownItem], log: DatabaseLog, limiter: Limiter) -> Trial:
    start = time.monotonic()
    async with Transport(rater.endpoint, log=log, limiter=limiter) as transport:
        told = rater.gather([outcome async for outcome in _all(rater, items, transport)])
        seconds = time.monotonic() - start
        times = [kept.seconds for keys in told.keys for key in keys if (kept := log.get(key)) is not None]
    return Trial(told, transport.tally, seconds, float(np.mean(times)) if times else None)


async def _all(rater: ChatRater, items: list[ShownItem], transport: Transport) -> Any:
    outcome: Outcome
    async for outcome in rater.ask_all(items, transport):
        yield outcome


def _report(trial: Trial, endpoint: Endpoint, collection: Collection, asked: int, rater: ChatRater) -> dict[str, Any]:
    told, tally = trial.told, trial.tally
    requests = sum(map(len, told.keys))
    valid = len(told.judgments)
    each = requests / valid if valid else None
    values = told.judgments.values
    shares = np.nanmean(values, axis=0) if valid and values is not None else []
    return {
        "items": asked,
        "valid": valid,
        "failures": [{"item": p.where, "code": p.code, "what": p.what} for p in told.failures],
        "requests": requests,
        "paid": tally.answered,
        "seconds": round(trial.seconds, 3),
        "mean_label": {name: round(float(v), 4) for name, v in zip(rater.brief.scheme.names, shares, strict=False)},
        "off_scheme": round(float(told.off_scheme.mean()), 4) if valid else None,
        "whole": _whole(trial, endpoint, collection.items, each),
    }


def _whole(trial: Trial, endpoint: Endpoint, items: int, each: float | None) -> dict[str, Any] | None:
    """The estimate; None where no item gave an answer to reckon from. Tokens need answers paid in this run."""
    if each is None or trial.latency is None:
        return None
    requests = items * each
    whole: dict[str, Any] = {
        "requests": round(requests),
        "seconds": round(requests * trial.latency / endpoint.most_at_once, 1),
        "tokens_in": None,
        "tokens_out": None,
        "cost": None,
    }
    if paid := trial.tally.answered:
        tokens_in = requests * trial.tally.prompt_tokens / paid
        tokens_out = requests * trial.tally.completion_tokens / paid
        whole |= {"tokens_in": round(tokens_in), "tokens_out": round(tokens_out)}
        if endpoint.price_in is not None and endpoint.price_out is not None:
            whole["cost"] = round((tokens_in * endpoint.price_in + tokens_out * endpoint.price_out) / 1e6, 6)
    return whole
