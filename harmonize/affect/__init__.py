"""Between categories and valence, arousal, dominance: word norms for points, fitted Gaussians for both ways."""

from harmonize.affect.bins import Bins, bin_judgments, bin_means, thirds
from harmonize.affect.gaussians import Gaussians, category_points, category_posterior, fit_gaussians
from harmonize.affect.norms import Norms, load_norms, shipped_norms
from harmonize.affect.points import vad_points

__all__ = [
    "Bins",
    "Gaussians",
    "Norms",
    "bin_judgments",
    "bin_means",
    "category_points",
    "category_posterior",
    "fit_gaussians",
    "load_norms",
    "shipped_norms",
    "thirds",
    "vad_points",
]
