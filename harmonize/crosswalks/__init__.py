"""Crosswalks: versioned weighted maps between schemes, each cell with its evidence, and what applying one does."""

from harmonize.crosswalks.crosswalk import NO_TERM, Cell, Crosswalk, CrosswalkKind, Review
from harmonize.crosswalks.files import check, load, shipped
from harmonize.crosswalks.ratings import MappedJudgments, map_judgments, map_judgments_counted
from harmonize.crosswalks.soft import ProportionBounds, map_soft, mask_inexpressible, proportion_bounds

__all__ = [
    "NO_TERM",
    "Cell",
    "Crosswalk",
    "CrosswalkKind",
    "MappedJudgments",
    "ProportionBounds",
    "Review",
    "check",
    "load",
    "map_judgments",
    "map_judgments_counted",
    "map_soft",
    "mask_inexpressible",
    "proportion_bounds",
    "shipped",
]
