"""Fetching a corpus from an address: S3, HTTP and what else fsspec reaches, from allowed places only."""

from __future__ import annotations

import shutil
from hashlib import sha256
from pathlib import Path
from typing import Any

import aiohttp
import fsspec
from django.conf import settings
from yarl import URL

from harmonize.corpora import archive
from harmonize.corpora.opening import SUFFIXES
from harmonize.problems import ChoraleError


def allowed(address: str) -> bool:
    """Whether an address starts like one of `CHORALE_IMPORT_ADDRESSES`."""
    # "::" would chain another file system behind an allowed beginning.
    return "::" not in address and any(address.startswith(start) for start in settings.IMPORT_ADDRESSES)


def fetched(address: str) -> Path:
    """The local path of a folder or archive: a path as it is, anything else fetched by fsspec (s3://, https://, ...).

    An address that ends like an archive or a table is one file; any other is a folder, whose files are fetched as they
    are now. ChoraleError `not-fetched` when that fails, or when nothing is there.
    """
    if "://" not in address:
        return Path(address)
    target = Path(settings.VAR) / "fetched" / sha256(address.encode()).hexdigest()
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    name = address.rstrip("/").rsplit("/", 1)[-1].partition("?")[0]
    try:
        fs, path = fsspec.core.url_to_fs(address, **_reached_from(address))
        fs.invalidate_cache()  # a worker lives long, and what it listed last week may have changed
        if archive.is_archive(Path(name)) or Path(name).suffix.lower() in SUFFIXES:
            fs.get_file(path, str(target / name))
            return target / name
        _fetch_folder(fs, path.rstrip("/"), target)
    except Exception as error:  # each kind of store raises what its own library raises
        what = f"{address} could not be fetched ({type(error).__name__}: {str(error)[:200]})."
        raise ChoraleError("not-fetched", what, "Check the address, and what this server may reach.") from None
    return target


def _reached_from(address: str) -> dict[str, Any]:
    """Over HTTP, follow a redirection to the same host or to an allowed address only."""
    if not address.startswith(("http://", "https://")):
        return {}
    asked = URL(address)

    async def look(_session: Any, _context: Any, told: aiohttp.TraceRequestRedirectParams) -> None:
        there = told.url.join(URL(told.response.headers.get("Location", "")))
        if there.origin() != asked.origin() and not allowed(str(there)):
            raise PermissionError(f"it leads to {there.origin()}, which CHORALE_IMPORT_ADDRESSES does not name")

    trace = aiohttp.TraceConfig()
    trace.on_request_redirect.append(look)
    return {"client_kwargs": {"trace_configs": [trace]}, "skip_instance_cache": True}


def _fetch_folder(fs: fsspec.AbstractFileSystem, root: str, target: Path) -> None:
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
        fs.get_file(f"{root}/{name}", str(place))
