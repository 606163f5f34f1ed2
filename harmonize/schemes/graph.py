"""A scheme as a graph: its tiers, whose parents may be several, typed links, opposites, and its words."""

from __future__ import annotations

from harmonize.schemes.scheme import Scheme

BROADER = "broader"
PREDICATES = (BROADER, "composed-of", "stronger-than", "weaker-than", "opposite", "related", "implies")


def parents(scheme: Scheme, name: str) -> dict[str, float]:
    """The labels right above a label, each with the share of it that it takes; shares sum to 1.

    The label's own ``parent`` and every "broader" link. A link may state its share; the rest goes alike to the others.
    """
    own = scheme.label(name).parent
    links = {x.object: x.weight for x in scheme.links if (x.subject, x.predicate) == (name, BROADER)}
    above: dict[str, float | None] = dict(links) if own is None else {own: None, **links}
    stated = sum(weight for weight in above.values() if weight is not None)
    silent = sum(weight is None for weight in above.values())
    rest = (1.0 - stated) / silent if silent else 0.0
    return {parent: rest if weight is None else weight for parent, weight in above.items()}


def lineage(scheme: Scheme, name: str, level: int) -> dict[str, float]:
    """Where a label stands on tier ``level``: itself if it lies there or above, else its ancestors with their shares.

    In a tree that is one ancestor; where parents are several, shares multiply along each path and add up.
    """
    if depth(scheme, name) <= level:
        return {name: 1.0}
    found: dict[str, float] = {}
    for parent, share in parents(scheme, name).items():
        for above, part in lineage(scheme, parent, level).items():
            found[above] = found.get(above, 0.0) + share * part
    return found


def ancestors(scheme: Scheme, name: str) -> tuple[str, ...]:
    """The labels above a label along its own ``parent``, nearest first.

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
    """The tier of a label; 0 is the top. Every parent of a label lies one tier above it (`files.check`)."""
    return len(ancestors(scheme, name))


def tier(scheme: Scheme, level: int) -> tuple[str, ...]:
    """The labels of one tier, in code order."""
    return tuple(name for name in scheme.names if depth(scheme, name) == level)


def children(scheme: Scheme, name: str) -> tuple[str, ...]:
    """The labels right below a label, in code order."""
    scheme.code(name)
    linked_ = {link.subject for link in scheme.links if (link.object, link.predicate) == (name, BROADER)}
    return tuple(label.id for label in scheme.labels if label.parent == name or label.id in linked_)


def rolled(scheme: Scheme, name: str, level: int) -> str:
    """The label itself, or its ancestor on tier ``level`` if it lies deeper, along its own ``parent``."""
    chain = (name, *ancestors(scheme, name))
    return chain[max(len(chain) - 1 - level, 0)]


def linked(scheme: Scheme, name: str, predicate: str) -> tuple[str, ...]:
    """The labels that ``name`` stands to in a relation, in file order: its parts for "composed-of", and so on.

    "opposite" holds both ways, whichever of the two labels states it.
    """
    scheme.code(name)
    found = [link.object for link in scheme.links if (link.subject, link.predicate) == (name, predicate)]
    if predicate == "opposite":
        own = scheme.label(name).opposite
        found = ([own] if own is not None else []) + found
        found += [label.id for label in scheme.labels if label.opposite == name]
        found += [link.subject for link in scheme.links if (link.object, link.predicate) == (name, predicate)]
    return tuple(dict.fromkeys(found))


def linking(scheme: Scheme, name: str, predicate: str) -> tuple[str, ...]:
    """The other way round: the labels that stand in a relation to ``name``; the dyads that joy is part of.

    >>> from harmonize.schemes import load
    >>> linking(load("plutchik-dyads"), "joy", "composed-of")[:2]
    ('love', 'optimism')
    """
    if predicate == "opposite":
        return linked(scheme, name, predicate)
    scheme.code(name)
    return tuple(link.subject for link in scheme.links if (link.object, link.predicate) == (name, predicate))


def terms(scheme: Scheme) -> dict[str, str]:
    """Every word that the scheme gives for a label, lower case, to the label's id; ambiguous words are left out."""
    words: dict[str, set[str]] = {}
    for label in scheme.labels:
        for word in (label.id, label.name, *label.terms):
            words.setdefault(word.lower(), set()).add(label.id)
    return {word: next(iter(ids)) for word, ids in words.items() if len(ids) == 1}


def words(scheme: Scheme) -> dict[str, tuple[str, ...]]:
    """The list of terms of each label, its own name first, ambiguous ones kept; for lexicons and search."""
    return {label.id: tuple(dict.fromkeys((label.name, *label.terms))) for label in scheme.labels}
