"""A folder that appears whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harmonize.problems import ChoraleError

UNFINISHED = ".building-"


@contextmanager
def appearing(folder: Path) -> Iterator[Path]:
    """Give a hidden folder beside ``folder`` to build in; sync it to disk and rename it when the block ends well.

    A block that raises leaves nothing; a killed one leaves only a hidden folder, which `sweep` removes. Raises
    `ChoraleError` if ``folder`` exists: a release is never overwritten.
    """
    if folder.exists():
        raise ChoraleError("release-exists", f"{folder} exists and a release is immutable.", "Raise the version.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=f"{UNFINISHED}{folder.name}-", dir=folder.parent))
    try:
        yield building
        building.chmod(0o755)
        for path in sorted(building.rglob("*")):
            _sync(path)
        _sync(building)
        try:
            building.rename(folder)
        except OSError as error:  # another build of the same version came first
            raise ChoraleError("release-exists", f"{folder} exists and a release is immutable.") from error
        _sync(folder.parent)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def sweep(parent: Path, of: str = "*") -> int:
    """Remove what killed builds left in ``parent``, of the folder named or of all; call only while none runs there.

    Returns how many.
    """
    left = [path for path in parent.glob(f"{UNFINISHED}{of}-*") if path.is_dir()]
    for path in left:
        shutil.rmtree(path)
    return len(left)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
