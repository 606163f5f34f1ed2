"""Pushed to a hub by its own client: complete, under tags, private until it is there, gone when it is withdrawn."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from exports.manifest import MANIFEST, read_manifest
from exports.mirrors import mirror
from exports.withdrawal import withdraw
from harmonize.problems import ChoraleError
from tests.core.exports import hub_server

HERE = "hf://datasets/lab/letters"


@pytest.fixture
def mine(tiny: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny, tmp_path / "mine"))


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[hub_server.Hub]:
    with hub_server.serving() as here:
        monkeypatch.setenv("HF_ENDPOINT", here.url)
        yield here


def pushed(folder: Path, address: str = HERE) -> str:
    return mirror(folder, address, token=hub_server.TOKEN).revision


def test_every_file_is_there_under_a_tag_and_public_only_when_all_is(mine: Path, hub: hub_server.Hub) -> None:
    hub.refuses = ("/super-squash/", 429)
    with pytest.raises(ChoraleError, match="asks for fewer requests"):
        pushed(mine)
    assert hub.repositories["lab/letters"].private, "half of it is nothing to show"
    hub.refuses = None
    sent: list[int] = []
    made = mirror(mine, HERE, token=hub_server.TOKEN, progress=sent.append)
    there = hub.repositories["lab/letters"]
    files = {p.relative_to(mine).as_posix(): p.read_bytes() for p in mine.rglob("*") if p.is_file()}
    assert files == there.files
    assert sum(sent) == made.bytes == sum(len(data) for data in files.values())
    assert (list(there.tags), len(there.main), bool(made.revision)) == (["0.1.0"], 1, True)
    assert {commit["summary"] for commit in hub.commits} == {"made 0.1.0"}


def test_what_is_withdrawn_can_be_asked_for_no_more(mine: Path, hub: hub_server.Hub) -> None:
    """Not in the files, in no commit behind them, not by the tag, not among the stored bytes."""
    pushed(mine)
    there = hub.repositories["lab/letters"]
    assert not there.private
    gone = read_manifest(mine)["files"]["judgments.parquet"]["sha256"]
    assert gone in there.reachable()
    withdraw(mine, ["judgments.parquet"], reason="asked")
    pushed(mine)
    assert "tombstones.json" in there.files
    assert gone not in there.reachable()
    assert list(there.tags) == ["0.1.0"]


def test_versions_stand_beside_each_other_and_an_older_one_goes_alone(
    mine: Path, tmp_path: Path, hub: hub_server.Hub
) -> None:
    pushed(mine)
    gone = read_manifest(mine)["files"]["judgments.parquet"]["sha256"]
    there = hub.repositories["lab/letters"]
    newer = dict(there.files) | {"judgments.parquet": b"other"}
    told = json.loads(newer[MANIFEST]) | {"version": "0.10.0"}
    there.main = [newer | {MANIFEST: json.dumps(told).encode()}]
    there.tags["0.10.0"] = list(there.main)
    with pytest.raises(ChoraleError, match=r"holds 0\.10\.0 already, which is newer than 0\.1\.0"):
        pushed(mine)
    withdraw(mine, ["judgments.parquet"], reason="asked")
    assert pushed(mine) == ""
    assert (list(there.tags), there.files["judgments.parquet"]) == (["0.10.0"], b"other")
    assert gone not in there.reachable()


def test_what_is_no_release_is_not_overwritten(mine: Path, hub: hub_server.Hub) -> None:
    row = hub.repositories["lab/letters"] = hub_server.Repository()
    row.main = [{"README.md": b"mine", "data.csv": b"a"}]
    with pytest.raises(ChoraleError, match="holds 1 files that are no release"):
        pushed(mine)
    row.main = [{MANIFEST: json.dumps({"name": "tales", "version": "1.0.0"}).encode()}]
    with pytest.raises(ChoraleError, match=r"holds tales 1\.0\.0"):
        pushed(mine)
    assert not hub.commits


@pytest.mark.parametrize(
    ("part", "status", "said"),
    [
        ("/repos/create", 403, "does not let this token write"),
        ("/preupload/", 404, "has no such repository"),
        ("/commit/", 409, "somebody else changed"),
        ("/tag/", 418, "has trouble of its own"),
    ],
)
def test_a_hub_that_refuses_is_told(mine: Path, hub: hub_server.Hub, part: str, status: int, said: str) -> None:
    hub.refuses = (part, status)
    with pytest.raises(ChoraleError, match=said) as refused:
        pushed(mine)
    assert (refused.value.code, f"({status})" in str(refused.value)) == ("mirror-refused", True)
    assert refused.value.fix


def test_a_wrong_token_a_wrong_name_and_no_hub_are_told(
    mine: Path, hub: hub_server.Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ChoraleError, match="does not know the token"):
        mirror(mine, HERE, token="hf_wrong")
    with pytest.raises(ChoraleError, match=r"(?i)repo"):
        pushed(mine, "hf://datasets/lab/let ters")
    with socket.socket() as held:  # a port that nobody listens at
        held.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{held.getsockname()[1]}")
        with pytest.raises(ChoraleError, match="cannot be reached") as away:
            pushed(mine)
    assert away.value.code == "mirror-unreachable"
