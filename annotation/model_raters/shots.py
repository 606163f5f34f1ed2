"""Worked examples for a prompt, from items that people agree on: who is shown, and what the right answer looks like."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from annotation.model_raters import questions
from annotation.model_raters.elicitation import Elicitation
from annotation.model_raters.items import ShownItem
from annotation.model_raters.label_strings import LabelStrings
from annotation.model_raters.logprobs import TokenLogprobs
from annotation.model_raters.prompting import Prompt, Shot
from annotation.model_raters.questions import Option, Question
from annotation.model_raters.sampling import Samples, one_question
from annotation.model_raters.verbalised import STRENGTH
from annotation.model_raters.votes import VoteShares, mean_strengths, vote_shares
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
    also: Sequence[Elicitation] = (),
) -> Prompt:
    """The prompt with ``count`` examples: items at least two people judged and all judged alike, label after label.

    Strengths are alike within one level. Examples answer ``elicitation`` and, where the same prompt is to serve them,
    the ways in ``also``. ``reserved`` items (gold, test) and several items of one group are never taken. Raises
    ChoraleError `shots-few` where too few items qualify, `shots-staged` for a prompt whose labelling reads other
    stages. The examples' ids stand in the prompt, and so in the rater's identity.
    """
    if prompt.reads:
        raise ChoraleError("shots-staged", "Examples hold no answers of earlier stages.", "Leave the examples out.")
    shares = vote_shares(people, only=set(items) - set(reserved))
    strong, apart = (
        mean_strengths(people, shares.items) if people.kind == Kind.INTENSITY else (None, np.zeros_like(shares.shares))
    )
    chosen = _chosen(shares, apart, items, count, seed)
    if len(chosen) < count:
        raise ChoraleError(
            "shots-few", f"Only {len(chosen)} of {count} examples can be had.", "People must agree on more items."
        )

    def told(row: int) -> tuple[tuple[str, str], ...]:
        strength = None if strong is None else strong[row]
        said = [answers(shares.shares[row], scheme, way, strength=strength) for way in (elicitation, *also)]
        return tuple(pair for one in said for pair in one)

    return replace(prompt, shots=tuple(Shot(items[shares.items[row]], told(row)) for row in chosen))


def answers(
    share: Float64, scheme: Scheme, elicitation: Elicitation, *, strength: Float64 | None = None
) -> tuple[tuple[str, str], ...]:
    """What the model should have said to every question it may be asked about an item with these vote shares.

    ``strength`` float64[L]: the strengths people gave on the scheme's levels, for schemes of strengths.
    """
    if scheme.kind == Kind.INTENSITY and strength is None:
        raise ChoraleError("shots-strengths", "These votes hold no strengths.", "Ask without examples.")
    if elicitation.answer == "json":
        return (("rating", json.dumps(_numbers(share, scheme, strength))),)
    worded = isinstance(elicitation, LabelStrings)
    if scheme.kind == Kind.SINGLE:
        label = int(np.argmax(share))
        return (("words", scheme.labels[label].name),) if worded else _codes(label, scheme, elicitation)
    right = [(q, _right(q, scheme, share, strength)) for q in questions.parts(scheme)]
    return tuple((f"words:{q.id}", option.name) if worded else (q.id, option.code) for q, option in right)


def _numbers(share: Float64, scheme: Scheme, strength: Float64 | None) -> dict[str, float]:
    """The numbers that `verbalised.schema` asks for."""
    retired = {label.id for label in scheme.labels if label.retired}
    told: dict[str, float] = {}
    for code, name in enumerate(scheme.names):
        if name not in retired:
            told[name] = round(float(share[code]), 3)
            if strength is not None:
                told |= {name: told[name] * (strength[code] > 0), name + STRENGTH: round(float(strength[code]), 3)}
    return told


def _codes(label: int, scheme: Scheme, elicitation: Elicitation) -> tuple[tuple[str, str], ...]:
    """The code of a single choice's label in every turn, and within its group."""
    told = []
    for question in _choices(scheme, elicitation):
        option = next(option for option in question.options if label in option.labels)
        told.append((question.id, option.code))
        if len(option.labels) > 1:
            inner = questions.within(scheme, option, turn=int(question.id.split(":")[1]))
            told.append((inner.id, next(o.code for o in inner.options if label in o.labels)))
    return tuple(told)


def _right(question: Question, scheme: Scheme, share: Float64, strength: Float64 | None) -> Option:
    """The option that people's votes speak for: a point, a level, or yes and no."""
    label = question.options[0].labels[0]
    if scheme.kind == Kind.DIMENSION:
        return _nearest(question, share[label])
    if strength is not None:
        return _nearest(question, strength[label])
    return question.options[0 if share[label] >= 0.5 else 1]


def _choices(scheme: Scheme, elicitation: Elicitation) -> list[Question]:
    if isinstance(elicitation, TokenLogprobs):
        turns, names, top = elicitation.turns, elicitation.names, len(elicitation.ids) or elicitation.top
        return [questions.choice(scheme, limit=top, turn=turn, names=names) for turn in range(turns)]
    names = isinstance(elicitation, Samples) and elicitation.names
    return [one_question(scheme, names=names)]


def _nearest(question: Question, value: float) -> Option:
    points: list[Option] = [option for option in question.options if not np.isnan(option.value)]
    return min(points, key=lambda option: abs(option.value - value))


def _chosen(shares: VoteShares, apart: Float64, items: Mapping[str, ShownItem], count: int, seed: int) -> list[int]:
    """Rows dealt label by label in an order drawn from ``seed``, one of each group, people unanimous."""
    kept = (shares.raters >= LEAST_RATERS) & (apart <= 1).all(axis=1)
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
