"""`AlphaStatistics` as bytes and back, so that a job can keep the sums of the shards it has done."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np

from annotation.agreement.forms import Form, Moments, Ordinal, PanelMoments, Table
from annotation.agreement.statistics import AlphaStatistics
from annotation.agreement.tables import table
from harmonize.problems import ChoraleError
from harmonize.records import Float64

VERSION = 1


def packed(found: AlphaStatistics) -> bytes:
    """The statistics as one compressed NumPy archive (no pickles): metric, form, sums, units, raters."""
    head: dict[str, Any] = {
        "version": VERSION,
        "metric": found.metric,
        "names": list(found.names),
        "raters": None if found.raters is None else sorted(found.raters),
        "hashed": found.hashed,
        "sampled": found.sampled,
        "notes": list(found.notes),
        "form": type(found.form).__name__,
        "width": found.form.width if isinstance(found.form, Moments) else 0,
    }
    values: Float64 = np.zeros((0, 0))
    if isinstance(found.form, Table):
        values = found.form.values
    elif isinstance(found.form, Ordinal):
        values = np.array(found.form.values)[:, None]
    out = io.BytesIO()
    told = np.frombuffer(json.dumps(head).encode(), dtype=np.uint8)
    np.savez_compressed(out, head=told, rows=found.rows, units=found.units, values=values)
    return out.getvalue()


def unpacked(data: bytes) -> AlphaStatistics:
    """The statistics that `packed` wrote. Raises `ChoraleError` for another version."""
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        head = json.loads(archive["head"].tobytes())
        rows, units, values = archive["rows"], archive["units"], archive["values"]
    if head["version"] != VERSION:
        raise ChoraleError("packed-version", f"The statistics are of version {head['version']}.", "Take them again.")
    return AlphaStatistics(
        metric=head["metric"],
        names=tuple(head["names"]),
        form=_form(head, values),
        rows=rows,
        units=units,
        raters=None if head["raters"] is None else frozenset(head["raters"]),
        hashed=head["hashed"],
        sampled=head["sampled"],
        notes=tuple(head["notes"]),
    )


def _form(head: dict[str, Any], values: Float64) -> Form:
    if head["form"] == "Moments":
        return Moments(head["width"])
    if head["form"] == "PanelMoments":
        return PanelMoments(len(head["names"]))
    if head["form"] == "Ordinal":
        return Ordinal(tuple(values[:, 0].tolist()))
    return table(head["metric"], values)
