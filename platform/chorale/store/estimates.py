"""A dry run: a few items asked for real, and from them what the whole collection would take."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from annotation.model_raters.chat import ItemFailure
from annotation.model_raters.chat_rater import ChatRater, Outcome
from annotation.model_raters.limiter import Limiter
from annotation.model_raters.predictions import Predictions
from annotation.model_raters.transport import Tally, Transport
from chorale.store import chat_raters, shown
from chorale.store.models import Collection, Endpoint, Item, Job, User
from chorale.store.request_log import DatabaseLog
from harmonize.problems import ChoraleError

Json = dict[str, Any]
PIECE = 5  # items asked between two commits of a dry run


def dry_run(*, by: User | None, params: Json, items: int = 20) -> Json:
    """Ask about some items of the collection, spread evenly; the answers are kept, so the job will not pay again.

    Returns counts, validity, mean probability of each label, and the estimate for the whole: requests, tokens, cost
    (None without prices) and seconds at the most requests at once that the endpoint allows.
    """
    chat_raters.row_of(chat_raters.check(params)[1], by=by)
    return report(params, asked(params, spread(params, items)))


def spread(params: Json, count: int) -> list[int]:
    """Row numbers of items at even distances through the collection, first and last included."""
    collection = _collection(params)
    places = np.unique(np.linspace(0, max(collection.items - 1, 0), min(count, collection.items)).astype(int))
    ordered = collection.members.order_by("position").values_list("item_id", flat=True)
    return [ordered[int(place)] for place in places]


def asked(
    params: Json, items: Sequence[int], before: Json | None = None, *, job: Job | None = None, at_once: int = 8
) -> Json:
    """Ask about these items; what was seen is added to ``before``, as JSON."""
    endpoint, rater = chat_raters.check(params)
    row, chosen = chat_raters.row_of(rater, by=None), shown.by_pk(items)
    log = DatabaseLog(row, [item.uuid for item in chosen], job=job, endpoint=endpoint)
    limiter, start = Limiter(start=min(8, at_once), high=min(at_once, endpoint.most_at_once)), time.monotonic()
    told, tally = asyncio.run(_ask(rater, chosen, log, limiter))
    kept = [one for keys in told.keys for key in keys if (one := log.get(key)) is not None]
    values = told.judgments.values
    here = (
        np.nan_to_num(values).sum(axis=0)
        if values is not None and len(values)
        else np.zeros(len(rater.brief.scheme.names))
    )
    seen = before or {"failures": [], "sums": [0.0] * len(here)}
    new = {
        "items": len(chosen),
        "valid": len(told.judgments),
        "requests": len(kept),
        "paid": tally.answered,
        "seconds": time.monotonic() - start,
        "waited": sum(one.seconds for one in kept),
        "tokens_in": sum(one.prompt_tokens for one in kept),
        "tokens_out": sum(one.completion_tokens for one in kept),
        "off_scheme": float(told.off_scheme.sum()),
    }
    return {name: seen.get(name, 0) + value for name, value in new.items()} | {
        "sums": (np.asarray(seen["sums"]) + here).tolist(),
        "failures": seen["failures"] + [{"item": p.where, "code": p.code, "what": p.what} for p in told.failures],
    }


async def _ask(
    rater: ChatRater, items: Sequence[Item], log: DatabaseLog, limiter: Limiter
) -> tuple[Predictions, Tally]:
    outcomes: list[Outcome] = []
    sound = []
    for item in items:
        try:
            sound.append(shown.for_rater(item, rater.brief))
        except ItemFailure as failure:
            outcomes.append((shown.shown(item), failure.problem(str(item.uuid))))
    async with Transport(rater.endpoint, log=log, limiter=limiter) as transport:
        outcomes += [outcome async for outcome in rater.ask_all(sound, transport)]
    return rater.gather(outcomes), transport.tally


def report(params: Json, seen: Json) -> Json:
    """What was seen in words of the page, and the estimate for the whole collection."""
    endpoint, rater = chat_raters.chosen(params)
    valid, names = seen["valid"], rater.brief.scheme.names
    counts = {name: seen[name] for name in ("items", "valid", "failures", "requests", "paid")}
    return counts | {
        "seconds": round(seen["seconds"], 3),
        "mean_label": {n: round(v / valid, 4) for n, v in zip(names, seen["sums"], strict=True)} if valid else {},
        "off_scheme": round(seen["off_scheme"] / valid, 4) if valid else None,
        "whole": _whole(seen, endpoint, _collection(params).items, params),
    }


def _whole(seen: Json, endpoint: Endpoint, items: int, params: Json) -> Json | None:
    """The estimate; None where no item gave an answer to reckon from."""
    if not seen["valid"] or not seen["requests"]:
        return None
    times = items / seen["valid"]
    tokens_in, tokens_out = seen["tokens_in"] * times, seen["tokens_out"] * times
    priced = endpoint.price_in is not None and endpoint.price_out is not None
    cost = (tokens_in * endpoint.price_in + tokens_out * endpoint.price_out) / 1e6 if priced else None
    whole = {
        "requests": round(seen["requests"] * times),
        "seconds": round(seen["waited"] * times / endpoint.most_at_once, 1),
        "tokens_in": round(tokens_in),
        "tokens_out": round(tokens_out),
        "cost": None if cost is None else round(cost, 6),
    }
    return whole | {"budgets": _reached(whole, items, params)}


def _reached(whole: Json, items: int, params: Json) -> list[Json]:
    """For each budget that was set: the limit, what the whole would take, and how many items it pays for."""
    takes = whole | {"tokens": whole["tokens_in"] + whole["tokens_out"]}
    rows = []
    for kind in ("requests", "tokens", "cost"):
        if (limit := params.get(f"budget_{kind}")) and takes[kind]:
            paid = items if takes[kind] <= limit else int(items * limit / takes[kind])
            rows.append({"kind": kind, "limit": limit, "takes": takes[kind], "items": paid, "enough": paid >= items})
    return rows


def _collection(params: Json) -> Collection:
    collection = Collection.objects.filter(slug=params["collection"]).first()
    if collection is None:
        raise ChoraleError("unknown-collection", f"No collection '{params['collection']}'.", "Create it first.")
    return collection
