"""Labels from a CSV table, and pairs of opposites from lines."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import fields
from typing import Any

from harmonize.problems import ChoraleError
from harmonize.schemes import Label

Json = dict[str, Any]
COLUMNS = tuple(f.name for f in fields(Label) if f.name not in ("code", "retired"))
TEXT = re.compile(r"^(?P<id>\w+)\s*(?:\[(?P<when>[^\]]*)\])?\s*:\s*(?P<question>.+)$")
NUMBERS = {"angle": float, "level": int}


def read_table(file: Any) -> list[Json]:
    """Labels of an uploaded CSV, a row each; terms with semicolons. ChoraleError names the line that cannot be read."""
    try:
        text = file.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ChoraleError("scheme-table", f"{file.name} is no UTF-8 text: {error}.") from None
    dialect = "excel-tab" if "\t" in text.partition("\n")[0] else "excel"
    reader = csv.DictReader(io.StringIO(text), dialect=dialect)
    heads = [(head or "").strip().lower() for head in reader.fieldnames or ()]
    unknown = [head for head in heads if head not in COLUMNS]
    if "id" not in heads or unknown:
        what = f"unknown: {', '.join(unknown)}" if unknown else "there is no column id"
        raise ChoraleError("scheme-table", f"{file.name}: {what}.", f"Known columns: {', '.join(COLUMNS)}.")
    reader.fieldnames = heads
    return [_row(row, f"{file.name}, line {number}") for number, row in enumerate(reader, 2) if any(row.values())]


def _row(row: Json, where: str) -> Json:
    if None in row or None in row.values():
        raise ChoraleError("scheme-table", f"{where} has not as many cells as the head.", "Quote cells with commas.")
    found: Json = {key: value.strip() for key, value in row.items() if value.strip()}
    if "terms" in found:
        found["terms"] = [term.strip() for term in found["terms"].split(";") if term.strip()]
    for name, number in NUMBERS.items():
        if name in found:
            try:
                found[name] = number(found[name])
            except ValueError:
                raise ChoraleError("scheme-table", f"{where}: {name} {found[name]!r} is no number.") from None
    return {"id": "", **found}


def read_texts(text: str) -> list[Json]:
    """Free-text fields of lines "id: question" or "id [label, label]: question". ChoraleError for another line.

    >>> read_texts("cause [anger, fear]: Why?")
    [{'id': 'cause', 'question': 'Why?', 'when': ['anger', 'fear']}]
    """
    found = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        parts = TEXT.match(line)
        if not parts:
            raise ChoraleError("scheme-text", f"{line!r} is no free text.", "Write cause: What brought it about?")
        row: Json = {"id": parts["id"], "question": parts["question"]}
        when = [label.strip() for label in (parts["when"] or "").split(",") if label.strip()]
        found.append(row | ({"when": when} if when else {}))
    return found


def read_opposites(text: str) -> dict[str, Json]:
    """{label: {opposite}} of lines "joy - sadness", both ways. ChoraleError for a line that is no pair."""
    found: dict[str, Json] = {}
    for line in filter(None, (line.strip() for line in text.splitlines())):
        pair = [part.strip() for part in line.split(" - ")]
        if len(pair) != 2 or not all(pair):
            raise ChoraleError("scheme-opposites", f"{line!r} is no pair.", "Write joy - sadness.")
        found |= {pair[0]: {"opposite": pair[1]}, pair[1]: {"opposite": pair[0]}}
    return found
