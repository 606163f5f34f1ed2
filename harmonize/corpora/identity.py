"""Stable ids: what an item, an answer or a person is called, the same at every import."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from uuid import NAMESPACE_URL, UUID, uuid5

NAMESPACE = uuid5(NAMESPACE_URL, "https://chorale.invalid/ids")
UNIT = "\x1f"
_SPACE = NAMESPACE.bytes
_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def stable_name(*parts: object) -> str:
    """The version 5 UUID of these parts in our namespace (RFC 9562, section 5.5), as text.

    As `str(uuid.uuid5(...))`, without an object in between: millions are made in an import.
    """
    h = hashlib.sha1(_SPACE + UNIT.join(map(str, parts)).encode(), usedforsecurity=False).hexdigest()
    return f"{h[:8]}-{h[8:12]}-5{h[13:16]}-{_VARIANT[h[16]]}{h[17:20]}-{h[20:32]}"


def stable_uuid(*parts: object) -> UUID:
    """`stable_name` as a UUID."""
    return UUID(stable_name(*parts))


def item_name(corpus: str, source_id: str) -> str:
    """`item_uuid` as text."""
    return stable_name("item", corpus, source_id)


def item_uuid(corpus: str, source_id: str) -> UUID:
    """The public id of an item: of (corpus, source id), and so the same in every import and every release."""
    return UUID(item_name(corpus, source_id))


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
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return " ".join(plain.casefold().split())


def text_name(text: str) -> str:
    """32 hexadecimal digits (128 bits) of SHA-256 of the normalised text: equal for exact duplicates up to case, width
    and spacing."""
    return hashlib.sha256(normalised(text).encode()).hexdigest()[:32]


def text_uuid(text: str) -> UUID:
    """`text_name` as a UUID."""
    return UUID(text_name(text))
