"""Comparative questions as a form: items stand together under letters, and each question is answered by a letter.

A pair asks which of two is more (or neither); a best-worst tuple which is most and which least; a list for the order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from annotation.studio.together import LETTERS
from annotation.studio.words import ENGLISH, Words
from harmonize.problems import ChoraleError
from harmonize.records import Kind
from harmonize.schemes import Label, Scheme, Source

Comparison = Literal["pair", "best-worst", "list"]
PLACE = "place-"  # begins the ids of the schemes of letters
SIZES = {"pair": (2, 2), "best-worst": (3, 6), "list": (3, 6)}  # of a tuple, least and most
PLACES = ("first", "second", "third", "fourth", "fifth")


@dataclass(frozen=True)
class Question:
    """One question of a comparison: the name of its layer and its words."""

    name: str
    words: str


@dataclass(frozen=True)
class Compared:
    """What one answer says: the members in ``order``, the one that was more first; ``best`` and ``worst`` alone for a
    best-worst tuple; ``tied`` for a pair without a difference; or a ``fault``, why it says nothing."""

    order: tuple[int, ...] = ()
    best: int | None = None
    worst: int | None = None
    tied: bool = False
    fault: str = ""


def scheme(size: int) -> Scheme:
    """The letters of tuples of ``size`` items, one of which is chosen."""
    labels = tuple(Label(code=n, id=f"{PLACE}{LETTERS[n].lower()}", name=LETTERS[n], role="other") for n in range(size))
    source = Source(cite="Chorale", covers="the label set", status="verified", note="Letters under which items stand.")
    title = f"One of {size} items shown together"
    return Scheme(f"{PLACE}{size}", "1.0.0", title, Kind.SINGLE, labels=labels, sources=(source,))


def questions(kind: Comparison, size: int, quality: str, words: Words = ENGLISH) -> list[Question]:
    """The questions of a comparison by some ``quality`` ("joy"). ChoraleError `comparison-size`, `comparison-kind`."""
    if kind not in SIZES:
        raise ChoraleError("comparison-kind", f"There is no comparison {kind!r}.", f"Known: {', '.join(SIZES)}.")
    least, most = SIZES[kind]
    if not least <= size <= most:
        raise ChoraleError("comparison-size", f"A {kind} has {least} to {most} items, not {size}.", "Change its size.")
    if kind == "pair":
        return [Question("more", words("compare.more", quality=quality))]
    if kind == "best-worst":
        return [
            Question("most", words("compare.most", quality=quality)),
            Question("least", words("compare.least", quality=quality)),
        ]
    first = Question(PLACES[0], words("compare.most", quality=quality))
    return [first, *(Question(name, words("compare.next")) for name in PLACES[1 : size - 1])]


def letter_twice(chosen: Sequence[tuple[Scheme, Sequence[int]]]) -> bool:
    """Whether one letter answers two questions of a comparison; never so of other schemes.

    >>> letter_twice([(scheme(4), [2]), (scheme(4), [2])]), letter_twice([(scheme(4), [2]), (scheme(4), [])])
    (True, False)
    """
    letters = [code for asked, codes in chosen if asked.id.startswith(PLACE) for code in codes]
    return len(set(letters)) < len(letters)


def compared(kind: Comparison, members: Sequence[int], said: Mapping[str, int | None]) -> Compared:
    """What one answer says about its ``members`` (item codes in the order of the letters). ``said``: by the question's
    name the code of the letter, None for "none applies" (of a pair: no difference); a question left out was not
    answered.

    >>> compared("best-worst", [7, 8, 9, 10], {"most": 2, "least": 0})
    Compared(order=(), best=9, worst=7, tied=False, fault='')
    """
    asked = [question.name for question in questions(kind, len(members), "")]
    if any(name not in said for name in asked):
        return Compared(fault="not answered")
    if kind == "pair":
        if said["more"] is None:
            return Compared(order=tuple(members), tied=True)
        chosen = said["more"]
        return Compared(order=(members[chosen], members[1 - chosen]))
    codes = [said[name] for name in asked]
    if None in codes:
        return Compared(fault="not answered")
    if len(set(codes)) < len(codes):
        return Compared(fault="one letter twice")
    chosen_ = [members[code] for code in codes if code is not None]
    if kind == "best-worst":
        return Compared(best=chosen_[0], worst=chosen_[1])
    rest = [member for member in members if member not in chosen_]
    return Compared(order=(*chosen_, *rest))
