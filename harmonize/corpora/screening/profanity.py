"""Profane words in texts, by the word lists of 24 languages that glin-profanity carries: whole words, any case.

A list knows no context: what it finds is a filter for a person to look at, and no judgment of a text.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files

LISTS = {
    "ar": "arabic", "cs": "czech", "da": "danish", "de": "german", "en": "english", "eo": "esperanto", "es": "spanish",
    "fa": "persian", "fi": "finnish", "fr": "french", "hi": "hindi", "hu": "hungarian", "it": "italian",
    "ja": "japanese", "ko": "korean", "nl": "dutch", "no": "norwegian", "pl": "polish", "pt": "portuguese",
    "ru": "russian", "sv": "swedish", "th": "thai", "tr": "turkish", "zh": "chinese",
}  # fmt: skip
UNSPACED = {"ja", "th", "zh"}
WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


@dataclass(frozen=True)
class Lexicon:
    """The profane words of one language, folded. ``spaced``: whether the language parts words by spaces."""

    words: frozenset[str]
    spaced: bool = True

    @cached_property
    def _phrases(self) -> re.Pattern[str] | None:
        several = sorted((word for word in self.words if not WORD.fullmatch(word) or not self.spaced), key=len)
        if not several:
            return None
        inner = "|".join(map(re.escape, reversed(several)))
        return re.compile(rf"(?<!\w)(?:{inner})(?!\w)" if self.spaced else inner)

    def count(self, text: str) -> int:
        """How many times a word or phrase of the list stands in the text."""
        folded = text.casefold()
        single = sum(word in self.words for word in WORD.findall(folded)) if self.spaced else 0
        return single + (len(self._phrases.findall(folded)) if self._phrases else 0)


@cache
def lexicon(language: str) -> Lexicon:
    """The list of a language by its ISO 639-1 code; of one that has none, an empty list."""
    code = language.partition("-")[0].lower()
    if code not in LISTS:
        return Lexicon(frozenset())
    path = files("glin_profanity") / "data" / "dictionaries" / f"{LISTS[code]}.json"
    words = json.loads(path.read_text(encoding="utf-8"))["words"]
    return Lexicon(frozenset(str(word).casefold().strip() for word in words if word.strip()), code not in UNSPACED)
