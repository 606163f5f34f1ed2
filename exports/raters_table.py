"""The raters of a release: people under pseudonyms, models by name, published labels by corpus."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from exports.pseudonyms import PERSON, pseudonym
from exports.source import RATERS, ReleaseSource, conforming
from harmonize.problems import ChoraleError

SUPPRESSED = "suppressed"

RELEASED = pa.schema(
    {
        "rater": pa.string(),
        "kind": pa.string(),
        "corpus": pa.string(),
        "language": pa.string(),
        "traits": pa.string(),
        "engine": pa.string(),
        "model": pa.string(),
        "model_version": pa.string(),
        "prompt_version": pa.string(),
        "parameters": pa.string(),
        "trained_items": pa.int32(),
        "demo": pa.bool_(),
        "judgments": pa.int64(),
        "excluded": pa.string(),  # the part of the recipe's rule that leaves this person out
        "split": pa.string(),  # where people are dealt to sides too
    }
)


@dataclass(frozen=True, eq=False)
class RaterBook:
    """The raters by position: stable keys (never released), released names, kinds and models.

    ``out``: why somebody's judgments count in nothing, null for all others.
    """

    keys: pa.Array
    names: pa.Array
    kinds: pa.Array
    rows: tuple[dict[str, Any], ...]
    out: pa.Array

    def positions(self, keys: pa.ChunkedArray) -> pa.Array:
        """int32 position of each key, null for an unknown rater. Raises `ChoraleError` for a key not in the book."""
        found = pc.index_in(keys.combine_chunks(), value_set=self.keys)
        if found.null_count != keys.null_count:
            stray = keys.combine_chunks().filter(pc.and_(pc.is_valid(keys.combine_chunks()), pc.is_null(found)))
            raise ChoraleError(
                "release-rater", f"A judgment names the rater {stray[0]}, who is not in the rater table."
            )
        return found

    def column(self, field: str) -> pa.Array:
        """A string column over the book, from a model's particulars ("name", "prompt_version", ...)."""
        return pa.array([row["model"].get(field) for row in self.rows], pa.string())


def rater_book(source: ReleaseSource, *, salt: bytes) -> RaterBook:
    """Read the raters and name them. Two models under one name are refused: a reader could not tell them apart."""
    rows = [row for table in conforming(source.raters(), RATERS) for row in table.to_pylist()]
    rows.sort(key=lambda row: str(row["key"]))
    for row in rows:
        row["traits"] = json.loads(row["traits"] or "{}")
        row["model"] = {k: _plain(v) for k, v in json.loads(row["model"] or "{}").items()}
    names = [_name(row, salt) for row in rows]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise ChoraleError("release-rater", f"Two raters would both be called {twice[0]!r}.", "Rename one.")
    return RaterBook(
        keys=pa.array([row["key"] for row in rows], pa.string()),
        names=pa.array(names, pa.string()),
        kinds=pa.array([row["kind"] for row in rows], pa.string()),
        rows=tuple(rows),
        out=pa.nulls(len(rows), pa.string()),
    )


def _plain(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _name(row: dict[str, Any], salt: bytes) -> str:
    if row["kind"] == "person":
        return PERSON + pseudonym(row["key"], salt=salt, purpose="rater")
    return str(row["key"])


def raters_table(
    book: RaterBook, judgments: npt.NDArray[np.int64], *, trait_k: int, sides: Sequence[str | None] | None = None
) -> pa.Table:
    """One row a rater with at least one judgment in the release, ordered by released name.

    ``judgments`` int64[raters] counts what is released of each. Trait cells of fewer than ``trait_k`` people are
    written as "suppressed", alone and in combination (SCIENCE rule 22). ``sides``: the split of each, where dealt.
    """
    kept = [i for i in range(len(book.rows)) if judgments[i] > 0]
    people = [i for i in kept if book.rows[i]["kind"] == "person"]
    traits = dict(zip(people, suppressed([book.rows[i]["traits"] for i in people], k=trait_k), strict=True))
    rows = []
    for i in kept:
        row, model = book.rows[i], book.rows[i]["model"]
        rows.append(
            {
                "rater": book.names[i].as_py(),
                "kind": row["kind"],
                "corpus": row["corpus"],
                "language": row["language"],
                "traits": json.dumps(traits.get(i, row["traits"]), sort_keys=True, ensure_ascii=False),
                "engine": model.get("engine"),
                "model": model.get("name"),
                "model_version": model.get("version"),
                "prompt_version": model.get("prompt_version"),
                "parameters": model.get("parameters"),
                "trained_items": row["trained_items"],
                "demo": row["demo"],
                "judgments": int(judgments[i]),
                "excluded": book.out[i].as_py(),
                "split": sides[i] if sides is not None else None,
            }
        )
    rows.sort(key=lambda row: str(row["rater"]).encode())
    return pa.Table.from_pylist(rows, schema=RELEASED)


def suppressed(traits: list[dict[str, Any]], *, k: int) -> list[dict[str, Any]]:
    """Traits in which every value, and then every whole combination, is shared by at least ``k`` raters.

    >>> suppressed([{"age": "20-29"}] * 2 + [{"age": "60-69"}], k=2)[2]
    {'age': 'suppressed'}
    """
    cells = Counter((name, str(value)) for row in traits for name, value in row.items())
    coarse = [{n: v if cells[n, str(v)] >= k else SUPPRESSED for n, v in row.items()} for row in traits]
    whole = Counter(json.dumps(row, sort_keys=True) for row in coarse)
    small = {key for key, count in whole.items() if count < k}
    return [dict.fromkeys(row, SUPPRESSED) if json.dumps(row, sort_keys=True) in small else row for row in coarse]
