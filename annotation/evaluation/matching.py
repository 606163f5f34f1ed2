"""Predictions laid beside the truth, item by item, after the check that none was trained on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from annotation.agreement.beside import Trained, places, refuse_trained
from harmonize.problems import ChoraleError
from harmonize.records import Int64, Judgments


@dataclass(frozen=True, eq=False)
class Matched:
    """``item`` [P]: position of each prediction's item in the truth; ``row`` [P]: its row in the predictions."""

    item: Int64
    row: Int64


def matched(items: pa.StringArray, predicted: Judgments, *, trained_on: Trained) -> Matched:
    """Counted predictions on the truth's ``items``, in the truth's order.

    Raises `ChoraleError` for an item predicted twice, or one that the predictor was trained on (SCIENCE 17).
    """
    refuse_trained(predicted, trained_on)
    rows = np.flatnonzero(predicted.counted)
    place = places(items, predicted.items)[predicted.item[rows]]
    rows, place = rows[place >= 0], place[place >= 0]
    if len(np.unique(place)) < len(place):
        raise ChoraleError("predicted-twice", "An item is predicted twice.", "Pass one prediction an item.")
    order = np.argsort(place)
    return Matched(place[order], rows[order])
