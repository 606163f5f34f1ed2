"""Soft labels from token log-probabilities: each option has a code of one token, and its probability is read off.

More labels than the server gives log-probabilities for are asked in two steps (which group, then which label of it),
whose product is the label's probability, unless the server reads off the tokens it is told to. Set-valued schemes ask
one yes-or-no question a label, since their labels do not compete; strengths one a label, with an option a level.
Dimensions are asked on up to nine points and give the mean and standard deviation of the answer.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from annotation.model_raters import masses, questions
from annotation.model_raters.chat import ChatAnswer, ItemFailure
from annotation.model_raters.elicitation import Ask, Brief, Row, settled
from annotation.model_raters.items import ShownItem
from annotation.model_raters.questions import Option, Question
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Kind
from harmonize.schemes import Scheme

RARE = 1e-3  # groups below this are not asked for their members; their mass is spread evenly over them


@dataclass(frozen=True)
class TokenLogprobs:
    """``top`` is how many log-probabilities the server gives (at most 20 on most); ``turns`` rotates the options.

    ``names`` True takes the labels' own words as codes, for models trained to answer with them: a token then counts
    for the one label it begins; mass of a token that begins several labels counts as outside the scheme. ``ids`` are
    the token ids of each code, which a server that takes ``logprob_token_ids`` reads off beside the likeliest: then up
    to 50 labels are one question.
    """

    top: int = 20
    turns: int = 1
    names: bool = False
    ids: Mapping[str, Sequence[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.ids and self.names:
            raise ChoraleError("elicitation-unknown", "Token ids are those of letters.", "Leave one of the two out.")

    @property
    def needs(self) -> frozenset[str]:
        """Log-probabilities, and those of named tokens where token ids are given."""
        return frozenset({"logprobs", "token_ids"} if self.ids else {"logprobs"})

    @property
    def answer(self) -> str:
        """Answers are codes."""
        return "code"

    def describe(self) -> dict[str, Any]:
        """Name and parameters."""
        told = {"name": "logprobs", **asdict(self)}
        return told if self.ids else {name: value for name, value in told.items() if name != "ids"}

    async def one(self, brief: Brief, item: ShownItem, ask: Ask) -> Row:
        """Ask about one item, in as many requests as the scheme needs."""
        questions.check_kind(brief.scheme)
        if brief.scheme.kind == Kind.SINGLE:
            return await self._choice(brief, item, ask)
        if self.names:
            raise ChoraleError("names-need-single", "Labels as codes need a scheme with one label an item.")
        asked = questions.parts(brief.scheme)
        told = await asyncio.gather(*(self._read(brief, item, ask, question) for question in asked))
        return together(brief.scheme, asked, [(mass, (key,)) for mass, key in told])

    async def _choice(self, brief: Brief, item: ShownItem, ask: Ask) -> Row:
        turns = [await self._turn(brief, item, ask, turn) for turn in range(self.turns)]
        labels = np.mean([mass.labels for mass, _ in turns], axis=0)
        keys = tuple(key for _, made in turns for key in made)
        off, none, unsure = (float(np.mean([getattr(m, name) for m, _ in turns])) for name in ("off", "none", "unsure"))
        return settled(labels, off=off, none=none, unsure=unsure, keys=keys)

    async def _turn(self, brief: Brief, item: ShownItem, ask: Ask, turn: int) -> tuple[Mass, tuple[str, ...]]:
        first = questions.choice(brief.scheme, limit=len(self.ids) or self.top, turn=turn, names=self.names)
        mass, key = await self._read(brief, item, ask, first)
        width, keys = len(brief.scheme.names), [key]
        labels = np.zeros(width)
        for option, share in zip(first.options, mass, strict=True):
            if len(option.labels) == 1 or (option.labels and share < RARE):
                labels[list(option.labels)] += share / len(option.labels)
            elif option.labels:
                inner = questions.within(brief.scheme, option, turn=turn)
                parts, key = await self._read(brief, item, ask, inner)
                keys.append(key)
                for member, part in zip(inner.options, parts, strict=True):
                    labels[list(member.labels)] += share * part
        states = np.asarray([option.status for option in first.options])
        none, unsure = float(mass[states == questions.NONE].sum()), float(mass[states == questions.UNSURE].sum())
        return Mass(labels, max(0.0, 1.0 - float(labels.sum()) - none - unsure), none, unsure), tuple(keys)

    async def _read(self, brief: Brief, item: ShownItem, ask: Ask, question: Question) -> tuple[Float64, str]:
        parameters: dict[str, Any] = {"max_tokens": 1, "temperature": 0, "logprobs": True, "top_logprobs": self.top}
        if self.ids:
            wanted = [one for option in question.options for one in self.ids.get(option.code, ())]
            parameters = {k: v for k, v in parameters.items() if k != "top_logprobs"} | {"logprob_token_ids": wanted}
        answer = await ask(brief.request(item, question, parameters))
        return read_options(top_tokens(answer), question.options, names=self.names), answer.key


def together(scheme: Scheme, asked: Sequence[Question], told: masses.Told) -> Row:
    """The row of a scheme whose labels or dimensions were each asked by themselves."""
    if scheme.kind == Kind.DIMENSION:
        return masses.points(asked, told)
    if scheme.kind == Kind.INTENSITY:
        return masses.strengths(asked, told, len(scheme.names))
    return masses.presence(asked, told, len(scheme.names))


@dataclass(frozen=True)
class Mass:
    """Probability on the labels float64[L], outside everything offered, and on the two abstentions."""

    labels: Float64
    off: float
    none: float
    unsure: float


def top_tokens(answer: ChatAnswer) -> list[tuple[str, float]]:
    """(token, probability) of the first token; ChoraleError if the server gave none, ItemFailure if unsound."""
    content = (answer.choices[0].get("logprobs") or {}).get("content") or []
    if not content or not content[0].get("top_logprobs"):
        raise ChoraleError(
            "endpoint-no-logprobs",
            "The server answered without log-probabilities.",
            "Probe the endpoint, and choose sampling or verbalised probabilities.",
        )
    tokens = [(str(t["token"]), math.exp(_finite(t, answer.key))) for t in content[0]["top_logprobs"]]
    if sum(p for _, p in tokens) > 1.01:
        raise ItemFailure("bad-logprobs", "The probabilities of the first token exceed 1.", keys=(answer.key,))
    return tokens


def _finite(token: Mapping[str, Any], key: str) -> float:
    value = token.get("logprob")
    if not isinstance(value, int | float) or math.isnan(value) or value > 0.01:
        raise ItemFailure("bad-logprobs", f"A log-probability is {value!r}.", keys=(key,))
    return float(value)


def read_options(tokens: Sequence[tuple[str, float]], options: Sequence[Option], *, names: bool = False) -> Float64:
    """float64[options]: the mass of each option's code; spaces around a token are ignored, "B" and " B" add up.

    With ``names`` a token counts for the option whose code it begins, in any case; for none if it begins several.
    """
    mass = np.zeros(len(options))
    codes = [option.code.casefold() if names else option.code for option in options]
    for token, probability in tokens:
        word = token.strip().casefold() if names else token.strip()
        hits = [row for row, code in enumerate(codes) if (code.startswith(word) if names else code == word)]
        if word and len(hits) == 1:
            mass[hits[0]] += probability
    return mass
