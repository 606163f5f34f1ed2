"""Soft labels from samples: n answers an item, each request under a seed of its own, and the answers are counted."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from annotation.model_raters import questions
from annotation.model_raters.elicitation import Ask, Brief, Row, settled
from annotation.model_raters.items import ShownItem
from annotation.model_raters.questions import Option, Question
from harmonize.problems import ChoraleError
from harmonize.records import Kind


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
        """Ask about one item (schemes with one label an item)."""
        if brief.scheme.kind != Kind.SINGLE:
            raise ChoraleError(
                "samples-need-single",
                f"{brief.scheme.ref} is no single choice.",
                "Use log-probabilities or verbalised probabilities.",
            )
        question = questions.choice(brief.scheme, limit=26, names=self.names)
        texts, keys = [], []
        for start in range(0, self.count, self.at_once):
            wanted = min(self.at_once, self.count - start)
            parameters: dict[str, Any] = {"temperature": self.temperature, "max_tokens": self.max_tokens}
            parameters |= {"seed": item_seed(self.seed, item.id, start)} | ({"n": wanted} if wanted > 1 else {})
            answer = await ask(brief.request(item, question, parameters))
            keys.append(answer.key)
            texts += [str(choice.get("message", {}).get("content") or "") for choice in answer.choices[:wanted]]
        return counted(texts, question, len(brief.scheme.names), tuple(keys))


def item_seed(seed: int, item: str, request: int) -> int:
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
    said = text.strip().strip(".,:;!\"'()").casefold()
    for option in question.options:
        if said in (option.code.casefold(), option.name.casefold()):
            return option
    return None
