"""Verification: machine labels that a person looks at one by one, and what came of it.

What a person accepts or mends becomes a ruling; only such items, or those people judged themselves, may be gold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import scipy  # its parts load when first used: scipy.stats alone takes 30 MB
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, QuerySet

from chorale.store import audit, rulings
from chorale.store.models import Collection, CollectionItem, Item, Judgment, Rater, Ruling, Scheme, User, Verification
from harmonize.problems import ChoraleError
from harmonize.records import Kind, Status

JUDGED = (Status.ANSWERED, Status.NONE_APPLIES)


@dataclass(frozen=True)
class Tally:
    """Verdicts on a model's labels: counts, and the share accepted with Wilson's 95 % interval."""

    accepted: int
    edited: int
    rejected: int

    @property
    def looked(self) -> int:
        """Labels looked at."""
        return self.accepted + self.edited + self.rejected

    @property
    def share(self) -> float | None:
        """Share accepted as it was."""
        return self.accepted / self.looked if self.looked else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson's 95 % interval of the share."""
        if not self.looked:
            return None
        told = scipy.stats.binomtest(self.accepted, self.looked).proportion_ci(0.95, method="wilson")
        return float(told.low), float(told.high)


@dataclass(frozen=True)
class Queue:
    """A model's current judgments under one scheme from one perspective, in a collection if one is named."""

    rater: Rater
    scheme: Scheme
    perspective: str
    collection: Collection | None = None

    def judgments(self) -> QuerySet[Judgment]:
        """All of them."""
        rows = Judgment.objects.filter(
            rater=self.rater, scheme=self.scheme, perspective=self.perspective, retired_at=None, status=0
        )
        if self.collection is not None:
            members = CollectionItem.objects.filter(collection=self.collection, item=OuterRef("item"))
            rows = rows.filter(Exists(members))
        return rows

    def waiting(self, after: int | None = None) -> QuerySet[Judgment]:
        """Those nobody has looked at, on items without a ruling, in the order they were made, behind ``after``."""
        standing = Ruling.objects.filter(
            item=OuterRef("item"), scheme=self.scheme, perspective=self.perspective, retired_at=None
        )
        rows = self.judgments().filter(~Exists(standing), verifications=None)
        rows = rows.filter(pk__gt=after) if after is not None else rows
        return rows.select_related("item", "item__corpus", "scheme").order_by("pk")

    def tally(self) -> Tally:
        """What was decided so far."""
        rows = Verification.objects.filter(judgment__in=self.judgments()).order_by().values("verdict")
        told = dict(rows.annotate(n=Count("pk")).values_list("verdict", "n"))
        return Tally(*(told.get(name, 0) for name in ("accepted", "edited", "rejected")))


@transaction.atomic
def decide(
    *,
    by: User,
    judgment: Judgment,
    verdict: str,
    reason: str = "",
    labels: Sequence[str] | None = None,
    values: Mapping[str, float] | None = None,
) -> Verification:
    """Accept a machine's label, mend it (``labels`` or ``values``), or reject it with nothing in its place.

    ChoraleError `verify-machine` for a person's judgment, `verify-verdict`, `verify-again` where somebody was faster.
    """
    row = Judgment.objects.select_for_update(of=("self",)).select_related("item", "scheme", "rater").get(pk=judgment.pk)
    if row.rater is None or row.rater.kind != "model" or row.retired_at is not None:
        raise ChoraleError("verify-machine", "Only a model's current label can be verified.", "Choose another one.")
    if verdict not in ("accepted", "edited", "rejected"):
        raise ChoraleError("verify-verdict", f"'{verdict}' is no verdict.", "Accept, edit or reject.")
    if row.verifications.exists():
        raise ChoraleError("verify-again", "Somebody has looked at this label meanwhile.", "Go on with the next one.")
    made = None
    if verdict != "rejected":
        said = own_words(row) if verdict == "accepted" else {"labels": labels, "values": values}
        told = reason.strip() or f"{row.rater.pseudonym} verified" if verdict == "accepted" else reason
        place = {"item": row.item, "scheme": row.scheme, "perspective": row.perspective}
        made = rulings.rule(by=by, **place, reason=told or f"{row.rater.pseudonym} mended", **said)  # type: ignore[arg-type]
    done = Verification.objects.create(judgment=row, verdict=verdict, ruling=made, by=by)
    audit.record(by, f"judgment.{verdict}", done, item=str(row.item.uuid), rater=row.rater.pseudonym)
    return done


def own_words(row: Judgment) -> dict[str, list[str] | dict[str, float] | None]:
    """What a model said, as a ruling would say it."""
    names = row.scheme.core.names
    if row.scheme.kind == Kind.DIMENSION:
        return {"values": {n: float(v) for n, v in zip(names, row.values or (), strict=False) if v is not None}}
    return {"labels": [names[code] for code in row.labels or ()]}


def by_people(items: QuerySet[Item]) -> QuerySet[Item]:
    """Of these items those that people have judged, or ruled on, or whose machine label a person verified. Who skipped
    an item, or could not tell, has said nothing that a label could stand on."""
    judged = Judgment.objects.filter(item=OuterRef("pk"), retired_at=None, status__in=JUDGED)
    judged = judged.exclude(rater__kind="model")
    ruled = Ruling.objects.filter(item=OuterRef("pk"), retired_at=None)
    return items.filter(Exists(judged) | Exists(ruled))


def by_machines_alone(items: QuerySet[Item]) -> QuerySet[Item]:
    """Of these items those about which only models have spoken."""
    spoken = Judgment.objects.filter(item=OuterRef("pk"), retired_at=None, rater__kind="model")
    return items.filter(Exists(spoken)).exclude(pk__in=by_people(items).values("pk"))


def looked_at(rater: Rater) -> int:
    """How many labels of a model people have looked at."""
    return Verification.objects.filter(judgment__rater=rater).count()


def spoken_in(rater: Rater) -> tuple[str, str] | None:
    """The scheme (by ref) and perspective under which a model spoke; None if it said nothing."""
    row = Judgment.objects.filter(rater=rater, retired_at=None).select_related("scheme").order_by("-pk").first()
    return (row.scheme.ref, row.perspective) if row else None
