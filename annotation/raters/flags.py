"""Patterns worth a look, each with its evidence. A flag is a question to a person, never a ban (SCIENCE 25)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from annotation.agreement.answers import refuse_repeats, set_codes, single_codes
from annotation.raters.against_others import rater_ids
from harmonize.problems import ChoraleError
from harmonize.records import Int64, Judgments, Kind


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


def straight_lining(j: Judgments, order: npt.ArrayLike, *, level: float = 0.001, least: int = 20) -> tuple[Flag, ...]:
    """Raters whose longest run of one same answer is too long for their own mix of answers, in the ``order`` judged.

    p: chance that n independent draws from the rater's own shares hold a run that long, bounded by the union over
    starts, sum over answers of (n - r + 1) share^r. A rater who gives one answer only is flagged by its count.
    """
    rater_ids(j)
    rater, answer = _answers(j)
    moment = np.asarray(order, dtype=np.float64)[j.counted]
    codes = [code for code in np.unique(rater) if (rater == code).sum() >= least]
    found = []
    for code in codes:
        own = np.flatnonzero(rater == code)
        line = answer[own[np.argsort(moment[own], kind="stable")]]
        run = _longest_run(line)
        share = np.unique(line, return_counts=True)[1] / len(line)
        bound = float(min(((len(line) - run + 1) * share**run).sum() * len(codes), 1.0))
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
    rater, answer = _answers(j)
    item = j.item[j.counted].astype(np.int64)
    width = int(answer.max(initial=0)) + 1
    votes: dict[int, int] = dict(
        zip(*(part.tolist() for part in np.unique(item * width + answer, return_counts=True)), strict=True)
    )
    m = np.bincount(item, minlength=len(j.items))
    given = {
        code: dict(zip(item[rater == code].tolist(), answer[rater == code].tolist(), strict=True))
        for code in np.unique(rater)
    }
    pairs = []
    for one, two in combinations(sorted(given), 2):
        shared = [i for i in given[one].keys() & given[two].keys() if m[i] > 2]
        if len(shared) >= least:
            pairs.append((one, two, shared))
    found = []
    for one, two, shared in pairs:
        same, expected = np.zeros(len(shared)), np.zeros(len(shared))
        for k, i in enumerate(shared):
            a, b = given[one][i], given[two][i]
            same[k] = a == b
            own = 2 if a == b else 1
            expected[k] = ((votes[i * width + a] - own) + (votes[i * width + b] - own)) / 2 / (m[i] - 2)
        gap = same - expected
        error = max(float(gap.std(ddof=1)), 0.05) / np.sqrt(len(gap))
        p = min(float(stats.norm.sf(gap.mean() / error)) * len(pairs), 1.0)
        if p < level and same.mean() > 0.9:
            evidence = {"shared items": len(shared), "same": float(same.mean()), "expected": float(expected.mean())}
            told = f"gave the same answer on {int(same.sum())} of {len(shared)} shared items"
            found.append(Flag("copying", (_name(j, one), _name(j, two)), told, evidence, p))
    return tuple(found)


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
    for code in np.unique(j.rater[kept]):
        own = seconds[kept & (j.rater == code)]
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
    raise ChoraleError("judgments-kind", f"{j.kind} judgments have no whole answers to compare.")


def _longest_run(line: Int64) -> int:
    edges = np.flatnonzero(np.diff(line, prepend=line[0] - 1, append=line[-1] - 1))
    return int(np.diff(edges).max())


def _name(j: Judgments, code: int) -> str:
    return str(j.raters[int(code)].as_py())
