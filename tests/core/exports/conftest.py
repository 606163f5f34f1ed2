"""One release built once for the tests that only read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from exports.release import build
from tests.core.exports import made


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("releases") / "made" / "0.1.0"
    build(folder, made.recipe(), made.source(), salt=made.SALT)
    return folder


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("releases") / "tiny" / "0.1.0"
    build(folder, made.recipe(), made.source(12), salt=made.SALT)
    return folder
