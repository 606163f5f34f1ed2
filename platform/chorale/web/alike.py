"""Items that say the same, or nearly: groups with each match shown word by word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from django.db.models import Count

from chorale.store.models import Corpus, Item, NearDuplicate

WORDS = re.compile(r"\S+\s*")
MEMBERS = 12  # of a group that are shown
LONGEST = 1200  # characters of a text that are compared


@dataclass(frozen=True)
class Piece:
    """Some words of a text, and whether the leader has them too."""

    text: str
    own: bool


@dataclass(frozen=True)
class Follower:
    """An item that follows a leader: its true Jaccard similarity, and its text with what differs marked."""

    item: Item
    similarity: float
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Group:
    """A leader with those that follow it."""

    leader: Item
    followers: list[Follower]
    more: int = 0


def plain(word: str) -> str:
    """A word as likeness takes it: letters alike in both cases."""
    return word.strip().casefold()


def marked(leader: str, follower: str) -> tuple[Piece, ...]:
    """The follower's text in pieces, those that the leader has not marked as its own."""
    ours, theirs = WORDS.findall(follower[:LONGEST]), WORDS.findall(leader[:LONGEST])
    matched = SequenceMatcher(None, [plain(w) for w in theirs], [plain(w) for w in ours], autojunk=False)
    pieces = [
        Piece("".join(ours[start:stop]), kind != "equal")
        for kind, _, _, start, stop in matched.get_opcodes()
        if stop > start
    ]
    return tuple(pieces)


def leaders_of(corpus: Corpus, *, after: int = 0, limit: int = 20) -> list[int]:
    """Ids of the leaders of groups that hold an item of this corpus, in order, behind ``after``."""
    own = NearDuplicate.objects.filter(leader__corpus=corpus) | NearDuplicate.objects.filter(item__corpus=corpus)
    found = own.filter(leader__gt=after).order_by("leader").values_list("leader", flat=True).distinct()
    return list(found[:limit])


def groups_of(corpus: Corpus, *, after: int = 0, limit: int = 20) -> list[Group]:
    """Groups of near duplicates that this corpus has a part in."""
    return groups(leaders_of(corpus, after=after, limit=limit))


def groups(leaders: Sequence[int]) -> list[Group]:
    """The groups of these leaders."""
    known = Item.objects.select_related("corpus").in_bulk(list(leaders))
    rows: dict[int, list[NearDuplicate]] = {pk: [] for pk in leaders}
    counts = dict(
        NearDuplicate.objects.filter(leader__in=leaders)
        .values("leader")
        .annotate(n=Count("pk"))
        .values_list("leader", "n")
    )
    for pk in leaders:
        near = NearDuplicate.objects.filter(leader=pk).select_related("item__corpus").order_by("-similarity", "item")
        rows[pk] = list(near[:MEMBERS])
    return [Group(known[pk], list(followers(known[pk], rows[pk])), counts.get(pk, 0) - len(rows[pk])) for pk in leaders]


def followers(leader: Item, rows: Iterable[NearDuplicate]) -> Iterable[Follower]:
    """Each follower with its match shown."""
    return (Follower(row.item, row.similarity, marked(leader.text, row.item.text)) for row in rows)
