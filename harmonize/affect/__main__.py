"""`python -m harmonize.affect READER.csv`: what VAD values lose through categories, beside k-means, on EmoBank.

No corpus at hand carries both VAD and categories, so the categories here are derived from the values themselves: each
item gets the word norm nearest to it (neutral at the midpoint). That makes the figures a statement about the coarseness
of seven Gaussians against seven means, and no validation of the categories.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from harmonize import crosswalks, schemes
from harmonize.affect.gaussians import fit_gaussians
from harmonize.affect.norms import load_norms
from harmonize.affect.residual import Residual, RoundTrip, round_trip_values
from harmonize.crosswalks.rescale import affine
from harmonize.records import Float64, Semantics, SoftLabels

VAD = schemes.load("vad-5")
EKMAN = schemes.load("ekman-6-neutral")


def read_means(path: Path) -> SoftLabels:
    """EmoBank's reader.csv or writer.csv: mean, SD and number of ratings, under vad-5."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    values = np.array([[float(r[k]) for k in "VAD"] for r in rows])
    spread = np.array([[float(r[f"std{k}"]) for k in "VAD"] for r in rows])
    n = np.array([int(r["N"]) for r in rows], dtype=np.int32)
    items = pa.array([r["id"] for r in rows])
    return SoftLabels(Semantics.DIMENSION, items, VAD.names, values, n, "mean", spread=spread)


def nearest_norm(values: SoftLabels, norms: str = "russell-mehrabian-1977") -> SoftLabels:
    """A DISTRIBUTION of one category an item: the nearest norm, in units of the items' own spread by dimension.

    Norms are rescaled to vad-5 and centred on the items' mean, as texts lie far closer to the middle than words do.
    """
    points = load_norms(norms).points(EKMAN.id)
    points[EKMAN.code("neutral")] = 0.0
    slopes, intercepts = affine(crosswalks.load("vad-signed--vad-5"))
    placed: Float64 = points @ slopes + intercepts
    scale = values.values.std(axis=0)
    norm = (placed - placed.mean(axis=0)) / placed.std(axis=0)
    item = (values.values - values.values.mean(axis=0)) / scale
    nearest = ((item[:, None, :] - norm[None]) ** 2).sum(axis=2).argmin(axis=1)
    hard = np.eye(len(EKMAN.names))[nearest]
    return SoftLabels(Semantics.DISTRIBUTION, values.items, EKMAN.names, hard, values.n, f"nearest norm {norms}")


def measured(path: Path) -> RoundTrip:
    """The round trip of a file of means through seven fitted Gaussians, beside k-means with seven groups."""
    values = read_means(path)
    gaussians = fit_gaussians(nearest_norm(values), values, VAD, neutral="neutral", fitted_on=str(path.name))
    return round_trip_values(values, gaussians)


def table(found: RoundTrip) -> Iterator[str]:
    """The lines of the Markdown table."""
    yield "| groups | items | RMSE (95 %) | by V, A, D | variance kept (95 %) | by V, A, D |"
    yield "|---|---|---|---|---|---|"
    yield line(f"{found.groups} Gaussians, posterior and back (rejected {found.rejected:.3f})", found.categories)
    yield line(f"{found.groups} means (k-means)", found.kmeans)


def line(name: str, found: Residual) -> str:
    """One line of a Markdown table."""
    each = ", ".join(f"{r:.3f}" for r in found.rmse)
    kept = ", ".join(_kept(*shares) for shares in zip(found.kept, found.kept_low, found.kept_high, strict=True))
    whole = _kept(found.kept_overall, found.kept_overall_low, found.kept_overall_high)
    rmse = f"{found.overall:.3f} ({found.low:.3f} to {found.high:.3f})"
    return f"| {name} | {found.n} | {rmse} | {each} | {whole} | {kept} |"


def _kept(share: float | None, low: float | None, high: float | None) -> str:
    return "undefined" if share is None else f"{share:.2f} ({low:.2f} to {high:.2f})"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m harmonize.affect", description=__doc__)
    parser.add_argument("means", type=Path, help="EmoBank's reader.csv or writer.csv")
    found = measured(parser.parse_args().means)
    for text in table(found):
        print(text)


if __name__ == "__main__":
    main()
