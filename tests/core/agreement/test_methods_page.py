"""The methods page names every module that computes a number, and every public function that returns one."""

from __future__ import annotations

from pathlib import Path

import pytest

import annotation.aggregation as aggregation
import annotation.agreement as agreement

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "methods.md").read_text(encoding="utf-8")
# What carries, lays beside or checks, and computes no number of its own.
PLUMBING = {
    "agreement": {
        "__init__",
        "answers",
        "coefficient",
        "gather",
        "packing",
        "statistics",
        "tables",
        "values",
        "distances",
        "alpha",
    },
    "aggregation": {"__init__", "triples", "entropy", "published"},
    "raters": {"__init__", "company", "advantage"},
    "evaluation": {"__init__", "matching", "scores"},
}


@pytest.mark.parametrize("package", ["agreement", "raters", "evaluation"])
def test_every_module_is_named(package):
    modules = {path.stem for path in (ROOT / "annotation" / package).glob("*.py")} - PLUMBING[package]
    assert sorted(name for name in modules if f"`{name}.py`" not in PAGE) == []


def test_every_aggregation_is_named():
    public = [name for name in aggregation.__all__ if name[0].islower()]
    assert [name for name in public if f"`{name}`" not in PAGE] == []


def test_every_metric_is_named():
    from annotation.agreement.values import FITTING

    metrics = {metric for fitting in FITTING.values() for metric in fitting}
    assert sorted(metric for metric in metrics if f"| {metric} |" not in PAGE) == []
    assert agreement.alpha.__doc__
