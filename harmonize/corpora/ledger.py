"""What is known of a corpus, and whether a record adds to it, repeats it, or contradicts it.

The same rules serve notebooks (everything in memory) and the service (what a chunk touches, loaded from the database).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from harmonize.corpora.record import Rating, Record

Slot = tuple[object, ...]
Reason = tuple[str, str, str]  # what, fix, code

CHANGED = ("has another text or file than this item has.", "A changed corpus is a new version.", "changed-item")
UNKNOWN = ("speaks of an item that the corpus does not have.", "Import its item first, or mend the id.", "unknown-item")
CHANGED_FACT = ("gives this item another facet or split than before.", "Keep one of the two.", "changed-fact")
CONFLICT = ("differs from an answer that this rater gave before.", "Keep one of the two.", "conflicting-rating")
CHANGED_TRAIT = ("gives this person another trait than before.", "Keep one of the two.", "changed-trait")
VOTED = ("gives other votes for an item that has votes.", "Keep one of the two rows.", "conflicting-rating")


GROUP = "@group"
"""The key of an item's group among its facts; no facet bears such a name."""


@dataclass
class Taken:
    """What a record adds: its item, facts of the item, ratings. Nothing at all makes it a duplicate."""

    item: bool = False
    facts: dict[str, Any] = field(default_factory=dict)
    persons: dict[str, dict[str, Any]] = field(default_factory=dict)
    ratings: list[Rating] = field(default_factory=list)

    def __bool__(self) -> bool:
        return self.item or bool(self.facts) or bool(self.persons) or bool(self.ratings)


@dataclass
class Ledger:
    """Known items (source id -> text and media), their facts, persons' traits, and answers (slot -> rating)."""

    items: dict[str, tuple[str, str]] = field(default_factory=dict)
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    persons: dict[str, dict[str, Any]] = field(default_factory=dict)
    answers: dict[Slot, Rating] = field(default_factory=dict)

    def contradiction(self, record: Record) -> Reason | None:
        """Why a record cannot stand beside what is known; None if it can."""
        for person in record.persons:
            traits = self.persons.get(person.key, {})
            if any(traits.get(name, value) != value for name, value in person.traits.items()):
                return CHANGED_TRAIT
        if not record.source_id:
            return None
        known = self.items.get(record.source_id)
        if known is None:
            return self._moved(record) if record.makes_item else UNKNOWN
        if record.makes_item and known != (record.text, record.media):
            return CHANGED
        facts = self.facts.get(record.source_id)
        if facts and any(facts.get(name, value) != value for name, value in facts_of(record).items()):
            return CHANGED_FACT
        if self._differs(record, record.ratings):
            return CONFLICT
        return VOTED if self._other_votes(record) else None

    def _moved(self, record: Record) -> Reason | None:
        """Of a new item nothing was said, except by an anonymous answer that stood in the same line of its file."""
        anonymous = [r for r in record.ratings if r.rater is None and r.voice < 0 and not r.published]
        return CONFLICT if anonymous and self._differs(record, anonymous) else None

    def _differs(self, record: Record, ratings: Sequence[Rating]) -> bool:
        for rating in ratings:
            before = self.answers.get(slot_of(record, rating))
            if before is not None and not same_answer(before, rating):
                return True
        return False

    def _other_votes(self, record: Record) -> bool:
        return any(
            vote_slot(record.source_id, 0, layer) in self.answers
            and (
                vote_slot(record.source_id, votes - 1, layer) not in self.answers
                or vote_slot(record.source_id, votes, layer) in self.answers
            )
            for layer, votes in votes_of(record).items()
        )

    def take(self, record: Record) -> Taken:
        """Add a record that contradicts nothing; what was new in it."""
        taken = Taken()
        if record.makes_item and record.source_id not in self.items:
            self.items[record.source_id] = (record.text, record.media)
            taken.item = True
            if record.group:
                self.facts.setdefault(record.source_id, {})[GROUP] = record.group
        for person in record.persons:
            before = self.persons.setdefault(person.key, {})
            if new := {name: value for name, value in person.traits.items() if name not in before}:
                before.update(new)
                taken.persons[person.key] = new
        if told := facts_of(record):
            known = self.facts.setdefault(record.source_id, {})
            for name, value in told.items():
                if name not in known:
                    known[name] = taken.facts[name] = value
        for rating in record.ratings:
            slot = slot_of(record, rating)
            if slot not in self.answers:
                self.answers[slot] = rating
                taken.ratings.append(rating)
        return taken


def slot_of(record: Record, rating: Rating) -> Slot:
    """Which answer this is: one a rater and item, a vote of an item, or what an anonymous rater said in one line."""
    if rating.published:
        return ("published", record.source_id, rating.layer)
    if rating.rater is not None:
        return ("rater", record.source_id, rating.rater, rating.layer)
    if rating.voice >= 0:
        return vote_slot(record.source_id, rating.voice, rating.layer)
    return ("line", record.file, record.line, rating.layer)


def vote_slot(source_id: str, voice: int, layer: int) -> Slot:
    """The slot of one vote of an item in a layer."""
    return ("vote", source_id, voice, layer)


def votes_of(record: Record) -> dict[int, int]:
    """Layer -> how many votes of it a record counts."""
    found: dict[int, int] = {}
    for rating in record.ratings:
        if rating.voice >= 0:
            found[rating.layer] = found.get(rating.layer, 0) + 1
    return found


def facts_of(record: Record) -> dict[str, Any]:
    """The facets of a record, its split under the key "split" where it has one, and under `GROUP` the group that it
    gives an item of another table; where it makes the item itself, the group comes with that."""
    told = {"split": record.split} if record.split else {}
    if record.group and not record.makes_item:
        told[GROUP] = record.group
    return {**record.facets, **told} if told else record.facets


def same_answer(one: Rating, other: Rating) -> bool:
    """Whether two ratings say the same, numbers compared as four-byte floats; NaN (not answered) equals NaN."""
    if one.status != other.status or one.labels != other.labels:
        return False
    return _alike(one.strengths, other.strengths) and _alike(one.values, other.values)


def _alike(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one == other or (
        len(one) == len(other)
        and all((a != a and b != b) or single(a) == single(b) for a, b in zip(one, other, strict=True))
    )


def single(value: float) -> float:
    """A number as a four-byte float holds it."""
    return float(struct.unpack("f", struct.pack("f", value))[0])
