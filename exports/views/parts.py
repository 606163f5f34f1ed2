"""What a view is, and every one there is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa

from exports.recipe import RULED, Layer
from exports.views import classification, dialogue, entailment, instruction, pairs, regression
from harmonize.records import Semantics
from harmonize.schemes import Scheme

Shape = Callable[[pa.Table, Layer, Scheme], pa.Table]
SHARES = (Semantics.DISTRIBUTION, Semantics.PROPORTIONS)
CATEGORIES = (*SHARES, Semantics.POSTERIOR)


@dataclass(frozen=True)
class View:
    """A task's shape of the items. ``shape`` turns released items of one split, all rated in the layer, into rows.

    ``suffix`` says how rows are written; ``whole`` shapes need a whole split at once, the others work in pieces.
    ``marked`` views are made of judgments, by `exports.views.spans`. ``voted`` ones speak of shares of raters, which a
    layer with rulings over the votes does not have.
    """

    name: str
    title: str
    semantics: tuple[Semantics, ...]
    shape: Shape
    suffix: str = ".parquet"
    whole: bool = False
    marked: bool = False
    voted: bool = False

    def suits(self, layer: Layer) -> bool:
        """Whether the layer's numbers have the meaning this view needs."""
        return layer.semantics in self.semantics and not (self.voted and layer.method in RULED)


@dataclass(frozen=True)
class Asked:
    """A view that a recipe asks for: of which layer, with or without context, of one modality or of all."""

    view: View
    layer: Layer
    context: bool = True
    modality: str | None = None

    @property
    def name(self) -> str:
        """The folder under `views/` and the configuration of `datasets`."""
        options = [] if self.context else ["no-context"]
        return "-".join([self.view.name, self.layer.name.replace("_", "-"), *options, *filter(None, [self.modality])])


VIEWS = {
    view.name: view
    for view in (
        View("classification-soft", "text and the whole soft label", CATEGORIES, classification.soft),
        View("classification-hard", "text and the labels most raters gave", CATEGORIES, classification.hard),
        View("regression", "text and one number a dimension", (Semantics.DIMENSION,), regression.numbers),
        View("spans", "one row a marked place", (*CATEGORIES, Semantics.INTENSITY), classification.soft, marked=True),
        View("pairs", "two neighbours of a pair, grid or dialogue", CATEGORIES, pairs.beside, whole=True),
        View(
            "entailment", "text, a hypothesis a label, and the share who say so", SHARES, entailment.pairs, voted=True
        ),
        View("instruction", "OpenAI chat messages", CATEGORIES, instruction.chats, ".jsonl"),
        View(
            "preference",
            "a better and a worse answer, with the margin",
            SHARES,
            instruction.preferences,
            ".jsonl",
            voted=True,
        ),
        View(
            "reward", "an answer and the share of raters who gave it", SHARES, instruction.rewards, ".jsonl", voted=True
        ),
        View("dialogue", "whole dialogues, turn by turn", CATEGORIES, dialogue.turns, whole=True),
    )
}
