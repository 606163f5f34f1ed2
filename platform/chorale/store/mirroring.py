"""Copies of published releases elsewhere: whom they are for, and what this server allows, decide where they may go."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from chorale.store import audit
from chorale.store.models import Release, User
from chorale.store.release_folders import local_folder
from exports.mirrors import HUB, Mirrored, mirror
from harmonize.problems import ChoraleError

Progress = Callable[[int], None]


def places() -> str:
    """Where this server lets releases be copied to, in words."""
    known = {"hf": f"{HUB}OWNER/NAME", "s3": "s3://BUCKET/PATH"}
    told = [known.get(kind, f"{kind}://...") for kind in settings.MIRROR_KINDS]
    if settings.MIRROR_FOLDER:
        told.append(f"a folder below {settings.MIRROR_FOLDER}")
    return ", ".join(told) or "nowhere"


def require_allowed(release: Release, address: str) -> None:
    """Raise ChoraleError where a release may not be copied to an address.

    `mirror-place` for a kind of address that ``CHORALE_MIRROR_KINDS`` does not name, or a folder that does not lie
    below ``CHORALE_MIRROR_FOLDER``: else a page could write anywhere on this server's disk. `mirror-not-public`: to
    a hub goes what is public alone, as there nobody would have to sign in or accept terms.
    """
    kind, _, rest = address.partition("://")
    local = kind == "file" or not rest
    chained = "::" in address
    if chained or not (_below(rest or address) if local else kind in settings.MIRROR_KINDS):
        what = f"This server copies no release to {address}."
        raise ChoraleError("mirror-place", what, f"It copies to: {places()}. Operators set CHORALE_MIRROR_KINDS and "
                           "CHORALE_MIRROR_FOLDER.")  # fmt: skip
    if kind == "hf" and not re.fullmatch(r"datasets/[^/]+/[^/]+", rest):
        raise ChoraleError("mirror-place", f"{address} is no dataset of the hub.", f"Write {HUB}OWNER/NAME.")
    if kind == "hf" and release.access != "public":
        what = f"{release} is for {release.access} readers, and the hub asks nobody who they are."
        raise ChoraleError("mirror-not-public", what, "Mirror public releases there, or use a store of your own.")


def _below(folder: str) -> bool:
    """Whether a folder of this machine lies below the one that is set, wherever links lead."""
    root = settings.MIRROR_FOLDER
    return bool(root) and Path(root).resolve() in Path(folder).resolve().parents


def mirror_release(*, by: User | None, release: Release, address: str, progress: Progress | None = None) -> Mirrored:
    """Copy a release to a folder, an object store or the Hugging Face hub; see `require_allowed`, `exports.mirrors`.

    Keys come from the environment (``HF_TOKEN``, ``AWS_ACCESS_KEY_ID`` and what else fsspec's file systems read), never
    from here.
    """
    if release.state not in ("published", "withdrawn"):
        raise ChoraleError("release-not-published", f"{release} is {release.state}.", "Publish it first.")
    require_allowed(release, address)
    with local_folder(release) as folder:
        made = mirror(folder, address, progress=progress)
    detail = {"address": address, "sent": made.sent, "removed": made.removed, "revision": made.revision}
    audit.record(by, "release.mirror", release, version=release.version, **detail)
    return made
