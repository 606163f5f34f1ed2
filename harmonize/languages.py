"""Language tags (BCP 47): where words are looked for, and which way a language is written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar

TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")

RIGHT_TO_LEFT = frozenset({"ar", "arq", "ary", "arz", "fa", "he", "ur", "ps", "ckb", "sd", "ug", "yi"})
_T = TypeVar("_T")


def proper(tag: str) -> str:
    """A tag as it is written by custom: the language small, the script with a capital, the region in capitals.

    >>> proper("PT-br"), proper("zh_hant_tw"), proper("De")
    ('pt-BR', 'zh-Hant-TW', 'de')
    """
    first, *rest = tag.strip().replace("_", "-").split("-")
    cased = {2: str.upper, 4: str.title}
    return "-".join([first.lower(), *(cased.get(len(part), str.lower)(part) for part in rest)])


def chain(tag: str) -> tuple[str, ...]:
    """A language and what it may be replaced by, the nearest first, as they are written by custom.

    >>> chain("zh-hant-TW"), chain("DE")
    (('zh-Hant-TW', 'zh-Hant', 'zh'), ('de',))
    """
    parts = proper(tag).split("-")
    return tuple("-".join(parts[:length]) for length in range(len(parts), 0, -1))


def nearest(told: Mapping[str, _T], tag: str) -> _T | None:
    """What is told for a language, or for the language of its region; None where neither is there.

    >>> nearest({"PT": "olá"}, "pt-BR"), nearest({"pt": "olá"}, "es")
    ('olá', None)
    """
    by_tag = {proper(key): value for key, value in told.items()}
    return next((by_tag[near] for near in chain(tag) if near in by_tag), None)


def right_to_left(tag: str) -> bool:
    """Whether a language is written from right to left."""
    return chain(tag)[-1].lower() in RIGHT_TO_LEFT
