"""Comparative judgments: which items are shown together, and scores from which of them was more."""

from annotation.comparisons.designs import balanced, design_facts
from annotation.comparisons.rankings import Rankings, reliability, strengths

__all__ = ["Rankings", "balanced", "design_facts", "reliability", "strengths"]
