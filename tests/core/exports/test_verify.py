"""Verification finds any flipped byte of any file, and whatever is missing or too much."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from exports.__main__ import main
from exports.manifest import canonical, digest, read_manifest
from exports.verify import verify


@pytest.fixture
def copy(tiny: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny, tmp_path / "copy"))


def codes(folder: Path) -> list[str]:
    return [problem.code for problem in verify(folder).problems]


def test_what_was_built_is_sound(release: Path) -> None:
    report = verify(release)
    assert report.ok
    assert report.files == len([p for p in release.rglob("*") if p.is_file()]) - 1
    assert str(report).startswith("OK: release 0.1.0")


def test_any_flipped_byte_of_any_file_is_found(copy: Path) -> None:
    tried = 0
    for path in sorted(p for p in copy.rglob("*") if p.is_file()):
        sound = path.read_bytes()
        for position in {*range(0, len(sound), max(len(sound) // 6, 1)), max(len(sound) - 1, 0)} if sound else ():
            for bit in (1, 0x20):
                broken = bytearray(sound)
                broken[position] ^= bit
                path.write_bytes(bytes(broken))
                assert not verify(copy).ok, (path.name, position, bit)
                tried += 1
        path.write_bytes(sound)
    assert tried > 300
    assert verify(copy).ok


def test_the_bytes_of_the_manifest_count_too(copy: Path) -> None:
    path = copy / "manifest.json"
    sound = path.read_bytes()
    for position in range(0, len(sound), 11):
        broken = bytearray(sound)
        broken[position] ^= 1
        path.write_bytes(bytes(broken))
        assert not verify(copy).ok, position
    path.write_bytes(sound + b" ")
    assert codes(copy) == ["manifest-changed"]


def test_missing_extra_and_cut_files(copy: Path) -> None:
    (copy / "LICENSES").unlink()
    (copy / "schemes" / "more.json").write_text("{}")
    items = copy / "items.parquet"
    items.write_bytes(items.read_bytes()[:-1])
    assert sorted(codes(copy)) == ["file-extra", "file-missing", "file-size"]


def test_a_link_is_not_a_file(copy: Path, tmp_path: Path) -> None:
    shutil.move(copy / "LICENSES", tmp_path / "elsewhere")
    (copy / "LICENSES").symlink_to(tmp_path / "elsewhere")
    assert codes(copy) == ["file-link"]


@pytest.mark.parametrize(("key", "value", "code"), [("rows", 999, "file-rows"), ("schema", {}, "file-schema")])
def test_a_manifest_that_lies_about_a_table(copy: Path, key: str, value: object, code: str) -> None:
    """Sealed anew with a wrong count or schema: the hashes all agree, the table itself does not."""
    manifest = read_manifest(copy)
    del manifest["digest"]
    manifest["files"]["items.parquet"][key] = value
    manifest["digest"] = digest(manifest)
    (copy / "manifest.json").write_bytes(canonical(manifest))
    assert codes(copy) == [code]


def test_the_command_line(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(copy)]) == 0
    (copy / "recipe.toml").write_text("other")
    assert main(["verify", str(copy)]) == 1
    assert main(["verify", str(copy / "nowhere")]) == 1
    assert "recipe.toml" in capsys.readouterr().out
