"""Schemes and crosswalks that people make: checked, registered under a version of their own, withdrawn while unused."""

from __future__ import annotations

from dataclasses import replace

from django.db import transaction

from chorale.store import audit, registry
from chorale.store.models import Crosswalk, Scheme, User
from chorale.store.scheme_uses import versions
from harmonize import crosswalks, schemes
from harmonize.crosswalks.crosswalk import Review
from harmonize.crosswalks.review import changes, check_successor
from harmonize.problems import ChoraleError, Problem


def scheme_problems(core: schemes.Scheme) -> list[Problem]:
    """Everything that forbids a scheme: its own faults, a version that is taken, codes that changed their meaning."""
    found = schemes.check(core)
    if _taken(core.ref, Scheme, schemes.shipped()):
        found.append(_taken_problem(core.ref))
    before = [ref for ref in versions(Scheme, core.ref) if ref != core.ref]
    if before:
        found += check_successor(Scheme.objects.get(ref=before[-1]).core, core)
    return found


@transaction.atomic
def define_scheme(*, by: User, core: schemes.Scheme) -> Scheme:
    """Register a scheme of one's own. ChoraleError `scheme-definition` names everything that is wrong with it."""
    _refuse(scheme_problems(core), "scheme-definition")
    return registry.register_scheme(by=by, core=core)


def bound(core: crosswalks.Crosswalk) -> crosswalks.Crosswalk:
    """The crosswalk reading its labels from the registered schemes. ChoraleError `scheme-unknown` without them."""
    return core.bind(registry.scheme(core.source_scheme).core, registry.scheme(core.target_scheme).core)


def crosswalk_problems(core: crosswalks.Crosswalk) -> list[Problem]:
    """Everything that forbids a crosswalk (already `bound`): its faults, and a version that is taken."""
    found = crosswalks.check(core)
    if not core.id or not core.version or set("@:/ \t") & set(core.id + core.version):
        what = f"The id {core.id!r} or version {core.version!r} will not do."
        found.append(Problem(core.ref, what, "No spaces, @, : or / in them.", "crosswalk-definition"))
    if _taken(core.ref, Crosswalk, crosswalks.shipped()):
        found.append(_taken_problem(core.ref))
    return found


@transaction.atomic
def propose_crosswalk(*, by: User | None, core: crosswalks.Crosswalk, reason: str = "", before: str = "") -> Crosswalk:
    """Keep a new version with the status proposed; ``before`` is the version it was made from.

    A registered version is never edited: ChoraleError `crosswalk-definition` if the version is taken or faulty.
    """
    core = bound(replace(core, status=Review.PROPOSED))
    _refuse(crosswalk_problems(core), "crosswalk-definition")
    row = Crosswalk.objects.create(
        ref=core.ref,
        title=core.title,
        source=registry.scheme(core.source_scheme),
        target=registry.scheme(core.target_scheme),
        status=core.status,
        definition=core.to_dict(),
    )
    told = {"ref": core.ref, "status": str(core.status), "reason": reason, "before": before}
    if before:
        found = changes(registry.crosswalk(before).core, core)
        told |= {"added": len(found.added), "removed": len(found.removed), "changed": len(found.changed)}
    audit.record(by, "crosswalk.propose", row, **told)
    return row


def next_version(table: type[Scheme] | type[Crosswalk], ref: str) -> str:
    """A free version after the newest of the same id: 1.4.2 gives 1.5.0; "1.0.0" where there is none."""
    known = versions(table, ref)
    if not known:
        return "1.0.0"
    parts = [int(part) if part.isdigit() else 0 for part in known[-1].partition("@")[2].split(".")]
    return f"{parts[0]}.{(parts[1] if len(parts) > 1 else 0) + 1}.0"


def _taken(
    ref: str,
    table: type[Scheme] | type[Crosswalk],
    shipped: tuple[schemes.Scheme, ...] | tuple[crosswalks.Crosswalk, ...],
) -> bool:
    return table._default_manager.filter(ref=ref).exists() or any(known.ref == ref for known in shipped)


def _taken_problem(ref: str) -> Problem:
    return Problem(ref, "This version is registered and never changes.", "Give it a new version.", "version-taken")


def _refuse(problems: list[Problem], code: str) -> None:
    if problems:
        raise ChoraleError(code, " ".join(f"{p.what} {p.fix}" for p in problems))
