"""Copies of a release elsewhere: any fsspec address (a folder, S3), or a dataset repository of the Hugging Face hub."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fsspec

from exports.hub import HUB, push
from exports.manifest import MANIFEST, read_manifest
from exports.verify import verify
from exports.withdrawal import TOMBSTONES, tombstones
from harmonize.problems import ChoraleError

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Mirrored:
    """What a copy took: ``sent`` files and ``bytes``, ``kept`` files that were there already, ``removed`` ones."""

    address: str
    sent: int
    bytes: int
    kept: int
    removed: int
    revision: str = ""


def mirror(folder: Path, address: str, *, token: str | None = None, progress: Progress | None = None) -> Mirrored:
    """Copy a release to ``address``: `hf://datasets/OWNER/NAME`, or what fsspec knows (`s3://bucket/path`, a folder).

    The release is verified first; ``progress`` is called with the bytes just sent. The manifest goes last, so that a
    copy without one is known to be unfinished; again sends only what is missing. Withdrawn files are removed there.
    """
    report = verify(folder)
    if not report.ok:
        raise ChoraleError("mirror-broken", str(report), "Restore the release before it is copied.")
    if address.startswith(HUB):
        return _to_hub(folder, address.removeprefix(HUB), token, progress)
    return _to_filesystem(folder, address, progress)


def _files(folder: Path) -> list[Path]:
    """Every file of the release, the manifest last."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return sorted(paths, key=lambda path: path.name == MANIFEST and path.parent == folder)


def _to_filesystem(folder: Path, address: str, progress: Progress | None) -> Mirrored:
    fs, root = fsspec.core.url_to_fs(address)
    stated = read_manifest(folder)
    there = _there(fs, root)
    if there and there.get("digest") not in (None, stated["digest"]):
        what = f"{address} holds another release, {there.get('name')} {there.get('version')}."
        raise ChoraleError("mirror-taken", what, "Name a place of its own for each version.")
    sent = size = kept = 0
    for path in _files(folder):
        name = path.relative_to(folder).as_posix()
        target, length = f"{root}/{name}", path.stat().st_size
        if there and name != TOMBSTONES and fs.exists(target) and fs.size(target) == length:
            kept += 1
            continue
        fs.makedirs(target.rsplit("/", 1)[0], exist_ok=True)
        fs.put_file(str(path), target)
        sent, size = sent + 1, size + length
        if progress is not None:
            progress(length)
    gone = [f"{root}/{name}" for name in tombstones(folder) if fs.exists(f"{root}/{name}")]
    for target in gone:
        fs.rm_file(target)
    return Mirrored(address, sent, size, kept, len(gone))


def _there(fs: Any, root: str) -> dict[str, Any]:
    """The manifest of what is at the place already; empty where there is none (or an unfinished copy)."""
    import json

    if not fs.exists(f"{root}/{MANIFEST}"):
        return {}
    try:
        return dict(json.loads(fs.cat_file(f"{root}/{MANIFEST}")))
    except ValueError:
        return {"name": "something", "version": "unreadable", "digest": "?"}


def _to_hub(folder: Path, repository: str, token: str | None, progress: Progress | None) -> Mirrored:
    """See `exports.hub`. Which files the hub had, and how far it is, its client keeps to itself."""
    revision = push(folder, repository, token=token)
    paths, size = _files(folder), sum(path.stat().st_size for path in _files(folder))
    if progress is not None:
        progress(size)
    gone = len(tombstones(folder))
    return Mirrored(HUB + repository, len(paths) if revision else 0, size if revision else 0, 0, gone, revision)
