"""A model's predictions as rows: responses and judgments by COPY, each once however often they are written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from django.db import connection

from annotation.model_raters.predictions import Predictions, Provenance
from chorale.store import bridge
from chorale.store.models import Item, Job, Rater, Scheme
from harmonize.corpora.identity import stable_uuid
from harmonize.records import Float32, Kind

_STAGED = (
    "slot", "item_id", "key", "language", "context", "modality", "shown", "status", "labels", "intensities", "values",
    "probabilities", "off_scheme", "out_of_fold", "confidence", "texts", "spans",
)  # fmt: skip
_STAGE = (
    "CREATE TEMP TABLE predicted (slot uuid, item_id bigint, key uuid, language text, context bool, modality text, "
    "shown jsonb, status int2, labels int2[], intensities float4[], "
    '"values" float4[], probabilities float4[], off_scheme float4, out_of_fold bool, '
    "confidence float4, texts jsonb, spans jsonb) ON COMMIT DROP"
)
_RESPONSES = (
    "INSERT INTO response (slot, item_id, rater_id, job_id, origin, language, context_shown, modality_shown, shown) "
    "SELECT slot, item_id, %s, %s, 'model', language, context, modality, shown FROM predicted "
    "ORDER BY item_id ON CONFLICT (slot) DO NOTHING"
)
_JUDGMENTS = (
    "INSERT INTO judgment (key, response_id, item_id, rater_id, scheme_id, perspective, status, labels, "
    'intensities, "values", probabilities, off_scheme, out_of_fold, confidence, texts, spans) '
    "SELECT p.key, r.id, p.item_id, r.rater_id, %s, %s, p.status, p.labels, "
    'p.intensities, p."values", p.probabilities, p.off_scheme, p.out_of_fold, p.confidence, p.texts, p.spans '
    "FROM predicted p JOIN response r ON r.slot = p.slot ORDER BY p.item_id ON CONFLICT (key) DO NOTHING"
)


def write(
    predictions: Predictions,
    items: Sequence[Item],
    *,
    rater: Rater,
    scheme: Scheme,
    perspective: str,
    job: Job | None,
) -> int:
    """Write what a model rater said about ``items`` (named by uuid in the judgments), inside a transaction.

    A model rater says one thing about an item: rows that are there already stay. Returns how many are new.
    """
    known = {str(item.uuid): item for item in items}
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        bridge.copy_in("predicted", _STAGED, _rows(predictions, known, rater, Kind(scheme.kind)))
        cursor.execute(_RESPONSES, [rater.pk, job.pk if job else None])
        cursor.execute(_JUDGMENTS, [scheme.pk, perspective])
        new = int(cursor.rowcount)
        cursor.execute("DROP TABLE predicted")
    return new


def hard_view(values: Float32, kind: Kind) -> list[int]:
    """The codes that stand for a soft label: the likeliest one and, where several may be marked, all from 0.5 up.

    The rule of `annotation.agreement.hard`, by which models are compared with people.
    """
    if np.isnan(values).all():
        return []
    likeliest = np.arange(len(values)) == int(np.nanargmax(values))
    marked = likeliest if kind == Kind.SINGLE else likeliest | (values >= 0.5)
    return [int(code) for code in np.flatnonzero(marked)]


def _rows(predictions: Predictions, known: dict[str, Item], rater: Rater, kind: Kind) -> Iterator[tuple[Any, ...]]:
    judgments = predictions.judgments
    names = judgments.items.to_pylist()
    assert judgments.values is not None
    for row in range(len(judgments)):
        item = known[names[judgments.item[row]]]
        slot = stable_uuid("model", rater.pseudonym, item.uuid)
        values, answered = judgments.values[row], judgments.status[row] == 0
        dimension, soft = kind == Kind.DIMENSION, _known(values)
        labels = hard_view(values, kind) if answered and not dimension else []
        shown = predictions.shown[row] if predictions.shown else {}
        spans = predictions.spans[row] if predictions.spans else ()
        yield (
            slot,
            item.pk,
            stable_uuid(slot, 0, 0),
            item.language,
            bool(shown.get("before") or shown.get("after")),
            shown.get("modality", "text"),
            json.dumps(shown) if shown else None,
            int(judgments.status[row]),
            None if dimension else labels,
            _known(predictions.strengths[row][labels]) if predictions.strengths is not None else None,
            soft if dimension else None,
            None if dimension else soft,
            float(predictions.off_scheme[row]),
            bool(predictions.provenance[row] != Provenance.SEEN),
            None if dimension else float(np.nanmax(values, initial=0.0)),
            _texts(predictions, row),
            json.dumps(list(spans), ensure_ascii=False) if spans else None,
        )


def _known(values: Float32) -> list[float | None]:
    return [None if np.isnan(v) else float(v) for v in values]


def _texts(predictions: Predictions, row: int) -> str | None:
    """What else was said, mass on abstentions and the keys of the raw responses, where there are any."""
    told: dict[str, Any] = {
        name: round(float(mass), 6)
        for name in ("none_applies", "cannot_tell")
        if (mass := getattr(predictions, name)[row]) > 0
    }
    if predictions.notes:
        told |= predictions.notes[row]
    if predictions.keys:
        told["requests"] = list(predictions.keys[row])
    return json.dumps(told, ensure_ascii=False) if told else None
