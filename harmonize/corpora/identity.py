"""Stable ids: what an item, an answer or a person is called, the same at every import."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from uuid import NAMESPACE_URL, UUID, uuid5

NAMESPACE = uuid5(NAMESPACE_URL, "https://chorale.invalid/ids")
UNIT = "\x1f"
_SPACE = NAMESPACE.bytes
_KEPT = ~((0xF000 << 64) | (0xC000 << 48))  # all but the four bits of the version and the two of the variant
_VERSION_5 = (0x5000 << 64) | (0x8000 << 48)


def stable_uuid(*parts: object) -> UUID:
    """The version 5 UUID of these parts, in our namespace (RFC 9562, section 5.5).

    As `uuid.uuid5`, without its checks: millions are made in an import.
    """
    digest = hashlib.sha1(_SPACE + UNIT.join(map(str, parts)).encode(), usedforsecurity=False).digest()
    number = int.from_bytes(digest[:16])
    return UUID(int=number & _KEPT | _VERSION_5)


def item_uuid(corpus: str, source_id: str) -> UUID:
    """The public id of an item: of (corpus, source id), and so the same in every import and every release."""
    return stable_uuid("item", corpus, source_id)


def hashed(key: bytes, corpus: str, source_id: str) -> str:
    """32 hexadecimal digits (128 bits) of HMAC-SHA256 over a person's id in a corpus, under a secret key.

    The same person is the same within a corpus and another across corpora; without the key an id, even a guessed
    one, cannot be looked up (a plain hash of an e-mail address could).
    """
    return hmac.new(key, f"{corpus}{UNIT}{source_id}".encode(), hashlib.sha256).hexdigest()[:32]


def text_id(text: str) -> str:
    """A source id made of the text itself, for corpora that give none: "t-" and 20 hexadecimal digits of SHA-256."""
    return "t-" + hashlib.sha256(text.encode()).hexdigest()[:20]


def normalised(text: str) -> str:
    """The text as exact duplicates are compared: NFKC, case folded, white space squeezed."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def text_uuid(text: str) -> UUID:
    """A 128-bit hash of the normalised text: equal for exact duplicates up to case, width and spacing."""
    return UUID(bytes=hashlib.sha256(normalised(text).encode()).digest()[:16])
