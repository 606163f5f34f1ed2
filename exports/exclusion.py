"""Leaving people out by a declared rule, the same when a release is built and when it is computed again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from annotation import agreement as measures
from annotation.raters.against_others import agreement_with_others
from exports.chunks import chunks
from exports.raters_table import RaterBook
from exports.reading import ReleaseFolder
from exports.recipe import Exclusion, Layer, LayerSource
from exports.rounding import DECIMALS, rounded
from exports.soft import judgments_of, selected
from exports.source import ReleaseSource
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind

Json = dict[str, Any]
Judged = Iterable[tuple[str, Judgments]]
FEW, APART = "fewest_judgments", "least_agreement"
_COLUMNS = ("item", "rater", "scheme", "perspective", "status", "labels", "intensities", "values", "probabilities")


def excluded(judged: Judged, counts: Mapping[str, int], rule: Exclusion) -> dict[str, str]:
    """Rater to the part of the rule that leaves them out.

    ``judged``: (where, people's blind judgments of the planned overlap) for each scheme and perspective; ``counts``:
    all judgments of each person. Agreement is looked at in label schemes alone.
    """
    found = {name: FEW for name, count in counts.items() if count < rule.fewest_judgments}
    if rule.least_agreement is None:
        return found
    for where, judgments in judged:
        if judgments.kind == Kind.DIMENSION or not (judgments.rater >= 0).any():
            continue
        for figure in agreement_with_others(judgments):
            if figure.value is None or figure.expected is None or figure.items < rule.shared_items:
                continue
            beyond = (figure.value - figure.expected) / (1 - figure.expected) if figure.expected < 1 else 0.0
            if round(beyond, DECIMALS) < rule.least_agreement:
                found.setdefault(figure.rater, f"{APART}: {where}")
    return found


def with_exclusion(
    book: RaterBook, rule: Exclusion, items: Iterable[pa.Table], judgments: Iterable[pa.Table], source: ReleaseSource
) -> RaterBook:
    """The raters, with the reason beside those whom the rule leaves out. Memory grows with people's judgments."""
    if not rule.declared:
        return book
    uuids, rows = [], []
    counts = np.zeros(len(book.rows), dtype=np.int64)
    for chunk in chunks(items, judgments):
        uuids.append(chunk.uuids)
        places = book.positions(chunk.judgments["rater"]).drop_null().to_numpy(zero_copy_only=False)
        counts += np.bincount(places, minlength=len(counts))
        rows.append(_people(chunk.judgments, book).select([*_COLUMNS, "arm", "top_up", "corpus"]))
    whole, vocabulary = pa.concat_tables(rows), pa.concat_arrays(uuids)
    kinds, keys = book.kinds.to_pylist(), book.keys.to_pylist()
    people = {
        key: int(n) for key, kind, n in zip(keys, kinds, counts.tolist(), strict=True) if kind == "person" and n > 0
    }
    reasons = excluded(_judged(whole, vocabulary, book, source), people, rule)
    return replace(book, out=pa.array([reasons.get(key) for key in keys], pa.string()))


def _people(rows: pa.Table, book: RaterBook) -> pa.Table:
    kind = book.kinds.take(book.positions(rows["rater"]))
    return rows.filter(pc.fill_null(pc.equal(kind, "person"), False))


def _judged(rows: pa.Table, items: pa.Array, book: RaterBook, source: ReleaseSource) -> Judged:
    for pair in sorted(
        (row["scheme"], row["perspective"])
        for row in rows.group_by(["scheme", "perspective"]).aggregate([]).to_pylist()
    ):
        scheme, perspective = pair
        layer = Layer("", scheme, perspective, "vote-proportions")
        taken = selected(rows, layer, LayerSource(scheme), book)
        if taken.num_rows:
            yield f"{scheme}, {perspective}", judgments_of(taken, items, source, scheme, model=False)


def exclusion(release: ReleaseFolder) -> Json | None:
    """The rule, how many people and judgments it left out, and agreement before and after; None without a rule."""
    rule = release.recipe.exclude_raters
    if not rule.declared:
        return None
    raters = release.table("raters", ["rater", "kind", "excluded", "judgments"]).to_pylist()
    out = [row for row in raters if row["excluded"]]
    reasons = [row["excluded"].partition(":")[0] for row in out]
    return {
        "rule": asdict(rule),
        "people": sum(row["kind"] == "person" for row in raters),
        "excluded": len(out),
        "judgments": sum(row["judgments"] for row in out),
        "reasons": {name: reasons.count(name) for name in sorted(set(reasons))},
        "figures": [entry for pair in release.people() for entry in _before_and_after(release, *pair)],
    }


def _before_and_after(release: ReleaseFolder, scheme: str, perspective: str) -> list[Json]:
    every = release.judgments(scheme, perspective, excluded=True)
    kept = release.judgments(scheme, perspective)
    where = {"scheme": scheme, "perspective": perspective}
    return [
        where | {"part": part, "before": one, "after": two}
        for part, one, two in zip(*_parts(every), _parts(kept)[1], strict=True)
    ]


def _parts(judged: Judgments) -> tuple[list[str], list[Json | None]]:
    """Names and alphas without interval: of the whole, or of each dimension; None where it is refused."""
    names = list(judged.labels) if judged.kind == Kind.DIMENSION else ["all"]
    try:
        if judged.kind == Kind.DIMENSION:
            found = measures.alpha_by_dimension(judged, rounds=0)
            return names, [rounded(found[name].value) for name in names]
        return names, [rounded(measures.alpha(judged, rounds=0).value)]
    except ChoraleError:
        return names, [None] * len(names)


def excluded_again(release: ReleaseFolder) -> dict[str, str]:
    """Released names of those whom the rule leaves out by the release's own judgments."""
    judged = [(f"{s}, {p}", release.judgments(s, p, excluded=True)) for s, p in release.people()]
    rows = release.table("raters", ["rater", "kind", "judgments"]).to_pylist()
    counts = {row["rater"]: row["judgments"] for row in rows if row["kind"] == "person"}
    return excluded(judged, counts, release.recipe.exclude_raters)
