"""What a report says of raters one by one, as JSON-ready mappings: competence, leanings, habits, drift, flags."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from annotation import raters
from annotation.aggregation.votes import marked_above
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind

Json = dict[str, Any]
MOST_PAGES = 300  # raters with a page of their own in a report: those who judged most
MOST_TABLES = 60  # of those, how many keep a confusion table
MOST_PERMUTED = 2_000  # items on which groups of raters are compared one by one
APART = 0.05


def rater_pages(
    people: Judgments,
    *,
    lead_time: npt.ArrayLike | None = None,
    at: npt.ArrayLike | None = None,
    gold: Judgments | None = None,
    ranges: Sequence[tuple[float, float]] | None = None,
) -> dict[str, Json]:
    """Of each rater (at most 300, those who judged most), what the data can give; what they cannot is left out.

    {rater: {"competence": {value, low, high, method}, "gold": {value, low, high, items}, "speed": {seconds, pace},
    "drift": {early, late, tau, p, reason}, "preference": {label: {own, others, z}}, "scale": [{dimension, ratings,
    mean, sd, ends, offset}], "confusion": {labels, table}}}. ``lead_time`` seconds [n] and ``at`` [n], NaN where
    unknown; ``gold``: one answer an item (for strengths a set: what was marked at all is compared); ``ranges``:
    (low, high) of each dimension.
    """
    names = _most_active(people)
    pages: dict[str, Json] = {name: {} for name in names}

    def told(key: str, part: Callable[[], Mapping[str, Any]]) -> None:
        try:
            found = part()
        except ChoraleError:
            return  # the panel of the report says why
        for name, value in found.items():
            if name in pages:
                pages[name][key] = value

    marked = marked_above(people, 0.0) if people.kind == Kind.INTENSITY else people
    told("competence", lambda: _competence(marked))
    if gold is not None and len(gold):
        told("gold", lambda: {f.rater: _figure(f) for f in raters.gold_accuracy(marked, gold)})
    if lead_time is not None:
        told("speed", lambda: {s.rater: {"seconds": s.seconds, "pace": s.pace} for s in _speed(people, lead_time)})
    if at is not None:
        told("drift", lambda: {d.rater: asdict(d) for d in raters.drift(people, at)})
    if people.kind == Kind.DIMENSION:
        told("scale", lambda: _scales(people, ranges or ()))
    else:
        told("preference", lambda: _preference(people))
    if people.kind == Kind.SINGLE:
        told("confusion", lambda: _confusions(people, names[:MOST_TABLES]))
    return pages


def rater_flags(
    people: Judgments,
    *,
    lead_time: npt.ArrayLike | None = None,
    at: npt.ArrayLike | None = None,
    floor: float = 1.0,
    among: int | None = None,
) -> list[Json]:
    """Patterns worth a look: straight-lining (in the order ``at``), copying, answers under ``floor`` seconds.

    A flag is a question to a person with its evidence, never a ban (SCIENCE 25). ``among``: raters looked at in all.
    """
    found: list[raters.Flag] = []
    if at is not None:
        moment = np.asarray(at, dtype=np.float64)
        timed = ~np.isnan(moment)
        found += raters.straight_lining(people.select(timed), moment[timed], among=among)
    found += raters.copying(people)
    if lead_time is not None:
        found += raters.impossible_speed(people, lead_time, floor=floor)
    return [asdict(flag) | {"raters": list(flag.raters)} for flag in found]


def group_differences(
    people: Judgments, groups: Mapping[str, Mapping[str, str]], *, rounds: int = 199, seed: int = 0
) -> list[Json]:
    """For each trait the two largest groups beside each other: do they see items differently?

    [{"by", "groups": [one, other], "items", "gap": {label: mean of one minus other}, "p", "reason", "apart": [{"item",
    "gap", "adjusted"}] items on which they differ (adjusted p below .05), "of": items looked at}]. At most 2,000 items,
    drawn with ``seed``, as every item is permuted ``rounds`` times.
    """
    rng, judged = np.random.default_rng(seed), np.unique(people.item[people.counted])
    chosen = np.zeros(len(people.items), dtype=np.bool_)
    chosen[rng.permutation(judged)[:MOST_PERMUTED]] = True
    part, found = people.select(chosen[people.item]), []
    for by, group_of in groups.items():
        sizes = Counter(group_of.values())
        two = [name for name, _ in sorted(sizes.items(), key=lambda pair: (-pair[1], pair[0]))[:2]]
        if len(two) < 2:
            continue
        own = {rater: group for rater, group in group_of.items() if group in two}
        told = raters.group_difference(part, own, rounds=rounds, seed=seed)
        apart = np.flatnonzero(told.item_adjusted < APART)
        names = part.items.to_pylist()
        rows = [
            {"item": str(names[i]), "gap": float(told.item_gap[i]), "adjusted": float(told.item_adjusted[i])}
            for i in apart[np.argsort(-told.item_gap[apart], kind="stable")][:20]
        ]
        gap = dict(zip(told.labels, told.gap.tolist(), strict=True))
        one: Json = {"by": by, "groups": list(told.groups), "items": told.items, "gap": gap, "p": told.p}
        found.append(one | {"reason": told.reason, "apart": rows, "of": int(chosen.sum())})
    return found


def _most_active(people: Judgments) -> list[str]:
    known = people.rater[people.counted & (people.rater >= 0)]
    counts = np.bincount(known, minlength=len(people.raters))
    order = [code for code in np.argsort(-counts, kind="stable")[:MOST_PAGES] if counts[code]]
    names = people.raters.to_pylist()
    return [str(names[code]) for code in order]


def _figure(found: raters.RaterFigure) -> Json:
    return {"value": found.value, "low": found.low, "high": found.high, "items": found.items, "reason": found.reason}


def _competence(people: Judgments) -> dict[str, Json]:
    method = "Dawid-Skene from the others' answers"
    return {f.rater: _figure(f) | {"method": method} for f in raters.competence(people)}


def _speed(people: Judgments, lead_time: npt.ArrayLike) -> tuple[raters.Speed, ...]:
    """Clients report 0 and less now and then: such times are no times."""
    seconds = np.asarray(lead_time, dtype=np.float64)
    return raters.speed(people, np.where(seconds > 0, seconds, np.nan))


def _preference(people: Judgments) -> dict[str, Json]:
    found = raters.preference(people)
    return {
        name: {
            label: {"own": found.own[row, k], "others": found.others[row, k], "z": found.z[row, k]}
            for k, label in enumerate(people.labels)
            if found.own[row, k] > 0 or found.others[row, k] > 0
        }
        for row, name in enumerate(found.raters)
        if found.items[row]
    }


def _scales(people: Judgments, ranges: Sequence[tuple[float, float]]) -> dict[str, list[Json]]:
    assert people.values is not None
    pages: dict[str, list[Json]] = {}
    for column, name in enumerate(people.labels):
        value = people.values[people.counted, column]
        low, high = ranges[column] if ranges else (float(np.nanmin(value)), float(np.nanmax(value)))
        for use in raters.scale_use(people, low=low, high=high):
            if use.dimension == name:
                pages.setdefault(use.rater, []).append(asdict(use))
    return pages


def _confusions(people: Judgments, names: Sequence[str]) -> dict[str, Json]:
    found, tables = raters.rater_confusions(people)
    return {
        name: {"labels": list(people.labels), "table": table.tolist()}
        for name, table in zip(found, tables, strict=True)
        if name in names
    }
