"""Fitted Gaussians as a drawing: each category an outline in the plane of the first two dimensions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from chorale.store import vad_fits
from chorale.web import palette, words
from chorale.web.gauges import gauge
from harmonize.records import Float64
from harmonize.schemes import Scheme

Json = dict[str, Any]
SIZE, EDGE = 400.0, 34.0
RADIUS = 1.1774  # of the outline in standard deviations: half of a plane Gaussian's mass lies inside
POINTS = 48
WORD = (64.0, 11.5)  # room that a word takes, across and up


@dataclass(frozen=True)
class Outline:
    """One category: the outline that holds half its mass, its mean, where its word stands, how strong its colour is."""

    name: str
    family: str
    path: str
    x: float
    y: float
    word_y: float
    strength: float


@dataclass(frozen=True)
class Plot:
    """Outlines in a square of ``size``, with the words of both axes and a point to mark."""

    size: float
    across: tuple[str, str, str]
    up: tuple[str, str, str]
    middle: tuple[float, float]
    outlines: tuple[Outline, ...]
    point: tuple[float, float] | None = None


def plot(result: Json, point: Float64 | None = None) -> Plot:
    """The plane of the first two dimensions, on the scheme's own range."""
    found = vad_fits.rebuilt(result)
    scheme, base = found.scheme, found.base
    turn = np.linspace(0, 2 * np.pi, POINTS)
    circle = RADIUS * np.stack([np.cos(turn), np.sin(turn)])
    outlines = []
    for k in np.argsort(-base):
        root = np.linalg.cholesky(found.cov[k][:2, :2])
        z = found.mean[k][:2, None] + root @ circle
        spots = [_place(scheme, 1 / (1 + np.exp(-pair))) for pair in z.T]
        path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in spots) + "Z"
        x, y = _place(scheme, 1 / (1 + np.exp(-found.mean[k][:2])))
        name = found.labels[k]
        word = _free(y - 7, x, outlines)
        outlines.append(Outline(name, palette.family(name), path, x, y, word, round(0.12 + 0.25 * float(base[k]), 2)))
    axes = [(d.name, f"{d.low:g}", f"{d.high:g}") for d in scheme.dimensions]
    mark = None
    if point is not None:
        low = np.array([d.low for d in scheme.dimensions[:2]])
        high = np.array([d.high for d in scheme.dimensions[:2]])
        mark = _place(scheme, (point[:2] - low) / (high - low))
    return Plot(SIZE, axes[0], axes[1], (SIZE / 2, SIZE / 2), tuple(outlines), mark)


def _free(y: float, x: float, placed: list[Outline]) -> float:
    """The nearest line above on which a word at ``x`` stands on no other."""
    near = sorted((o.word_y for o in placed if abs(o.x - x) < WORD[0]), reverse=True)
    for taken in near:
        if abs(taken - y) < WORD[1]:
            y = taken - WORD[1]
    return round(y, 1)


def rows(result: Json, scheme: Scheme) -> list[Json]:
    """A line for each category: items' worth, base rate, mean value of each dimension."""
    order = np.argsort(-np.array(result["base"]))
    return [
        {
            "name": result["labels"][k],
            "family": palette.family(result["labels"][k]),
            "mass": words.figure(result["mass"][k], 1),
            "base": words.percent(result["base"][k]),
            "places": [
                (d.name, words.figure(v, 2)) for d, v in zip(scheme.dimensions, result["points"][k], strict=True)
            ],
        }
        for k in order
    ]


def figures(result: Json, scheme: Scheme) -> list[Json]:
    """What is lost, in scale units and of the variance: on items not seen, there and back, by k-means."""
    back = result["backward"]
    told = [
        ("Categories to values, on items not seen", result["forward"]),
        ("Values to categories and back", back["categories"]),
        (f"k-means with {back['groups']} groups", back["kmeans"]),
    ]
    return [_figure(title, found, scheme) for title, found in told]


def _figure(title: str, found: Json, scheme: Scheme) -> Json:
    kept, lows, highs = found["kept"], found["kept_low"], found["kept_high"]
    gauges = []
    for k, dimension in enumerate(scheme.dimensions):
        share = {"value": kept[k], "low": lows[k], "high": highs[k]}
        gauges.append(gauge(dimension.name, share, note=f"RMSE {words.figure(found['rmse'][k])}"))
    whole = {"value": found["kept_overall"], "low": found["kept_overall_low"], "high": found["kept_overall_high"]}
    gauges.append(gauge("All dimensions", whole))
    overall = f"{words.figure(found['overall'])} ({words.figure(found['low'])} to {words.figure(found['high'])})"
    return {"title": title, "overall": overall, "n": found["n"], "gauges": [drawn for drawn in gauges if drawn]}


def _place(scheme: Scheme, share: Any) -> tuple[float, float]:
    """A place of the plane (0..1 each) in the drawing; the second dimension goes up."""
    room = SIZE - 2 * EDGE
    return round(EDGE + room * float(share[0]), 1), round(SIZE - EDGE - room * float(share[1]), 1)
