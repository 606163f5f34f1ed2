"""The ways between two schemes over all registered crosswalks, ranked by evidence, then fit, then loss."""

from __future__ import annotations

from chorale.store.models import Crosswalk, Scheme
from harmonize import crosswalks, schemes
from harmonize.crosswalks.compose import STRENGTH, ways
from harmonize.crosswalks.crosswalk import Review
from harmonize.loss.ranking import RankedWay, rank_ways
from harmonize.schemes.files import version_key

MOST = 12


def ranked(source: Scheme, target: Scheme, *, longest: int = 3) -> list[RankedWay]:
    """Ways of at most ``longest`` steps, best first by `rank_ways`; one version of each map alone (`newest`).

    Held-out errors are those that any learned map between the two schemes carries, older versions too.
    """
    learned = Crosswalk.objects.filter(source=source, target=target, definition__facts__has_key="evidence")
    known = {source.pk: source.core, target.pk: target.core}
    evidence = [_core(row, known) for row in learned.order_by("-id")]
    return rank_ways(between(source, target, longest=longest), evidence=evidence)[:MOST]


def between(source: Scheme, target: Scheme, *, longest: int = 3) -> list[tuple[crosswalks.Crosswalk, ...]]:
    """Every way from one scheme to another over the newest maps, shorter and longer ones."""
    return list(ways(source.ref, target.ref, among=newest(), longest=longest))


def newest() -> list[crosswalks.Crosswalk]:
    """Of every registered crosswalk the newest version among its best accepted, bound to its schemes.

    So a proposal does not take the place of what was published.
    """
    known: dict[int, schemes.Scheme] = {row.pk: row.core for row in Scheme.objects.all()}
    found: dict[str, tuple[tuple[int, tuple[int, ...]], Crosswalk]] = {}
    for row in Crosswalk.objects.order_by("ref"):
        name, _, version = row.ref.partition("@")
        key = (STRENGTH[Review(row.status)], version_key(version))
        if name not in found or key > found[name][0]:
            found[name] = (key, row)
    return [_core(row, known) for _, row in found.values()]


def _core(row: Crosswalk, known: dict[int, schemes.Scheme]) -> crosswalks.Crosswalk:
    told = crosswalks.Crosswalk.from_dict({**row.definition, "status": Review(row.status)})
    return told.bind(known[row.source_id], known[row.target_id])
