"""Binned views of a dimension: named ranges, so that numbers can be browsed and compared like labels."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np

from harmonize import schemes
from harmonize.problems import ChoraleError
from harmonize.records import Int16, Judgments, Kind, Semantics, SoftLabels, Status
from harmonize.schemes import Dimension, Scheme

FOLDER = Path(str(files("harmonize") / "data" / "bins"))


@dataclass(frozen=True)
class Bins:
    """Named ranges of one dimension. ``edges`` rise strictly and lie inside the range; a value on an edge goes up.

    ``names`` has one more entry than ``edges``.
    """

    scheme: str
    dimension: str
    edges: tuple[float, ...]
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.names) != len(self.edges) + 1 or list(self.edges) != sorted(set(self.edges)):
            raise ChoraleError("bins-definition", f"{self.dimension}: edges must rise and names number one more.")


def thirds(scheme: Scheme, dimension: str) -> Bins:
    """Three equal ranges, low, middle and high: a convention, not a finding."""
    found: Dimension = scheme.dimensions[scheme.code(dimension)]
    step = (found.high - found.low) / 3
    return Bins(scheme.ref, dimension, (found.low + step, found.low + 2 * step), ("low", "middle", "high"))


@dataclass(frozen=True)
class BinnedView:
    """A versioned set of ranges, one `Bins` a dimension of ``scheme``; ``note`` says what speaks for the edges."""

    id: str
    version: str
    title: str
    scheme: str
    note: str
    bins: tuple[Bins, ...]

    @property
    def ref(self) -> str:
        """The view and its version, "id@version"."""
        return f"{self.id}@{self.version}"

    def of(self, dimension: str) -> Bins:
        """The ranges of one dimension. Raises `ChoraleError("bins-dimension")` if the view has none."""
        for bins in self.bins:
            if bins.dimension == dimension:
                return bins
        raise ChoraleError("bins-dimension", f"{self.ref} has no ranges of {dimension!r}.")


@cache
def shipped_bins() -> tuple[BinnedView, ...]:
    """Every binned view under ``harmonize/data/bins``, by id."""
    return tuple(read_bins(path) for path in sorted(FOLDER.glob("*.toml")))


def load_bins(ref: str) -> BinnedView:
    """A shipped view by "id@version" or "id". Raises `ChoraleError("bins-unknown")`."""
    for view in shipped_bins():
        if ref in (view.ref, view.id):
            return view
    raise ChoraleError(
        "bins-unknown", f"There is no view {ref!r}.", f"Shipped: {', '.join(v.ref for v in shipped_bins())}."
    )


def read_bins(path: Path) -> BinnedView:
    """One file of ranges. Raises `ChoraleError("bins-definition")` for a dimension or edge that the scheme lacks."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    scheme = schemes.load(data["scheme"])
    made = [
        Bins(scheme.ref, row["dimension"], tuple(map(float, row["edges"])), tuple(row["names"])) for row in data["bins"]
    ]
    for bins in made:
        dimension = scheme.dimensions[scheme.code(bins.dimension)]
        if not all(dimension.low < edge < dimension.high for edge in bins.edges):
            raise ChoraleError("bins-definition", f"{path.name}: an edge of {bins.dimension} is off its range.")
    texts = {key: str(data[key]) for key in ("id", "version", "title", "note")}
    return BinnedView(**texts, scheme=scheme.ref, bins=tuple(made))


def bin_judgments(judgments: Judgments, bins: Bins) -> Judgments:
    """Each rating's range as a SINGLE judgment. Ratings without that value are dropped, not guessed.

    Bin before aggregating: the range of a mean is not the mean of ranges. Raises `ChoraleError` for other kinds.
    """
    if judgments.values is None or judgments.kind != Kind.DIMENSION:
        raise ChoraleError("bins-kind", f"{judgments.kind} judgments have no dimension to bin.")
    column = judgments.values[:, _place(judgments.labels, bins)].astype(np.float64)
    kept = np.flatnonzero(~np.isnan(column) | (judgments.status != Status.ANSWERED))
    rows = judgments.select(kept)
    answered = ~np.isnan(column[kept])
    codes = np.searchsorted(np.array(bins.edges), column[kept][answered], side="right").astype(np.int16)
    offsets = np.concatenate([[0], np.cumsum(answered)]).astype(np.int64)
    return replace(rows, kind=Kind.SINGLE, labels=bins.names, values=None, offsets=offsets, label=codes)


def bin_means(soft: SoftLabels, bins: Bins) -> Int16:
    """The range that each item's mean falls in, int16[I], -1 where masked: a view of the mean, not a vote."""
    if soft.semantics != Semantics.DIMENSION:
        raise ChoraleError("bins-kind", f"{soft.semantics} have no dimension to bin.")
    column = soft.values[:, _place(soft.labels, bins)]
    codes = np.searchsorted(np.array(bins.edges), np.nan_to_num(column), side="right")
    return np.where(np.isnan(column), -1, codes).astype(np.int16)


def _place(labels: tuple[str, ...], bins: Bins) -> int:
    if bins.dimension not in labels:
        raise ChoraleError("bins-dimension", f"There is no dimension {bins.dimension!r} among {', '.join(labels)}.")
    return labels.index(bins.dimension)
