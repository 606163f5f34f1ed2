"""Worked examples for a prompt, from items that people agree on: who is shown, and what the right answer looks like."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from annotation.model_raters import questions
from annotation.model_raters.elicitation import Elicitation
from annotation.model_raters.items import ShownItem
from annotation.model_raters.logprobs import TokenLogprobs
from annotation.model_raters.prompting import Prompt, Shot
from annotation.model_raters.questions import Option, Question
from annotation.model_raters.sampling import Samples, one_question
from annotation.model_raters.votes import VoteShares, vote_shares
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Judgments, Kind
from harmonize.schemes import Scheme

LEAST_RATERS = 2


def with_shots(
    prompt: Prompt,
    people: Judgments,
    items: Mapping[str, ShownItem],
    scheme: Scheme,
    elicitation: Elicitation,
    *,
    count: int,
    seed: int = 0,
    reserved: Iterable[str] = (),
) -> Prompt:
    """The prompt with ``count`` examples: items at least two people judged and all judged alike, label after label.

    ``reserved`` items (gold, test) and several items of one group are never taken. Raises ChoraleError `shots-few`
    where too few items qualify, `shots-staged` for a prompt whose labelling reads other stages. The examples' ids stand
    in the prompt, and so in the rater's identity.
    """
    if prompt.reads:
        raise ChoraleError("shots-staged", "Examples hold no answers of earlier stages.", "Leave the examples out.")
    shares = vote_shares(people, only=set(items) - set(reserved))
    chosen = _chosen(shares, items, count, seed)
    if len(chosen) < count:
        raise ChoraleError(
            "shots-few", f"Only {len(chosen)} of {count} examples can be had.", "People must agree on more items."
        )
    shots = tuple(Shot(items[shares.items[row]], answers(shares.shares[row], scheme, elicitation)) for row in chosen)
    return replace(prompt, shots=shots)


def answers(share: Float64, scheme: Scheme, elicitation: Elicitation) -> tuple[tuple[str, str], ...]:
    """What the model should have said to every question it may be asked about an item with these vote shares."""
    if elicitation.answer == "json":
        numbers = {name: round(float(value), 3) for name, value in zip(scheme.names, share, strict=True)}
        return (("rating", json.dumps(numbers)),)
    if scheme.kind == Kind.DIMENSION:
        asked = [questions.scale(dimension, code) for code, dimension in enumerate(scheme.dimensions)]
        return tuple((q.id, _nearest(q, share[code])) for code, q in enumerate(asked))
    if scheme.kind == Kind.INTENSITY:
        raise ChoraleError("shots-strengths", "Examples of strengths are not drawn.", "Ask without examples.")
    if scheme.kind != Kind.SINGLE:
        return tuple((q.id, "A" if share[q.options[0].labels[0]] >= 0.5 else "B") for q in questions.each(scheme))
    label, told = int(np.argmax(share)), []
    for question in _choices(scheme, elicitation):
        option = next(option for option in question.options if label in option.labels)
        told.append((question.id, option.code))
        if len(option.labels) > 1:
            inner = questions.within(scheme, option, turn=int(question.id.split(":")[1]))
            told.append((inner.id, next(o.code for o in inner.options if label in o.labels)))
    return tuple(told)


def _choices(scheme: Scheme, elicitation: Elicitation) -> list[Question]:
    if isinstance(elicitation, TokenLogprobs):
        turns, names, top = elicitation.turns, elicitation.names, len(elicitation.ids) or elicitation.top
        return [questions.choice(scheme, limit=top, turn=turn, names=names) for turn in range(turns)]
    names = isinstance(elicitation, Samples) and elicitation.names
    return [one_question(scheme, names=names)]


def _nearest(question: Question, value: float) -> str:
    points: list[Option] = [option for option in question.options if not np.isnan(option.value)]
    return min(points, key=lambda option: abs(option.value - value)).code


def _chosen(shares: VoteShares, items: Mapping[str, ShownItem], count: int, seed: int) -> list[int]:
    """Rows dealt label by label in an order drawn from ``seed``, one of each group, people unanimous."""
    kept = shares.raters >= LEAST_RATERS
    if shares.kind != Kind.DIMENSION:
        kept &= ((shares.shares == 0) | (shares.shares == 1)).all(axis=1)
    drawn = sorted(
        np.flatnonzero(kept), key=lambda row: hashlib.sha256(f"{seed}:shot:{shares.items[row]}".encode()).digest()
    )
    piles: dict[str, list[int]] = {}
    for row in drawn:
        piles.setdefault(str(shares.shares[row].round().tolist()), []).append(int(row))
    chosen: list[int] = []
    groups: set[str] = set()
    while len(chosen) < count and any(piles.values()):
        for name in sorted(piles):
            row = next(
                (r for r in piles[name] if (items[shares.items[r]].group or shares.items[r]) not in groups), None
            )
            piles[name] = [r for r in piles[name] if r != row] if row is not None else []
            if row is not None and len(chosen) < count:
                chosen.append(row)
                groups.add(items[shares.items[row]].group or shares.items[row])
    return chosen
