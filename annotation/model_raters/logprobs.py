"""Soft labels from token log-probabilities: each option has a code of one token, and its probability is read off.

More labels than the server gives log-probabilities for are asked in two steps (which group, then which label of it),
whose product is the label's probability. Set-valued schemes ask one yes-or-no question a label, since their labels do
not compete. Dimensions are asked on up to nine points and give the mean and standard deviation of the answer.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from annotation.model_raters import questions
from annotation.model_raters.chat import ChatAnswer, ItemFailure
from annotation.model_raters.elicitation import Ask, Brief, Row, settled
from annotation.model_raters.items import ShownItem
from annotation.model_raters.questions import Option, Question
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Kind, Status

RARE = 1e-3  # groups below this are not asked for their members; their mass is spread evenly over them


@dataclass(frozen=True)
class TokenLogprobs:
    """``top`` is how many log-probabilities the server gives (at most 20 on most); ``turns`` rotates the options.

    ``names`` True takes the labels' own words as codes, for models trained to answer with them: a token then counts
    for the one label it begins; mass of a token that begins several labels counts as outside the scheme.
    """

    top: int = 20
    turns: int = 1
    names: bool = False

    @property
    def needs(self) -> frozenset[str]:
        """Log-probabilities alone."""
        return frozenset({"logprobs"})

    @property
    def answer(self) -> str:
        """Answers are codes."""
        return "code"

    def describe(self) -> dict[str, Any]:
        """Name and parameters."""
        return {"name": "logprobs", **asdict(self)}

    async def one(self, brief: Brief, item: ShownItem, ask: Ask) -> Row:
        """Ask about one item, in as many requests as the scheme needs."""
        questions.check_kind(brief.scheme)
        if brief.scheme.kind == Kind.SINGLE:
            return await self._choice(brief, item, ask)
        if self.names:
            raise ChoraleError("names-need-single", "Labels as codes need a scheme with one label an item.")
        if brief.scheme.kind == Kind.DIMENSION:
            return await self._dimensions(brief, item, ask)
        return await self._each(brief, item, ask)

    async def _choice(self, brief: Brief, item: ShownItem, ask: Ask) -> Row:
        turns = [await self._turn(brief, item, ask, turn) for turn in range(self.turns)]
        masses = np.mean([mass.labels for mass, _ in turns], axis=0)
        keys = tuple(key for _, made in turns for key in made)
        off, none, unsure = (float(np.mean([getattr(m, name) for m, _ in turns])) for name in ("off", "none", "unsure"))
        return settled(masses, off=off, none=none, unsure=unsure, keys=keys)

    async def _turn(self, brief: Brief, item: ShownItem, ask: Ask, turn: int) -> tuple[Mass, tuple[str, ...]]:
        first = questions.choice(brief.scheme, limit=self.top, turn=turn, names=self.names)
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

    async def _each(self, brief: Brief, item: ShownItem, ask: Ask) -> Row:
        asked = questions.each(brief.scheme)
        told = await asyncio.gather(*(self._read(brief, item, ask, question) for question in asked))
        keys = tuple(key for _, key in told)
        mass = np.asarray([found for found, _ in told])  # yes, no, cannot tell
        off = float(np.clip(1.0 - mass.sum(axis=1), 0, 1).mean())
        if off > 0.5:
            raise ItemFailure("off-scheme", f"{off:.0%} of the probability is neither yes nor no.", keys=keys)
        values = np.full(len(brief.scheme.names), np.nan)
        decided = mass[:, 0] + mass[:, 1]
        codes = [question.options[0].labels[0] for question in asked]
        values[codes] = np.where(decided > RARE, mass[:, 0] / np.maximum(decided, RARE), np.nan)
        unsure = float(mass[:, 2].mean())
        undecided = unsure > 0.5 or bool(np.isnan(values[codes]).any())  # a set with a hole in it is no answer
        status = Status.CANNOT_TELL if undecided else Status.ANSWERED
        return Row(values, keys, status, off_scheme=off, cannot_tell=unsure)

    async def _dimensions(self, brief: Brief, item: ShownItem, ask: Ask) -> Row:
        asked = [questions.scale(d, code) for code, d in enumerate(brief.scheme.dimensions)]
        told = await asyncio.gather(*(self._read(brief, item, ask, question) for question in asked))
        keys = tuple(key for _, key in told)
        mean, spread, off, unsure = (np.full(len(asked), np.nan) for _ in range(4))
        for row, (question, (mass, _)) in enumerate(zip(asked, told, strict=True)):
            points, share = np.asarray([o.value for o in question.options[:-1]]), mass[:-1]
            off[row], unsure[row] = max(0.0, 1.0 - float(mass.sum())), mass[-1]
            if share.sum() > RARE:
                mean[row] = share @ points / share.sum()
                spread[row] = math.sqrt(share @ (points - mean[row]) ** 2 / share.sum())
        if off.mean() > 0.5:
            raise ItemFailure("off-scheme", f"{off.mean():.0%} of the probability is no point of the scale.", keys=keys)
        status = Status.CANNOT_TELL if unsure.mean() > 0.5 else Status.ANSWERED
        return Row(mean, keys, status, float(off.mean()), 0.0, float(unsure.mean()), spread)

    async def _read(self, brief: Brief, item: ShownItem, ask: Ask, question: Question) -> tuple[Float64, str]:
        parameters = {"max_tokens": 1, "temperature": 0, "logprobs": True, "top_logprobs": self.top}
        answer = await ask(brief.request(item, question, parameters))
        return read_options(top_tokens(answer), question.options, names=self.names), answer.key


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
