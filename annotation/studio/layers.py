"""What a form is made of: layers (questions) and what the form offers beside them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from annotation.studio import names
from annotation.studio.words import ENGLISH, Words
from harmonize.languages import right_to_left
from harmonize.problems import ChoraleError
from harmonize.records import Kind
from harmonize.schemes import Dimension, Layer
from harmonize.schemes.form import condition_faults

__all__ = ["Layer", "Options", "check", "on_step", "slider_step", "steps"]

MODALITIES = ("text", "dialogue", "image", "audio", "video", "pair")
FRAME_RATE = 25  # frames a second by which Label Studio counts a film, whatever its own rate
STARS = 11  # longest scale drawn as clickable steps; anything longer is a slider


@dataclass(frozen=True)
class Options:
    """What a form offers beside its layers. ``context``: earlier turns are shown; ``caption``: text beside media;
    ``captions``: what is said in a recording, line by line; ``clip``: the stretch of it that is judged is told;
    ``together``: each item is several that are compared; ``right_to_left``: the items are written so; ``words``: what
    the form itself says."""

    modality: str = "text"
    context: bool = False
    caption: bool = False
    captions: bool = False
    clip: bool = False
    together: bool = False
    confidence: bool = False
    note: bool = True
    right_to_left: bool = False
    words: Words = ENGLISH

    @property
    def reads_from_right(self) -> bool:
        """Whether the form too is written from right to left, and not in English beside such items."""
        return self.words.spoken and right_to_left(self.words.language)


def steps(dimension: Dimension) -> int | None:
    """How many clickable steps a dimension has (a 1 to 9 scale has 9), or None where a slider is drawn."""
    if dimension.step is None:
        return None
    count = round((dimension.high - dimension.low) / dimension.step) + 1
    return count if count <= STARS else None


def slider_step(dimension: Dimension) -> float:
    """The step of a dimension's slider; Label Studio takes no number between two of them."""
    return dimension.step or (dimension.high - dimension.low) / 100


def on_step(dimension: Dimension, value: float) -> float:
    """The nearest value that a rater could have given: within the range, on a step of the scale or the slider.

    >>> on_step(Dimension("valence", "Valence", low=-1.0, high=1.0), -0.251)
    -0.26
    """
    step = slider_step(dimension)
    value = min(max(value, dimension.low), dimension.high)
    return round(dimension.low + round((value - dimension.low) / step) * step, 9)


def check(layers: Sequence[Layer], options: Options) -> None:
    """Raises `ChoraleError("form-...")` for what cannot be drawn: modality, names, kinds, conditions, no layer."""
    if options.modality not in MODALITIES:
        raise ChoraleError(
            "form-modality", f"No form is drawn for {options.modality!r}.", f"Known: {', '.join(MODALITIES)}."
        )
    if not layers:
        raise ChoraleError("form-empty", "A form needs at least one layer.")
    given = [layer.name for layer in layers]
    earlier: dict[str, Layer] = {}
    for layer in layers:
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", layer.name) or names.JOIN in layer.name:
            raise ChoraleError("form-name", f"{layer.name!r} cannot name a layer.", "Use letters, digits and hyphens.")
        if layer.name in names.RESERVED or given.count(layer.name) > 1:
            raise ChoraleError("form-name", f"The name {layer.name!r} is taken.", "Give each layer a name of its own.")
        if layer.scheme.kind == Kind.PROBABILITY:
            raise ChoraleError("form-kind", f"{layer.scheme.ref} holds probabilities: people give none.")
        if any("," in name for name in layer.scheme.names):
            raise ChoraleError("form-label", f"{layer.scheme.ref} has a label id with a comma.", "Rename it.")
        if layer.when and (faults := condition_faults(layer.when, earlier.get(layer.when.layer))):
            raise ChoraleError("form-condition", f"{layer.name}: {faults[0]}", "Hang it on labels of an earlier layer.")
        earlier[layer.name] = layer
