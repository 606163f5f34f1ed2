"""A build killed with SIGKILL at any moment leaves nothing that looks like a release, and the next one ends as ever."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from exports.publish import UNFINISHED, sweep
from exports.release import build
from exports.verify import verify
from tests.core.exports import made

BUILD = """
import sys
from pathlib import Path
from exports.release import build
from tests.core.exports import made
print("ready", flush=True)
build(Path(sys.argv[1]), made.recipe(), made.source(60), salt=made.SALT)
print("done", flush=True)
"""
FILES = ("items.parquet", "report.json")


@pytest.mark.parametrize("when", FILES)
def test_a_killed_build_shows_no_half_release(when: str, tmp_path: Path) -> None:
    """Killed as soon as the file named shows up in the hidden folder: while tables are written, and at the very end."""
    folder = tmp_path / "made" / "0.1.0"
    folder.parent.mkdir()
    process = subprocess.Popen([sys.executable, "-c", BUILD, str(folder)], cwd=Path(__file__).parents[3])
    deadline = time.monotonic() + 240
    while process.poll() is None and time.monotonic() < deadline:
        if any(folder.parent.glob(f"{UNFINISHED}*/{when}")):
            process.send_signal(signal.SIGKILL)
            break
        time.sleep(0.002)
    assert process.wait(60) == -signal.SIGKILL
    assert not folder.exists()
    assert not list(folder.parent.glob("*/manifest.json"))
    assert sweep(folder.parent) == 1
    build(folder, made.recipe(), made.source(60), salt=made.SALT)
    assert verify(folder).ok
    assert [path.name for path in folder.parent.iterdir()] == ["0.1.0"]
