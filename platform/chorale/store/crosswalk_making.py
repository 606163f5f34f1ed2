"""Crosswalks made of what is there: a chain of maps as one, a scheme's labels rolled up to a tier; each is proposed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chorale.store import language_editing, registry
from chorale.store.models import Crosswalk, Scheme, User
from harmonize import crosswalks
from harmonize.crosswalks.compose import compose_all
from harmonize.crosswalks.tiers import roll_up
from harmonize.problems import ChoraleError
from harmonize.schemes.graph import depth


def keep_chain(*, by: User, steps: Sequence[str]) -> Crosswalk:
    """The maps of ``steps`` (refs, in order) as one, proposed with the chain it was made of; the same chain once.

    ChoraleError `crosswalk-compose` for fewer than two steps, or steps that do not meet.
    """
    if len(steps) < 2:
        raise ChoraleError("crosswalk-compose", "A chain has two steps at least.", "Name the maps in order.")
    made = compose_all([registry.crosswalk(ref).core for ref in steps])
    return _kept(by, made, f"A chain of {' then '.join(steps)}.")


def keep_tier(*, by: User, scheme: Scheme, level: int) -> Crosswalk:
    """The scheme's labels rolled up to a tier (0 is the top), as a map within the scheme, proposed."""
    return _kept(by, roll_up(scheme.core, level), f"Rolled up to tier {level} by the parents that the scheme states.")


def tiers(scheme: Scheme) -> list[int]:
    """The tiers that a scheme can be rolled up to: all but the deepest."""
    core = scheme.core
    return list(range(max((depth(core, label.id) for label in core.labels), default=0)))


def _kept(by: User, made: crosswalks.Crosswalk, reason: str) -> Crosswalk:
    for row in Crosswalk.objects.filter(ref__startswith=f"{made.id}@"):
        if (row.core.cells, row.core.derived_from) == (made.cells, made.derived_from):
            return row
    version = language_editing.next_version(Crosswalk, f"{made.id}@")
    return language_editing.propose_crosswalk(by=by, core=replace(made, version=version), reason=reason)
