"""What a crosswalk does, in a few words: how many labels become how many, what has no place, what cannot be said."""

from __future__ import annotations

from harmonize.crosswalks import NO_TERM, Crosswalk, CrosswalkKind

MOST = 8


def glance(core: Crosswalk) -> list[tuple[str, str]]:
    """(number, what) facts of a map, the first its shape."""
    source, target = core.source_labels, core.target_labels
    if core.kind == CrosswalkKind.RESCALE:
        placed = sum(cell.object != NO_TERM for cell in core.cells)
        return [(f"{len(source.names)} → {placed}", "dimensions, each by a line")]
    weights = core.matrix()
    reached = [name for name, got in zip(target.names, core.expressible, strict=True) if got]
    lost = [name for name, row in zip(source.names, weights, strict=True) if row.sum() < 1e-9]
    partly = [name for name, row in zip(source.names, weights, strict=True) if 1e-9 <= row.sum() < 0.99]
    split = int(((weights > 0).sum(axis=1) > 1).sum())
    merged = int(((weights > 0).sum(axis=0) > 1).sum())
    silent = [name for name in target.names if name not in reached]
    told = [(f"{len(source.names)} → {len(reached)}", "labels become labels")]
    told += [(str(len(lost)), f"without a counterpart: {_listed(lost)}")] if lost else [("0", "without a counterpart")]
    told += [(str(len(partly)), f"in part unmapped: {_listed(partly)}")] if partly else []
    told += [(str(merged), "targets that several labels share")] if merged else []
    told += [(str(split), "labels split over several targets")] if split else []
    told += [(str(len(silent)), f"masked, as the source cannot say them: {_listed(silent)}")] if silent else []
    return told


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:MOST])
    return f"{shown} and {len(names) - MOST} more" if len(names) > MOST else shown
