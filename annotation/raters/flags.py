"""Patterns worth a look, each with its evidence. A flag is a question to a person, never a ban (SCIENCE 25)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy  # its parts load when first used: scipy.stats alone takes 30 MB

from annotation.agreement.against import within_item
from annotation.agreement.answers import refuse_repeats, rows_by, set_codes, single_codes
from annotation.raters.against_others import rater_ids
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Int64, Judgments, Kind


@dataclass(frozen=True)
class Flag:
    """One pattern of one rater (or pair): what was seen, what was expected, and how unlikely it is.

    ``p`` is corrected for the number of raters or pairs looked at (Bonferroni), None where the pattern is a count.
    """

    kind: str
    raters: tuple[str, ...]
    message: str
    evidence: dict[str, Any]
    p: float | None = None


def straight_lining(
    j: Judgments, order: npt.ArrayLike, *, level: float = 0.001, least: int = 20, among: int | None = None
) -> tuple[Flag, ...]:
    """Raters whose longest run of one same answer is too long for their own mix of answers, in the ``order`` judged.

    p: chance that n independent draws from the rater's own shares hold a run that long, bounded by the union over
    starts, sum over answers of (n - r + 1) share^r. A rater who gives one answer only is flagged by its count.
    ``among``: raters looked at in all, where ``j`` holds some of them.
    """
    rater_ids(j)
    rater, answer = _answers(j)
    moment = np.asarray(order, dtype=np.float64)[j.counted]
    looked = [(code, own) for code, own in rows_by(rater) if len(own) >= least]
    found = []
    for code, own in looked:
        line = answer[own[np.argsort(moment[own], kind="stable")]]
        run = _longest_run(line)
        share = np.unique(line, return_counts=True)[1] / len(line)
        bound = float(min(((len(line) - run + 1) * share**run).sum() * max(len(looked), among or 0), 1.0))
        same = len(share) == 1
        if same or bound < level:
            told = f"gave the same answer {run} times in a row" + (" and no other" if same else "")
            evidence = {"run": run, "judgments": len(line), "largest share": float(share.max())}
            found.append(Flag("straight-lining", (_name(j, code),), told, evidence, None if same else bound))
    return tuple(found)


def copying(j: Judgments, *, level: float = 0.001, least: int = 20) -> tuple[Flag, ...]:
    """Pairs who agree on more shared items than their agreement with everybody else explains.

    Expected agreement of a pair on an item: the mean share of third raters who said what either said; items without a
    third rater are left out. p: one-sided z test over items, corrected for the pairs looked at.
    """
    rater_ids(j)
    refuse_repeats(j)
    pair, shared, agreed, mean, z = _pairs_beside_others(j, least)
    p = np.minimum(scipy.stats.norm.sf(z) * len(pair), 1.0)
    found = []
    for k in np.flatnonzero((p < level) & (agreed > 0.9 * shared)):
        n, same = int(shared[k]), float(agreed[k] / shared[k])
        names = tuple(_name(j, code) for code in divmod(int(pair[k]), len(j.raters)))
        evidence = {"shared items": n, "same": same, "expected": same - float(mean[k])}
        told = f"gave the same answer on {round(agreed[k])} of {n} shared items"
        found.append(Flag("copying", names, told, evidence, float(p[k])))
    return tuple(found)


def _pairs_beside_others(j: Judgments, least: int) -> tuple[Int64, Int64, Float64, Float64, Float64]:
    """Pairs of raters with ``least`` shared items: code, items, same answers, mean gap to expected, z of it."""
    rater, answer = _answers(j)
    item = j.item[j.counted].astype(np.int64)
    m = np.bincount(item, minlength=len(j.items))
    code = item * (int(answer.max(initial=0)) + 1) + answer
    _, cell, size = np.unique(code, return_inverse=True, return_counts=True)
    alike = size[cell]  # raters of the item who gave this answer, its own included
    keys, sames, gaps = [np.empty(0, np.int64)], [np.empty(0)], [np.empty(0)]
    for first, second in within_item(item):
        third = m[item[first]] > 2
        one, two = first[third], second[third]
        same = (answer[one] == answer[two]).astype(np.float64)
        low, high = np.minimum(rater[one], rater[two]), np.maximum(rater[one], rater[two])
        keys.append(low * len(j.raters) + high)
        sames.append(same)
        gaps.append(same - ((alike[one] + alike[two]) / 2 - 1 - same) / (m[item[one]] - 2))
    pair, place, shared = np.unique(np.concatenate(keys), return_inverse=True, return_counts=True)
    gap = np.concatenate(gaps)
    agreed, total, square = (
        np.bincount(place, weights=w, minlength=len(pair)) for w in (np.concatenate(sames), gap, gap * gap)
    )
    use = shared >= max(least, 2)
    pair, shared, agreed, mean = (
        pair[use],
        shared[use],
        np.asarray(agreed[use], dtype=np.float64),
        total[use] / shared[use],
    )
    spread = np.sqrt(np.maximum(square[use] / shared - mean**2, 0) * shared / np.maximum(shared - 1, 1))
    z = mean / (np.maximum(spread, 0.05) / np.sqrt(shared))
    return pair, shared.astype(np.int64), agreed.astype(np.float64), mean.astype(np.float64), np.asarray(z)


def impossible_speed(
    j: Judgments, lead_time: npt.ArrayLike, *, floor: float = 1.0, share: float = 0.1, least: int = 20
) -> tuple[Flag, ...]:
    """Raters with more than ``share`` of their judgments below ``floor`` seconds of ``lead_time`` [n].

    The floor is what reading the item takes; set it per corpus (words / 10 a second for text, a clip's length).
    """
    seconds = np.asarray(lead_time, dtype=np.float64)
    if len(seconds) != len(j):
        raise ChoraleError("times", f"There are {len(j)} judgments and {len(seconds)} lead times.")
    rater_ids(j)
    kept = j.counted & ~np.isnan(seconds)
    found = []
    rows = np.flatnonzero(kept)
    for code, judged in rows_by(j.rater[rows]):
        own = seconds[rows[judged]]
        fast = float((own < floor).mean())
        if len(own) >= least and fast > share:
            told = f"answered {int((own < floor).sum())} of {len(own)} items in under {floor:g} s"
            evidence = {"share": fast, "median": float(np.median(own)), "floor": floor, "judgments": len(own)}
            found.append(Flag("impossible-speed", (_name(j, code),), told, evidence))
    return tuple(found)


def _answers(j: Judgments) -> tuple[Int64, Int64]:
    """Rater and one code for the whole answer of each counted judgment."""
    rater = j.rater[j.counted].astype(np.int64)
    if j.kind == Kind.SINGLE:
        return rater, single_codes(j)[1]
    if j.kind == Kind.SET:
        return rater, set_codes(j)[1]
    if j.kind == Kind.DIMENSION:
        assert j.values is not None
        return rater, np.unique(j.values[j.counted], axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)
    if j.kind == Kind.INTENSITY and j.strength is not None and j.offsets is not None and j.label is not None:
        dense = np.zeros((len(j), len(j.labels)), dtype=np.float32)
        dense[np.repeat(np.arange(len(j)), np.diff(j.offsets)), j.label] = j.strength
        return rater, np.unique(dense[j.counted], axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)
    raise ChoraleError("judgments-kind", f"{j.kind} judgments have no whole answers to compare.")


def _longest_run(line: Int64) -> int:
    edges = np.flatnonzero(np.diff(line, prepend=line[0] - 1, append=line[-1] - 1))
    return int(np.diff(edges).max())


def _name(j: Judgments, code: int) -> str:
    return str(j.raters[int(code)].as_py())
