"""Agreement before and after leaving judgments out, each by a rule that is stated in words (SCIENCE rule 25)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

import numpy as np

from annotation import agreement
from chorale.store.bridge import Answers
from chorale.store.models import Rater
from harmonize.problems import ChoraleError
from harmonize.records import Bool, Judgments, Kind

Json = dict[str, Any]
FEW = 20  # judgments below which a rater's habits cannot be told


def applied(said: Answers, filters: list[Json] | None, flags: Any, *, rounds: int, seed: int) -> list[Json]:
    """Every rule with the figure before and after, and what it left out.

    Unasked, where they leave anything out: answers given with a suggestion or as top-up (which no figure of people
    counts), raters with fewer than 20 judgments, raters with a flag. ``filters`` adds declared ones.
    """
    rows = list(_rows(said.judgments, ~said.planned, "answers with a suggestion, or beyond the overlap", rounds, seed))
    people = said.judgments.select(said.planned)
    flagged = {str(rater) for flag in (flags if isinstance(flags, list) else []) for rater in flag["raters"]}
    rules = [("raters with a pattern to look at", _of(people, flagged)), _few(people, FEW)]
    rules += [declared(rule, people, said) for rule in filters or ()]
    for rule, out in rules:
        rows += _rows(people, out, rule, rounds, seed)
    return rows


def declared(rule: Json, people: Judgments, said: Answers) -> tuple[str, Bool]:
    """A declared rule in words, and which of the judgments it leaves out bool[n].

    One of {"leave_out": [pseudonyms]}, {"least_judgments": n} a rater, {"least_seconds": s} a judgment.
    Raises `ChoraleError` for anything else, and for unknown raters.
    """
    if "leave_out" in rule:
        names = [str(name) for name in rule["leave_out"]]
        known = dict(Rater.objects.filter(pseudonym__in=names).values_list("pseudonym", "pk"))
        if missing := sorted(set(names) - set(known)):
            raise ChoraleError("unknown-rater", f"No rater {', '.join(missing)}.", "See the list of raters.")
        return f"raters {', '.join(names)}", _of(people, {str(pk) for pk in known.values()})
    if "least_judgments" in rule:
        return _few(people, int(rule["least_judgments"]))
    if "least_seconds" in rule:
        least = float(rule["least_seconds"])
        return f"answers in under {least:g} s", np.asarray(said.lead_time[said.planned] < least)
    fix = "leave_out, least_judgments or least_seconds."
    raise ChoraleError("filter", f"{sorted(rule)} is no rule for leaving judgments out.", fix)


def _few(people: Judgments, least: int) -> tuple[str, Bool]:
    known = np.where(people.rater >= 0, people.rater, len(people.raters))
    counts = np.bincount(known[people.counted], minlength=len(people.raters) + 1)
    counts[-1] = max(least, 1)  # unknown raters cannot be counted, and stay
    return f"raters with fewer than {least} judgments", np.asarray(counts[known] < least)


def _of(people: Judgments, raters: set[str]) -> Bool:
    own = np.array([*(str(name) in raters for name in people.raters.to_pylist()), False])
    return np.asarray(own[people.rater])


def _rows(j: Judgments, out: Bool, rule: str, rounds: int, seed: int) -> Iterator[Json]:
    """One row a rule; for numbers and strengths one a dimension or label that was used."""
    if not (out & j.counted).any():
        return
    drawing = {"rounds": rounds, "seed": seed}
    for name, figure in _figures(j):
        try:
            found = agreement.before_and_after(j, ~out, rule=rule, figure=figure, **drawing)
        except ChoraleError:
            continue  # a rater who answered both with a suggestion and without has no figure before
        sides = {"before": found.before.to_dict(), "after": found.after.to_dict()}
        yield asdict(found) | sides | {"rule": rule + (f" ({name})" if name else ""), "figure": name or "alpha"}


def _figures(j: Judgments) -> list[tuple[str, Callable[..., Any]]]:
    if j.kind in (Kind.SINGLE, Kind.SET):
        return [("", agreement.alpha)]
    each = agreement.alpha_by_dimension if j.kind == Kind.DIMENSION else agreement.alpha_by_label
    return [(name, lambda part, name=name, **drawing: each(part, **drawing)[name]) for name in j.labels]
