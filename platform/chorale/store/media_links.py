"""Links to an item's media that need no login: signed, for a stated time, good for that one file and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils import timezone

from chorale.store import previews
from chorale.store.models import Item
from harmonize.problems import ChoraleError

SALT = "chorale.media"
LONGEST = timedelta(days=180)  # a campaign must not outlive its links
KINDS = ("media", "thumbnail")


@dataclass(frozen=True)
class Kept:
    """A file of the object store: its key, and what names its bytes for ever."""

    key: str
    etag: str


def link(item: Item, *, kind: str = "media", lasts: timedelta = timedelta(hours=6)) -> str:
    """The absolute address of an item's file ("media") or preview picture ("thumbnail"), valid for so long.

    ChoraleError `no-media` where there is none, `link-too-long` beyond 180 days.
    """
    key = item.media if kind == "media" else previews.thumbnail(item)
    if kind not in KINDS or not key:
        raise ChoraleError("no-media", f"{item} has no {kind}.", "Only items with a file of their own have one.")
    if lasts > LONGEST:
        raise ChoraleError("link-too-long", f"A link may last {LONGEST.days} days.", "Ask for a shorter time.")
    until = int((timezone.now() + lasts).timestamp())
    etag = item.media_sha256 if key == item.media else key.rsplit("/", 1)[-1].partition(".")[0]
    token = signing.dumps([key, etag, until], salt=SALT, compress=True)
    return settings.CHORALE_URL.rstrip("/") + reverse("signed-media", args=[token, key.rsplit("/", 1)[-1]])


def kept(token: str) -> Kept:
    """The file that a link is good for. ChoraleError `link-false` (never signed here), `link-expired`."""
    try:
        key, etag, until = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        raise ChoraleError("link-false", "This link was not made here.", "Ask for a new one.") from None
    if timezone.now().timestamp() > until:
        raise ChoraleError("link-expired", "This link has expired.", "Ask for a new one.")
    return Kept(str(key), str(etag))
