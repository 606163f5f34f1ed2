"""Label Studio's page as a rater gets it: with our style and help, without the server's secrets, on this origin alone.

It is the same for everybody but for the user's name. Its addresses, whatever host and path Label Studio believes to be
at, are those of this origin.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from django.conf import settings

from chorale.proxy.beside import beside
from chorale.proxy.tickets import Visitor
from chorale.store.tickets import THEMES

OWN_FILES = '<link rel="stylesheet" href="/chorale/label.css"><script src="/chorale/players.js" defer></script>'
HOST = re.compile(r'^(\s*hostname:\s*)"([^"]*)"', re.MULTILINE)  # where Label Studio believes to be
SERVER = (  # what the page tells of the server, and what stands there instead
    (re.compile(r"^(\s*version:\s*)\{.*\}(,?\s*)$", re.MULTILINE), r"\g<1>{}\g<2>"),
    (re.compile(r'^(\s*server_id:\s*)"[^"]*"', re.MULTILINE), r'\g<1>""'),
)
NONCE = re.compile(r'(<script\b[^>]*?)\s+nonce="[^"]*"', re.IGNORECASE)


def page(source: str, visitor: Visitor, *, theme: str, nonce: str) -> str:
    """The page that Label Studio gave for this rater; only scripts that bear ``nonce`` run in it (`page_policy`)."""
    told = source.replace(visitor.account.email, f"{visitor.rater.pseudonym}@raters.invalid")
    for pattern, instead in SERVER:
        told = pattern.sub(instead, told)
    told = _addresses(told)
    told = told.replace("<head>", f"<head>{_theme(theme)}", 1).replace("</head>", f"{OWN_FILES}</head>", 1)
    told = NONCE.sub(r"\1", told).replace("<script", f'<script nonce="{nonce}"')
    return told.replace("<body>", f"<body>{beside(visitor.campaign)}", 1)


def _addresses(told: str) -> str:
    """Without Label Studio's own host and path, so that the page asks this origin for everything."""
    found = HOST.search(told)
    for address in {settings.LABEL_STUDIO_URL, found[2] if found else ""} - {""}:
        told = told.replace(address, "")
        if path := urlsplit(address).path.rstrip("/"):
            told = re.sub(rf"""(["'(]){re.escape(path)}/""", r"\1/", told)
    return told


def _theme(chosen: str) -> str:
    """Chorale's light or dark, said in Label Studio's way before its page is drawn."""
    named = chosen.capitalize() if chosen in THEMES else "Auto"
    return f'<script>localStorage.setItem("preferred-color-scheme", "{named}")</script>'
