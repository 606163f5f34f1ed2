"""What a scheme is: labels or dimensions under one kind, with links between them and the sources of every fact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from typing import Any

import pyarrow as pa

from harmonize.problems import ChoraleError
from harmonize.records import Kind
from harmonize.schemes.parts import Dimension, Label, Link, Penalty, Source, TextField
from harmonize.schemes.prompt import prompt_section
from harmonize.schemes.types import answer_type, record_type

ROWS: Mapping[str, type[Any]] = {
    "labels": Label, "dimensions": Dimension, "sources": Source, "links": Link, "texts": TextField,
    "penalties": Penalty,
}  # fmt: skip


@dataclass(frozen=True)
class Scheme:
    """A versioned label scheme of one `Kind`; immutable once used.

    ``levels``: names of the ordinal strengths, index = strength (INTENSITY alone). ``neutral`` and ``other``: ids of
    the labels with that meaning, or None. Categorical kinds have labels, DIMENSION has dimensions. ``texts``: what may
    be said in free text beside them; ``penalties``: stated costs of two labels in one answer (`graph.penalties`).
    """

    id: str
    version: str
    title: str
    kind: Kind
    labels: tuple[Label, ...] = ()
    dimensions: tuple[Dimension, ...] = ()
    levels: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    links: tuple[Link, ...] = ()
    texts: tuple[TextField, ...] = ()
    penalties: tuple[Penalty, ...] = ()
    neutral: str | None = None
    other: str | None = None
    language: str = "en"
    description: str = ""

    @property
    def ref(self) -> str:
        """The scheme and its version, "id@version"."""
        return f"{self.id}@{self.version}"

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Label ids, or dimension ids, in code order."""
        return tuple(part.id for part in (self.dimensions or self.labels))

    @cached_property
    def _codes(self) -> dict[str, int]:
        return {name: code for code, name in enumerate(self.names)}

    def code(self, name: str) -> int:
        """The code of a label or dimension id. Raises `ChoraleError` for a name the scheme does not have."""
        try:
            return self._codes[name]
        except KeyError:
            known = ", ".join(self.names[:40])
            raise ChoraleError("scheme-label", f"{self.ref} has no label {name!r}.", f"It has: {known}.") from None

    def label(self, name: str) -> Label:
        """The label with that id. Raises `ChoraleError` for a name the scheme does not have."""
        code = self.code(name)
        if not self.labels:
            raise ChoraleError("scheme-kind", f"{self.ref} has dimensions, not labels.")
        return self.labels[code]

    def prompt_section(self) -> str:
        """The part of a model's prompt that tells which labels or dimensions exist and what an answer holds."""
        return prompt_section(self.kind, self.labels, self.dimensions, self.levels, self.texts)

    def arrow_type(self) -> pa.DataType:
        """The Arrow (and so Parquet) type of one answer under this scheme; codes and dimensions in scheme order."""
        return answer_type(self.kind, len(self.names))

    def record_type(self) -> pa.DataType:
        """The Arrow type of one whole answer: status, the answer (null unless answered) and its free texts."""
        return record_type(self.arrow_type(), [field.id for field in self.texts])

    def soft_type(self) -> pa.DataType:
        """The Arrow type of a soft label under this scheme: one float32 a label or dimension, in code order."""
        return pa.list_(pa.float32(), len(self.names))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, without empty fields; inverse of `from_dict`."""
        whole = asdict(self) | {"kind": str(self.kind)}
        for key in ROWS:
            whole[key] = [_without_defaults(row) for row in whole[key]]
        whole["levels"] = list(self.levels)
        return {key: value for key, value in whole.items() if not _empty(value)}

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> Scheme:
        """From the values of a TOML or JSON file. A label may be a bare id; code and name follow from place and id.

        Raises `ChoraleError("scheme-definition")` naming every fault found (see `harmonize.schemes.check`).
        """
        return _build(data)


def _without_defaults(row: Mapping[str, Any]) -> dict[str, Any]:
    kept = {k: (list(v) if isinstance(v, tuple) else v) for k, v in row.items() if not _empty(v)}
    return {k: v for k, v in kept.items() if (k, v) != ("role", "emotion")}


def _empty(value: Any) -> bool:
    return value is None or value is False or (isinstance(value, (str, tuple, list)) and not value)


def _row(kind: type[Any], row: Mapping[str, Any], faults: list[str]) -> Any:
    known = {f.name for f in fields(kind)}
    faults.extend(f"unknown field {key!r} in a {kind.__name__.lower()}" for key in row if key not in known)
    kept = {k: (tuple(v) if isinstance(v, list) else v) for k, v in row.items() if k in known}
    try:
        return kind(**kept)
    except TypeError as error:
        faults.append(f"{kind.__name__.lower()} {row.get('id', '?')!r}: {error}")
        return None


def _build(data: Mapping[str, Any]) -> Scheme:
    faults: list[str] = []
    labels = [{"id": row} if isinstance(row, str) else dict(row) for row in data.get("labels", ())]
    given = {key: list(data.get(key, ())) for key in ROWS} | {
        "labels": [{"code": i, "name": str(row.get("id", "")).split("/")[-1]} | row for i, row in enumerate(labels)],
        "dimensions": [{"name": row.get("id"), **row} for row in data.get("dimensions", ())],
    }
    values: dict[str, Any] = {key: value for key, value in data.items() if key not in ROWS}
    values |= {key: tuple(_row(ROWS[key], row, faults) for row in rows) for key, rows in given.items()}
    values["levels"] = tuple(values.get("levels", ()))
    if values.get("kind") not in set(Kind):
        faults.append(f"kind {values.get('kind')!r} is none of {', '.join(Kind)}")
    if faults:
        raise ChoraleError("scheme-definition", f"Scheme {data.get('id', '?')}: {'; '.join(faults)}.")
    values["kind"] = Kind(values["kind"])
    known = {f.name for f in fields(Scheme)}
    if unknown := sorted(set(values) - known):
        raise ChoraleError("scheme-definition", f"Scheme {data.get('id', '?')}: unknown fields {', '.join(unknown)}.")
    return Scheme(**values)
