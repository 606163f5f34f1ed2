"""Whatever a file holds: the row sum closes, nothing crashes, and reading can start again at every place it names."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from harmonize import corpora
from tests.core.corpora.made import ABOUT, LAYER, descriptor

_KEPT = tempfile.TemporaryDirectory()  # one for all examples; removed with the process
FOLDER = Path(_KEPT.name)

FIELD = st.one_of(
    st.sampled_from(["a", "b", "c", "joy", "fear", "joy;fear", "hangry", "", " ", "r1", "r2", "1", "0", "2"]),
    st.text(max_size=8),
)
ROW = st.lists(FIELD, min_size=1, max_size=5)


def accounted(readings: list[corpora.Reading], whole: corpora.Descriptor) -> corpora.Collected:
    """Collected readings, after the checks that hold for any file."""
    found = corpora.collect(whole, readings)
    assert found.counts.read == sum(reading.rows for reading in readings)
    assert sum(row.rows for row in found.refused) == found.counts.quarantined
    assert all(row.problem.what and row.problem.fix and row.problem.code for row in found.refused)
    return found


def reading_of(content: bytes, whole: corpora.Descriptor, name: str) -> tuple[list[corpora.Reading], Path]:
    """Everything read from a file of this content, and the folder that it is in."""
    (FOLDER / name).write_bytes(content)
    return list(corpora.read(whole, FOLDER, key=b"k")), FOLDER


def starts_again(readings: list[corpora.Reading], whole: corpora.Descriptor, folder: Path) -> None:
    """From any place that a reading names, the rest is read as before."""
    for number, reading in enumerate(readings):
        if reading.place is not None:
            rest = list(corpora.read(whole, folder, key=b"k", start=reading.place))
            assert rest == readings[number + 1 :]


@given(st.binary(max_size=400))
@settings(max_examples=150, deadline=None)
def test_any_bytes_at_all(content: bytes) -> None:
    whole = descriptor("r.csv", names=["id", "rater", "labels", "text"])
    readings, _ = reading_of(content, whole, "r.csv")
    accounted(readings, whole)


@given(st.lists(ROW, max_size=12), st.sampled_from(["\n", "\r\n", "\r"]), st.booleans())
@settings(max_examples=150, deadline=None)
def test_any_rows_written_as_csv_and_every_place_to_start_again(rows: list[list[str]], end: str, quoted: bool) -> None:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=end, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL)
    writer.writerow(["id", "rater", "labels", "text"])
    writer.writerows(rows)
    whole = descriptor("r.csv")
    readings, folder = reading_of(out.getvalue().encode("utf-8", "surrogatepass"), whole, "r.csv")
    accounted(readings, whole)
    starts_again(readings, whole, folder)


@given(st.lists(ROW, max_size=12), st.sampled_from(["::", " ||| "]), st.sampled_from(["\n", "\r"]), st.booleans())
@settings(max_examples=100, deadline=None)
def test_any_rows_between_delimiters_of_several_characters(
    rows: list[list[str]], sign: str, end: str, quoted: bool
) -> None:
    lines = [["id", "rater", "labels", "text"], *rows]
    if quoted:
        lines = [['"' + cell.replace('"', '""') + '"' for cell in row] for row in lines]
    content = "".join(sign.join(row) + end for row in lines).encode("utf-8", "surrogatepass")
    whole = descriptor("r.csv", delimiter=sign, quote='"' if quoted else "")
    readings, folder = reading_of(content, whole, "r.csv")
    accounted(readings, whole)
    starts_again(readings, whole, folder)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "text", "labels", "rater"]), inner)
    ),
    max_leaves=6,
)


@given(st.lists(JSON, max_size=8))
@settings(max_examples=150, deadline=None)
def test_any_json_values_by_line_and_as_one_document(values: list[object]) -> None:
    lines = "\n".join(json.dumps(value) for value in values).encode()
    for name, content in (("r.jsonl", lines), ("r.json", json.dumps(values).encode())):
        whole = descriptor(name)
        readings, folder = reading_of(content, whole, name)
        accounted(readings, whole)
        starts_again(readings, whole, folder)
        assert sum(reading.rows for reading in readings) == len(values)


MARK = st.sampled_from(["0", "1", "2", "", "9", "x"])
LABEL_ROW = st.tuples(st.sampled_from("ab"), st.sampled_from(["joy", "fear", "anger", "Joy", "??"]), MARK, MARK)


@given(st.lists(LABEL_ROW, max_size=14))
@settings(max_examples=150, deadline=None)
def test_label_rows_in_any_order_and_state(rows: list[tuple[str, str, str, str]]) -> None:
    whole = corpora.parse(
        {
            "corpus": ABOUT,
            "layers": [{**LAYER, "scheme": "brighter-6"}],
            "files": [
                {
                    "path": "r.csv",
                    "shape": "label-rows",
                    "columns": {"id": "id", "text": "id"},
                    "answers": [{"label": "label", "raters": ["r*"]}],
                }
            ],
        }
    )
    content = "id,label,r1,r2\n" + "".join(",".join(row) + "\n" for row in rows)
    readings, folder = reading_of(content.encode(), whole, "r.csv")
    found = accounted(readings, whole)
    assert found.counts.read == len(rows)
    starts_again(readings, whole, folder)


@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.sampled_from(["d1", "d2", ""]), st.text("xyz ", max_size=3)), max_size=10
    )
)
@settings(max_examples=100, deadline=None)
def test_context_is_the_same_wherever_reading_starts(rows: list[tuple[str, str, str]]) -> None:
    whole = corpora.parse(
        {
            "corpus": {**ABOUT, "modality": "dialogue"},
            "layers": [LAYER],
            "files": [
                {
                    "path": "r.csv",
                    "shape": "items",
                    "context": 2,
                    "id_from": "line",
                    "columns": {"text": "text", "group": "group", "speaker": "speaker"},
                }
            ],
        }
    )
    out = io.StringIO()
    csv.writer(out).writerows([("speaker", "group", "text"), *rows])
    readings, folder = reading_of(out.getvalue().encode(), whole, "r.csv")
    accounted(readings, whole)
    starts_again(readings, whole, folder)
