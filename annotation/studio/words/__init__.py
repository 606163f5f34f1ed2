"""The fixed words of a form and its page, by language: one file a language beside this one.

A form speaks the campaign's language as far as there are words for it: those of the region, else of the language, else
English, word by word. A form may bring words of its own for a language that has no file, or better ones.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path

from harmonize.languages import chain
from harmonize.problems import ChoraleError
from harmonize.schemes.wording import flat

__all__ = ["ENGLISH", "Words", "faults", "in_language", "shipped"]
FOLDER = Path(str(files("annotation") / "studio" / "words"))
SOURCE = "en"  # every other file has its keys, and the places of these keys
COMMAS = {"، ": ("ar", "fa", "ur"), "、": ("zh", "ja")}  # where a list is parted by another sign
STOPS = {"。": ("zh", "ja"), "। ": ("hi",)}  # where a sentence does not end in a full stop
PLACE = re.compile(r"\{([a-z]+)\}")


@dataclass(frozen=True)
class Words:
    """What a form says of itself in a ``language`` (BCP 47). ``missing``: the keys for which it has English only."""

    language: str
    texts: Mapping[str, str] = field(repr=False, hash=False)
    missing: tuple[str, ...] = ()

    def __call__(self, key: str, **told: str) -> str:
        """The words of a key, with what is ``told`` in its places.

        >>> in_language("de")("item.turn", speaker="Ada")
        'Beurteilen Sie diesen Beitrag: Ada'
        """
        return PLACE.sub(lambda found: told[found[1]], self.texts[key])

    def get(self, key: str) -> str:
        """The words of a key without places, or none where there is no such key."""
        return self.texts.get(key, "")

    def sentences(self, told: Iterable[str]) -> str:
        """Short sentences one after another, as the language parts them."""
        return self._sign(STOPS, ". ").join(filter(None, told))

    def listed(self, told: Iterable[str]) -> str:
        """Words one after another, as the language parts them."""
        return self._sign(COMMAS, ", ").join(told)

    def _sign(self, signs: Mapping[str, tuple[str, ...]], usual: str) -> str:
        return next((mark for mark, tags in signs.items() if self.spoken and chain(self.language)[-1] in tags), usual)

    @property
    def spoken(self) -> bool:
        """Whether anything at all is said in the language; else all is English."""
        return len(self.missing) < len(self.texts)

    def part(self, name: str) -> dict[str, str]:
        """The words of one part of the file, by the key within it."""
        return {key.partition(".")[2]: text for key, text in self.texts.items() if key.startswith(f"{name}.")}


@cache
def shipped() -> dict[str, dict[str, str]]:
    """The words of every language that has a file, by tag and key."""
    return {path.stem: _read(path) for path in sorted(FOLDER.glob("*.toml"))}


def in_language(language: str, own: Mapping[str, str] | None = None) -> Words:
    """The words for a language; ``own``: those that a form brings for it, by key, before all others.

    Raises `ChoraleError("form-words")` for own words under a key that there is not, or without its places.
    """
    if own and (found := faults(own)):
        raise ChoraleError("form-words", " ".join(found), f"Known: {', '.join(shipped()[SOURCE])}.")
    english = shipped()[SOURCE]
    found_ = dict(own or {})
    for tag in chain(language):
        found_ = shipped().get(tag, {}) | found_
    missing = tuple(key for key in english if key not in found_)
    return Words(language, {key: found_.get(key, text) for key, text in english.items()}, missing)


def faults(own: Mapping[str, str]) -> list[str]:
    """What is wrong with words by key: a key that there is not, other places than in English."""
    english, found = shipped()[SOURCE], []
    for key, text in own.items():
        if key not in english:
            found.append(f"There are no fixed words {key!r}.")
        elif _places(text) != _places(english[key]):
            wanted = " and ".join(f"{{{name}}}" for name in _places(english[key])) or "no place in braces"
            found.append(f"{key}: {text!r} must hold {wanted}.")
        elif not text.strip():
            found.append(f"{key} is empty.")
    return found


def _places(text: str) -> list[str]:
    return sorted(set(PLACE.findall(text)))


def _read(path: Path) -> dict[str, str]:
    return flat(tomllib.loads(path.read_text(encoding="utf-8")))


ENGLISH = in_language(SOURCE)
