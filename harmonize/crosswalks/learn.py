"""Learned crosswalks: the map that items labelled under both schemes show, with its uncertainty and its limits.

Model: E[y_i | x_i] = x_i W with W row-stochastic, where x_i and y_i are an item's soft labels under the two schemes.
W is then P(target label | source label) on these items: it has a direction and depends on their base rates.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from harmonize.crosswalks.crosswalk import LEARNED, NO_TERM, Cell, Crosswalk, Review
from harmonize.crosswalks.intervals import block_intervals
from harmonize.crosswalks.simplex import fit_rows
from harmonize.problems import ChoraleError
from harmonize.records import Float64
from harmonize.schemes import Scheme

BLOCKS = 100
CHUNK = 65_536


@dataclass(frozen=True, eq=False)
class Learned:
    """A learned map. ``weights`` float64[Ls, Lt], rows sum to 1 (NaN where the source label never occurs).

    ``low``, ``high``: 95 % interval of each weight, cell by cell; ``source_base``, ``target_base``: mean label mass of
    the items; ``mass`` float64[Ls]: items' worth of each source label; ``n``: items used, of ``seen``.
    """

    source: Scheme
    target: Scheme
    weights: Float64
    low: Float64
    high: Float64
    source_base: Float64
    target_base: Float64
    mass: Float64
    n: int
    seen: int

    @property
    def direction(self) -> str:
        """What the weights are: P(target | source); the other direction is another map."""
        return f"P({self.target.ref} | {self.source.ref})"

    def crosswalk(self, *, version: str = "1.0.0", data: str = "", floor: float = 0.005) -> Crosswalk:
        """The map as a crosswalk of status proposed; weights below ``floor`` are dropped and go to unmapped.

        Each cell has its interval; confidence stays None, as an interval is no confidence that the map is right.
        """
        cells: list[Cell] = []
        names = self.target.names
        for s, subject in enumerate(self.source.names):
            kept = (
                [] if np.isnan(self.weights[s]).any() else [t for t in range(len(names)) if self.weights[s, t] >= floor]
            )
            if not kept:
                cells.append(Cell(subject, "skos:relatedMatch", NO_TERM, 0.0, LEARNED, None, data, "never seen"))
            for t in kept:
                # Rounded down, so that a row never sums to more than 1.
                weight = np.floor(self.weights[s, t] * 1e6) / 1e6
                low, high = round(float(self.low[s, t]), 6), round(float(self.high[s, t]), 6)
                cells.append(
                    Cell(subject, "skos:relatedMatch", names[t], float(weight), LEARNED, None, data, low=low, high=high)
                )
        facts = {
            "direction": self.direction,
            "items": self.n,
            "source_base": [round(float(x), 6) for x in self.source_base],
            "target_base": [round(float(x), 6) for x in self.target_base],
        }
        made = Crosswalk(
            id=f"{self.source.id}--{self.target.id}--learned",
            version=version,
            source_scheme=self.source.ref,
            target_scheme=self.target.ref,
            title=f"{self.source.title} to {self.target.title}, learned from {self.n} items",
            cells=tuple(cells),
            status=Review.PROPOSED,
            source=data,
            comment=f"{self.direction} on the items it was learned from; it holds for like items and base rates only.",
            facts=facts,
        )
        return made.bind(self.source, self.target)


@dataclass(eq=False)
class Moments:
    """Sufficient statistics in blocks, for one pass: X'X float64[B, Ls, Ls] and X'Y float64[B, Ls, Lt]."""

    xx: Float64
    xy: Float64
    x: Float64
    y: Float64
    n: int = 0
    seen: int = 0
    yy: float = 0.0

    @staticmethod
    def empty(width: int, target: int, blocks: int = BLOCKS) -> Moments:
        """No items yet."""
        square, cross = np.zeros((blocks, width, width)), np.zeros((blocks, width, target))
        return Moments(square, cross, np.zeros((blocks, width)), np.zeros((blocks, target)))

    def add(self, x: Float64, y: Float64) -> None:
        """Add items: float[m, Ls] and float[m, Lt]. Rows with a NaN or without mass on either side are left out."""
        self.seen += len(x)
        usable = np.isfinite(x).all(axis=1) & np.isfinite(y).all(axis=1)
        usable &= (x.sum(axis=1) > 0) & (y.sum(axis=1) > 0)
        if not usable.all():
            x, y = x[usable], y[usable]
        # Each call deals its items out to the blocks in turn, so that a block is a small random-order sample.
        blocks = len(self.xx)
        step = -(-len(x) // blocks) if len(x) else 0
        for b in range(blocks if step else 0):
            rows = slice(b * step, (b + 1) * step)
            at = (b + self.n) % blocks
            xb, yb = x[rows].astype(np.float64), y[rows].astype(np.float64)
            self.xx[at] += xb.T @ xb
            self.xy[at] += xb.T @ yb
            self.x[at] += xb.sum(axis=0)
            self.y[at] += yb.sum(axis=0)
            self.yy += float((yb * yb).sum())
        self.n += len(x)


def learn(x: Float64, y: Float64, source: Scheme, target: Scheme, *, blocks: int = BLOCKS) -> Learned:
    """Weights and intervals from items labelled under both schemes: x float[n, Ls], y float[n, Lt], rows sum to 1.

    Constrained least squares: min sum |y_i - x_i W|^2 with W >= 0 and rows summing to 1 (Lawson and Hanson's problem
    with a simplex constraint; projected gradient on X'X, X'Y). Intervals: see `harmonize.crosswalks.intervals`. Items
    must be independent and in an order unrelated to their labels (shuffle first). x is taken as it is: noise in it (few
    raters) draws the weights towards the base rates, and `harmonize.crosswalks.evidence.noise_floor` shows by how much.
    Raises `ChoraleError` for shapes, or fewer than 2 items a block.
    """
    return learn_chunks(_chunks(x, y), source, target, blocks=blocks)


def learn_chunks(
    chunks: Iterable[tuple[Float64, Float64]], source: Scheme, target: Scheme, *, blocks: int = BLOCKS
) -> Learned:
    """`learn` from a stream of (x, y) chunks, in one pass and constant memory."""
    moments = Moments.empty(len(source.names), len(target.names), blocks)
    for x, y in chunks:
        if x.shape[1:] != (len(source.names),) or y.shape[1:] != (len(target.names),) or len(x) != len(y):
            raise ChoraleError("learn-shape", f"Chunks {x.shape} and {y.shape} do not fit the two schemes.")
        moments.add(x, y)
    if moments.n < 2 * blocks:
        raise ChoraleError(
            "learn-few", f"{moments.n} items carry both labels; {2 * blocks} are needed.", "Give more, or fewer blocks."
        )
    return _solve(moments, source, target)


def _solve(moments: Moments, source: Scheme, target: Scheme) -> Learned:
    xx, xy = moments.xx.sum(axis=0), moments.xy.sum(axis=0)
    mass = moments.x.sum(axis=0)
    seen = mass > 0
    weights = np.full(xy.shape, np.nan)
    weights[seen] = fit_rows(xx[np.ix_(seen, seen)], xy[seen])
    low, high = (np.full(xy.shape, np.nan) for _ in range(2))
    inside = np.ix_(np.arange(len(moments.xx)), seen, seen)
    low[seen], high[seen] = block_intervals(moments.xx[inside], moments.xy[:, seen])
    total = moments.n
    bases = mass / total, moments.y.sum(axis=0) / total
    return Learned(source, target, weights, low, high, *bases, mass, total, moments.seen)


def _chunks(x: Float64, y: Float64) -> Iterator[tuple[Float64, Float64]]:
    if x.ndim != 2 or y.ndim != 2 or len(x) != len(y):
        raise ChoraleError("learn-shape", f"x {x.shape} and y {y.shape} must have a row an item.")
    for start in range(0, len(x), CHUNK):
        yield x[start : start + CHUNK], y[start : start + CHUNK]
