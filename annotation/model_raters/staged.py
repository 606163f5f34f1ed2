"""Asking an item's stages in order: each a request under a key of its own, so that nothing is asked twice.

What the stages answered is kept with the row and, raw, with the responses. A stage that rejects the label turns it into
an abstention, or has it asked again with the reason in view.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from annotation.model_raters import explaining
from annotation.model_raters.chat import ChatRequest, ItemFailure
from annotation.model_raters.elicitation import Ask, Brief, Elicitation, Row
from annotation.model_raters.items import ShownItem
from annotation.model_raters.prompting import Prompt
from annotation.model_raters.questions import Question
from annotation.model_raters.stages import LABEL, Stage, ordered
from harmonize.records import Kind, Status
from harmonize.schemes import Scheme

NAMED = 3  # labels that a later stage is told, the likeliest first
FAINT = 0.05  # probability below which a label is not told
_WORD = re.compile(r"[^\W\d_]+")


@dataclass
class Course:
    """One item on its way through the stages: what was told, and under which keys."""

    elicitation: Elicitation
    brief: Brief
    item: ShownItem
    ask: Ask
    told: dict[str, str] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    beside: dict[str, Row] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)


async def ask_staged(elicitation: Elicitation, brief: Brief, item: ShownItem, ask: Ask) -> Row:
    """Everything that is asked about one item. Raises `ItemFailure`; answers that came stay kept under their keys."""
    if not brief.prompt.stages:
        return await elicitation.one(brief, item, ask)
    before, after = ordered(brief.prompt.stages)
    course = Course(elicitation, brief, item, ask)
    for stage in before:
        if stage.role == "label":
            row = course.beside[stage.id] = await elicitation.one(labelling(brief, stage, course.told), item, ask)
            course.told[stage.id] = in_words(row, brief.scheme)
            course.keys += row.keys
        else:
            course.told[stage.id] = await _said(course, stage)
    row = await _labelled(course, [stage for stage in after if stage.role == "verify"])
    spans: tuple[Mapping[str, Any], ...] = ()
    if row.status == Status.ANSWERED:
        for stage in after:
            if stage.role == "explain":
                spans = await _explained(course, stage)
    stages = {name: text for name, text in course.told.items() if name != LABEL}
    notes = {**row.notes, **course.notes, **({"stages": stages} if stages else {})}
    return replace(row, keys=tuple(course.keys), beside=course.beside, notes=notes, spans=spans)


def labelling(brief: Brief, stage: Stage, told: Mapping[str, str]) -> Brief:
    """The brief of a stage that labels: the same question under its own templates, seeing what it sees."""
    own = _own(brief, stage)
    return replace(brief, prompt=replace(own, asides=()), told=dict(told), stage=stage.id)


def request(brief: Brief, stage: Stage, item: ShownItem, told: Mapping[str, str], turn: int = 0) -> ChatRequest:
    """The request of a stage that does not label; ``turn``: how often the label was rejected before."""
    question = Question(stage.id, "", explaining.options(brief.scheme))
    named = replace(brief, prompt=_own(brief, stage), told=dict(told), stage=_turn(stage.id, turn))
    parameters: dict[str, Any] = {"max_tokens": stage.max_tokens, "temperature": 0}
    return named.request(item, question, parameters | (explaining.FORM if stage.role == "explain" else {}))


def in_words(row: Row, scheme: Scheme) -> str:
    """A row as later stages are told it: the likeliest labels with their probabilities, or the numbers."""
    if row.status != Status.ANSWERED:
        return "none of these" if row.status == Status.NONE_APPLIES else "cannot tell"
    if scheme.kind == Kind.DIMENSION:
        known = [(d, v) for d, v in zip(scheme.dimensions, row.values, strict=True) if np.isfinite(v)]
        return ", ".join(f"{d.name} {value:.3g} (from {d.low:g} to {d.high:g})" for d, value in known)
    order = [code for code in np.argsort(-np.nan_to_num(row.values), kind="stable") if row.values[code] >= FAINT]
    if scheme.kind != Kind.SINGLE:
        order = [code for code in order if row.values[code] >= 0.5]
        return ", ".join(scheme.labels[code].name for code in order) or "none of the labels"
    return ", ".join(f"{scheme.labels[code].name} ({row.values[code]:.0%})" for code in order[:NAMED])


def verdict(text: str, *, key: str = "") -> bool:
    """Whether an answer says that the label holds, by its first word: HOLDS or FAILS. Raises `ItemFailure`.

    >>> verdict("HOLDS: she is crying."), verdict("**fails**, he jokes")
    (True, False)
    """
    word = _WORD.search(text)
    if word is None or word.group().casefold() not in ("holds", "fails"):
        raise ItemFailure("verdict-unread", f"A stage that verifies said neither: {text[:80]!r}.", keys=(key,))
    return word.group().casefold() == "holds"


async def _labelled(course: Course, checks: Sequence[Stage]) -> Row:
    """The label, asked again while a stage rejects it and repairs are left; then it is an abstention."""
    prompt = course.brief.prompt
    for turn in range(prompt.repairs + 1):
        brief = replace(course.brief, told=dict(course.told), stage=_turn("", turn))
        row = await course.elicitation.one(brief, course.item, course.ask)
        course.keys += row.keys
        course.told[LABEL] = in_words(row, brief.scheme)
        answered = row.status == Status.ANSWERED
        against = [stage.id for stage in checks if answered and not await _holds(course, stage, turn)]
        if turn:
            course.notes["asked_again"] = turn
        if not against:
            return row
        course.notes.setdefault("rejected", []).append(f"{course.told[LABEL]}: {course.told[against[0]]}")
    return replace(row, status=Status.CANNOT_TELL)


async def _holds(course: Course, stage: Stage, turn: int) -> bool:
    text = await _said(course, stage, turn)
    sound = verdict(text, key=course.keys[-1])
    if not sound and not stage.rejects:
        course.notes["doubted"] = text
    return sound or not stage.rejects


async def _said(course: Course, stage: Stage, turn: int = 0) -> str:
    """What a stage answers, told to those who read it; one that would be asked about nothing is not asked."""
    seen = _own(course.brief, stage).seen(course.item)
    if not (stage.reads or seen.text.strip() or seen.images or seen.audio):
        raise ItemFailure("nothing-to-show", f"Stage {stage.id} is shown nothing of this item.", "Use another prompt.")
    answer = await course.ask(request(course.brief, stage, course.item, course.told, turn))
    course.keys.append(answer.key)
    if not answer.text:
        raise ItemFailure("stage-silent", f"Stage {stage.id} answered nothing.", keys=(answer.key,))
    if not answer.finished:
        fix = f"Raise max_tokens of stage {stage.id}."
        raise ItemFailure("cut-off", f"Stage {stage.id} ran out of tokens.", fix, keys=(answer.key,))
    course.told[stage.id] = answer.text
    return answer.text


async def _explained(course: Course, stage: Stage) -> tuple[Mapping[str, Any], ...]:
    """A reason and the words that are the cause; what cannot be used is counted, and the label stands."""
    answer = await course.ask(request(course.brief, stage, course.item, course.told))
    course.keys.append(answer.key)
    try:
        found = explaining.read(answer, course.brief.prompt.seen(course.item).text)
    except ItemFailure as failure:
        course.notes["unexplained"] = f"{failure.code}: {failure.what}"
        return ()
    course.notes["reason"] = found.reason
    if found.lost:
        course.notes["spans_not_found"] = list(found.lost)
    return found.spans


def _own(brief: Brief, stage: Stage) -> Prompt:
    """The prompt of one stage alone."""
    return replace(
        brief.prompt, system=stage.system, user=stage.user, reads=stage.reads, sees=stage.sees, stages=(), shots=(),
        repairs=0,
    )  # fmt: skip


def _turn(name: str, turn: int) -> str:
    return f"{name}:{turn + 1}" if turn else name
