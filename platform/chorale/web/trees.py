"""A scheme as a tree: labels under their parents, or in the groups that it names."""

from __future__ import annotations

from dataclasses import dataclass, field

from chorale.web import palette
from harmonize.schemes import Scheme


@dataclass
class Branch:
    """A label, or the name of a group, with those below it."""

    name: str
    family: str
    title: str = ""
    branches: list[Branch] = field(default_factory=list)

    @property
    def size(self) -> int:
        """How many stand below, on all tiers."""
        return len(self.branches) + sum(branch.size for branch in self.branches)


def tree(scheme: Scheme) -> list[Branch]:
    """The labels without a parent, each with its own below it; groups as the top tier; empty for a plain list."""
    found = {x.id: Branch(x.name, palette.family(x.name), x.definition) for x in scheme.labels}
    tops: list[Branch] = []
    if any(label.parent for label in scheme.labels):
        for label in scheme.labels:
            (found[label.parent].branches if label.parent else tops).append(found[label.id])
    elif any(label.group for label in scheme.labels):
        groups: dict[str, Branch] = {}
        for label in scheme.labels:
            name = label.group or "no group"
            groups.setdefault(name, Branch(name, palette.family(name))).branches.append(found[label.id])
        tops = list(groups.values())
    _colour(tops)
    return tops


def _colour(branches: list[Branch], above: str = "other") -> None:
    """A label without a colour of its own takes the one above it."""
    for branch in branches:
        if branch.family == "other":
            branch.family = above
        _colour(branch.branches, branch.family)
