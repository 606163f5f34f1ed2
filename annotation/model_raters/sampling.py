"""Soft labels from samples: n answers an item, each request under a seed of its own, and the answers are counted."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from annotation.model_raters import questions
from annotation.model_raters.elicitation import Ask, Brief, Row, settled
from annotation.model_raters.items import ShownItem
from annotation.model_raters.logprobs import together
from annotation.model_raters.questions import Option, Question
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Kind
from harmonize.schemes import Scheme


@dataclass(frozen=True)
class Samples:
    """``count`` answers at ``temperature``, ``at_once`` of them a request. ``names`` as in `TokenLogprobs`.

    Seeds derive from ``seed``, the item and the request: one seed shared by all items would repeat the same luck in
    each of them.
    """

    count: int = 10
    temperature: float = 1.0
    at_once: int = 10
    seed: int = 0
    names: bool = False
    max_tokens: int = 8

    @property
    def needs(self) -> frozenset[str]:
        """A seed, and several alternatives where more than one is asked for at once."""
        return frozenset({"seed", "n"} if self.at_once > 1 else {"seed"})

    @property
    def answer(self) -> str:
        """Answers are codes."""
        return "code"

    def describe(self) -> dict[str, Any]:
        """Name and parameters."""
        return {"name": "samples", **asdict(self)}

    async def one(self, brief: Brief, item: ShownItem, ask: Ask) -> Row:
        """Ask about one item: once over all labels, or for each label or dimension where they do not compete."""
        if brief.scheme.kind != Kind.SINGLE:
            asked = questions.parts(brief.scheme)
            told = await asyncio.gather(*(self._counted(brief, item, ask, question) for question in asked))
            return together(brief.scheme, asked, told)
        question = one_question(brief.scheme, names=self.names)
        texts, keys = await self._drawn(brief, item, ask, question, "")
        return counted(texts, question, len(brief.scheme.names), keys)

    async def _counted(
        self, brief: Brief, item: ShownItem, ask: Ask, question: Question
    ) -> tuple[Float64, tuple[str, ...]]:
        texts, keys = await self._drawn(brief, item, ask, question, f"{question.id}:")
        said = Counter(option.code for text in texts if (option := which(text, question)))
        return np.asarray([said[option.code] / max(len(texts), 1) for option in question.options]), keys

    async def _drawn(
        self, brief: Brief, item: ShownItem, ask: Ask, question: Question, named: str
    ) -> tuple[list[str], tuple[str, ...]]:
        """All answers to one question; ``named`` keeps the seeds of several questions apart."""
        texts, keys = [], []
        for start in range(0, self.count, self.at_once):
            wanted = min(self.at_once, self.count - start)
            parameters: dict[str, Any] = {"temperature": self.temperature, "max_tokens": self.max_tokens}
            parameters |= {"seed": item_seed(self.seed, item.id, f"{named}{start}")}
            parameters |= {"n": wanted} if wanted > 1 else {}
            answer = await ask(brief.request(item, question, parameters))
            keys.append(answer.key)
            texts += [str(choice.get("message", {}).get("content") or "") for choice in answer.choices[:wanted]]
        return texts, tuple(keys)


def one_question(scheme: Scheme, *, names: bool = False) -> Question:
    """All labels of a scheme in one question. Raises ChoraleError `too-many-labels` where there are more than letters:
    groups would need answers within answers."""
    question = questions.choice(scheme, limit=len(questions.LETTERS), names=names)
    if any(len(option.labels) > 1 for option in question.options):
        raise ChoraleError(
            "too-many-labels",
            f"{scheme.ref} has more labels than letters.",
            "Use log-probabilities or numbers as JSON.",
        )
    return question


def item_seed(seed: int, item: str, request: int | str) -> int:
    """A 31-bit seed of its own for each item and request, the same at every run."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{item}:{request}".encode()).digest()[:4], "big") >> 1


def counted(texts: list[str], question: Question, width: int, keys: tuple[str, ...]) -> Row:
    """The share of answers on each label; answers that name no option are off scheme, never forced."""
    hits = Counter(option.code for text in texts if (option := which(text, question)))
    share = {code: count / max(len(texts), 1) for code, count in hits.items()}
    masses, none, unsure = np.zeros(width), 0.0, 0.0
    for option in question.options:
        if option.labels:
            masses[option.labels[0]] += share.get(option.code, 0.0)
        elif option.status == questions.NONE:
            none += share.get(option.code, 0.0)
        else:
            unsure += share.get(option.code, 0.0)
    off = max(0.0, 1.0 - float(masses.sum()) - none - unsure)
    return settled(masses, off=off, none=none, unsure=unsure, keys=keys)


def which(text: str, question: Question) -> Option | None:
    """The option an answer names: its code alone, or followed by punctuation, or its name; else None.

    >>> q = Question("q", "?", (Option("A", "joy"), Option("B", "fear")))
    >>> [o and o.code for o in (which(t, q) for t in ("A", " b. ", "Fear", "A or B", "Apple"))]
    ['A', 'B', 'B', None, None]
    """
    said = text.strip().strip(".,:;!\"'()")
    exact = [option for option in question.options if said == option.code]
    plain = said.casefold()
    alike = [option for option in question.options if plain in (option.code.casefold(), option.name.casefold())]
    found = exact or alike
    return found[0] if len(found) == 1 else None
