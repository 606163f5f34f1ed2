"""Stratified samples: by what items are told apart, how many each stratum gives, and the pool that they stand in.

Within a stratum items are drawn without replacement in the order of md5(seed:uuid), so each has the inclusion
probability n_h / N_h (Cochran 1977, Sampling Techniques, ch. 5), and the same items and seed give the same sample on
any database.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from chorale.store import registry
from chorale.store.draw_checks import check_plan
from chorale.store.models import Item
from chorale.store.strata_sql import BALANCED, Criteria
from harmonize.problems import ChoraleError

LENGTHS = (40, 80, 160, 320)
POOL = "collection_pool"


@dataclass(frozen=True)
class Plan:
    """How a sample is stratified.

    ``by``: criteria, crossed: label, uncertainty, language, found_language, corpus, modality, split, length,
    facet:NAME. ``share``: "proportional" to the strata; "equal" numbers of each, as far as each goes; or a quota,
    {stratum: number}, where the values of several criteria are joined by " / ". ``scheme``, ``perspective``, ``who``
    ("people" with published labels, or "model"): whose labels "label" means; "uncertainty" is always the models'.
    ``lengths``: where the classes of length begin, in characters.
    """

    by: tuple[str, ...]
    share: str | Mapping[str, int] = "proportional"
    scheme: str = ""
    perspective: str = ""
    who: str = "people"
    lengths: tuple[int, ...] = LENGTHS

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> Plan | None:
        """The plan that these JSON values are; None for an empty one. Raises ChoraleError `collection-plan`."""
        if not data:
            return None
        if unknown := set(data) - set(cls.__dataclass_fields__):
            raise _wrong(
                f"Unknown keys: {', '.join(sorted(unknown))}.", f"Known: {', '.join(cls.__dataclass_fields__)}."
            )
        check_plan(data)
        data = {key: value for key, value in data.items() if value is not None}
        plan = cls(**{**data, "by": tuple(data.get("by", ())), "lengths": tuple(data.get("lengths", LENGTHS))})
        if not plan.by or len(set(plan.by)) < len(plan.by):
            raise _wrong("It names no criterion, or one twice.", 'Give by = ["label"], for example.')
        if not isinstance(plan.share, str) and not any(plan.share.values()):
            raise _wrong("The quota asks for nothing.", "Give a number for at least one stratum.")
        if isinstance(plan.share, str) and plan.share not in ("proportional", "equal"):
            raise _wrong(f"share is {plan.share!r}.", 'Give "proportional", "equal", or a number for each stratum.')
        if {"label", "uncertainty"} & set(plan.by) and not plan.scheme:
            raise _wrong("Labels need a scheme.", "Name the scheme by which labels are meant.")
        if list(plan.lengths) != sorted(set(plan.lengths)) or not plan.lengths:
            raise _wrong("lengths do not ascend.", "Give where each class begins, such as [40, 80, 160].")
        return plan

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {**vars(self), "by": list(self.by), "lengths": list(self.lengths)}


@dataclass(frozen=True)
class Stratum:
    """A stratum: its values by criterion, items that match, items to draw, and what was asked for (None: no quota)."""

    key: str
    values: dict[str, str]
    matched: int
    drawn: int
    asked: int | None = None

    @property
    def probability(self) -> float:
        """The inclusion probability of each of its items."""
        return self.drawn / self.matched if self.matched else 0.0

    def to_dict(self) -> dict[str, Any]:
        """As a report shows it."""
        shown = {"stratum": self.values, "matched": self.matched, "drawn": self.drawn}
        return {**shown, "probability": self.probability, **({} if self.asked is None else {"asked": self.asked})}


@dataclass
class Pool:
    """The matching items in a table of their own (`POOL`: id, h, stratum, and a column a balanced criterion)."""

    plan: Plan | None
    matched: int
    sizes: dict[str, int] = field(default_factory=dict)

    def strata(self, size: int | None) -> list[Stratum]:
        """What each stratum gives when ``size`` items are wanted in all (None: all, or the quota)."""
        share = self.plan.share if self.plan else "proportional"
        if not isinstance(share, str):
            return [*self._quota(share)]
        wanted = allocate(self.sizes, self.matched if size is None else size, share)
        return [Stratum(key, json.loads(key), n, wanted[key]) for key, n in self.sizes.items()]

    def _quota(self, quota: Mapping[str, int]) -> Iterator[Stratum]:
        named = {" / ".join(json.loads(key).values()): key for key in self.sizes}
        if missing := [name for name in quota if name not in named]:
            have = ", ".join(list(named)[:20])
            raise _wrong(f"No matching item is in {', '.join(missing)}.", f"There are: {have}.")
        asked = {named[name]: int(number) for name, number in quota.items()}
        for key, size in self.sizes.items():
            yield Stratum(key, json.loads(key), size, min(size, asked.get(key, 0)), asked.get(key, 0))


@contextmanager
def pool(items: QuerySet[Item], plan: Plan | None, seed: int) -> Iterator[Pool]:
    """The matching items with their strata, in a table that is gone afterwards; within one transaction."""
    scheme = registry.scheme(plan.scheme) if plan and plan.scheme else None
    criteria = Criteria(plan.lengths if plan else LENGTHS, scheme, plan.perspective if plan else "",
                        plan.who if plan else "people")  # fmt: skip
    stratum, given = criteria.key(plan.by if plan else ())
    balanced, more = criteria.columns([*BALANCED, *(["label"] if scheme else [])])
    sql, params = items.order_by().values("id").query.sql_with_params()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {POOL}")
        cursor.execute(
            f"CREATE TEMP TABLE {POOL} ON COMMIT DROP AS "  # noqa: S608
            f"SELECT i.id, md5(%s || i.uuid::text) AS h, {stratum} AS stratum, {balanced} "
            f"FROM item i JOIN ({sql}) m ON m.id = i.id JOIN corpus c ON c.id = i.corpus_id "
            "LEFT JOIN screening s ON s.item_id = i.id",
            [f"{seed}:", *given, *more, *params],
        )
        cursor.execute(f"SELECT stratum, count(*) FROM {POOL} GROUP BY stratum")  # noqa: S608
        sizes = dict(sorted(cursor.fetchall()))
        yield Pool(plan, sum(sizes.values()), sizes)


def allocate(sizes: Mapping[str, int], total: int, share: str) -> dict[str, int]:
    """How many of ``total`` each stratum gives, never more than it has.

    "proportional": by largest remainders. "equal": the same for each; what small strata cannot give, the others do.
    """
    total = min(total, sum(sizes.values()))
    if share == "equal":
        return _equally(sizes, total)
    whole = max(sum(sizes.values()), 1)
    found = {key: total * size // whole for key, size in sizes.items()}
    rest = sorted(sizes, key=lambda key: (-(total * sizes[key] % whole), key))
    for key in rest[: total - sum(found.values())]:
        found[key] += 1
    return found


def _equally(sizes: Mapping[str, int], total: int) -> dict[str, int]:
    found, wanted = dict.fromkeys(sizes, 0), total
    open_ones = sorted(key for key, size in sizes.items() if size)
    while open_ones and total > 0:
        each = total // len(open_ones)
        for number, key in enumerate(open_ones):
            more = min(each or int(number < total), sizes[key] - found[key])
            found[key] += more
        total = wanted - sum(found.values())
        open_ones = [key for key in open_ones if found[key] < sizes[key]]
    return found


def _wrong(what: str, fix: str) -> ChoraleError:
    return ChoraleError("collection-plan", what, fix)
