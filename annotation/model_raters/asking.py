"""Making a language model rater: which way of asking, under which prompt, and whether the endpoint can do it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from annotation.model_raters import prompting
from annotation.model_raters.abilities import Abilities
from annotation.model_raters.chat_rater import ChatRater
from annotation.model_raters.elicitation import Brief, Elicitation
from annotation.model_raters.endpoint import Endpoint
from annotation.model_raters.label_strings import LabelStrings
from annotation.model_raters.logprobs import TokenLogprobs
from annotation.model_raters.media import NO_MEDIA, MediaBudget
from annotation.model_raters.prompting import Prompt
from annotation.model_raters.sampling import Samples
from annotation.model_raters.verbalised import Verbalised
from harmonize.problems import ChoraleError
from harmonize.records import Kind
from harmonize.schemes import Scheme

WAYS: Mapping[str, type[TokenLogprobs | Samples | Verbalised | LabelStrings]] = {
    "logprobs": TokenLogprobs,
    "samples": Samples,
    "verbalised": Verbalised,
    "label-strings": LabelStrings,
}
PROMPTS = {"code": "choose@1", "json": "rate@1"}


def way(chosen: Mapping[str, Any] | None) -> Elicitation:
    """A way of asking from its name (see `WAYS`) and parameters; log-probabilities if None.

    Raises ChoraleError `elicitation-unknown` for a name or parameter that does not exist.
    """
    options = dict(chosen or {"name": "logprobs"})
    made = WAYS.get(str(options.pop("name", "logprobs")))
    if made is None:
        raise ChoraleError("elicitation-unknown", f"No such way of asking: {chosen}.", f"One of {', '.join(WAYS)}.")
    try:
        return made(**options)
    except TypeError as error:
        raise ChoraleError("elicitation-unknown", f"{made.__name__}: {error}.") from None


def with_token_ids(chosen: Mapping[str, Any] | None, abilities: Abilities) -> dict[str, Any]:
    """The same choice, its ``by_ids`` replaced by the token ids that the probe found.

    Raises ChoraleError `endpoint-cannot` where the endpoint does not read off the tokens it is told to.
    """
    told = dict(chosen or {})
    if not told.pop("by_ids", False):
        return told
    abilities.require(frozenset({"token_ids"}))
    return told | {"name": "logprobs", "ids": dict(abilities.found["token_ids"].detail or {})["ids"]}


def chat_rater(
    endpoint: Endpoint,
    scheme: Scheme,
    *,
    perspective: str,
    elicitation: Elicitation | None = None,
    prompt: Prompt | None = None,
    show_language: bool = False,
    media: MediaBudget = NO_MEDIA,
) -> ChatRater:
    """A rater; the shipped prompt that fits the way of asking is taken unless one is given.

    Raises ChoraleError `perspective-unknown`, or `prompt-mismatch` for a prompt that asks for another kind of answer.
    """
    asked = elicitation or TokenLogprobs()
    if perspective not in prompting.PERSPECTIVES:
        raise ChoraleError("perspective-unknown", f"No perspective '{perspective}'.")
    chosen = prompt or prompting.load(PROMPTS[asked.answer])
    if chosen.answer != asked.answer:
        raise ChoraleError(
            "prompt-mismatch",
            f"The prompt {chosen.ref} asks for {chosen.answer}, the way of asking reads {asked.answer}.",
            f"Use a prompt such as {PROMPTS[asked.answer]}.",
        )
    return ChatRater(endpoint, Brief(scheme, chosen, perspective, show_language, media), asked)


def logprob_rater(
    endpoint: Endpoint,
    scheme: Scheme,
    *,
    perspective: str,
    prompt: Prompt | None = None,
    elicitation: TokenLogprobs | None = None,
    show_language: bool = False,
) -> ChatRater:
    """`chat_rater` that reads token log-probabilities."""
    return chat_rater(
        endpoint, scheme, perspective=perspective, elicitation=elicitation, prompt=prompt, show_language=show_language
    )


def check(rater: ChatRater, abilities: Abilities) -> None:
    """Refuse, with the reason, a rater whose endpoint cannot do what its way of asking needs (`endpoint-cannot`)."""
    wanted = 0
    if isinstance(rater.elicitation, TokenLogprobs):
        labels = sum(not label.retired for label in rater.brief.scheme.labels)
        single = rater.brief.scheme.kind == Kind.SINGLE
        wanted = 0 if rater.elicitation.ids else min(labels + 2, rater.elicitation.top) if single else 3
    explains = any(stage.role == "explain" for stage in rater.brief.prompt.stages)
    further = rater.brief.media.needs() | ({"json_schema"} if explains else set())
    abilities.require(rater.elicitation.needs | further, logprobs=wanted)
