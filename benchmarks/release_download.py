"""`release.download`: a file through the app, by a link, against `python -m http.server` serving the same file."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from benchmarks.paired import pairs, row

BLOCK = 1 << 20
NAME = "items.parquet"


def download(folder: Path, *, size: int) -> dict[str, Any]:
    """One row: speed through the app over the server's, with how much the app's memory grew while it served.

    Call inside `release_database._spare_database`, with Django set up on that database.
    """
    from django.conf import settings

    place = folder / "objects" / "releases" / "bench" / "0.1.0"
    place.mkdir(parents=True)
    with (place / NAME).open("wb") as file:
        for _ in range(size // BLOCK):
            file.write(os.urandom(BLOCK))
    settings.OBJECT_STORE = (folder / "objects").as_uri()
    path = _link(size)
    with _app(folder) as (app, process), _plain(place) as plain:
        ours, theirs = (lambda: _fetch(f"{app}{path}", size)), (lambda: _fetch(f"{plain}/{NAME}", size))
        ours()  # the first request loads what the app is made of
        before = process.memory_info().rss
        # Speed is work per second, so ours over the baseline is the baseline's time over ours.
        measured = pairs(theirs, ours, runs=5)
        grown = (process.memory_info().rss - before) / 1e6
    facts = {"bytes": size, "app_memory_grew_mb": round(grown, 1), "at_least": 0.7}
    return row("release.download", "python -m http.server", measured, **facts)


def _link(size: int) -> str:
    from django.contrib.auth.models import AnonymousUser
    from django.urls import reverse

    from chorale.store import release_access
    from chorale.store.models import Release

    release = Release.objects.create(
        slug="bench", version="0.1.0", title="Bench", state="published", access="public", recipe="", recipe_sha256="",
        salt="", folder="releases/bench/0.1.0",
        manifest={"files": {NAME: {"bytes": size, "sha256": "0" * 64}}, "digest": "0" * 64},
    )  # fmt: skip
    return str(reverse("release-linked", args=[release_access.sign(release, NAME, AnonymousUser()), NAME]))


def _fetch(address: str, size: int) -> None:
    with urllib.request.urlopen(address) as response:  # noqa: S310
        read = 0
        while block := response.read(BLOCK):
            read += len(block)
    assert read == size, (read, size)


@contextmanager
def _app(folder: Path) -> Iterator[tuple[str, psutil.Process]]:
    port = _port()
    environment = os.environ | {"CHORALE_OBJECT_STORE": (folder / "objects").as_uri()}
    command = [sys.executable, "-m", "uvicorn", "--app-dir", "platform", "chorale.asgi:application"]
    with _running([*command, "--port", str(port), "--log-level", "error"], port, env=environment) as process:
        yield f"http://127.0.0.1:{port}", psutil.Process(process.pid)


@contextmanager
def _plain(place: Path) -> Iterator[str]:
    port = _port()
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", str(place)]
    with _running(command, port, env=dict(os.environ)):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def _running(command: list[str], port: int, *, env: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
    try:
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield process
    finally:
        process.terminate()
        process.wait(30)


def _port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
