"""Chats for tuning a language model: OpenAI's message format, and pairs of a better and a worse answer."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa

from exports.recipe import Layer
from exports.views.classification import hard_labels
from exports.views.columns import shown, values
from exports.views.entailment import WHOSE
from harmonize.schemes import Scheme

MARGIN = 0.34
"""Least difference of shares between a better and a worse answer: one rater of three."""

MESSAGE = pa.struct({"role": pa.string(), "content": pa.string()})


def chats(rows: pa.Table, layer: Layer, scheme: Scheme) -> pa.Table:
    """Column `messages`: system (the scheme), user (the item with its context), assistant (JSON labels)."""
    labels = hard_labels(values(rows, layer.name, scheme), layer.semantics, scheme)
    system = system_text(layer, scheme)
    users = shown(rows)
    messages = [_messages(system, user, answer(chosen)) for user, chosen in zip(users, labels, strict=True)]
    return pa.table({"uuid": rows["uuid"], "messages": pa.array(messages, pa.list_(MESSAGE))})


def preferences(rows: pa.Table, layer: Layer, scheme: Scheme) -> pa.Table:
    """Columns `prompt`, `chosen`, `rejected` (messages) and `margin`: the label of the most raters against the next one
    that at least `MARGIN` fewer gave. Items whose greatest share is a tie give no pair."""
    shares = values(rows, layer.name, scheme)
    filled = np.nan_to_num(shares, nan=-1.0)
    best = filled.argmax(axis=1)
    top = filled[np.arange(len(rows)), best]
    far = np.where(np.isfinite(shares) & (shares <= (top - MARGIN)[:, None]), shares, -1.0)
    worse = far.argmax(axis=1)
    use = np.flatnonzero(((filled == top[:, None]).sum(axis=1) == 1) & (far.max(axis=1, initial=-1.0) >= 0))
    system, users, names = system_text(layer, scheme), shown(rows), scheme.names
    prompts = [_messages(system, users[i]) for i in use]
    columns = {
        "uuid": rows["uuid"].take(pa.array(use)),
        "prompt": pa.array(prompts, pa.list_(MESSAGE)),
        "chosen": pa.array([_answered(answer([names[best[i]]])) for i in use], pa.list_(MESSAGE)),
        "rejected": pa.array([_answered(answer([names[worse[i]]])) for i in use], pa.list_(MESSAGE)),
        "margin": pa.array([round(float(top[i] - far[i, worse[i]]), 6) for i in use], pa.float64()),
    }
    return pa.table(columns)


def rewards(rows: pa.Table, layer: Layer, scheme: Scheme) -> pa.Table:
    """Columns `prompt` (messages), `completion` (an answer of one label), `reward` (share of raters who gave it), `n`.

    Every label that somebody gave, and as many again that nobody gave: the commonest of these rows, so that a wrong
    answer is a likely one.
    """
    shares = values(rows, layer.name, scheme)
    known = np.isfinite(shares)
    given = known & (shares > 0)
    common = np.nansum(np.where(known, shares, 0.0), axis=0)
    order = np.lexsort((np.arange(len(common)), -common))
    wrong = (known & ~given)[:, order]
    wrong &= np.cumsum(wrong, axis=1) <= given.sum(axis=1)[:, None]
    use = given.copy()
    use[:, order] |= wrong
    item, label = np.nonzero(use)
    system, users, names = system_text(layer, scheme), shown(rows), scheme.names
    prompts = [_messages(system, user) for user in users]
    return pa.table(
        {
            "uuid": rows["uuid"].take(pa.array(item)),
            "prompt": pa.array([prompts[i] for i in item], pa.list_(MESSAGE)),
            "completion": pa.array([_answered(answer([names[code]])) for code in label], pa.list_(MESSAGE)),
            "reward": pa.array(shares[item, label].round(6), pa.float64()),
            "n": rows[f"{layer.name}_n"].take(pa.array(item)),
        }
    )


def system_text(layer: Layer, scheme: Scheme) -> str:
    """What a model is told: whose emotion, which labels, what an answer looks like."""
    whose = WHOSE[layer.perspective].lower()
    return f'Say what {whose} feels. Answer with JSON: {{"labels": [...]}}.\n{scheme.prompt_section()}'


def answer(labels: list[str]) -> str:
    """The answer in the form that `system_text` asks for."""
    return json.dumps({"labels": labels}, ensure_ascii=False)


def _messages(system: str, user: str, assistant: str | None = None) -> list[dict[str, str]]:
    asked = [{"role": "system", "content": system}, {"role": "user", "content": user}]
    return asked if assistant is None else asked + _answered(assistant)


def _answered(assistant: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": assistant}]
