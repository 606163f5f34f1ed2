"""Between categories and valence, arousal, dominance: word norms for points, fitted Gaussians for both ways."""

from harmonize.affect.norms import Norms, load_norms, shipped_norms
from harmonize.affect.points import vad_points

__all__ = ["Norms", "load_norms", "shipped_norms", "vad_points"]
