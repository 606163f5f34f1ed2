"""Crosswalks as SSSOM tables: tab-separated lines under a commented header of metadata, as the SSSOM standard has it.

Standard columns: subject_id, predicate_id, object_id, mapping_justification, confidence, mapping_source, comment. Ours:
weight, and intercept for a rescaling. Header lines are YAML of the form ``#key: <JSON value>``.
"""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from harmonize.crosswalks.crosswalk import NO_TERM, Cell, Crosswalk, CrosswalkKind
from harmonize.problems import ChoraleError

HEADER = {
    "mapping_set_id": "id",
    "mapping_set_version": "version",
    "mapping_set_title": "title",
    "subject_source": "source_scheme",
    "object_source": "target_scheme",
    "mapping_set_description": "comment",
    "mapping_set_source": "source",
    "other": "facts",
}
OWN = {"status": "status", "kind": "kind", "derived_from": "derived_from"}
COLUMNS = ("subject_id", "predicate_id", "object_id", "mapping_justification", "confidence", "mapping_source")


def write(crosswalk: Crosswalk) -> str:
    """The text of an SSSOM/TSV file; the same crosswalk always gives the same bytes."""
    data = crosswalk.to_dict()
    names = {field: key for key, field in {**HEADER, **OWN}.items()}
    source, target = prefix(crosswalk.source_scheme), prefix(crosswalk.target_scheme)
    curies = {
        p: f"urn:chorale:{ref}#" for p, ref in ((source, crosswalk.source_scheme), (target, crosswalk.target_scheme))
    }
    out = io.StringIO()
    out.write(f"#curie_map: {json.dumps(curies)}\n")
    for field, key in names.items():
        if field in data:
            out.write(f"#{key}: {json.dumps(data[field], ensure_ascii=False)}\n")
    rescale = crosswalk.kind == CrosswalkKind.RESCALE
    learned = any(cell.low is not None for cell in crosswalk.cells)
    extra = ("weight", *(("intercept",) if rescale else ()), *(("low", "high") if learned else ()), "comment")
    writer = csv.writer(out, delimiter="\t", lineterminator="\n")
    writer.writerow([*COLUMNS, *extra])
    for cell in crosswalk.cells:
        object_id = NO_TERM if cell.object == NO_TERM else f"{target}:{cell.object}"
        confidence = "" if cell.confidence is None else f"{cell.confidence:g}"
        row = [f"{source}:{cell.subject}", cell.predicate, object_id, cell.justification, confidence, cell.source]
        writer.writerow(row + [_text(getattr(cell, name)) for name in extra])
    return out.getvalue()


def read(text: str, where: str = "crosswalk") -> Crosswalk:
    """A crosswalk from the text of an SSSOM/TSV file. Raises `ChoraleError("crosswalk-definition")` with the line."""
    lines = text.splitlines()
    head = [line for line in lines if line.startswith("#")]
    data: dict[str, Any] = {}
    for line in head:
        key, _, value = line[1:].partition(":")
        field = HEADER.get(key.strip()) or OWN.get(key.strip())
        if field:
            data[field] = _value(value.strip())
    rows = csv.DictReader(lines[len(head) :], delimiter="\t")
    data["cells"] = [_cell(row, f"{where}, line {number}") for number, row in enumerate(rows, len(head) + 2)]
    return Crosswalk.from_dict(data)


def prefix(scheme_ref: str) -> str:
    """The prefix of a scheme's labels in a mapping file: the scheme's id."""
    return scheme_ref.partition("@")[0]


def _cell(row: dict[str, str], where: str) -> Cell:
    try:
        number = {k: float(row[k]) for k in ("weight", "intercept", "low", "high", "confidence") if row.get(k)}
        return Cell(
            subject=row["subject_id"].partition(":")[2],
            predicate=row["predicate_id"],
            object=row["object_id"] if row["object_id"] == NO_TERM else row["object_id"].partition(":")[2],
            justification=row["mapping_justification"],
            source=row.get("mapping_source") or "",
            comment=row.get("comment") or "",
            **number,
        )
    except (KeyError, ValueError, TypeError) as error:
        raise ChoraleError("crosswalk-definition", f"{where}: {error!r}.", f"Needed: {', '.join(COLUMNS)}.") from None


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _text(value: object) -> str:
    if value is None:
        return ""
    return repr(value) if isinstance(value, float) else str(value)
