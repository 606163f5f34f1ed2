"""From the mass on each question's options to the row of an item, however the mass was found: read off or counted."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from annotation.model_raters.chat import ItemFailure
from annotation.model_raters.elicitation import Row
from annotation.model_raters.questions import Question
from harmonize.records import Float64, Status

RARE = 1e-3  # mass that says nothing

Told = Sequence[tuple[Float64, tuple[str, ...]]]  # for each question: mass float64[options], keys of its requests


def presence(asked: Sequence[Question], told: Told, width: int) -> Row:
    """Yes or no for each label: ``m_yes / (m_yes + m_no)``, NaN where neither was said."""
    mass, keys = np.asarray([found for found, _ in told]), _keys(told)  # yes, no, cannot tell
    off = float(np.clip(1.0 - mass.sum(axis=1), 0, 1).mean())
    if off > 0.5:
        raise ItemFailure("off-scheme", f"{off:.0%} of the probability is neither yes nor no.", keys=keys)
    values = np.full(width, np.nan)
    decided = mass[:, 0] + mass[:, 1]
    codes = [question.options[0].labels[0] for question in asked]
    values[codes] = np.where(decided > RARE, mass[:, 0] / np.maximum(decided, RARE), np.nan)
    unsure = float(mass[:, 2].mean())
    undecided = unsure > 0.5 or bool(np.isnan(values[codes]).any())  # a set with a hole in it is no answer
    return Row(values, keys, _status(undecided), off_scheme=off, cannot_tell=unsure)


def points(asked: Sequence[Question], told: Told) -> Row:
    """Points of a scale for each dimension: the mean of the answer and its standard deviation, on the native range."""
    mean, spread, off, unsure = _moments(asked, told)
    if off > 0.5:
        raise ItemFailure("off-scheme", f"{off:.0%} of the probability is no point of the scale.", keys=_keys(told))
    return Row(mean, _keys(told), _status(unsure > 0.5), off, 0.0, unsure, spread)


def strengths(asked: Sequence[Question], told: Told, width: int) -> Row:
    """Levels of strength for each label: the probability of any strength above 0, mean strength and its deviation."""
    mean, spread, off, unsure = _moments(asked, told)
    if off > 0.5:
        raise ItemFailure("off-scheme", f"{off:.0%} of the probability is no strength.", keys=_keys(told))
    values, strong, spreads = (np.full(width, np.nan) for _ in range(3))
    for row, (question, (mass, _)) in enumerate(zip(asked, told, strict=True)):
        code, total = question.options[0].labels[0], float(mass[:-1].sum())
        if total > RARE:
            values[code] = 1.0 - mass[0] / total
            strong[code], spreads[code] = mean[row], spread[row]
    codes = [question.options[0].labels[0] for question in asked]
    undecided = unsure > 0.5 or bool(np.isnan(values[codes]).any())
    return Row(values, _keys(told), _status(undecided), off, 0.0, unsure, spreads, strong)


def _moments(asked: Sequence[Question], told: Told) -> tuple[Float64, Float64, float, float]:
    """Means and deviations of questions whose options are numbers, the last one "cannot tell"; mean masses beside."""
    mean, spread, off, unsure = (np.full(len(asked), np.nan) for _ in range(4))
    for row, (question, (mass, _)) in enumerate(zip(asked, told, strict=True)):
        at, share = np.asarray([option.value for option in question.options[:-1]]), mass[:-1]
        off[row], unsure[row] = max(0.0, 1.0 - float(mass.sum())), mass[-1]
        if share.sum() > RARE:
            mean[row] = share @ at / share.sum()
            spread[row] = math.sqrt(share @ (at - mean[row]) ** 2 / share.sum())
    return mean, spread, float(off.mean()), float(unsure.mean())


def _status(undecided: bool) -> Status:
    return Status.CANNOT_TELL if undecided else Status.ANSWERED


def _keys(told: Told) -> tuple[str, ...]:
    return tuple(key for _, keys in told for key in keys)
