"""Scheme files: reading, choosing a version, and checking that a definition holds together."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path

from harmonize.problems import ChoraleError, Problem
from harmonize.records import Kind
from harmonize.schemes.graph import BROADER, PREDICATES, depth, parents
from harmonize.schemes.scheme import Scheme

FOLDER = Path(str(files("harmonize") / "data" / "schemes"))


def load(ref: str, *, folder: Path | None = None) -> Scheme:
    """A scheme by "id@version", or its newest version by "id" alone; from the shipped files or from ``folder``.

    Raises `ChoraleError("scheme-unknown")` if there is none, and "scheme-definition" if its file is faulty.

    >>> load("ekman-6").names
    ('anger', 'disgust', 'fear', 'joy', 'sadness', 'surprise')
    """
    name, _, version = ref.partition("@")
    found = [s for s in (shipped() if folder is None else read_folder(folder)) if s.id == name]
    matching = [s for s in found if version in ("", s.version)]
    if not matching:
        have = ", ".join(s.ref for s in found) or "no version of it"
        raise ChoraleError("scheme-unknown", f"There is no scheme {ref!r}.", f"Found: {have}.")
    return max(matching, key=lambda s: version_key(s.version))


@cache
def shipped() -> tuple[Scheme, ...]:
    """Every scheme under ``harmonize/data/schemes``, by id and version."""
    return read_folder(FOLDER)


def read_folder(folder: Path) -> tuple[Scheme, ...]:
    """Every ``ID@VERSION.toml`` of a folder. Raises `ChoraleError` naming the file and all its faults."""
    schemes = [read(path) for path in sorted(folder.glob("*.toml"))]
    return tuple(sorted(schemes, key=lambda s: (s.id, version_key(s.version))))


def read(path: Path) -> Scheme:
    """One scheme file, checked. Raises `ChoraleError("scheme-definition")`."""
    scheme = Scheme.from_dict(tomllib.loads(path.read_text(encoding="utf-8")))
    problems = check(scheme)
    if scheme.ref != path.stem:
        problems.append(
            Problem(path.name, f"is named {path.stem} but defines {scheme.ref}.", "Rename it.", "scheme-name")
        )
    if problems:
        raise ChoraleError("scheme-definition", " ".join(f"{path.name}: {problem}" for problem in problems))
    return scheme


def version_key(version: str) -> tuple[int, ...]:
    """A version such as "1.10.0" as numbers, so that 1.10 comes after 1.9."""
    return tuple(int(part) if part.isdigit() else 0 for part in version.split("."))


def check(scheme: Scheme) -> list[Problem]:
    """What is wrong with a definition, all at once; an empty list means that it may be used."""
    found: list[Problem] = []

    def fault(what: str, fix: str) -> None:
        found.append(Problem(scheme.ref, what, fix, "scheme-definition"))

    if [label.code for label in scheme.labels] != list(range(len(scheme.labels))):
        fault("Codes do not run from 0 without gaps.", "Keep a retired label in place with retired = true.")
    if len(set(scheme.names)) != len(scheme.names):
        fault("Two labels or dimensions share an id.", "Give each its own.")
    if (scheme.kind == Kind.DIMENSION) != bool(scheme.dimensions) or bool(scheme.labels) == bool(scheme.dimensions):
        fault(f"Kind {scheme.kind} does not go with its labels and dimensions.", "Categories have labels only.")
    if (scheme.kind == Kind.INTENSITY) != bool(scheme.levels):
        fault("Levels belong to intensity schemes, and those need them.", "Name the strengths from 0 up.")
    if not scheme.id or not scheme.version or set("@:/ \t") & set(scheme.id):
        fault(f"The id {scheme.id!r} or version {scheme.version!r} will not do.", "No spaces, @, : or / in an id.")
    if not scheme.dimensions and len(scheme.labels) < 2:
        fault("A scheme needs at least two labels.", "Add labels.")
    if any(not name.strip() or "\t" in name or "\n" in name for name in scheme.names):
        fault("A label's id is empty or holds a tab or line break.", "Give each label an id.")
    for dimension in scheme.dimensions:
        if not dimension.low < dimension.high:
            fault(f"{dimension.id}: low is not below high.", "Give a range.")
    _check_references(scheme, found)
    return found


def _check_references(scheme: Scheme, found: list[Problem]) -> None:
    ids = set(scheme.names)
    named = [(label.id, target) for label in scheme.labels for target in (label.parent, label.opposite) if target]
    named += [("links", end) for link in scheme.links for end in (link.subject, link.object)]
    named += [("penalties", end) for penalty in scheme.penalties for end in (penalty.one, penalty.other)]
    named += [(f"text {field.id}", label) for field in scheme.texts for label in field.when]
    named += [(role, target) for role, target in (("neutral", scheme.neutral), ("other", scheme.other)) if target]
    strangers = [(where, target) for where, target in named if target not in ids]
    for where, target in strangers:
        what = f"{where} names {target!r}, which is no label."
        found.append(Problem(scheme.ref, what, "Name a label of this scheme.", "scheme-reference"))
    _check_parts(scheme, found)
    if not strangers and not _check_circles(scheme, found):
        _check_tiers(scheme, found)


def _check_parts(scheme: Scheme, found: list[Problem]) -> None:
    """Links, opposites, penalties and texts, each by itself."""

    def fault(what: str, fix: str, code: str) -> None:
        found.append(Problem(scheme.ref, what, fix, code))

    for predicate in sorted({link.predicate for link in scheme.links} - set(PREDICATES)):
        if ":" not in predicate:  # a term of a vocabulary elsewhere, as "skos:related", is the author's own affair
            fault(f"A link says {predicate!r}.", f"One of {', '.join(PREDICATES)}, or prefix:term.", "scheme-link")
    opposite = {label.id: label.opposite for label in scheme.labels}
    for name, other in opposite.items():
        if other is not None and opposite.get(other) not in (name, None):
            fault(f"{name} is opposite {other}, and {other} {opposite[other]}.", "Make it mutual.", "scheme-opposite")
    for penalty in scheme.penalties:
        if not 0 <= penalty.cost <= 1 or penalty.one == penalty.other:
            what = f"The penalty of {penalty.one} and {penalty.other} is {penalty.cost:g}."
            fault(what, "Two labels, and a cost from 0 to 1.", "scheme-penalty")
    texts = [field.id for field in scheme.texts]
    if len(set(texts)) < len(texts) or not all(text.isidentifier() for text in texts):
        fault("A text field's id is taken or no plain word.", "Letters, digits, underscores; each once.", "scheme-text")
    if scheme.dimensions and any(field.when for field in scheme.texts):
        fault("A text field waits for a label, and there are none.", "Leave `when` out.", "scheme-text")


def _check_circles(scheme: Scheme, found: list[Problem]) -> bool:
    """Whether some label is above itself, over any of its parents."""
    if not scheme.labels:
        return False
    above = {label.id: {label.parent} - {None} for label in scheme.labels}
    for link in scheme.links:
        if link.predicate == BROADER:
            above[link.subject].add(link.object)
    circles = [name for name in above if name in _reached(above, name)]
    for name in circles:
        found.append(Problem(scheme.ref, f"{name} is above itself.", "Break the circle of parents.", "scheme-cycle"))
    return bool(circles)


def _reached(above: dict[str, set[str | None]], name: str) -> set[str | None]:
    seen: set[str | None] = set()
    front = set(above[name])
    while front:
        seen |= front
        front = {higher for at in front if at is not None for higher in above[at]} - seen
    return seen


def _check_tiers(scheme: Scheme, found: list[Problem]) -> None:
    """Every parent lies one tier above, so that each path to the top has the same length; shares sum to 1."""
    for link in scheme.links:
        if link.predicate != BROADER:
            continue
        if depth(scheme, link.object) != depth(scheme, link.subject) - 1:
            what = f"{link.object} is broader than {link.subject} and does not lie one tier above it."
            found.append(Problem(scheme.ref, what, "Give each label parents of one tier.", "scheme-tier"))
        shares = parents(scheme, link.subject).values()
        if min(shares) < 0 or abs(sum(shares) - 1) > 1e-9:
            what = f"The shares of {link.subject}'s parents do not sum to 1."
            found.append(Problem(scheme.ref, what, "Mend the weights of its links.", "scheme-tier"))
