"""Shipped crosswalks: reading, choosing a version, and checking that one may be used."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from importlib.resources import files
from pathlib import Path

from harmonize import schemes
from harmonize.crosswalks import sssom
from harmonize.crosswalks.crosswalk import NO_TERM, Crosswalk, CrosswalkKind
from harmonize.crosswalks.tiers import roll_down, roll_up
from harmonize.problems import ChoraleError, Problem
from harmonize.schemes.files import version_key

FOLDER = Path(str(files("harmonize") / "data" / "crosswalks"))


def load(ref: str, *, folder: Path | None = None) -> Crosswalk:
    """A crosswalk by "id@version", or its newest version by "id"; from the shipped files or from ``folder``.

    "SCHEME--tier-N" and "SCHEME--down-to-tier-N" are made on the spot from the tiers of a shipped scheme
    (`harmonize.crosswalks.tiers`). Raises `ChoraleError("crosswalk-unknown")` if there is none.

    >>> load("goemotions-28--ekman-6-neutral").target_scheme
    'ekman-6-neutral-set@1.0.0'
    """
    name, _, version = ref.partition("@")
    found = [c for c in (shipped() if folder is None else read_folder(folder)) if c.id == name]
    matching = [c for c in found if version in ("", c.version)]
    if not matching and folder is None and (made := _of_tiers(name, version)):
        return made
    if not matching:
        have = ", ".join(c.ref for c in found) or "no version of it"
        raise ChoraleError("crosswalk-unknown", f"There is no crosswalk {ref!r}.", f"Found: {have}.")
    return max(matching, key=lambda c: version_key(c.version))


def _of_tiers(name: str, version: str) -> Crosswalk | None:
    """The roll-up or roll-down that the id names; None where it names no tier of a shipped scheme."""
    asked = re.fullmatch(r"(.+)--(tier|down-to-tier)-(\d+)", name)
    if not asked or all(scheme.id != asked[1] for scheme in schemes.shipped()):
        return None
    scheme = schemes.load(asked[1] + (f"@{version}" if version else ""))
    return (roll_up if asked[2] == "tier" else roll_down)(scheme, int(asked[3]))


@cache
def shipped() -> tuple[Crosswalk, ...]:
    """Every crosswalk under ``harmonize/data/crosswalks``, by id and version."""
    return read_folder(FOLDER)


def read_folder(folder: Path) -> tuple[Crosswalk, ...]:
    """Every ``ID@VERSION.sssom.tsv`` of a folder, checked. Raises `ChoraleError` naming the file and its faults."""
    found = []
    for path in sorted(folder.glob("*.sssom.tsv")):
        crosswalk = sssom.read(path.read_text(encoding="utf-8"), path.name)
        problems = check(crosswalk)
        if f"{crosswalk.ref}.sssom.tsv" != path.name:
            problems.append(Problem(path.name, f"defines {crosswalk.ref}.", "Rename it.", "crosswalk-name"))
        if problems:
            raise ChoraleError("crosswalk-definition", " ".join(str(problem) for problem in problems))
        found.append(crosswalk)
    return tuple(sorted(found, key=lambda c: (c.id, version_key(c.version))))


def check(crosswalk: Crosswalk) -> list[Problem]:
    """What is wrong with a crosswalk, all at once; an empty list means that it may be used.

    Every live source label must be looked at: a label that no cell names is a fault, as silence is not a decision.
    """
    found: list[Problem] = []

    def fault(what: str, fix: str, code: str = "crosswalk-definition") -> None:
        found.append(Problem(crosswalk.ref, what, fix, code))

    try:
        source, target = crosswalk.source_labels, crosswalk.target_labels
    except ChoraleError as error:
        return [Problem(crosswalk.ref, str(error), "Name shipped schemes.", error.code)]
    totals: dict[str, float] = defaultdict(float)
    for cell in crosswalk.cells:
        if cell.subject not in source.names:
            fault(f"{cell.subject!r} is no label of {source.ref}.", "Name a label by its id.")
        if cell.object != NO_TERM and cell.object not in target.names:
            fault(f"{cell.object!r} is no label of {target.ref}.", f"Name a label by its id, or {NO_TERM}.")
        if not cell.justification:
            fault(f"{cell.subject} to {cell.object} has no justification.", "Say why it holds.")
        if cell.object == NO_TERM and cell.weight:
            fault(f"{cell.subject} has no counterpart but weight {cell.weight:g}.", "Set the weight to 0.")
        totals[cell.subject] += cell.weight
        if crosswalk.kind == CrosswalkKind.LABELS and not 0 <= cell.weight <= 1:
            fault(f"{cell.subject} to {cell.object}: weight {cell.weight:g} is outside 0..1.", "Weights are shares.")
    for name in source.names:
        retired = bool(source.labels) and source.label(name).retired
        if name not in totals and not retired:
            fault(f"{name} is not looked at.", f"Map it, or give it {NO_TERM}.", "crosswalk-silent")
        if crosswalk.kind == CrosswalkKind.LABELS and totals[name] > 1 + 1e-9:
            fault(f"{name}'s weights sum to {totals[name]:g}.", "At most 1.", "crosswalk-mass")
    return found
