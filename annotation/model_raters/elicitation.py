"""What every way of asking a model for a soft label shares: the row it makes of one item, and how it is described."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from annotation.model_raters.chat import ChatAnswer, ChatRequest, ItemFailure
from annotation.model_raters.items import ShownItem
from annotation.model_raters.media import NO_MEDIA, MediaBudget
from annotation.model_raters.prompting import Prompt
from harmonize.records import Float64, Status
from harmonize.schemes import Scheme

Ask = Callable[[ChatRequest], Awaitable[ChatAnswer]]


@dataclass(frozen=True)
class Brief:
    """What a model is asked about: the scheme, the prompt, whose emotion, and whether the language is named.

    ``media``: what is shown of pictures, videos and sound. ``told`` are the answers of earlier stages, and ``stage``
    names which request this is where an item takes several; neither is part of a rater.
    """

    scheme: Scheme
    prompt: Prompt
    perspective: str
    show_language: bool = False
    media: MediaBudget = NO_MEDIA
    told: Mapping[str, str] = field(default_factory=dict)
    stage: str = ""

    @property
    def image_side(self) -> int:
        """Pixels of the longer side of a picture, 0 where none is shown."""
        return self.media.image_side

    def language(self, item: ShownItem) -> str:
        """The language that the templates may name."""
        return item.language if self.show_language else ""

    def request(
        self,
        item: ShownItem,
        question: Any,
        parameters: Mapping[str, Any],
        extra: Mapping[str, Any] | None = None,
    ) -> ChatRequest:
        """One request about one item."""
        messages = self.prompt.messages(
            item, question, perspective=self.perspective, language=self.language(item), told=self.told
        )
        ref = f"{self.prompt.ref}/{self.stage}" if self.stage else self.prompt.ref
        return ChatRequest(item.id, ref, messages, parameters, extra or {})


@dataclass(frozen=True)
class Row:
    """One item's soft label: ``values`` float64[L], NaN where not answered; masses in 0..1; keys of its requests.

    ``spread`` float64[L] is the model's own standard deviation on a dimension or of a strength; ``strengths``
    float64[L] the mean ordinal strength. ``notes`` is what else was said (JSON values), ``spans`` the places marked in
    the text, ``beside`` the rows of other stages that labelled.
    """

    values: Float64
    keys: tuple[str, ...]
    status: Status = Status.ANSWERED
    off_scheme: float = 0.0
    none_applies: float = 0.0
    cannot_tell: float = 0.0
    spread: Float64 | None = None
    strengths: Float64 | None = None
    notes: Mapping[str, Any] = field(default_factory=dict)
    spans: tuple[Mapping[str, Any], ...] = ()
    beside: Mapping[str, Row] = field(default_factory=dict)


class Elicitation(Protocol):
    """A way of asking."""

    @property
    def needs(self) -> frozenset[str]:
        """Abilities an endpoint must have: "logprobs", "n", "seed", "json_schema"."""

    @property
    def answer(self) -> str:
        """What the prompt must ask for: "code" or "json"."""

    def describe(self) -> dict[str, Any]:
        """Name and parameters, as recorded with the rater."""

    async def one(self, brief: Brief, item: ShownItem, ask: Ask) -> Row:
        """Ask about one item. Raises `ItemFailure`."""


def settled(masses: Float64, *, off: float, none: float, unsure: float, keys: tuple[str, ...]) -> Row:
    """A distribution over labels from the masses found on them; abstentions and the rest are kept beside it.

    Abstains where more mass lies on an abstention than on all labels; fails with `off-scheme` where more than half
    of all mass is outside everything offered: such an answer is never forced into a label.
    """
    answered = float(masses.sum())
    if off > 0.5 or answered + none + unsure <= 0:
        raise ItemFailure("off-scheme", f"{off:.0%} of the probability lies outside the scheme.", keys=keys)
    status = Status.ANSWERED
    if max(none, unsure) > answered:
        status = Status.NONE_APPLIES if none >= unsure else Status.CANNOT_TELL
    values = masses / answered if answered > 0 else np.full(len(masses), np.nan)
    return Row(values, keys, status, off, none, unsure)
