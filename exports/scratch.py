"""A folder for what does not fit in memory; those of processes that were killed are removed by the next."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "chorale-scratch-"
YOUNG = 60.0  # seconds in which a folder may be about to be locked
_LOCK = ".lock"


@contextmanager
def scratch_folder(parent: Path | None = None) -> Iterator[Path]:
    """A new folder in ``parent`` (the system's place for such without), gone when the block ends.

    It is locked as long as its process lives, so that nothing of the data lies about for long after a kill.
    """
    place = Path(parent or tempfile.gettempdir())
    sweep(place)
    with tempfile.TemporaryDirectory(dir=place, prefix=PREFIX) as made, (Path(made) / _LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield Path(made)


def sweep(place: Path) -> int:
    """Remove the folders in ``place`` whose processes are gone; how many. Those of other users are left alone."""
    count = 0
    for folder in place.glob(f"{PREFIX}*"):
        try:
            if time.time() - folder.stat().st_mtime < YOUNG:
                continue
            with (folder / _LOCK).open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
                count += 1
        except OSError:  # in use, another's, or just gone
            continue
    return count
