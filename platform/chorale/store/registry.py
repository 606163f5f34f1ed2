"""Schemes and crosswalks in the database: shipped files registered, users' own added; a version never changes."""

from __future__ import annotations

from django.db import transaction

from chorale.store import audit
from chorale.store.models import Crosswalk, FormLayer, Judgment, Scheme, User
from harmonize import crosswalks, schemes
from harmonize.crosswalks.review import reworded
from harmonize.problems import ChoraleError
from harmonize.schemes.files import version_key


@transaction.atomic
def register_scheme(*, by: User | None, core: schemes.Scheme) -> Scheme:
    """The row of a scheme version, made if it is new. ChoraleError `scheme-changed` if that version says otherwise.

    A shipped file that only words things better takes the place of a row that nobody has used; one in use stays.
    """
    definition = core.to_dict()
    row, made = Scheme.objects.get_or_create(
        ref=core.ref, defaults={"title": core.title, "kind": core.kind.value, "definition": definition}
    )
    if not made and row.definition != definition:
        if core in schemes.shipped() and reworded(row.core, core):
            return _reword(by, row, core)
        raise ChoraleError(
            "scheme-changed", f"{core.ref} is already registered with another definition.", "Give it a new version."
        )
    if made:
        audit.record(by, "scheme.register", row, ref=core.ref)
    return row


def _reword(by: User | None, row: Scheme, core: schemes.Scheme) -> Scheme:
    used = FormLayer.objects.filter(scheme=row).exists() or Judgment.objects.filter(scheme=row).exists()
    if not used:
        row.title, row.definition = core.title, core.to_dict()
        row.save(update_fields=["title", "definition"])
        audit.record(by, "scheme.reword", row, ref=row.ref)
    return row


def scheme(ref: str) -> Scheme:
    """The row of a scheme by "id@version", or by "id" for the newest; shipped ones are registered on first use."""
    if row := Scheme.objects.filter(ref=ref).first():
        return row
    return register_scheme(by=None, core=find(ref))


def find(ref: str) -> schemes.Scheme:
    """A scheme by "id@version", or by "id" for the newest: a shipped one, else one of the users' own.

    Raises ChoraleError `scheme-unknown`.
    """
    try:
        return schemes.load(ref)
    except ChoraleError:
        own = [core for core in known() if ref in (core.ref, core.id)]
        if not own:
            raise
        return max(own, key=lambda core: version_key(core.version))


def known() -> list[schemes.Scheme]:
    """Every scheme, shipped or the users' own, by id and version."""
    found = {core.ref: core for core in schemes.shipped()}
    found |= {row.ref: row.core for row in Scheme.objects.exclude(ref__in=found)}
    return sorted(found.values(), key=lambda core: (core.id, version_key(core.version)))


@transaction.atomic
def register_crosswalk(*, by: User | None, core: crosswalks.Crosswalk) -> Crosswalk:
    """The row of a crosswalk version, made if it is new; its two schemes are registered with it."""
    definition = core.to_dict()
    row, made = Crosswalk.objects.get_or_create(
        ref=core.ref,
        defaults={
            "title": core.title,
            "source": scheme(core.source_scheme),
            "target": scheme(core.target_scheme),
            "status": core.status,
            "definition": definition,
        },
    )
    if not made and row.definition != definition:
        raise ChoraleError(
            "crosswalk-changed", f"{core.ref} is already registered with other cells.", "Give it a new version."
        )
    if made:
        audit.record(by, "crosswalk.register", row, ref=core.ref)
    return row


def crosswalk(ref: str) -> Crosswalk:
    """The row of a crosswalk by ref; shipped ones are registered on first use."""
    return Crosswalk.objects.filter(ref=ref).first() or register_crosswalk(by=None, core=crosswalks.load(ref))


def register_shipped(*, by: User | None = None) -> tuple[int, int]:
    """Register every shipped scheme and crosswalk; returns how many of each there are."""
    known = [register_scheme(by=by, core=core) for core in schemes.shipped()]
    maps = [register_crosswalk(by=by, core=core) for core in crosswalks.shipped()]
    return len(known), len(maps)
