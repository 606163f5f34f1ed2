"""Soft labels from the probability of each label's own words, however many tokens they are and however many labels.

One request a label: the words stand as the answer that the server is to go on with, and it gives back the probability
of every token of what it was sent. Nothing is cut off by the number of alternatives that a server shows. Where labels
do not compete, each is a question of its own and the words are its answers: yes and no, names of strengths, points.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from annotation.model_raters import questions
from annotation.model_raters.chat import ChatAnswer, ItemFailure
from annotation.model_raters.elicitation import Ask, Brief, Row, settled
from annotation.model_raters.items import ShownItem
from annotation.model_raters.logprobs import together
from annotation.model_raters.questions import Option, Question
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Kind, Status
from harmonize.schemes import Scheme

GOING_ON = {"add_generation_prompt": False, "continue_final_message": True, "prompt_logprobs": 0}
Scored = tuple[tuple[str, float], ...]  # token id, log-probability; all tokens of one request


@dataclass(frozen=True)
class LabelStrings:
    """``abstain`` offers "none of these" and "cannot tell" as words too; off for models trained on labels alone."""

    abstain: bool = True

    @property
    def needs(self) -> frozenset[str]:
        """A server that scores the tokens of an answer it is given."""
        return frozenset({"label_strings"})

    @property
    def answer(self) -> str:
        """The labels' words are the codes."""
        return "code"

    def describe(self) -> dict[str, Any]:
        """Name and parameters."""
        return {"name": "label-strings", **asdict(self)}

    async def one(self, brief: Brief, item: ShownItem, ask: Ask) -> Row:
        """Ask about one item: one request for each label, or for each answer to the questions of `questions.parts`."""
        if brief.scheme.kind == Kind.SINGLE:
            return await self._choice(brief, item, ask)
        asked = questions.parts(brief.scheme)
        told = await asyncio.gather(*(self._masses(brief, item, ask, in_words(question)) for question in asked))
        return together(brief.scheme, asked, told)

    async def _choice(self, brief: Brief, item: ShownItem, ask: Ask) -> Row:
        question = worded(brief.scheme, abstain=self.abstain)
        mass, keys = await self._masses(brief, item, ask, question)
        labels = np.zeros(len(brief.scheme.names))
        beside = {questions.NONE: 0.0, questions.UNSURE: 0.0}
        for option, share in zip(question.options, mass, strict=True):
            if option.labels:
                labels[option.labels[0]] += share
            else:
                beside[option.status] += float(share)
        none, unsure = beside[questions.NONE], beside[questions.UNSURE]
        off = max(0.0, 1.0 - float(labels.sum()) - none - unsure)
        return settled(labels, off=off, none=none, unsure=unsure, keys=keys)

    async def _masses(
        self, brief: Brief, item: ShownItem, ask: Ask, question: Question
    ) -> tuple[Float64, tuple[str, ...]]:
        """The mass of each option's words, 0 for abstentions that are not offered, and the keys of the requests."""
        offered = [k for k, o in enumerate(question.options) if self.abstain or o.status == Status.ANSWERED]
        shown = replace(question, options=tuple(question.options[k] for k in offered))
        answers = await asyncio.gather(*(self._scored(brief, item, ask, shown, option) for option in shown.options))
        keys = tuple(answer.key for answer in answers)
        mass = np.zeros(len(question.options))
        mass[offered] = string_masses([scored(answer) for answer in answers], keys)
        return mass, keys

    async def _scored(self, brief: Brief, item: ShownItem, ask: Ask, question: Question, option: Option) -> ChatAnswer:
        request = brief.request(item, question, {"max_tokens": 1, "temperature": 0}, GOING_ON)
        return await ask(request.going_on(option.code))


def worded(scheme: Scheme, *, abstain: bool = True) -> Question:
    """One question over the labels of a single choice, whose codes are their own names. Raises ChoraleError
    `label-strings-few` for fewer than two."""
    options = [Option(x.name, x.name, x.definition, (x.code,)) for x in scheme.labels if not x.retired]
    if abstain:
        options += [Option(name, name, status=status) for status, name in questions.ABSTAIN]
    if len(options) < 2:
        raise ChoraleError("label-strings-few", f"{scheme.ref} has fewer than two labels.")
    return Question("words", "Which of these fits best?", tuple(options))


def in_words(question: Question) -> Question:
    """The same question, answered by the options' words in place of their codes."""
    return Question(f"words:{question.id}", question.ask, tuple(replace(o, code=o.name) for o in question.options))


def scored(answer: ChatAnswer) -> Scored:
    """Every token that was sent, with its log-probability. Raises ChoraleError `endpoint-no-scores` if there are none,
    `ItemFailure` if they are unsound."""
    rows = answer.body.get("prompt_logprobs")
    if not isinstance(rows, list) or len(rows) < 2 or not all(isinstance(row, dict) and row for row in rows[1:]):
        raise ChoraleError(
            "endpoint-no-scores",
            "The server answered without log-probabilities of what it was sent.",
            "Probe the endpoint, and choose another way of asking.",
        )
    return tuple(_token(row, answer.key) for row in rows[1:])


def string_masses(sequences: Sequence[Scored], keys: tuple[str, ...]) -> Float64:
    """float64[options]: the probability of each string after what all have in common.

    ``exp(sum of log-probabilities)``; from a string that others go on from (joy, joyful) their mass is taken off.
    Raises `ItemFailure` `string-lost` where two strings are the same to the server.
    """
    common = 0
    while all(len(row) > common for row in sequences) and len({row[common][0] for row in sequences}) == 1:
        common += 1
    tails = [tuple(token for token, _ in row[common:]) for row in sequences]
    if len(set(tails)) < len(tails):
        raise ItemFailure("string-lost", "Two labels are the same tokens to the server.", keys=keys)
    whole = np.asarray([math.exp(sum(log for _, log in row[common:])) for row in sequences])
    longest_first = sorted(range(len(tails)), key=lambda row: -len(tails[row]))
    own = whole.copy()
    for row in longest_first:
        onward = [k for k in range(len(tails)) if k != row and tails[k][: len(tails[row])] == tails[row]]
        own[row] = max(0.0, whole[row] - sum(own[k] for k in onward))
    if own.sum() > 1.01:
        raise ItemFailure("bad-logprobs", "The probabilities of the labels exceed 1.", keys=keys)
    return own


def _token(row: dict[str, Any], key: str) -> tuple[str, float]:
    """The token that stands there: the only one, or the one that is ranked as given, which comes first."""
    token, told = next(iter(row.items()))
    value = told.get("logprob") if isinstance(told, dict) else None
    if not isinstance(value, int | float) or math.isnan(value) or value > 0.01:
        raise ItemFailure("bad-logprobs", f"A log-probability is {value!r}.", keys=(key,))
    return str(token), float(value)
