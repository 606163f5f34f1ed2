"""The Python environments of packages we are measured against: apart from ours, locked by hash, made on first use."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from benchmarks.paired import FOLDER

UV = Path(__file__).resolve().parents[1] / ".venv-tools" / "bin" / "uv"


def peer_python(name: str) -> Path:
    """The Python of ``build/bench/NAME``, with what ``benchmarks/NAME.txt`` locks."""
    home = FOLDER / name
    python = home / "bin" / "python"
    if not python.exists():
        uv = str(UV) if UV.exists() else "uv"
        subprocess.run([uv, "venv", "-q", "--python", sys.executable, str(home)], check=True)  # noqa: S603
        install = [uv, "pip", "install", "-q", "--python", str(python), "--no-deps", "--require-hashes"]
        locked = Path(__file__).with_name(f"{name}.txt")
        subprocess.run([*install, "-r", str(locked)], check=True)  # noqa: S603
    return python
