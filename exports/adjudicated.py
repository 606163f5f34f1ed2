"""The figures of a release's rulings: how many, by how many adjudicators, how many against what people's votes give."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from annotation import aggregation
from exports.personal import signs
from exports.reading import ReleaseFolder
from exports.rulings import Ruling, judged
from harmonize.records import Kind

Json = dict[str, Any]


def figures(release: ReleaseFolder) -> list[Json]:
    """One entry a scheme and perspective. ``against_votes``: rulings that give another label than the plurality (of
    one choice a rater) or the majority (of sets); a tie is another; null for dimensions, where any number is."""
    entries = []
    for scheme, perspective in sorted({(one.scheme, one.perspective) for one in release.rulings}):
        ours = [one for one in release.rulings if (one.scheme, one.perspective) == (scheme, perspective)]
        entry = {"scheme": scheme, "perspective": perspective, "rulings": len(ours)}
        entry["adjudicators"] = len({one.adjudicator for one in ours})
        entries.append(entry | {"against_votes": _against(release, ours, scheme, perspective)})
    return entries


def _against(release: ReleaseFolder, ours: list[Ruling], scheme: str, perspective: str) -> int | None:
    core = release.schemes[scheme]
    if core.kind == Kind.DIMENSION:
        return None
    items = pa.array([one.item for one in ours], pa.string())
    votes = release.judgments(scheme, perspective, items=items)
    if not len(votes):
        return 0
    before = aggregation.plurality(votes) if votes.kind == Kind.SINGLE else aggregation.majority(votes)
    return int(aggregation.with_rulings(before, judged(ours, core, perspective)).changed.sum())


def personal(release: ReleaseFolder) -> Json:
    """Signs of personal data in the reasons, as `exports.personal.signs` counts them; empty without a ruling."""
    reasons = [one.reason for one in release.rulings]
    return {"reasons of rulings": signs(pa.chunked_array([pa.array(reasons, pa.string())]))} if reasons else {}
