"""What a language model was asked about an item, made again from its rater and proved by the request's key."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import Any

from annotation.model_raters import asking
from annotation.model_raters.chat import ChatAnswer, ChatRequest, ItemFailure
from annotation.model_raters.chat_rater import ChatRater
from annotation.model_raters.elicitation import Row
from annotation.model_raters.endpoint import Endpoint
from annotation.model_raters.response_log import Kept
from chorale.store import chat_raters, endpoints, registry, shown
from chorale.store.models import Item, ModelRequest, Rater
from harmonize.problems import ChoraleError


@dataclass
class Exchange:
    """One request: what was sent (None where it cannot be made again) and the row of what came (None: no answer)."""

    key: str
    sent: ChatRequest | None
    kept: ModelRequest | None


@dataclass
class Replay:
    """Every exchange about an item; what is read from them now; why the rater cannot be made again, if so."""

    exchanges: list[Exchange] = field(default_factory=list)
    row: Row | None = None
    refused: ItemFailure | None = None
    changed: str = ""


def rater_of(row: Rater) -> ChatRater:
    """The rater that a row describes. Raises ChoraleError where prompt or scheme are not what they were."""
    facts = row.model
    beside = ("show_language", "image_side", "frames", "audio_seconds")
    way = {name: value for name, value in facts["parameters"].items() if name not in beside}
    made = asking.chat_rater(
        Endpoint(facts["url"], facts["name"]),
        registry.scheme(facts["scheme"]).core,
        perspective=facts["perspective"],
        elicitation=asking.way(way),
        prompt=endpoints.prompt(facts["prompt_version"]),
        show_language=facts["parameters"]["show_language"],
        media=chat_raters.media_budget(facts["parameters"]),
    )
    made = replace(made, stage=facts.get("stage", ""))
    if made.version != facts["version"]:
        raise ChoraleError("rater-changed", "its scheme or prompt reads differently now")
    return made


def asked_as(row: Rater) -> Rater:
    """The rater under which requests and failures of this one are kept: the one before calibration, and that of the
    whole prompt for a stage that labels too. Raises ChoraleError where it cannot be made again."""
    facts = row.model
    if plain := facts.get("uncalibrated"):
        return asked_as(Rater.objects.get(pseudonym=plain))
    if not facts.get("stage"):
        return row
    return Rater.objects.get(pseudonym=f"chat-{replace(rater_of(row), stage='').version}")


def replay(row: Rater, item: Item) -> Replay:
    """Ask again, with the kept answers in the place of the server; nothing is sent."""
    found = Replay()
    rater = _made_again(row, found)
    of_item = ModelRequest.objects.filter(rater=asked_as(row) if rater else row, item=item.uuid)
    kept = {one.key: one for one in of_item.order_by("created_at")}
    if rater:
        try:
            asyncio.run(_again(rater, shown.for_rater(item, rater.brief), kept, found))
        except ItemFailure as failure:
            found.refused = failure
        except ChoraleError as error:
            found.changed = error.message
    seen = {one.key for one in found.exchanges}
    found.exchanges += [Exchange(key, None, one) for key, one in kept.items() if key not in seen]
    return found


def _made_again(row: Rater, found: Replay) -> ChatRater | None:
    """The rater; a stage that labels too was asked in the course of the whole prompt, under the rater of that."""
    try:
        return rater_of(row)
    except ChoraleError as error:
        found.changed = error.message
        return None


async def _again(rater: ChatRater, seen: Any, kept: dict[str, ModelRequest], found: Replay) -> None:
    async def ask(request: ChatRequest) -> ChatAnswer:
        key = request.key(rater.endpoint.url, rater.endpoint.model)
        row = kept.get(key)
        found.exchanges.append(Exchange(key, request, row))
        if row is None:
            raise ItemFailure("no-answer", "No answer is kept: it failed, or was never asked.")
        return ChatAnswer(key, body_of(row), paid=False)

    row = await rater.one(seen, ask)
    found.row = row.beside[rater.stage] if rater.stage else row


def body_of(row: ModelRequest) -> Any:
    """The raw response, unpacked."""
    return Kept(str(row.item), bytes(row.packed), row.prompt_tokens, row.completion_tokens, row.tries, row.seconds).body
