"""The files of the repository, as the house rules see them: those that git knows or would add."""

from __future__ import annotations

import functools
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@functools.cache
def files(*endings: str) -> tuple[Path, ...]:
    """Existing files with one of the endings, all files if none is given; ignored ones are left out."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    paths = (ROOT / name for name in listed if name)
    return tuple(path for path in paths if path.is_file() and (not endings or path.suffix in endings))


def python_files() -> tuple[Path, ...]:
    """Our Python files; migrations, which Django writes, are left out."""
    return tuple(path for path in files(".py") if "migrations" not in path.parts)


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))
