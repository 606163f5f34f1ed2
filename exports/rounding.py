"""Figures as they are stored: rounded, and null where they are not defined."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

DECIMALS = 6


def rounded(value: Any) -> Any:
    """Nested JSON values with floats rounded to `DECIMALS` and what is not finite null."""
    if isinstance(value, dict):
        return {name: rounded(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(part) for part in value]
    if isinstance(value, float | np.floating):
        return round(float(value), DECIMALS) + 0.0 if math.isfinite(value) else None
    return value
