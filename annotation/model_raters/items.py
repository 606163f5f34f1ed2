"""What a model rater is shown: an item's text, its context and the group it must not be split from."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ShownItem:
    """One item as a model rater sees it.

    ``id`` is the item's stable id; ``group`` names what it belongs to (a dialogue, a thread, an author) or is empty;
    ``before`` and ``after`` are the turns of context, oldest first; ``language`` is a BCP 47 tag or empty;
    ``images`` are data URLs, already resized to the rater's budget: a picture, or frames of a video taken at ``times``
    (seconds); ``audio`` are WAV files in base64, ``heard`` their length in seconds; ``modality`` is that of the item.
    """

    id: str
    text: str
    group: str = ""
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    language: str = ""
    images: tuple[str, ...] = ()
    audio: tuple[str, ...] = ()
    times: tuple[float, ...] = ()
    heard: float = 0.0
    modality: str = "text"


def text_hash(text: str) -> str:
    """16 hex digits that are equal for texts which differ in case, spacing or Unicode composition alone.

    >>> text_hash("So  HAPPY") == text_hash("so happy")
    True
    """
    plain = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    return hashlib.sha256(plain.encode()).hexdigest()[:16]
