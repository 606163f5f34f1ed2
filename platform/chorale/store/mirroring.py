"""Copies of published releases elsewhere: whom they are for decides where they may go."""

from __future__ import annotations

from collections.abc import Callable

from chorale.store import audit
from chorale.store.models import Release, User
from chorale.store.release_folders import local_folder
from exports.mirrors import HUB, Mirrored, mirror
from harmonize.problems import ChoraleError

Progress = Callable[[int], None]


def mirror_release(*, by: User | None, release: Release, address: str, progress: Progress | None = None) -> Mirrored:
    """Copy a release to a folder, an object store or the Hugging Face hub; see `exports.mirrors`.

    A release that is not public goes to no hub: there nobody would have to sign in or accept its terms. Keys come from
    the environment (``HF_TOKEN``, ``AWS_ACCESS_KEY_ID`` and what else fsspec's file systems read), never from here.
    """
    if release.state not in ("published", "withdrawn"):
        raise ChoraleError("release-not-published", f"{release} is {release.state}.", "Publish it first.")
    if address.startswith(HUB) and release.access != "public":
        what = f"{release} is for {release.access} readers, and the hub asks nobody who they are."
        raise ChoraleError("mirror-not-public", what, "Mirror public releases there, or use a store of your own.")
    with local_folder(release) as folder:
        made = mirror(folder, address, progress=progress)
    detail = {"address": address, "sent": made.sent, "removed": made.removed, "revision": made.revision}
    audit.record(by, "release.mirror", release, version=release.version, **detail)
    return made
