"""Personal data in texts: e-mail and web addresses, handles, phone, card and account numbers; found and masked.

Names are left alone: telling them from other words takes a model a language, and a wrong one changes what was said.
Phone numbers are told by Google's libphonenumber (`phonenumbers`); cards must pass Luhn's check (ISO/IEC 7812), account
numbers the remainder of ISO 13616.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

KINDS = ("email", "url", "ip", "iban", "card", "phone", "handle")  # in the order in which they claim their place

EMAIL = re.compile(r"(?<![\w.+-])[\w.!#$%&'*+/=?^`{|}~-]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}[^\W\d_]{2,24}\b")
URL = re.compile(r"\b(?:https?://|ftp://|www\.)[^\s<>\"'\[\])}]{2,2000}", re.I)
IP = re.compile(r"(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d.])")
IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
CARD = re.compile(r"(?<![\d-])\d(?:[ -]?\d){12,18}(?![\d-])")
HANDLE = re.compile(r"(?<![\w@./])@[A-Za-z_]\w{1,38}\b(?!\.\w)")
DIGITS = re.compile(r"\d(?:[^\w\n]{0,3}\d){6,}")
LONGEST = 100_000  # characters of a text that are looked through for phone numbers


class Found(NamedTuple):
    """A stretch of a text, ``text[start:end]``, and what kind of personal data it is."""

    start: int
    end: int
    kind: str


def find(text: str, kinds: Collection[str] = KINDS, *, region: str = "US") -> list[Found]:
    """Personal data of these kinds, in order, without overlap. ``region``: ISO 3166 country of numbers without +."""
    taken: list[Found] = []
    for kind in KINDS:
        if kind not in kinds:
            continue
        for start, end in FINDERS[kind](text, region):
            if all(end <= other.start or start >= other.end for other in taken):
                taken.append(Found(start, end, kind))
    return sorted(taken)


def mask(text: str, kinds: Collection[str] = KINDS, *, region: str = "US") -> str:
    """The text with each such stretch replaced by its kind in brackets, "[email]"; masking again changes nothing."""
    while stretches := find(text, kinds, region=region):  # what is left may be personal data in its turn
        parts, at = [], 0
        for found in stretches:
            parts += [text[at : found.start], f"[{found.kind}]"]
            at = found.end
        text = "".join([*parts, text[at:]])
    return text


def _by(pattern: re.Pattern[str], needs: str = "") -> Callable[[str, str], Iterator[tuple[int, int]]]:
    def search(text: str, _: str) -> Iterator[tuple[int, int]]:
        if needs in text:
            yield from (match.span() for match in pattern.finditer(text))

    return search


def _addresses(text: str, _: str) -> Iterator[tuple[int, int]]:
    for match in URL.finditer(text):
        yield match.start(), match.start() + len(match.group().rstrip(".,;:!?"))


def _cards(text: str, _: str) -> Iterator[tuple[int, int]]:
    for match in CARD.finditer(text):
        if luhn(re.sub(r"\D", "", match.group())):
            yield match.span()


def _accounts(text: str, _: str) -> Iterator[tuple[int, int]]:
    for match in IBAN.finditer(text):
        plain = match.group().replace(" ", "")
        if 15 <= len(plain) <= 34 and int("".join(str(int(c, 36)) for c in plain[4:] + plain[:4])) % 97 == 1:
            yield match.span()


def _phones(text: str, region: str) -> Iterator[tuple[int, int]]:
    if len(text) > LONGEST or not DIGITS.search(text):
        return
    import phonenumbers  # takes a while to load, and few texts hold seven digits

    for match in phonenumbers.PhoneNumberMatcher(text, region, leniency=phonenumbers.Leniency.VALID):
        yield match.start, match.end


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others (ISO/IEC 7812-1, annex B)."""
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return len(set(digits)) > 1 and sum(value - 9 * (value > 9) for value in doubled) % 10 == 0


FINDERS: dict[str, Callable[[str, str], Iterator[tuple[int, int]]]] = {
    "email": _by(EMAIL, "@"), "url": _addresses, "ip": _by(IP, "."), "iban": _accounts, "card": _cards,
    "phone": _phones, "handle": _by(HANDLE, "@"),
}  # fmt: skip
