"""Between categories and valence, arousal, dominance: word norms for points, fitted Gaussians for both ways."""

from harmonize.affect.bins import BinnedView, Bins, bin_judgments, bin_means, load_bins, shipped_bins, thirds
from harmonize.affect.derived import Derived, inferred_value, perspective_gap, turn_shift
from harmonize.affect.gaussians import Gaussians, category_points, category_posterior, fit_gaussians
from harmonize.affect.norms import Norms, load_norms, norms_of, shipped_norms
from harmonize.affect.points import vad_points

__all__ = [
    "BinnedView",
    "Bins",
    "Derived",
    "Gaussians",
    "Norms",
    "bin_judgments",
    "bin_means",
    "category_points",
    "category_posterior",
    "fit_gaussians",
    "inferred_value",
    "load_bins",
    "load_norms",
    "norms_of",
    "perspective_gap",
    "shipped_bins",
    "shipped_norms",
    "thirds",
    "turn_shift",
    "vad_points",
]
