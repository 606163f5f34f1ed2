"""Taking back a scheme or crosswalk of one's own that nothing rests on yet; what is used stays for ever."""

from __future__ import annotations

from django.db import transaction

from chorale.store import audit
from chorale.store.crosswalk_uses import of_crosswalk
from chorale.store.models import Aggregate, Crosswalk, Scheme, User
from chorale.store.scheme_uses import of_scheme
from harmonize import crosswalks, schemes
from harmonize.problems import ChoraleError


def scheme_removable(row: Scheme) -> bool:
    """Whether a scheme version may be taken back: not shipped, and nothing names it."""
    return row.ref not in {core.ref for core in schemes.shipped()} and not of_scheme(row).used


def crosswalk_removable(row: Crosswalk) -> bool:
    """Whether a crosswalk version may be taken back: not shipped, not published, and nothing was made by it."""
    if row.ref in {core.ref for core in crosswalks.shipped()} or row.status == "published" or of_crosswalk(row).used:
        return False
    return not Aggregate.objects.filter(crosswalk=row).exists()  # also points of norms that went through it


@transaction.atomic
def withdraw_scheme(*, by: User, scheme: Scheme) -> None:
    """Take back an unused scheme version; its definition stays in the audit trail.

    ChoraleError `scheme-used` once anything rests on it: a version in use never changes and never goes.
    """
    row = Scheme.objects.select_for_update().get(pk=scheme.pk)
    if not scheme_removable(row):
        raise ChoraleError("scheme-used", f"{row} is in use or shipped.", "Make a new version instead.")
    audit.record(by, "scheme.withdraw", row, ref=row.ref, definition=row.definition)
    row.delete()


@transaction.atomic
def withdraw_crosswalk(*, by: User, crosswalk: Crosswalk) -> None:
    """Take back an unused crosswalk version; its definition stays in the audit trail.

    ChoraleError `crosswalk-used` once it is published or anything rests on it.
    """
    row = Crosswalk.objects.select_for_update().get(pk=crosswalk.pk)
    if not crosswalk_removable(row):
        raise ChoraleError(
            "crosswalk-used", f"{row} is published, shipped or in use.", "Propose a new version instead."
        )
    audit.record(by, "crosswalk.withdraw", row, ref=row.ref, definition=row.definition)
    row.delete()
