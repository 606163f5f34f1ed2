"""Copies elsewhere: complete, resumable, never over another release, without what was withdrawn."""

from __future__ import annotations

import shutil
from pathlib import Path

import fsspec
import pytest

from exports.manifest import MANIFEST
from exports.mirrors import mirror
from exports.verify import verify
from exports.withdrawal import withdraw
from harmonize.problems import ChoraleError


@pytest.fixture
def mine(tiny: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny, tmp_path / "mine"))


def test_a_copy_in_a_folder_is_the_release(tiny: Path, tmp_path: Path) -> None:
    sent: list[int] = []
    made = mirror(tiny, (tmp_path / "copy").as_uri(), progress=sent.append)
    assert verify(tmp_path / "copy").ok
    assert (made.sent, made.kept, made.removed) == (len(sent), 0, 0)
    assert made.bytes == sum(sent) == sum(p.stat().st_size for p in tiny.rglob("*") if p.is_file())
    again = mirror(tiny, (tmp_path / "copy").as_uri())
    assert (again.sent, again.kept) == (0, made.sent)


def test_the_manifest_goes_last_and_a_copy_broken_off_is_finished(
    mine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fs = fsspec.filesystem("file")
    plain, names = type(fs).put_file, []

    def breaking(self, source, target, **more):  # type: ignore[no-untyped-def]
        names.append(target.rsplit("/", 1)[-1])
        if len(names) == 6:
            raise ConnectionError("gone")
        return plain(self, source, target, **more)

    with monkeypatch.context() as patch:
        patch.setattr(type(fs), "put_file", breaking)
        with pytest.raises(ConnectionError):
            mirror(mine, str(tmp_path / "copy"))
    assert MANIFEST not in names
    assert not (tmp_path / "copy" / MANIFEST).exists()
    mirror(mine, str(tmp_path / "copy"))
    assert verify(tmp_path / "copy").ok


def test_another_release_is_not_overwritten(mine: Path, release: Path, tmp_path: Path) -> None:
    mirror(mine, str(tmp_path / "copy"))
    with pytest.raises(ChoraleError, match="another release, made"):
        mirror(release, str(tmp_path / "copy"))
    assert verify(tmp_path / "copy").ok


def test_what_was_withdrawn_goes_there_too(mine: Path, tmp_path: Path) -> None:
    mirror(mine, str(tmp_path / "copy"))
    withdraw(mine, ["judgments.parquet"], reason="asked")
    made = mirror(mine, str(tmp_path / "copy"))
    assert (made.removed, (tmp_path / "copy/judgments.parquet").exists()) == (1, False)
    report = verify(tmp_path / "copy")
    assert (report.ok, report.withdrawn) == (True, ("judgments.parquet",))


def test_a_broken_release_is_not_copied(mine: Path, tmp_path: Path) -> None:
    (mine / "raters.parquet").write_bytes(b"x")
    with pytest.raises(ChoraleError, match=r"raters\.parquet"):
        mirror(mine, str(tmp_path / "copy"))
    assert not (tmp_path / "copy").exists()
