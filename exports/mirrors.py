"""Copies of a release elsewhere: any fsspec address (a folder, S3), or a dataset repository of the Hugging Face hub."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fsspec

from exports.manifest import MANIFEST, read_manifest
from exports.verify import verify
from exports.withdrawal import TOMBSTONES, tombstones
from harmonize.problems import ChoraleError

Progress = Callable[[int], None]
HUB = "hf://datasets/"


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
        return _to_hub(folder, address.removeprefix(HUB), token)
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


def _to_hub(folder: Path, repository: str, token: str | None) -> Mirrored:
    """Every file, then a tag with the version; files that the repository had and the release has not are removed.

    The hub's own client cuts large files in parts, skips what the hub has, and may make several commits of it.
    ``HF_ENDPOINT`` names a hub of one's own, ``HF_TOKEN`` the key where no ``token`` is given.
    """
    hub = _hub()
    stated = read_manifest(folder)
    client = hub.HfApi(endpoint=os.environ.get("HF_ENDPOINT"), token=token)
    try:
        client.create_repo(repository, repo_type="dataset", exist_ok=True)
        made = client.upload_folder(
            repo_id=repository,
            repo_type="dataset",
            folder_path=folder,
            commit_message=f"{stated['name']} {stated['version']}",
            delete_patterns=["*"],
        )
        client.create_tag(repository, repo_type="dataset", tag=stated["version"], revision=made.oid, exist_ok=True)
    except hub.errors.HfHubHTTPError as error:
        fix = "Check the name of the repository and that the token may write."
        raise ChoraleError("mirror-refused", f"The hub refused: {error}.", fix) from error
    paths = _files(folder)
    return Mirrored(HUB + repository, len(paths), sum(path.stat().st_size for path in paths), 0, 0, str(made.oid))


def _hub() -> Any:
    try:
        return importlib.import_module("huggingface_hub")
    except ImportError as error:
        fix = "Install chorale with the extra `hub`."
        raise ChoraleError("no-hub", "The package huggingface_hub is not installed.", fix) from error
