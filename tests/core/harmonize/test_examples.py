"""The examples in the docstrings say what happens."""

from __future__ import annotations

import doctest
from types import ModuleType

import pytest

from harmonize import records
from harmonize.crosswalks import files as crosswalk_files
from harmonize.schemes import files as scheme_files
from harmonize.schemes import graph


@pytest.mark.parametrize("module", [records, scheme_files, crosswalk_files, graph], ids=lambda m: m.__name__)
def test_examples(module: ModuleType) -> None:
    found = doctest.testmod(module)
    assert found.attempted > 0
    assert found.failed == 0
