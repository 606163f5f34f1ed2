"""What a corpus could not express is unknown, never 0 (SCIENCE rule 3): masks of soft labels, by its descriptor.

A label that a corpus declares as ``masked`` in a layer has no value in the soft labels of its items under that scheme
and perspective, as long as only the corpus's own raters spoke: people who were asked here could choose it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from chorale.store import bridge
from chorale.store.models import Corpus, Crosswalk, Scheme
from exports.masks import Mask
from harmonize.crosswalks import CrosswalkKind
from harmonize.records import Bool, Float64, SoftLabels

OWN = """
SELECT i.id AS item, i.corpus_id AS corpus FROM item i
WHERE i.id = ANY($1) AND i.corpus_id = ANY($2) AND NOT EXISTS (
  SELECT 1 FROM judgment j JOIN response r ON r.id = j.response_id LEFT JOIN rater t ON t.id = j.rater_id
  WHERE j.item_id = i.id AND j.scheme_id = $3 AND j.perspective = $4 AND j.retired_at IS NULL
    AND r.origin <> 'imported' AND (t.id IS NULL OR t.kind = 'person'))
"""

CHOSEN = """
SELECT DISTINCT j.item_id AS item, l AS code FROM judgment j, unnest(j.labels) l
WHERE j.item_id = ANY($1) AND l = ANY($2) AND j.scheme_id = $3 AND j.perspective = $4 AND j.retired_at IS NULL
"""


def masked(soft: SoftLabels, scheme: Scheme, perspective: str) -> Bool | None:
    """bool[I, L]: the labels of ``scheme`` that could not be expressed for each item of ``soft``; None if all could."""
    codes = _declared(scheme, perspective)
    if not codes or not len(soft):
        return None
    ids = [int(item) for item in soft.items.to_pylist()]
    rows = bridge.table(OWN, [ids, list(codes), scheme.pk, perspective])
    place = {item: row for row, item in enumerate(ids)}
    found = np.zeros((len(ids), len(scheme.core.names)), dtype=np.bool_)
    for item, corpus in zip(rows["item"].to_pylist(), rows["corpus"].to_pylist(), strict=True):
        found[place[item], codes[corpus]] = True
    chosen = bridge.table(CHOSEN, [ids, sorted({c for some in codes.values() for c in some}), scheme.pk, perspective])
    for item, code in zip(chosen["item"].to_pylist(), chosen["code"].to_pylist(), strict=True):
        found[place[item], code] = False  # somebody could choose it all the same
    return found


def without(soft: SoftLabels, hidden: Bool | None) -> SoftLabels:
    """The soft labels with NaN where a label could not be expressed."""
    if hidden is None:
        return soft
    spread = None if soft.spread is None else hide(soft.spread, hidden)
    return replace(soft, values=hide(soft.values, hidden), spread=spread)


def hide(values: Float64, hidden: Bool) -> Float64:
    """The values with NaN where they are hidden."""
    found: Float64 = np.where(hidden, np.nan, values)
    return found


def through(hidden: Bool | None, crosswalk: Crosswalk) -> Bool | None:
    """bool[I, Lt]: labels of the target that only such labels feed which could not be expressed."""
    core = crosswalk.core
    if hidden is None or core.kind != CrosswalkKind.LABELS:
        return None
    feeds = (core.matrix() > 0).astype(np.float64)
    gone: Bool = ((~hidden).astype(np.float64) @ feeds == 0) & (feeds.sum(axis=0) > 0)
    return gone


def _declared(scheme: Scheme, perspective: str) -> dict[int, list[int]]:
    """Corpus -> codes of the labels that its layer of this scheme and perspective declares as masked."""
    found: dict[int, list[int]] = {}
    for corpus in Corpus.objects.only("pk", "slug", "descriptor"):
        for mask in of_corpora([corpus], [scheme]):
            if mask.perspective == perspective:
                found[corpus.pk] = [scheme.core.names.index(name) for name in mask.labels]
    return found


def of_corpora(corpora: Iterable[Corpus], schemes: Iterable[Scheme]) -> tuple[Mask, ...]:
    """What these corpora declare as masked under these schemes."""
    known = list(schemes)
    return tuple(
        Mask(corpus.slug, scheme.ref, str(layer.get("perspective", "")), tuple(layer["masked"]))
        for corpus in corpora
        for layer in corpus.descriptor.get("layers", [])
        for scheme in known
        if layer.get("masked") and layer.get("scheme") in (scheme.ref, scheme.ref.partition("@")[0])
    )
