"""Addresses that hold secrets, as signed ones do: what may be shown, kept and logged of them."""

from __future__ import annotations

import re
import time
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings

ADDRESS = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://[^\s'\"<>()]+")
HIDDEN = "…"


def bare(address: str) -> str:
    """An address without its user, password, query and fragment; a path of the server as it is."""
    if "://" not in address:
        return address
    try:
        parts = urlsplit(address)
    except ValueError:  # such as a bracket that is never closed
        return address.partition("://")[0] + "://" + HIDDEN
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}" + (f"?{HIDDEN}" if parts.query else "")


def hidden(job: UUID) -> Path:
    """Where the whole of a job's address is kept until its files are here."""
    return Path(settings.VAR) / "addresses" / str(job)


def hide(place: Path, address: str) -> str:
    """Keep a whole address in a file that this account alone may read, if there is a secret in it; returns it bare."""
    shown = bare(address)
    if shown != address:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch(mode=0o600)
        place.write_text(address, encoding="utf-8")
    return shown


def whole(place: Path, shown: str) -> str:
    """The address that was hidden in a file; as it is shown where nothing is hidden."""
    return place.read_text(encoding="utf-8") if place.exists() else shown


def forget_old(days: float) -> None:
    """Remove what jobs hid that were given up: files that are older than so many days."""
    before = time.time() - days * 86_400
    for place in (Path(settings.VAR) / "addresses").glob("*"):
        if place.stat().st_mtime < before:
            place.unlink(missing_ok=True)


def without_secrets(text: str) -> str:
    """A text, such as an error's, with every address in it bare."""
    return ADDRESS.sub(lambda found: bare(found[0]), text)


def allowed(address: str) -> bool:
    """Whether an address starts like one of `CHORALE_IMPORT_ADDRESSES`, to the end of a host or anywhere in a path."""
    # "::" would chain another file system behind an allowed beginning; "..", also as %2e, would lead out of it.
    steps = re.split(r"[/\\]", address.partition("?")[0].replace("%2e", ".").replace("%2E", "."))
    return "::" not in address and ".." not in steps and any(_begins(address, s) for s in settings.IMPORT_ADDRESSES)


def _begins(address: str, start: str) -> bool:
    rest = address.removeprefix(start)
    within_path = "/" in start.partition("://")[2]
    return address.startswith(start) and (within_path or not rest or rest[0] in "/?")
