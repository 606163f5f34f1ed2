"""Scratch folders: gone at the end, those of killed processes swept, those in use left alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from exports import scratch
from exports.scratch import scratch_folder, sweep

HOLD = """
import sys, time
from pathlib import Path
from exports.scratch import scratch_folder
with scratch_folder(Path(sys.argv[1])) as folder:
    (folder / "part").write_text("ratings")
    print("ready", flush=True)
    time.sleep(600)
"""


def test_what_a_killed_process_left_is_swept_by_the_next(tmp_path: Path) -> None:
    held = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], cwd=Path(__file__).parents[3], stdout=subprocess.PIPE
    )
    assert held.stdout is not None
    assert held.stdout.readline() == b"ready\n"
    (left,) = tmp_path.iterdir()
    past = time.time() - 2 * scratch.YOUNG
    os.utime(left, (past, past))
    assert sweep(tmp_path) == 0, "its process lives"
    held.send_signal(signal.SIGKILL)
    held.wait(30)
    (tmp_path / "others").mkdir()
    with scratch_folder(tmp_path) as mine:
        assert {path.name for path in tmp_path.iterdir()} == {mine.name, "others"}
        assert sweep(tmp_path) == 0, "too young, and in use"
    assert [path.name for path in tmp_path.iterdir()] == ["others"]
