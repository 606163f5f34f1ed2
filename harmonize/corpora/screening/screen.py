"""One text looked through for all at once."""

from __future__ import annotations

from typing import NamedTuple

from harmonize.corpora.screening.language import UNKNOWN, language_of
from harmonize.corpora.screening.personal import KINDS, find
from harmonize.corpora.screening.profanity import WORD, lexicon


class Screened(NamedTuple):
    """What a text is: language (ISO 639-1, "und" if it cannot be told) with certainty 0..1, characters, words, kinds of
    personal data in it, and how many profane words, by the lists of that language and of the one it was said to be."""

    language: str
    certainty: float
    characters: int
    words: int
    pii: tuple[str, ...]
    profane: int


def screen(text: str, *, said: str = "und", region: str = "US") -> Screened:
    """Look a text through. ``said``: the language that its corpus states; ``region``: country of its phone numbers."""
    found = find(text, region=region)
    plain, at = [], 0
    for part in found:  # addresses and numbers tell no language
        plain.append(text[at : part.start])
        at = part.end
    language, certainty = language_of(" ".join([*plain, text[at:]]))
    kinds = {part.kind for part in found}
    codes = {code for code in (language, said.partition("-")[0].lower()) if code != UNKNOWN}
    profane = max((lexicon(code).count(text) for code in codes), default=0)
    words = len(WORD.findall(text))
    return Screened(language, certainty, len(text), words, tuple(kind for kind in KINDS if kind in kinds), profane)
