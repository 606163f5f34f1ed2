"""`platform` stays the standard library's, tests are a package all the way down, migrations have one leaf."""

from __future__ import annotations

import platform
import re
import sys
import sysconfig
from pathlib import Path

from tests.house.tree import ROOT, files, relative

SOURCE_ROOTS = (ROOT, ROOT / "platform")


def test_platform_is_the_standard_librarys() -> None:
    assert Path(platform.__file__).is_relative_to(Path(sysconfig.get_path("stdlib")))
    assert not (ROOT / "platform" / "__init__.py").exists()


def test_no_folder_on_the_path_bears_a_standard_name() -> None:
    packages = {file.parent.name for root in SOURCE_ROOTS for file in root.glob("*/__init__.py")}
    modules = {file.stem for root in SOURCE_ROOTS for file in root.glob("*.py")}
    assert not (packages | modules) & set(sys.stdlib_module_names)


def test_tests_are_a_package_all_the_way_down() -> None:
    folders = {path.parent for path in files(".py") if path.is_relative_to(ROOT / "tests")}
    assert [relative(folder) for folder in folders if not (folder / "__init__.py").exists()] == []
    assert not (ROOT / "tests" / "platform").exists()


def test_every_app_has_one_leaf_migration_named_by_hand() -> None:
    for folder in {path.parent for path in files(".py") if path.parent.name == "migrations"}:
        names = {path.stem: path.read_text() for path in folder.glob("[0-9]*.py")}
        leaves = [name for name in names if not any(re.search(rf"""["']{name}["']""", text) for text in names.values())]
        assert len(leaves) <= 1, f"{relative(folder)}: {leaves}"
        assert [name for name in names if re.search(r"_auto_\d|_\d{8}_\d{4}", name)] == []
