"""Mapping soft labels: each of the five semantics by its own rule, and never by another's (SCIENCE rules 1, 3, 6)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from harmonize.crosswalks.crosswalk import Crosswalk, CrosswalkKind
from harmonize.crosswalks.rescale import rescale_soft
from harmonize.problems import ChoraleError
from harmonize.records import Bool, Float64, Int32, Semantics, SoftLabels

MASS_TOLERANCE = 1e-3  # stored soft labels are float32 and quantised


@dataclass(frozen=True, eq=False)
class ProportionBounds:
    """What is known of merged proportions: ``low`` <= the true share <= ``high``, both float64[I, Lt], NaN masked."""

    items: pa.StringArray
    labels: tuple[str, ...]
    low: Float64
    high: Float64
    n: Int32
    method: str


def map_soft(soft: SoftLabels, crosswalk: Crosswalk) -> SoftLabels:
    """Soft labels under the target scheme, with the mass that found no place in ``unmapped`` float64[I].

    DISTRIBUTION and POSTERIOR: values @ weights, so mapped + unmapped = 1. A target is NaN where every label that feeds
    it is masked, or no label feeds it: the source cannot express it. Entropy (bits) is that of the mapped label with
    unmapped as one more outcome, and is given only where the source has one. PROPORTIONS and INTENSITY map when no two
    labels merge; otherwise PROPORTIONS are refused (see `proportion_bounds`) and INTENSITY needs the judgments.
    DIMENSION maps by a rescaling. Raises `ChoraleError` for other labels, wrong mass, or a map that does not apply.
    """
    if (soft.semantics == Semantics.DIMENSION) != (crosswalk.kind == CrosswalkKind.RESCALE):
        raise ChoraleError(
            "crosswalk-semantics",
            f"{crosswalk.ref} is of kind {crosswalk.kind} and does not map {soft.semantics}.",
            "Dimensions are rescaled, categories are mapped; harmonize.affect goes from one to the other.",
        )
    require_labels(soft.labels, crosswalk)
    if crosswalk.kind == CrosswalkKind.RESCALE:
        return rescale_soft(soft, crosswalk)
    if soft.semantics in (Semantics.PROPORTIONS, Semantics.INTENSITY):
        return _map_unmerged(soft, crosswalk)
    return _map_mass(soft, crosswalk)


def proportion_bounds(soft: SoftLabels, crosswalk: Crosswalk) -> ProportionBounds:
    """Bounds on the share of raters whose marks include a merged label, from published proportions alone.

    max(p) <= share <= min(1, sum p) over the labels that feed a target (Frechet's inequalities for a union). Where one
    of them is masked the upper bound is 1; where all are, both are NaN. Raises `ChoraleError` for other semantics.
    """
    if soft.semantics != Semantics.PROPORTIONS:
        raise ChoraleError("crosswalk-semantics", f"{soft.semantics} have no proportion bounds.", "Use map_soft.")
    require_labels(soft.labels, crosswalk)
    feeds = crosswalk.matrix() > 0
    masked = np.isnan(soft.values)
    known = np.where(masked, 0.0, soft.values)
    low = np.stack([known[:, column].max(axis=1, initial=0.0) for column in feeds.T], axis=1)
    high = np.minimum(1.0, known @ feeds)
    high[masked.astype(np.float64) @ feeds > 0] = 1.0
    gone = _unexpressed(masked, feeds)
    low[gone], high[gone] = np.nan, np.nan
    names = crosswalk.target_labels.names
    return ProportionBounds(soft.items, names, low, high, soft.n, f"{soft.method}|{crosswalk.ref}")


def mask_inexpressible(soft: SoftLabels, crosswalk: Crosswalk) -> SoftLabels:
    """NaN in every target that no source label reaches; for aggregates of judgments mapped by `map_judgments`."""
    if soft.labels != crosswalk.target_labels.names:
        raise ChoraleError("crosswalk-labels", f"These soft labels are not under {crosswalk.target_scheme}.")
    values = np.where(crosswalk.expressible, soft.values, np.nan)
    return replace(soft, values=values)


def entropy_bits(values: Float64, rest: Float64 | None = None) -> Float64:
    """Shannon entropy of each row in bits, float64[I]; ``rest`` is one more outcome; NaN entries count as absent.

    H = -sum p log2 p over the row's outcomes. A row without any number has entropy NaN.
    """
    whole = values if rest is None else np.column_stack([values, rest])
    terms = np.where(whole > 0, whole, 1.0)
    bits: Float64 = -(np.where(whole > 0, whole, 0.0) * np.log2(terms)).sum(axis=1) + 0.0
    bits[np.isnan(values).all(axis=1)] = np.nan
    return bits


def require_labels(labels: tuple[str, ...], crosswalk: Crosswalk) -> None:
    """Raise `ChoraleError` unless ``labels`` are the crosswalk's source labels, in code order."""
    wanted = crosswalk.source_labels.names
    if labels != wanted:
        raise ChoraleError(
            "crosswalk-labels",
            f"{crosswalk.ref} maps from {crosswalk.source_scheme} ({', '.join(wanted[:8])} ...), not these labels.",
            "Give the scheme's labels in code order.",
        )


def _map_mass(soft: SoftLabels, crosswalk: Crosswalk) -> SoftLabels:
    weights = crosswalk.matrix()
    masked = np.isnan(soft.values)
    known = np.where(masked, 0.0, soft.values)
    before = np.zeros(len(soft)) if soft.unmapped is None else soft.unmapped
    # An item that nobody rated, not one whose whole mass an earlier map could not place.
    empty = masked.all(axis=1) & ~(before > 0)
    off = np.abs(known.sum(axis=1) + np.nan_to_num(before) - 1.0)[~empty]
    if off.size and (off.max() > MASS_TOLERANCE or (known < 0).any()):
        raise ChoraleError(
            "softlabels-mass",
            f"{int((off > MASS_TOLERANCE).sum())} rows of this {soft.semantics} do not sum to 1.",
            "Multi-label shares are PROPORTIONS: map the judgments, or use proportion_bounds.",
        )
    values = known @ weights
    values[_unexpressed(masked, weights > 0)] = np.nan
    unmapped = np.nan_to_num(before) + known @ np.clip(1.0 - weights.sum(axis=1), 0.0, 1.0)
    unmapped[empty] = np.nan
    entropy = None
    if soft.entropy is not None:
        entropy = np.where(np.isnan(soft.entropy), np.nan, entropy_bits(values, unmapped))
    names = crosswalk.target_labels.names
    method = f"{soft.method}|{crosswalk.ref}"
    return SoftLabels(soft.semantics, soft.items, names, values, soft.n, method, entropy=entropy, unmapped=unmapped)


def _map_unmerged(soft: SoftLabels, crosswalk: Crosswalk) -> SoftLabels:
    if crosswalk.merges:
        way = "proportion_bounds" if soft.semantics == Semantics.PROPORTIONS else "map_judgments and aggregate again"
        raise ChoraleError(
            "crosswalk-merges",
            f"{crosswalk.ref} merges labels: from {soft.semantics} the merged values are not known.",
            f"Use {way}, or map each judgment and aggregate.",
        )
    feeds = crosswalk.matrix() > 0
    source = feeds.argmax(axis=0)
    fed = feeds.any(axis=0)
    values = np.where(fed, soft.values[:, source], np.nan)
    spread = None if soft.spread is None else np.where(fed, soft.spread[:, source], np.nan)
    names, method = crosswalk.target_labels.names, f"{soft.method}|{crosswalk.ref}"
    return SoftLabels(soft.semantics, soft.items, names, values, soft.n, method, spread=spread)


def _unexpressed(masked: Bool, feeds: Bool) -> Bool:
    """bool[I, Lt]: targets of which no feeding label was expressible for that item."""
    gone: Bool = (~masked).astype(np.float64) @ feeds.astype(np.float64) == 0
    return gone
