"""A form of several layers put to a model: one brief a layer, and which items a conditional layer is asked about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from annotation.model_raters import prompting
from annotation.model_raters.asking import PROMPTS
from annotation.model_raters.elicitation import Brief
from annotation.model_raters.media import NO_MEDIA, MediaBudget
from harmonize.problems import ChoraleError
from harmonize.records import Bool, Judgments, Kind
from harmonize.schemes import Form, Layer


@dataclass(frozen=True)
class LayerBrief:
    """One layer of a form and what a model is asked about it. Each layer is asked by itself, so that a model's belief
    about one does not lean on its own answer to another."""

    layer: Layer
    brief: Brief


def briefs(
    form: Form, *, answer: str = "code", show_language: bool = False, media: MediaBudget = NO_MEDIA
) -> list[LayerBrief]:
    """A brief for every layer, in order, under the form's guidelines; ``answer``: "code" or "json" (see `WAYS`).

    Free texts are not asked of models: no figure is computed from them. Raises ChoraleError `prompt-unknown`.
    """
    if answer not in PROMPTS:
        raise ChoraleError("prompt-unknown", f"No prompt asks for {answer!r}.", f"One of {', '.join(PROMPTS)}.")
    shipped = prompting.load(PROMPTS[answer])
    made = []
    for layer in form.layers:
        guidelines = "\n".join(part for part in (form.guidelines, layer.question) if part)
        prompt = prompting.Prompt(shipped.id, shipped.version, shipped.system, shipped.user, guidelines, (), answer)
        made.append(LayerBrief(layer, Brief(layer.scheme, prompt, layer.perspective, show_language, media)))
    return made


def to_ask(layer: Layer, items: list[str], earlier: Mapping[str, Judgments], *, least: float = 0.5) -> Bool:
    """bool[n]: the items that a layer is asked about, after a model's beliefs about earlier layers.

    A condition holds where the labels it names have ``least`` of the belief: together where they exclude each other
    (rows that sum to 1), the strongest of them where they do not. Items without an answer are not asked about.
    Raises ChoraleError `briefs-order` where the layer that the condition names was not asked.
    """
    if layer.when is None:
        return np.ones(len(items), dtype=np.bool_)
    told = earlier.get(layer.when.layer)
    if told is None or told.kind != Kind.PROBABILITY or told.values is None:
        raise ChoraleError("briefs-order", f"{layer.name} waits for beliefs about {layer.when.layer}.", "Ask it first.")
    columns = [told.labels.index(name) for name in layer.when.labels]
    rows = np.nan_to_num(told.values)
    exclusive = np.abs(rows.sum(axis=1) - 1) < 1e-3
    belief = np.where(exclusive, rows[:, columns].sum(axis=1), rows[:, columns].max(axis=1))
    meant = told.items.take(np.unique(told.item[told.counted & (belief >= least - 1e-6)]))
    return np.asarray(pc.is_in(pa.array(items, pa.string()), value_set=meant))
