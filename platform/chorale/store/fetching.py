"""Fetching a corpus from an address: S3, HTTP and what else fsspec reaches, from allowed places only."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import aiohttp
import fsspec
from django.conf import settings
from fsspec.callbacks import Callback
from yarl import URL

from chorale.store.addresses import allowed, bare, without_secrets
from harmonize.corpora import archive
from harmonize.corpora.opening import SUFFIXES
from harmonize.problems import ChoraleError

SPARE = 1 << 30  # bytes of the disk that are left free
OFTEN = 1 << 26  # bytes after which the disk is looked at again
SILENT = 120.0  # seconds without a byte after which a server is given up

Told = Callable[[int], None]
"""Hears how many bytes have arrived; what it raises ends the fetching."""


def fetched(address: str, *, into: Path | None = None, told: Told | None = None) -> Path:
    """The local path of a folder or archive: a path as it is, anything else fetched by fsspec (s3://, https://, ...).

    An address that ends like an archive or a table is one file; any other is a folder, whose files are fetched as they
    are now, anew into ``into`` if it is named. ChoraleError `not-fetched` when that fails, or when nothing is there;
    `fetch-too-large`, `fetch-disk`. No message holds what may be secret in an address.
    """
    if "://" not in address:
        return Path(address)
    target = into or Path(settings.VAR) / "fetched" / sha256(address.encode()).hexdigest()
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    name = address.partition("?")[0].rstrip("/").rsplit("/", 1)[-1]
    counted = _Counted(target, told)
    try:
        fs, path = fsspec.core.url_to_fs(address, **_reached_from(address))
        fs.invalidate_cache()  # a worker lives long, and what it listed last week may have changed
        if archive.is_archive(Path(name)) or Path(name).suffix.lower() in SUFFIXES:
            fs.get_file(path, str(target / name), callback=counted)
            return target / name
        _fetch_folder(fs, path.rstrip("/"), target, counted)
    except Exception as error:  # each kind of store raises what its own library raises
        shutil.rmtree(target, ignore_errors=True)
        if counted.stopped is not None:
            raise counted.stopped from None
        why = without_secrets(f"{type(error).__name__}: {error}")[:200]
        what = f"{bare(address)} could not be fetched ({why})."
        raise ChoraleError("not-fetched", what, "Check the address, and what this server may reach.") from None
    return target


class _Counted(Callback):
    """Counts what arrives, whatever was announced, and stops it where it is too much. It is called in the thread that
    fetches, so that what stopped it is kept for the caller's."""

    def __init__(self, target: Path, told: Told | None) -> None:
        super().__init__()
        self.target, self.told = target, told
        self.arrived, self.looked_at = 0, 0
        self.stopped: BaseException | None = None

    def set_size(self, size: int | None) -> None:
        """What a file is announced to have."""
        self._check(size or 0)

    def relative_update(self, inc: int = 1) -> None:
        """So many bytes more have come."""
        self.arrived += inc
        self._check(0)

    def _check(self, more: int) -> None:
        try:
            if self.arrived + more > settings.FETCH_MOST_BYTES:
                what = f"More than {settings.FETCH_MOST_BYTES:,} bytes lie there, or more than that arrived."
                raise ChoraleError("fetch-too-large", what, "Name a part of it, or raise CHORALE_FETCH_MAX_BYTES.")
            if more or self.arrived - self.looked_at > OFTEN:
                self.looked_at = self.arrived
                if shutil.disk_usage(self.target).free < more + SPARE:
                    raise ChoraleError("fetch-disk", "The server's disk has no room for it.", "Ask who runs it.")
            if self.told:
                self.told(self.arrived)
        except BaseException as error:
            self.stopped = error
            raise


def _reached_from(address: str) -> dict[str, Any]:
    """Over HTTP, follow a redirection to the same host or to an allowed address only, and wait for as long as bytes
    come."""
    if not address.startswith(("http://", "https://")):
        return {}
    asked = URL(address)

    async def look(_session: Any, _context: Any, told: aiohttp.TraceRequestRedirectParams) -> None:
        there = told.url.join(URL(told.response.headers.get("Location", "")))
        if there.origin() != asked.origin() and not allowed(str(there)):
            raise PermissionError(f"it leads to {there.origin()}, which CHORALE_IMPORT_ADDRESSES does not name")

    trace = aiohttp.TraceConfig()
    trace.on_request_redirect.append(look)
    wait = aiohttp.ClientTimeout(total=None, sock_connect=30, sock_read=SILENT)
    return {"client_kwargs": {"trace_configs": [trace], "timeout": wait}, "skip_instance_cache": True}


def _fetch_folder(fs: fsspec.AbstractFileSystem, root: str, target: Path, counted: _Counted) -> None:
    """Every file below ``root``, one by one: a name that leads out of the target folder is refused."""
    names = [str(found)[len(root) :].lstrip("/") for found in fs.find(root)]
    names = [name for name in names if name and "?" not in name]  # a web server's index links to itself, sorted
    if not names:
        raise FileNotFoundError("nothing is there")
    for name in names:
        place = target / name
        if not place.resolve().is_relative_to(target.resolve()):
            raise ValueError(f"{name!r} leads out of its folder")
        place.parent.mkdir(parents=True, exist_ok=True)
        fs.get_file(f"{root}/{name}", str(place), callback=counted)
