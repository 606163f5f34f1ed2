"""A scheme as a graph: tiers of a tree, typed links, opposites, and what should not stand together."""

from __future__ import annotations

import numpy as np

from harmonize.problems import ChoraleError
from harmonize.records import Float64
from harmonize.schemes.scheme import Scheme


def ancestors(scheme: Scheme, name: str) -> tuple[str, ...]:
    """The labels above a label, nearest first.

    >>> from harmonize.schemes import load
    >>> ancestors(load("parrott-tree"), "joy/zest/thrill")
    ('joy/zest', 'joy')
    """
    found: list[str] = []
    at = scheme.label(name).parent
    while at is not None:
        found.append(at)
        at = scheme.label(at).parent
    return tuple(found)


def depth(scheme: Scheme, name: str) -> int:
    """The tier of a label; 0 is the top."""
    return len(ancestors(scheme, name))


def tier(scheme: Scheme, level: int) -> tuple[str, ...]:
    """The labels of one tier, in code order."""
    return tuple(name for name in scheme.names if depth(scheme, name) == level)


def children(scheme: Scheme, name: str) -> tuple[str, ...]:
    """The labels right below a label, in code order."""
    scheme.code(name)
    return tuple(label.id for label in scheme.labels if label.parent == name)


def rolled(scheme: Scheme, name: str, level: int) -> str:
    """The label itself, or its ancestor on tier ``level`` if it lies deeper."""
    chain = (name, *ancestors(scheme, name))
    return chain[max(len(chain) - 1 - level, 0)]


def linked(scheme: Scheme, name: str, predicate: str) -> tuple[str, ...]:
    """The labels that ``name`` stands to in a relation, in file order: its parts for "composed-of", and so on."""
    scheme.code(name)
    if predicate == "opposite":
        opposite = scheme.label(name).opposite
        return () if opposite is None else (opposite,)
    return tuple(link.object for link in scheme.links if (link.subject, link.predicate) == (name, predicate))


def penalties(scheme: Scheme) -> Float64:
    """How much two labels speak against each other, float64[L, L] in 0..1, symmetric, diagonal 0.

    On a wheel: (1 - cos(angle between)) / 2, so neighbours cost little and opposites 1 (a labelling of ours, not a
    finding). Elsewhere 1 for declared opposites and for neutral beside an emotion, and 0. NaN never occurs.
    Raises `ChoraleError("scheme-kind")` for dimensions.
    """
    if not scheme.labels:
        raise ChoraleError("scheme-kind", f"{scheme.ref} has dimensions, not labels.")
    size = len(scheme.labels)
    cost = np.zeros((size, size))
    for a in scheme.labels:
        for b in scheme.labels:
            if a.id == b.id:
                continue
            if a.angle is not None and b.angle is not None:
                cost[a.code, b.code] = (1 - np.cos(np.deg2rad(a.angle - b.angle))) / 2
            elif b.id == a.opposite or a.id == b.opposite or {a.role, b.role} == {"neutral", "emotion"}:
                cost[a.code, b.code] = 1.0
    return cost


def terms(scheme: Scheme) -> dict[str, str]:
    """Every word that the scheme gives for a label, lower case, to the label's id; ambiguous words are left out."""
    words: dict[str, set[str]] = {}
    for label in scheme.labels:
        for word in (label.id, label.name, *label.terms):
            words.setdefault(word.lower(), set()).add(label.id)
    return {word: next(iter(ids)) for word, ids in words.items() if len(ids) == 1}
