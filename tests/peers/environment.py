"""The peers' own Python environment and the tiny models they serve, kept outside the clone and made on first use.

``$CHORALE_PEERS`` (default ``~/.cache/chorale/peers``) holds them, named by a hash of what they are made from: 3.5 GB
of pinned wheels, and models of a few MB.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from chorale.embedded import state

HERE = Path(__file__).parent
REQUIREMENTS = state.ROOT / "deploy" / "peers" / "requirements.txt"
TORCH = "https://download.pytorch.org/whl/cpu"


def folder() -> Path:
    """Where environments and models are kept."""
    return Path(os.environ.get("CHORALE_PEERS") or Path.home() / ".cache" / "chorale" / "peers")


def digest(*parts: bytes) -> str:
    """12 hex digits of what something is made from."""
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]


def made(place: Path, make: Callable[[], None]) -> Path:
    """``place``, made if it is not whole: a stamp is written last, and a lock lets one process at a time make it."""
    place.parent.mkdir(parents=True, exist_ok=True)
    stamp = place / "whole"
    with Path(f"{place}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.exists():
            shutil.rmtree(place, ignore_errors=True)
            make()
            stamp.touch()
    return place


def base_python() -> str:
    """A Python 3.11 on Linux x86-64, for which the wheels are pinned; skips by name without it."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        pytest.skip("the peers' wheels are pinned for Linux x86-64")
    if sys.version_info[:2] == (3, 11):
        return sys.executable
    found = shutil.which("python3.11")
    if found is None:
        pytest.skip("the peers need a Python 3.11 (python3.11 on the PATH)")
    return found


def python() -> Path:
    """The Python that holds vLLM and transformers."""
    place = folder() / f"python-{digest(REQUIREMENTS.read_bytes())}"

    def make() -> None:
        subprocess.run([base_python(), "-m", "venv", str(place)], check=True)
        pip = [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        install = [*pip, "--no-deps", "--require-hashes", "--only-binary", ":all:", "-r", str(REQUIREMENTS)]
        if subprocess.run(install, stderr=subprocess.DEVNULL).returncode:  # the usual index lacks torch for CPUs
            subprocess.run([*install, "--extra-index-url", TORCH], check=True)

    return made(place, make) / "bin" / "python"


def model(script: str, given: list[Path], *more: str) -> Path:
    """The folder of a tiny model: ``script`` run on the files or folders ``given``, and ``more`` words."""
    source = (HERE / script).read_bytes()
    parts = [path.read_bytes() if path.is_file() else path.name.encode() for path in given]
    place = folder() / f"{Path(script).stem}-{digest(source, *parts, *(word.encode() for word in more))}"

    def make() -> None:
        words = [str(HERE / script), *map(str, given), str(place), *more]
        subprocess.run([str(python()), *words], check=True, env=offline())

    return made(place, make)


def offline() -> dict[str, str]:
    """The environment of a peer: no hub, no statistics sent, one thread, and no proxy to itself."""
    return dict(os.environ) | {
        "HF_HUB_OFFLINE": "1",
        "VLLM_NO_USAGE_STATS": "1",
        "DO_NOT_TRACK": "1",
        "VLLM_CPU_KVCACHE_SPACE": "1",
        "VLLM_CPU_OMP_THREADS_BIND": "nobind",
        "OMP_NUM_THREADS": "1",
    }
