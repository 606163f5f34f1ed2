"""The judgments of a release: every rating, under pseudonyms, with label names in place of codes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exports.ordering import UPPER
from exports.parquet import quantised
from exports.pseudonyms import released_keys
from exports.raters_table import RaterBook
from exports.source import JUDGMENTS, ReleaseSource, conforming
from harmonize.problems import ChoraleError
from harmonize.records import Float64, Status
from harmonize.schemes import Scheme

STATUS = [status.name.lower().replace("_", "-") for status in Status]
TIME = {"month": "%Y-%m", "year": "%Y"}
# What a model wrote about an item that tells its text again: translations, descriptions, quotations.
RETELLING = frozenset({"stages", "asides", "rejected", "doubted", "spans_not_found", "unexplained"})
_FLOATS = ("intensities", "values", "probabilities")

RELEASED = pa.schema(
    {
        "key": pa.string(),
        "item": pa.string(),
        "rater": pa.string(),
        "kind": pa.string(),
        "model": pa.string(),
        "prompt_version": pa.string(),
        "scheme": pa.string(),
        "perspective": pa.string(),
        "status": pa.string(),
        "labels": pa.list_(pa.string()),
        "intensities": pa.list_(pa.float32()),
        "values": pa.list_(pa.float32()),
        "probabilities": pa.list_(pa.float32()),
        "off_scheme": pa.float32(),
        "out_of_fold": pa.bool_(),
        "confidence": pa.float32(),
        "native": pa.string(),
        "texts": pa.string(),
        "spans": pa.string(),
        "origin": pa.string(),
        "arm": pa.string(),
        "suggestion": pa.string(),
        "top_up": pa.bool_(),
        "excluded": pa.string(),  # why it counts in nothing; null: it counts
        "campaign": pa.string(),
        "job": pa.string(),  # the work a model's judgment came from
        "form": pa.string(),
        "guideline": pa.string(),
        "language": pa.string(),
        "context_shown": pa.bool_(),
        "modality_shown": pa.string(),
        "shown": pa.string(),  # JSON: how much of it a model saw
        "time": pa.string(),
        "source_file": pa.string(),
        "line": pa.int32(),
    }
)


def keyed(source: ReleaseSource, *, salt: bytes) -> Iterator[pa.Table]:
    """The judgments as they come, already under the release's keys: they are ordered by those."""
    for table in conforming(source.judgments(), JUDGMENTS):
        keys, halves = released_keys(table["key"], salt=salt)
        yield table.set_column(0, "key", keys).append_column(UPPER + "key", halves)


class JudgmentsRelease:
    """Turns judgments as the source gives them into judgments as they are released."""

    def __init__(
        self, book: RaterBook, schemes: Mapping[str, Scheme], *, time: str, without_text: Sequence[str] = ()
    ) -> None:
        self.book, self.time, self.hidden = book, time, pa.array(without_text, pa.string())
        self.models, self.prompts = book.column("name"), book.column("prompt_version")
        self.refs = pa.array(sorted(schemes), pa.string())
        names = [schemes[ref].names for ref in self.refs.to_pylist()]
        self.first = np.cumsum([0, *(len(n) for n in names)]).astype(np.int64)
        self.names = pa.array([name for scheme in names for name in scheme], pa.string())

    def table(self, rows: pa.Table) -> pa.Table:
        """Released columns of some rows; ``rows`` has the columns of `exports.source.JUDGMENTS`."""
        place = self.book.positions(rows["rater"])
        columns = {name: rows[name] for name in RELEASED.names if name in rows.column_names}
        columns |= {
            "rater": self.book.names.take(place),
            "kind": pc.fill_null(self.book.kinds.take(place), "person"),
            "model": self.models.take(place),
            "prompt_version": self.prompts.take(place),
            "excluded": self.book.out.take(place),
            "status": pa.array(STATUS).take(rows["status"].combine_chunks()),
            "labels": self._labels(rows),
            "time": self._time(rows["submitted_at"]),
        }
        if len(self.hidden):
            hidden = pc.is_in(rows["corpus"], value_set=self.hidden)
            columns["spans"] = _without_words(rows["spans"], hidden)
            columns["texts"] = _without_retelling(rows["texts"], hidden)
        for name in _FLOATS:
            columns[name] = _quantised_lists(rows[name].combine_chunks())
        for name in ("off_scheme", "confidence"):
            columns[name] = pa.array(quantised(_floats(rows[name])), from_pandas=True)
        return pa.table([columns[name] for name in RELEASED.names], schema=RELEASED)

    def _labels(self, rows: pa.Table) -> pa.ListArray:
        lists = rows["labels"].combine_chunks()
        scheme = pc.index_in(rows["scheme"].combine_chunks(), value_set=self.refs)
        if scheme.null_count:
            stray = rows["scheme"].combine_chunks().filter(pc.is_null(scheme))[0]
            raise ChoraleError("release-scheme", f"A judgment is under {stray}, which the release does not hold.")
        lengths = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False)
        start = np.repeat(self.first[scheme.to_numpy(zero_copy_only=False)], lengths)
        codes = start + lists.flatten().to_numpy(zero_copy_only=False)
        named = pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), self.names).cast(pa.string())
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
        return pa.ListArray.from_arrays(pa.array(offsets), named, mask=pc.is_null(lists))

    def _time(self, moments: pa.ChunkedArray) -> pa.Array:
        if self.time == "none":
            return pa.nulls(len(moments), pa.string())
        return pc.strftime(moments.combine_chunks(), format=TIME[self.time])


def _without_words(spans: pa.ChunkedArray, hidden: pa.ChunkedArray) -> pa.Array:
    """Marked places without the words that stand there, where those may not be passed on."""
    told = spans.to_pylist()
    for row in np.flatnonzero(hidden.to_numpy()):
        if told[row]:
            places = [{k: v for k, v in place.items() if k != "text"} for place in json.loads(told[row])]
            told[row] = json.dumps(places, ensure_ascii=False)
    return pa.array(told, pa.string())


def _without_retelling(texts: pa.ChunkedArray, hidden: pa.ChunkedArray) -> pa.Array:
    """Free texts without those in which a model tells the item's own text again."""
    told = texts.to_pylist()
    for row in np.flatnonzero(hidden.to_numpy()):
        whole = json.loads(told[row]) if told[row] else None
        if isinstance(whole, dict) and not RETELLING.isdisjoint(whole):
            kept = {name: value for name, value in whole.items() if name not in RETELLING}
            told[row] = json.dumps(kept, ensure_ascii=False) if kept else None
    return pa.array(told, pa.string())


def _floats(column: pa.ChunkedArray) -> Float64:
    numbers: Float64 = column.combine_chunks().cast(pa.float64()).to_numpy(zero_copy_only=False)
    return numbers


def _quantised_lists(lists: pa.ListArray) -> pa.ListArray:
    """The same lists with quantised numbers; NaN, which means not answered, becomes null."""
    lengths = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    flat = lists.flatten().cast(pa.float64()).to_numpy(zero_copy_only=False)
    values = pa.array(quantised(flat), from_pandas=True)
    return pa.ListArray.from_arrays(pa.array(offsets), values, mask=pc.is_null(lists))
