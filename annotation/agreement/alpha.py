"""Krippendorff's alpha with missing ratings, for every kind of judgment, with interval, error and reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from annotation.agreement.gather import by_dimension, by_label, statistics

if TYPE_CHECKING:
    import numpy.typing as npt

    from annotation.agreement.bootstrap import Progress
    from annotation.agreement.coefficient import Coefficient
    from annotation.agreement.statistics import AlphaStatistics
    from harmonize.records import Judgments


def alpha(
    j: Judgments,
    *,
    metric: str | None = None,
    points: npt.ArrayLike | None = None,
    period: float | None = None,
    clusters: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    rounds: int = 1000,
    seed: int = 0,
    level: float = 0.95,
    progress: Progress | None = None,
) -> Coefficient:
    """Krippendorff's alpha over the items with at least two counted judgments.

    ``metric``, by kind: SINGLE `nominal` (default), `ordinal` (labels in code order), `interval`, `ratio`, `circular`
    (on ``points``, one number a label, by default the labels' names as numbers; ``period`` by default the number of
    labels); SET `masi` (default, exact thirds), `jaccard`, `nominal` (equal sets); DIMENSION with one dimension
    `interval` (default), `ordinal`, `ratio`, `circular`; PROBABILITY `hellinger` (default), `euclidean`,
    `jensen-shannon`. ``clusters`` [I], one key an item, are resampled whole (dialogues, authors). ``weights`` [I]
    above 0, the inverse of each item's chance of having been drawn, make a stratified sample speak for its whole.

    The caller selects the judgments: blind human ones of one perspective for a human figure (SCIENCE 4, 13, 14).
    Undefined is a value of None with its reason. Raises `ChoraleError` for a repeated (item, rater), or a metric
    that does not fit the kind. Formula and source: docs/methods.md, "Krippendorff's alpha" (Krippendorff 2011, 2019).

    >>> from harmonize.records import Judgments, Kind
    >>> votes = [("X", "A", "yes"), ("X", "B", "yes"), ("Y", "A", "no"), ("Y", "B", "no")]
    >>> votes += [("Z", "A", "yes"), ("Z", "B", "no")]
    >>> round(alpha(Judgments.from_ratings(votes, kind=Kind.SINGLE, labels=["yes", "no"]), rounds=0).value, 4)
    0.4444
    """
    found = statistics(j, metric=metric, points=points, period=period, clusters=clusters, weights=weights)
    return found.coefficients(rounds=rounds, seed=seed, level=level, progress=progress)[0]


def alpha_by_label(
    j: Judgments,
    *,
    metric: str | None = None,
    clusters: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    rounds: int = 1000,
    seed: int = 0,
    level: float = 0.95,
    progress: Progress | None = None,
) -> dict[str, Coefficient]:
    """Alpha of each label on its own, over the raters who answered: marked or not, in every counted judgment.

    ``metric``: `nominal` (default) for SINGLE, SET and INTENSITY (marked with a strength above 0); `ordinal` or
    `interval` over strengths, 0 where not marked, for INTENSITY. All labels are resampled together, so that their
    intervals are comparable. A label that nobody marked is undefined (no variance).
    """
    return _named(by_label(j, metric=metric, clusters=clusters, weights=weights), rounds, seed, level, progress)


def alpha_by_dimension(
    j: Judgments,
    *,
    metric: str = "interval",
    clusters: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    rounds: int = 1000,
    seed: int = 0,
    level: float = 0.95,
    progress: Progress | None = None,
) -> dict[str, Coefficient]:
    """Alpha of each dimension (DIMENSION) or of each label's probability (PROBABILITY).

    ``metric``: `interval` (default), `ordinal` or `ratio`. Missing values are left out dimension by dimension.
    """
    return _named(by_dimension(j, metric=metric, clusters=clusters, weights=weights), rounds, seed, level, progress)


def _named(
    found: list[AlphaStatistics], rounds: int, seed: int, level: float, progress: Progress | None
) -> dict[str, Coefficient]:
    built: dict[str, Coefficient] = {}
    for part in found:
        figures = part.coefficients(rounds=rounds, seed=seed, level=level, progress=progress)
        built.update(zip(part.names, figures, strict=True))
    return built
