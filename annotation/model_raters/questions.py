"""A scheme as questions that one token can answer: options with codes, in as many requests as the server needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_letters

import numpy as np

from harmonize.problems import ChoraleError
from harmonize.records import Kind, Status
from harmonize.schemes import Dimension, Label, Scheme

LETTERS = ascii_letters[26:] + ascii_letters[:26]  # A to Z, then a to z
NONE, UNSURE = Status.NONE_APPLIES, Status.CANNOT_TELL
ABSTAIN = ((NONE, "none of these"), (UNSURE, "cannot tell from what is given"))


@dataclass(frozen=True, slots=True)
class Option:
    """One answer: its code, what it says, and what it stands for.

    ``labels`` are scheme codes (several where the option is a group); ``value`` a point of a dimension;
    ``status`` an abstention.
    """

    code: str
    name: str
    definition: str = ""
    labels: tuple[int, ...] = ()
    value: float = float("nan")
    status: Status = Status.ANSWERED


@dataclass(frozen=True, slots=True)
class Question:
    """One request: what is asked and the options; ``id`` names it within its scheme."""

    id: str
    ask: str
    options: tuple[Option, ...]


def choice(scheme: Scheme, *, limit: int, turn: int = 0, names: bool = False) -> Question:
    """One question over all labels of a scheme, or over groups of them where they exceed ``limit`` - 2 options.

    ``turn`` rotates the order of the labels, against the pull of the first letters. ``names`` makes each label its own
    code instead of a letter, and offers no abstention, for models trained to answer so.
    """
    labels = _rotated([label for label in scheme.labels if not label.retired], turn)
    if names:
        options = [Option(label.id, label.name, label.definition, (label.code,)) for label in labels]
        return Question(f"names:{turn}", "Which label fits best?", tuple(options))
    if len(labels) + len(ABSTAIN) <= limit:
        return Question(f"choice:{turn}", "Which option fits best?", _lettered([_one(label) for label in labels]))
    parts = blocks(labels, limit)
    groups = [Option("", ", ".join(x.name for x in part), labels=tuple(x.code for x in part)) for part in parts]
    return Question(f"groups:{turn}", "Which line names what fits best?", _lettered(groups))


def within(scheme: Scheme, group: Option, *, turn: int = 0) -> Question:
    """The second question of a grouped choice: which label of one group; it has no way to leave the group."""
    members = [_one(scheme.labels[code]) for code in group.labels]
    name = "-".join(str(code) for code in group.labels)
    return Question(f"within:{turn}:{name}", "Which of these fits best?", _lettered(members, abstain=False))


def each(scheme: Scheme) -> tuple[Question, ...]:
    """One yes-or-no question a label, so that labels do not compete: what a set-valued scheme asks."""
    made = []
    for label in scheme.labels:
        if label.retired:
            continue
        told = f"{label.name} ({label.definition})" if label.definition else label.name
        options = (
            Option("A", "yes", labels=(label.code,)),
            Option("B", "no"),
            Option("C", ABSTAIN[1][1], status=UNSURE),
        )
        made.append(Question(f"each:{label.code}", f"Is this present: {told}?", options))
    return tuple(made)


def scale(dimension: Dimension, code: int) -> Question:
    """One dimension as up to nine evenly spaced points, coded 1 to 9; the answer's mean is on the native range."""
    steps = 9 if not dimension.step else round((dimension.high - dimension.low) / dimension.step) + 1
    points = np.linspace(dimension.low, dimension.high, steps if 2 <= steps <= 9 else 9)
    ends = {0: dimension.low_name, len(points) - 1: dimension.high_name}
    options = [
        Option(str(row + 1), f"{point:g}", ends.get(row, ""), (code,), float(point)) for row, point in enumerate(points)
    ]
    ask = f"How much {dimension.name}, from {dimension.low:g} to {dimension.high:g}?"
    return Question(f"scale:{code}", ask, (*options, Option("X", ABSTAIN[1][1], status=UNSURE)))


def strength(label: Label, levels: Sequence[str]) -> Question:
    """How strongly a label applies: one option a level, coded 0 and up, as `Scheme.levels` names them."""
    told = f"{label.name} ({label.definition})" if label.definition else label.name
    options = [Option(str(k), name, labels=(label.code,), value=float(k)) for k, name in enumerate(levels)]
    return Question(
        f"strength:{label.code}",
        f"How strong is this: {told}?",
        (*options, Option("X", ABSTAIN[1][1], status=UNSURE)),
    )


def parts(scheme: Scheme) -> tuple[Question, ...]:
    """The questions of a scheme that is not a single choice: one for each dimension or label.

    Raises ChoraleError `scheme-kind` for schemes that hold neither.
    """
    check_kind(scheme)
    if scheme.kind == Kind.DIMENSION:
        return tuple(scale(dimension, code) for code, dimension in enumerate(scheme.dimensions))
    if scheme.kind == Kind.INTENSITY:
        return tuple(strength(label, scheme.levels) for label in scheme.labels if not label.retired)
    return each(scheme)


def blocks(labels: Sequence[Label], limit: int) -> list[list[Label]]:
    """Labels cut into at most ``limit`` - 2 groups of at most ``limit``: by parent if all have one, else in order."""
    parents: dict[str, list[Label]] = {}
    for label in labels:
        parents.setdefault(label.parent or "", []).append(label)
    if "" not in parents and 1 < len(parents) <= limit - 2 and max(map(len, parents.values())) <= limit:
        return list(parents.values())
    size = max(2, int(np.ceil(np.sqrt(len(labels)))))
    made = [list(labels[start : start + size]) for start in range(0, len(labels), size)]
    if len(made) > limit - 2 or size > limit:
        raise ChoraleError(
            "too-many-labels",
            f"{len(labels)} labels cannot be asked in two steps of {limit} options.",
            "Use sampling or verbalised probabilities.",
        )
    return made


def check_kind(scheme: Scheme) -> None:
    """Refuse schemes that hold neither labels nor dimensions."""
    if scheme.kind not in (Kind.SINGLE, Kind.SET, Kind.INTENSITY, Kind.DIMENSION):
        raise ChoraleError("scheme-kind", f"{scheme.ref} ({scheme.kind}) cannot be asked of a model.")


def _one(label: Label) -> Option:
    return Option("", label.name, label.definition, (label.code,))


def _lettered(options: Sequence[Option], *, abstain: bool = True) -> tuple[Option, ...]:
    """The options coded A, B, C ... and, after them, the two abstentions."""
    extra = [Option("", name, status=status) for status, name in ABSTAIN] if abstain else []
    whole = [*options, *extra]
    if len(whole) > len(LETTERS):
        raise ChoraleError("too-many-labels", f"{len(whole)} options exceed the letters.", "Lower `limit`.")
    return tuple(
        Option(code, o.name, o.definition, o.labels, o.value, o.status) for code, o in zip(LETTERS, whole, strict=False)
    )


def _rotated(labels: list[Label], turn: int) -> list[Label]:
    shift = turn % max(len(labels), 1)
    return labels[shift:] + labels[:shift]
