"""The folder of a release in the object store: fetched to be read, sent up whole, taken away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chorale.store import object_store
from chorale.store.models import Release
from exports.manifest import MANIFEST
from exports.scratch import scratch_folder


@contextmanager
def local_folder(release: Release) -> Iterator[Path]:
    """The release's folder; fetched into a temporary one where the object store is not a local folder."""
    local = object_store.local_path(release.folder)
    if local is not None:
        yield local
        return
    fs, root = object_store.filesystem()
    with scratch_folder() as spare:
        (spare / "release").mkdir()
        fs.get(f"{root}/{release.folder}/", f"{spare}/release/", recursive=True)
        yield spare / "release"


def send_up(folder: Path, release: Release) -> None:
    """Every file, the manifest last: a folder without one is not a release."""
    fs, root = object_store.filesystem()
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST)
    for path in [*files, folder / MANIFEST]:
        target = f"{root}/{release.folder}/{path.relative_to(folder).as_posix()}"
        fs.makedirs(target.rsplit("/", 1)[0], exist_ok=True)
        fs.put_file(str(path), target)


def empty(release: Release) -> None:
    """Take away files that were built and never recorded."""
    fs, root = object_store.filesystem()
    if fs.exists(f"{root}/{release.folder}"):
        fs.rm(f"{root}/{release.folder}", recursive=True)
