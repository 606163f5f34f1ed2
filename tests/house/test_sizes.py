"""Files and functions stay small: a file is one subject, a function fits on a screen."""

from __future__ import annotations

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.tree import python_files, relative

FILE_LIMIT, FILE_MEDIAN, FUNCTION_LIMIT, FUNCTION_MEDIAN = 400, 100, 60, 15


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Name and length of every function, decorators left out."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{relative(path)}:{node.lineno} {node.name}", (node.end_lineno or node.lineno) - node.lineno + 1


def test_no_file_is_too_long() -> None:
    assert [f"{relative(path)}: {lines(path)}" for path in python_files() if lines(path) > FILE_LIMIT] == []


def test_no_function_is_too_long() -> None:
    sizes = {name: length for path in python_files() for name, length in functions(path)}
    assert {name: length for name, length in sizes.items() if length > FUNCTION_LIMIT} == {}


@pytest.mark.parametrize(
    ("measure", "limit"), [("files", FILE_MEDIAN), ("functions", FUNCTION_MEDIAN)], ids=["files", "functions"]
)
def test_the_median_is_small(measure: str, limit: int) -> None:
    ours = [path for path in python_files() if path.name != "__init__.py"]
    sizes = [lines(path) for path in ours] if measure == "files" else [n for path in ours for _, n in functions(path)]
    assert statistics.median(sizes) <= limit
