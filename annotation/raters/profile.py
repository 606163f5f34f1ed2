"""Whose voice a model resembles: labels it prefers beside people, and how near it is to each group of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from annotation.agreement.against import model_against_people
from annotation.agreement.answers import refuse_repeats
from annotation.agreement.beside import Trained, beside
from annotation.agreement.coefficient import Coefficient
from annotation.raters.against_others import Preference, rater_ids
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind


def model_preference(people: Judgments, model: Judgments, *, trained_on: Trained, threshold: float = 0.5) -> Preference:
    """Which labels a model uses more or less than people do on the same items, as one row of `preference`.

    ``own`` [1, L]: share of the items to which the model gives the label; ``others``: people's mean share of votes for
    it there; ``z``: mean gap in standard errors over items, 0 where the two never differ. SINGLE or SET, on items
    outside its training (SCIENCE 17). A model may prefer what people do: read it beside agreement.
    """
    if people.kind not in (Kind.SINGLE, Kind.SET):
        raise ChoraleError("judgments-kind", f"{people.kind} judgments have no labels to prefer.", "SINGLE or SET.")
    refuse_repeats(people)
    people, model, row = beside(people, model, trained_on=trained_on, threshold=threshold)
    items, first, place = np.unique(people.item, return_index=True, return_inverse=True)
    if not len(items):
        raise ChoraleError("no-shared-items", "The model and people share no item.")
    own = model.marks()[row[first]].astype(np.float64)
    votes = np.zeros_like(own)
    np.add.at(votes, place, people.marks().astype(np.float64))
    share = votes / np.bincount(place)[:, None]
    gap = own - share
    error = gap.std(axis=0, ddof=1) / np.sqrt(len(items)) if len(items) > 1 else np.full(own.shape[1], np.nan)
    z = np.divide(gap.mean(axis=0), error, out=np.zeros(own.shape[1]), where=error > 0)
    name = ", ".join(sorted({str(n) for n in model.raters.to_pylist()})) or "model"
    count = np.array([len(items)], dtype=np.int64)
    return Preference((name,), own.mean(axis=0)[None], share.mean(axis=0)[None], z[None], count)


def model_by_group(
    people: Judgments, model: Judgments, group_of: Mapping[str, str], *, trained_on: Trained, **options: Any
) -> dict[str, Coefficient]:
    """Alpha of a model with the people of each group: whose perspective it resembles (profile bias).

    ``group_of`` maps rater to group; people without one are left out. Groups may have judged other items: read the
    groups' own agreement beside it. ``options`` as in `model_against_people`.
    """
    rater_ids(people)
    group = np.array([group_of.get(str(name), "") for name in people.raters.to_pylist()], dtype=object)
    found = {}
    for name in sorted(set(group_of.values())):
        own = people.select(group[people.rater] == name)
        found[name] = model_against_people(own, model, trained_on=trained_on, **options).model_person
    return found
