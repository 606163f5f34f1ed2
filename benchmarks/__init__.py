"""Benchmarks: each family writes `build/bench/NAME.json`, rows of {claim, baseline, ratio, low, high, runs}."""
