"""Agreement weights between ordered categories, 1 on the diagonal (Gwet 2014, Handbook of Inter-Rater Reliability)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import comb

from harmonize.problems import ChoraleError
from harmonize.records import Float64


def weights(name: str, size: int, points: npt.ArrayLike | None = None) -> Float64:
    """Weights [size, size] in 0..1: `identity`, `linear`, `quadratic`, `ordinal` or `radical`.

    Linear and quadratic use ``points`` (by default the positions): 1 - |x - y| / range, and its square form; ordinal:
    1 - C(|k - l| + 1, 2) / C(q, 2), Gwet's, which is not Krippendorff's ordinal distance.
    """
    x = np.arange(size, dtype=np.float64) if points is None else np.asarray(points, dtype=np.float64)
    gap = np.abs(x[:, None] - x[None, :])
    widest = gap.max(initial=0.0) or 1.0
    if name == "identity":
        return np.eye(size)
    if name == "linear":
        return np.asarray(1 - gap / widest)
    if name == "quadratic":
        return np.asarray(1 - (gap / widest) ** 2)
    if name == "radical":
        return np.asarray(1 - np.sqrt(gap / widest))
    if name == "ordinal":
        steps = np.abs(np.arange(size)[:, None] - np.arange(size)[None, :])
        spread = np.where(steps > 0, comb(steps + 1, 2), 0.0)
        return np.asarray(1 - spread / max(float(comb(size, 2)), 1.0))
    raise ChoraleError("weights", f"No weights {name!r}.", "identity, linear, quadratic, ordinal or radical.")
