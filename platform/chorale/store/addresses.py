"""Addresses that hold secrets, as signed ones do: what may be shown, kept and logged of them."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

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
