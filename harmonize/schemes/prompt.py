"""A scheme as text: what a model rater must know to answer under it."""

from __future__ import annotations

from collections.abc import Sequence

from harmonize.records import Kind
from harmonize.schemes.parts import Dimension, Label, TextField

_ASK = {
    Kind.SINGLE: "Choose exactly one of these labels:",
    Kind.SET: "Choose every label that applies, or none if none applies:",
    Kind.INTENSITY: "Give each of these labels a whole number from 0 to {top} ({levels}):",
    Kind.DIMENSION: "Give a number for each of these dimensions:",
    Kind.PROBABILITY: "Give each of these labels a probability between 0 and 1:",
}


def prompt_section(
    kind: Kind,
    labels: Sequence[Label],
    dimensions: Sequence[Dimension],
    levels: Sequence[str],
    texts: Sequence[TextField] = (),
) -> str:
    """One line that says what to answer, then one line a label or dimension, in code order, retired labels left out.

    A definition is given where the scheme has one; a label's id comes first, as the answer must repeat it exactly.
    Free texts follow, each with the labels that it is asked about.
    """
    named = ", ".join(f"{strength} {name}" for strength, name in enumerate(levels))
    ask = _ASK[kind].format(top=max(len(levels) - 1, 1), levels=named or "0 absent, 1 present")
    lines = [_dimension_line(d) for d in dimensions] or [_label_line(x) for x in labels if not x.retired]
    if texts:
        lines += ["Then say in your own words:", *(_text_line(field) for field in texts)]
    return "\n".join([ask, *lines])


def _label_line(label: Label) -> str:
    shown = label.id if label.id == label.name else f"{label.id} ({label.name})"
    return f"- {shown}: {label.definition}" if label.definition else f"- {shown}"


def _dimension_line(dimension: Dimension) -> str:
    step = "" if dimension.step is None else f", in steps of {dimension.step:g}"
    low = f"{dimension.low:g}" + (f" ({dimension.low_name})" if dimension.low_name else "")
    high = f"{dimension.high:g}" + (f" ({dimension.high_name})" if dimension.high_name else "")
    return f"- {dimension.id}: from {low} to {high}{step}"


def _text_line(field: TextField) -> str:
    only = f" (only with {', '.join(field.when)})" if field.when else ""
    return f"- {field.id}{only}: {field.question}"
