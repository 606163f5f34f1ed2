"""Reviewing a crosswalk: one step at a time, each with a reason, and by somebody else than who made it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from chorale.store import audit
from chorale.store.models import Crosswalk, Event, User
from chorale.store.models.people import Role
from harmonize.crosswalks.crosswalk import Review
from harmonize.problems import ChoraleError

STEPS = {
    (Review.PROPOSED, Review.REVIEWED),
    (Review.REVIEWED, Review.PUBLISHED),
    (Review.REVIEWED, Review.PROPOSED),
}
FORWARD = (Review.REVIEWED, Review.PUBLISHED)


@dataclass(frozen=True)
class Standing:
    """How a person stands to a version: whether it is their own, and whether another admin could review it."""

    own: bool
    others: bool

    @property
    def barred(self) -> bool:
        """Their own, and somebody else is there to look at it."""
        return self.own and self.others

    @property
    def alone(self) -> bool:
        """Their own, and nobody else can: the step is kept as self-reviewed."""
        return self.own and not self.others


def author(row: Crosswalk) -> User | None:
    """Who proposed this version; None for a shipped one."""
    made = Event.objects.filter(subject_type="crosswalk", subject=str(row.pk), action="crosswalk.propose")
    event = made.select_related("by").order_by("id").first()
    return event.by if event else None


def standing(person: User, row: Crosswalk) -> Standing:
    """How ``person`` stands to ``row``."""
    own = author(row) == person
    admins = User.objects.filter(Q(groups__name=Role.ADMIN.value) | Q(is_superuser=True), is_active=True)
    return Standing(own, own and admins.exclude(pk=person.pk).exists())


@transaction.atomic
def review_crosswalk(*, by: User, crosswalk: Crosswalk, status: str, reason: str) -> Crosswalk:
    """One step of review: proposed to reviewed, reviewed to published, or reviewed back to proposed.

    Nobody approves or publishes a version of their own while another admin is there (`review-own`); an admin who is
    alone may, and the record says ``self_reviewed``. ChoraleError `review-step` for another step, `review-reason`
    without a reason. The cells stay as they are.
    """
    row = Crosswalk.objects.select_for_update().get(pk=crosswalk.pk)
    if not reason.strip():
        raise ChoraleError("review-reason", "A review needs a reason.", "Say what it rests on.")
    if (row.status, status) not in STEPS:
        raise ChoraleError("review-step", f"{row} is {row.status} and does not become {status}.", "One step at a time.")
    told: dict[str, object] = {"ref": row.ref, "before": row.status, "status": status, "reason": reason.strip()}
    if status in FORWARD:
        stands = standing(by, row)
        if stands.barred:
            raise ChoraleError("review-own", f"You proposed {row} yourself.", "Ask another admin to review it.")
        if stands.alone:
            told["self_reviewed"] = True
    row.status = status
    row.save(update_fields=["status"])
    audit.record(by, "crosswalk.review", row, **told)
    return row


def self_reviewed(row: Crosswalk) -> bool:
    """Whether the status rests on a step that the author took alone."""
    steps = Event.objects.filter(subject_type="crosswalk", subject=str(row.pk), action="crosswalk.review")
    return steps.filter(detail__self_reviewed=True).exists() and row.status != Review.PROPOSED
