"""What a model rater gives back: probability judgments, and for each of them where the number came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from harmonize.problems import ChoraleError, Problem
from harmonize.records import Float32, Judgments, Kind, Status, UInt8


class Provenance(IntEnum):
    """How a prediction stands to the rater's training, few-shot and calibration items (SCIENCE rule 17)."""

    OUTSIDE = 0  # the rater never saw the item, its text or its group
    OUT_OF_FOLD = 1  # made by a model fitted without the item, its text and its group
    SEEN = 2  # no model without it exists: never enters a comparison with people


@dataclass(frozen=True, eq=False)
class Predictions:
    """The answers of one model rater to some items (n rows, L labels).

    ``judgments`` of kind PROBABILITY (or DIMENSION), one row an item in the order asked; failed items have no row.
    ``provenance`` uint8[n]. ``off_scheme``, ``none_applies``, ``cannot_tell`` float32[n], probability mass in 0..1
    that fell outside the labels (0 for raters that cannot abstain); ``keys`` name the stored raw responses of a row.
    ``failures`` has one `Problem` an item that got no judgment, its id in ``where``. Where a rater tells more, one
    entry a row: ``strengths`` float32[n, L] (mean ordinal strength), ``notes`` (JSON values), ``spans`` (places marked
    in the text), ``shown`` (what was shown: modality, turns, frames, seconds).
    """

    judgments: Judgments
    provenance: UInt8
    off_scheme: Float32
    none_applies: Float32
    cannot_tell: Float32
    keys: tuple[tuple[str, ...], ...] = ()
    failures: tuple[Problem, ...] = field(default=())
    strengths: Float32 | None = None
    notes: tuple[Mapping[str, Any], ...] = ()
    spans: tuple[tuple[Mapping[str, Any], ...], ...] = ()
    shown: tuple[Mapping[str, Any], ...] = ()

    def usable(self) -> Judgments:
        """The judgments that may be compared with people: outside training or out of fold; raises without any."""
        kept = self.provenance != Provenance.SEEN
        if not kept.any():
            raise ChoraleError(
                "circular-comparison",
                "Every prediction is of an item the model was trained on.",
                "Predict items outside training, or use out-of-fold predictions.",
            )
        return self.judgments.select(kept)


def probability_judgments(
    ids: Sequence[str],
    rater: str,
    labels: tuple[str, ...],
    values: npt.NDArray[np.float64],
    *,
    status: UInt8 | None = None,
    kind: Kind = Kind.PROBABILITY,
) -> Judgments:
    """Judgments of one model rater from an array float[n, L], rounded to 6 decimals so that stored bytes are stable."""
    return Judgments(
        kind=kind,
        items=pa.array(list(ids), pa.string()),
        raters=pa.array([rater], pa.string()),
        labels=labels,
        item=np.arange(len(ids), dtype=np.int32),
        rater=np.zeros(len(ids), dtype=np.int32),
        status=np.full(len(ids), Status.ANSWERED, np.uint8) if status is None else status,
        values=np.round(values, 6).astype(np.float32).reshape(len(ids), len(labels)),
    )


def plain_predictions(judgments: Judgments, provenance: UInt8) -> Predictions:
    """Predictions of a rater that always answers and never leaves the scheme."""
    zeros = np.zeros(len(judgments), np.float32)
    return Predictions(judgments, provenance, zeros, zeros, zeros)
