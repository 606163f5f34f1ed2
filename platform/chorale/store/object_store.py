"""The object store: raw uploads by hash, media, release folders; any fsspec URL, a local folder by default."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import IO

import fsspec
from django.conf import settings


def filesystem() -> tuple[fsspec.AbstractFileSystem, str]:
    """The file system of `CHORALE_OBJECT_STORE` and its root path."""
    fs, root = fsspec.core.url_to_fs(settings.OBJECT_STORE)
    return fs, root.rstrip("/")


def put_file(path: Path, *, prefix: str = "raw") -> tuple[str, str]:
    """Keep a file under its sha256; returns (key, sha256). Keeping it again costs only the hashing."""
    digest = hashlib.sha256()
    with path.open("rb") as source:
        while block := source.read(1 << 20):
            digest.update(block)
    sha256 = digest.hexdigest()
    key = f"{prefix}/{sha256[:2]}/{sha256}{path.suffix.lower()}"
    fs, root = filesystem()
    target = f"{root}/{key}"
    if not fs.exists(target):
        fs.makedirs(target.rsplit("/", 1)[0], exist_ok=True)
        with path.open("rb") as source, fs.transaction, fs.open(target, "wb") as sink:
            shutil.copyfileobj(source, sink, 1 << 20)
    return key, sha256


def open_key(key: str, *, ahead: int | None = None) -> IO[bytes]:
    """Open a kept file for reading. ``ahead``: how many bytes a remote store may read ahead and hold in memory; left to
    itself it takes tens of megabytes, which is too much where many people read at once."""
    fs, root = filesystem()
    return fs.open(f"{root}/{key}", "rb", block_size=ahead)  # type: ignore[no-any-return]


def local_path(key: str) -> Path | None:
    """The path of a kept file where the store is a local folder, else None."""
    fs, root = filesystem()
    protocol = fs.protocol if isinstance(fs.protocol, str) else fs.protocol[0]
    return Path(root) / key if protocol in ("file", "local") else None
