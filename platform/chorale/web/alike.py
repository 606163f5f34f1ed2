"""Items that say the same, or nearly: groups with each match shown word by word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from django.db import connection
from django.db.models import Count

from chorale.store import versions
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


# Groups that hold an item of a corpus, and how many of their members are of no other version of it.
TOUCHED = """
WITH touched AS (
  SELECT n.leader_id AS leader FROM near_duplicate n JOIN item i ON i.id = n.item_id WHERE i.corpus_id = %(own)s
  UNION SELECT n.leader_id FROM near_duplicate n JOIN item l ON l.id = n.leader_id WHERE l.corpus_id = %(own)s
), members AS (
  SELECT t.leader, i.corpus_id FROM touched t JOIN near_duplicate n ON n.leader_id = t.leader
    JOIN item i ON i.id = n.item_id
  UNION ALL SELECT t.leader, i.corpus_id FROM touched t JOIN item i ON i.id = t.leader
), counted AS (
  SELECT leader, count(*) FILTER (WHERE corpus_id <> ALL(%(others)s)) AS apart FROM members GROUP BY leader
)
"""
BEYOND = TOUCHED + (  # noqa: S608
    "SELECT leader FROM counted WHERE apart > 1 AND leader > %(after)s ORDER BY leader LIMIT %(limit)s"
)
COPIES = TOUCHED + "SELECT count(*) FROM counted WHERE apart < 2"  # noqa: S608


def other_versions(corpus: Corpus) -> list[int]:
    """Ids of the other versions of a corpus."""
    return [row.pk for row in versions.of_family(corpus.family or corpus.slug) if row.pk != corpus.pk]


def copies(corpus: Corpus) -> int:
    """How many groups hold but one item of a corpus, and beside it only items of its other versions."""
    return int(_asked(COPIES, corpus)[0]) if other_versions(corpus) else 0


def leaders_of(corpus: Corpus, *, after: int = 0, limit: int = 20, whole: bool = False) -> list[int]:
    """Ids of the leaders of groups that hold an item of this corpus, in order, behind ``after``. What is alike but to
    another version of the corpus counts only where ``whole``."""
    if not whole and other_versions(corpus):
        return _asked(BEYOND, corpus, after=after, limit=limit)
    own = NearDuplicate.objects.filter(leader__corpus=corpus) | NearDuplicate.objects.filter(item__corpus=corpus)
    found = own.filter(leader__gt=after).order_by("leader").values_list("leader", flat=True).distinct()
    return list(found[:limit])


def _asked(sql: str, corpus: Corpus, **more: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"own": corpus.pk, "others": other_versions(corpus), **more})
        return [row[0] for row in cursor]


def groups_of(corpus: Corpus, *, after: int = 0, limit: int = 20, whole: bool = False) -> list[Group]:
    """Groups of near duplicates that this corpus has a part in; without followers of its other versions, unless
    ``whole``."""
    leaders = leaders_of(corpus, after=after, limit=limit, whole=whole)
    return groups(leaders, without=() if whole else other_versions(corpus))


def groups(leaders: Sequence[int], *, without: Sequence[int] = ()) -> list[Group]:
    """The groups of these leaders, without followers of some corpora."""
    known = Item.objects.select_related("corpus").in_bulk(list(leaders))
    led = NearDuplicate.objects.filter(leader__in=leaders).exclude(item__corpus__in=without)
    counts = dict(led.values("leader").annotate(n=Count("pk")).values_list("leader", "n"))
    found = []
    for pk in leaders:
        near = led.filter(leader=pk).select_related("item__corpus").order_by("-similarity", "item")
        rows = list(near[:MEMBERS])
        found.append(Group(known[pk], list(followers(known[pk], rows)), counts.get(pk, 0) - len(rows)))
    return found


def followers(leader: Item, rows: Iterable[NearDuplicate]) -> Iterable[Follower]:
    """Each follower with its match shown."""
    return (Follower(row.item, row.similarity, marked(leader.text, row.item.text)) for row in rows)
