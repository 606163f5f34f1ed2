"""The rater proxy: the only way by which a rater reaches Label Studio, on an origin of its own."""
