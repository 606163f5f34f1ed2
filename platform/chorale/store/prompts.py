"""Versions of prompts: made from one another, never changed; what a model would be sent, shown before it is sent."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace

from django.db import transaction

from annotation.model_raters import asking, prompting, staged
from annotation.model_raters.chat import ChatAnswer, ChatRequest, ItemFailure
from annotation.model_raters.elicitation import Brief
from annotation.model_raters.endpoint import Endpoint
from annotation.model_raters.items import ShownItem
from annotation.model_raters.questions import Option, Question
from annotation.model_raters.shots import with_shots
from annotation.model_raters.stages import LABEL, ordered
from chorale.store import endpoints, shot_items
from chorale.store.models import Corpus, Prompt, Scheme, User
from harmonize import schemes
from harmonize.problems import ChoraleError

_QUESTION = Question("choice:0", "Which option fits best?", (Option("A", "joy", "Being glad.", (0,)),))
NOWHERE = Endpoint("http://nowhere.invalid/v1", "preview")


def register_shipped() -> int:
    """Give every shipped prompt its row; returns how many were new."""
    before = Prompt.objects.count()
    for ref in prompting.shipped():
        endpoints.register_prompt(by=None, prompt=prompting.load(ref))
    return Prompt.objects.count() - before


def core(row: Prompt) -> prompting.Prompt:
    """The prompt as the pure packages know it."""
    return prompting.from_dict(row.definition)


@transaction.atomic
def make_version(*, by: User | None, prompt: prompting.Prompt) -> Prompt:
    """Register a prompt under a version that nobody used for another text (ChoraleError `prompt-version-taken`).

    It is rendered once, so that a name which no template knows is refused here (`prompt-template`).
    """
    taken = Prompt.objects.filter(ref__startswith=f"{prompt.id}@{prompt.version}#").exclude(ref=prompt.ref)
    if taken.exists():
        raise ChoraleError(
            "prompt-version-taken",
            f"{prompt.id}@{prompt.version} is another text already.",
            "A prompt never changes: give this text a version of its own.",
        )
    trial = ShownItem("00000000", "A text.", before=("Before.",), after=("After.",), language="en")
    prompt.messages(trial, _QUESTION, perspective="reader", language="en")
    brief = Brief(schemes.load("ekman-6"), prompt, "reader", show_language=True)
    for stage in prompt.stages:
        if stage.role == "label":
            staged.labelling(brief, stage, {}).request(trial, _QUESTION, {})
        else:
            staged.request(brief, stage, trial, {})
    return endpoints.register_prompt(by=by, prompt=prompt)


def drawn_shots(
    prompt: prompting.Prompt, scheme: Scheme, perspective: str, corpora: list[Corpus], *, count: int, seed: int = 0
) -> prompting.Prompt:
    """The prompt with examples people agree on; gold and test splits are never shown (ChoraleError `shots-few`)."""
    names = ("verbalised",) if prompt.answer == "json" else ("logprobs", "label-strings")
    way, *also = (asking.way({"name": name}) for name in names)
    people, seen, held = shot_items.candidates(scheme, perspective, corpora)
    return with_shots(prompt, people, seen, scheme.core, way, count=count, seed=seed, reserved=held, also=also)


def preview(
    prompt: prompting.Prompt, scheme: Scheme, perspective: str, item: ShownItem, *, way: str = ""
) -> list[ChatRequest]:
    """The requests that would be sent about an item, as far as they are known before the first answer.

    Where a stage reads what an earlier one answered, words in brackets stand for the answer.
    """
    chosen = asking.way({"name": way or ("verbalised" if prompt.answer == "json" else "logprobs")})
    rater = asking.chat_rater(NOWHERE, scheme.core, perspective=perspective, elicitation=chosen, prompt=prompt)
    requests: list[ChatRequest] = []

    async def caught(request: ChatRequest) -> ChatAnswer:
        requests.append(request)
        await asyncio.sleep(0)  # questions asked beside each other are all caught
        raise ItemFailure("preview", "Nothing is sent.")

    async def labelled(brief: Brief) -> None:
        with suppress(ItemFailure):
            await rater.elicitation.one(brief, item, caught)

    before, after = ordered(prompt.stages)
    told = {stage.id: f"[what the stage {stage.id} answers]" for stage in prompt.stages if stage.role != "verify"}
    for stage in before:
        if stage.role == "label":
            asyncio.run(labelled(staged.labelling(rater.brief, stage, told)))
        else:
            requests.append(staged.request(rater.brief, stage, item, told))
    asyncio.run(labelled(replace(rater.brief, told=told)))
    told[LABEL] = "[the label, in words]"
    return [*requests, *(staged.request(rater.brief, stage, item, told) for stage in after)]


def next_version(row: Prompt) -> str:
    """The number after the highest one in use, where versions are numbers; else the version with ".1"."""
    made = core(row)
    used = [ref.split("@", 1)[1].split("#", 1)[0] for ref in _refs(made.id)]
    numbers = [int(version) for version in used if version.isdigit()]
    return str(max(numbers) + 1) if numbers else f"{made.version}.1"


def versions(row: Prompt) -> list[Prompt]:
    """Every prompt of the same id, the newest first."""
    return list(Prompt.objects.filter(ref__in=_refs(core(row).id)).order_by("-pk"))


def _refs(name: str) -> list[str]:
    return list(Prompt.objects.filter(ref__startswith=f"{name}@").values_list("ref", flat=True))
