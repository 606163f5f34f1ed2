"""The agreement of a release's raters, computed from its judgments: people with people, models with people."""

from __future__ import annotations

from typing import Any

from annotation import agreement as measures
from exports.reading import ReleaseFolder
from exports.rounding import rounded
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind

Json = dict[str, Any]
ROUNDS = 1000
SEED = 0
SAMPLE = 100_000


def agreement(release: ReleaseFolder) -> list[Json]:
    """One entry a corpus, scheme and perspective that people judged: alpha with interval, and each label's.

    A corpus of more than `SAMPLE` items is measured on that many, drawn by the hash that their uuid is; the entry's
    ``sample`` says so (null: all items). Blind judgments of the planned overlap alone (SCIENCE rules 13 and 14). Where
    alpha cannot be computed the entry says why, with null for the value.
    """
    corpora = release.corpora()
    ends = {corpus: release.sample_end((corpus,), SAMPLE) for corpus in corpora}
    entries = []
    for scheme, perspective, kind in release.pairs():
        if kind != "person":
            continue
        for corpus in corpora:
            judged = release.judgments(scheme, perspective, corpora=(corpus,), up_to=ends[corpus])
            if len(judged):
                where = {"corpus": corpus, "scheme": scheme, "perspective": perspective}
                entries.append(where | {"sample": SAMPLE if ends[corpus] else None} | _measured(judged))
    return entries


def _measured(judged: Judgments) -> Json:
    try:
        parts = parts_of(judged)
        several = judged.kind in (Kind.DIMENSION, Kind.INTENSITY)  # of several numbers there is no one alpha
        whole = None if several else plain(measures.alpha(judged, rounds=ROUNDS, seed=SEED))
    except ChoraleError as error:
        return {"alpha": None, "parts": {}, "refused": error.message}
    return {"alpha": whole, "parts": parts, "refused": ""}


def parts_of(judged: Judgments) -> dict[str, Json]:
    """Alpha of every label, of its ordinal strengths (0 where not marked), or of every dimension."""
    if judged.kind == Kind.DIMENSION:
        found = measures.alpha_by_dimension(judged, rounds=ROUNDS, seed=SEED)
    elif judged.kind == Kind.INTENSITY:
        found = measures.alpha_by_label(judged, metric="ordinal", rounds=ROUNDS, seed=SEED)
    else:
        found = measures.alpha_by_label(judged, rounds=ROUNDS, seed=SEED)
    return {name: plain(coefficient) for name, coefficient in found.items()}


def plain(coefficient: measures.Coefficient) -> Json:
    """A coefficient as JSON, its floats rounded to 6 decimals and what is not finite null."""
    return dict(rounded(coefficient.to_dict()))
