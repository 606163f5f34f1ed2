"""Bad files: each gives clear problems and keeps the good rows; none crashes, none loses a row."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harmonize import corpora
from harmonize.corpora.layout import Shape, SourceTable
from harmonize.corpora.opening import open_table
from harmonize.corpora.tables.lines import lines
from tests.core.corpora.made import codes, descriptor, read

HEAD = "id,rater,labels,text\n"
GOOD = "a,r1,joy,Fine day.\n"
NUMBERED = HEAD + "".join(f"i{n},r1,joy,Day {n}\n" for n in range(5))

BLANK = {"column": "labels", "blank": "none-applies"}
LANGUAGE = {"id": "id", "text": "text", "language": "lang"}
LATIN = HEAD.encode() + "a,r1,joy,caf\xe9\n".encode("latin-1") + GOOD.encode()
UNCLOSED = HEAD + 'a,r1,joy,"Fine\n' + "".join(f"i{n},r1,joy,x\n" for n in range(9))
ESCAPED = HEAD + 'a,r1,joy,"\\"Fine\\", day"\n' + GOOD.replace("a,", "b,")
HALF = b"\x00\xd8" + "b,r1,joy,x\n".encode("utf-16-le")
SLOW = HEAD + "a,1e300,joy,x\nb,-1,joy,x\nc,,joy,x\n"
TIMED = {"id": "id", "text": "text", "lead_time": "rater"}
DOUBLED = HEAD.replace(",", "::") + 'a::r1::joy::"Fine :: day"\nb::r1::joy::a:b\nc::r1::joy\n'
EXTRA = ["b", "r1", "joy", "x", "extra"]

# name: (bytes, settings, rows imported, codes of what is refused, in order)
Case = tuple[bytes | str, dict[str, Any], int, list[str]]
TEXT_CASES: dict[str, Case] = {
    "nul byte in a field": (HEAD + "a,r1,joy,Fi\0ne\n" + "b,r1,joy,ok\n", {}, 1, ["nul-byte"]),
    "latin-1 in a utf-8 file": (LATIN, {}, 1, ["encoding"]),
    "utf-16 file read as utf-8": (NUMBERED.encode("utf-16"), {}, 0, ["no-header"]),
    "utf-16 file, said so": (NUMBERED.encode("utf-16"), {"encoding": "utf-16"}, 5, []),
    "utf-8 with a byte order mark": (b"\xef\xbb\xbf" + NUMBERED.encode(), {}, 5, []),
    "windows line ends": (NUMBERED.replace("\n", "\r\n"), {}, 5, []),
    "no line end at the end": (NUMBERED.rstrip("\n"), {}, 5, []),
    "a field too many": (HEAD + "a,r1,joy,Fine, day.\n" + GOOD, {}, 1, ["ragged-row"]),
    "a field too few": (HEAD + "a,r1,joy\n" + GOOD, {}, 1, ["ragged-row"]),
    "empty lines": (HEAD + "\n\n" + GOOD + "\n", {}, 1, []),
    "only a header": (HEAD, {}, 0, []),
    "an empty file": ("", {}, 0, ["no-header"]),
    "only line ends": ("\n\n\n", {}, 0, ["no-header"]),
    "a column missing": ("id,rater,text\na,r1,Fine\n", {}, 0, ["no-column"]),
    "a column misspelt": (HEAD.replace("labels", "label") + GOOD, {}, 0, ["no-column"]),
    "a quote never closed": (UNCLOSED, {}, 9, ["csv-syntax"]),
    "a quote in the midst": (HEAD + 'a,r1,joy,"Fi"ne\n' + "b,r1,joy,ok\n", {}, 1, ["csv-syntax"]),
    "a quoted field over lines": (HEAD + 'a,r1,joy,"Fine\nday."\n', {}, 1, []),
    "quotes off, quotes as they are": (HEAD + 'a,r1,joy,"Fine\n', {"quote": ""}, 1, []),
    "lone carriage returns, as old Macs end lines": (NUMBERED.replace("\n", "\r"), {}, 5, []),
    "lone carriage returns in utf-16": (NUMBERED.replace("\n", "\r").encode("utf-16"), {"encoding": "utf-16"}, 5, []),
    "lone carriage returns, one row bad": ((NUMBERED + "b,r1\nc,r1,joy,x").replace("\n", "\r"), {}, 6, ["ragged-row"]),
    "the delimiter in a line of its own": ("sep=;\r\n" + NUMBERED.replace(",", ";"), {}, 5, []),
    "a delimiter in a line, another said": ("sep=,\n" + NUMBERED.replace(",", ";"), {"delimiter": ";"}, 5, []),
    "two colons": (DOUBLED, {"delimiter": "::"}, 2, ["ragged-row"]),
    "two colons, quotes off": (NUMBERED.replace(",", "::"), {"delimiter": "::", "quote": ""}, 5, []),
    "an unknown label": (HEAD + "a,r1,hangry,Fine\n" + GOOD, {}, 1, ["unknown-label"]),
    "no label": (HEAD + "a,r1,,Fine\n" + GOOD, {}, 1, ["missing-answer"]),
    "no label, said what it means": (HEAD + "a,r1,,Fine\n", {"answers": [BLANK]}, 1, []),
    "no id": (HEAD + ",r1,joy,Fine\n" + GOOD, {}, 1, ["missing-id"]),
    "no id, taken from the line": (HEAD + ",r1,joy,Fine\n" + GOOD, {"id_missing": "line"}, 2, []),
    "no rater": (HEAD + "a,,joy,Fine\n" + GOOD, {}, 1, ["missing-rater"]),
    "no text": (HEAD + "a,r1,joy,\n" + GOOD, {}, 1, ["missing-text"]),
    "an id as long as a novel": (HEAD + "a" * 300 + ",r1,joy,x\n" + GOOD, {}, 1, ["long-id"]),
    "the same row twice": (HEAD + GOOD + GOOD, {}, 1, []),
    "the same rater, another answer": (HEAD + GOOD + GOOD.replace("joy", "fear"), {}, 1, ["conflicting-rating"]),
    "the same id, another text": (HEAD + GOOD + "a,r2,joy,Foul day.\n", {}, 1, ["changed-item"]),
    "a semicolon file read by commas": (NUMBERED.replace(",", ";"), {}, 0, ["no-column"]),
    "a semicolon file, said so": (NUMBERED.replace(",", "\t"), {"delimiter": "\t"}, 5, []),
    "emoji, right to left, combining": (HEAD + "a,r1,joy,\U0001f469‍\U0001f680 مرحبا e\u0301\n", {}, 1, []),
    "line separators within a text": (HEAD + "a,r1,joy,one\u2028two\x85three\x0bfour\n", {}, 1, []),
    "a label twice": (HEAD + "a,r1,joy;joy,Fine\n", {}, 1, []),
    "labels of another case": (HEAD + "a,r1,JOY; Fear,Fine\n", {}, 1, []),
    "a number where a label stands": (HEAD + "a,r1,3,Fine\n" + GOOD, {}, 1, ["unknown-label"]),
    "a picture named csv": (b"\x89PNG\r\n\x1a\n" + bytes(99), {}, 0, ["lying-name"]),
    "a gzip named csv": (gzip.compress(NUMBERED.encode()), {}, 0, ["lying-name"]),
    "random bytes named csv": (bytes(range(128, 256)) * 9, {}, 0, ["no-header"]),
    "two columns of one name": ("id,id,rater,labels,text\na,b,r1,joy,x\n", {}, 1, []),
    "spaces around the header": (" id , rater,labels , text\na,r1,joy,x\n", {}, 1, []),
    "utf-16 little end first, with its mark": (NUMBERED.encode("utf-16"), {"encoding": "utf-16-le"}, 5, []),
    "half a character of utf-16": (NUMBERED.encode("utf-16-le") + HALF, {"encoding": "utf-16-le"}, 5, ["encoding"]),
    "quotes escaped by a backslash": (ESCAPED, {}, 1, ["csv-syntax"]),
    "quotes escaped by a backslash, said so": (ESCAPED, {"escape": "\\"}, 2, []),
    "a carriage return outside quotes": (HEAD + "a,r1,joy,Fi\rne\n" + GOOD, {}, 1, ["csv-syntax"]),
    "separators and no label": (HEAD + "a,r1,;;,Fine\n" + GOOD, {}, 1, ["missing-answer"]),
    "seconds beyond reason": (SLOW, {"columns": TIMED}, 1, ["bad-lead-time"] * 2),
    "a language too long": (HEAD.replace("rater", "lang") + GOOD, {"columns": LANGUAGE}, 1, []),
}  # fmt: skip


@pytest.mark.parametrize("name", TEXT_CASES)
def test_bad_text_file(name: str, tmp_path: Path) -> None:
    content, settings, imported, refused = TEXT_CASES[name]
    whole = read(tmp_path, content, **settings)
    assert whole.counts.imported == imported
    assert codes(whole) == refused
    assert all(row.problem.what and row.problem.fix and row.problem.where for row in whole.refused)


def test_a_line_of_twenty_megabytes_is_refused_and_the_next_one_read(tmp_path: Path) -> None:
    whole = read(tmp_path, HEAD.encode() + b"a,r1,joy," + b"x" * 20_000_000 + b"\nb,r1,joy,ok\n")
    assert codes(whole) == ["row-too-long"]
    assert (whole.counts.read, list(whole.items)) == (2, ["b"])
    assert len(whole.refused[0].raw) <= 65536


def test_lines_of_old_macs_start_again_anywhere_and_long_ones_are_passed_by(tmp_path: Path) -> None:
    (path := tmp_path / "a.csv").write_bytes(b"\xef\xbb\xbfid,t\r" + b"a,1\r" + b"x" * 300_000 + b"\rb,2\rc,3")
    found = list(lines(path, "utf-8", limit=1000))
    assert [(line.text[:3], line.fault) for line in found] == [
        ("id,", ""), ("a,1", ""), ("xxx", "row-too-long"), ("b,2", ""), ("c,3", "")
    ]  # fmt: skip
    assert path.read_bytes()[: found[2].offset].endswith(b"x\r")
    for number, line in enumerate(found):
        assert list(lines(path, "utf-8", limit=1000, offset=line.offset)) == found[number + 1 :]


def test_a_quote_never_closed_in_a_large_file_costs_one_row(tmp_path: Path) -> None:
    rows = "".join(f"i{n},r1,joy,Day {n}\n" for n in range(9000))
    whole = read(tmp_path, HEAD + 'a,r1,joy,"Fine\n' + rows)
    assert (codes(whole), whole.counts.imported) == (["csv-syntax"], 9000)


JSON_LINE = json.dumps({"id": "a", "rater": "r1", "labels": ["joy"], "text": "Fine"})
JSONL_CASES: dict[str, Case] = {
    "good": (JSON_LINE + "\n", {}, 1, []),
    "half a line": (JSON_LINE + "\n" + JSON_LINE[:20] + "\n", {}, 1, ["not-json"]),
    "a list": (JSON_LINE + "\n[1, 2]\n", {}, 1, ["not-json"]),
    "nested beyond reason": (JSON_LINE + "\n" + "[" * 200_000 + "\n", {}, 1, ["not-json"]),
    "half a surrogate": (JSON_LINE.replace("Fine", "Fi\\ud800ne") + "\n", {}, 0, ["surrogate"]),
    "an escaped NUL": (JSON_LINE.replace("Fine", "Fi\\u0000ne") + "\n", {}, 0, ["nul-byte"]),
    "a null text": (JSON_LINE.replace('"Fine"', "null") + "\n" + JSON_LINE + "\n", {}, 1, ["missing-text"]),
    "a key missing": ('{"id": "b", "rater": "r1", "text": "x"}\n' + JSON_LINE, {}, 1, ["missing-answer"]),
    "a huge number as id": (JSON_LINE.replace('"a"', "9" * 5000) + "\n", {}, 0, ["not-json"]),
    "a number as id": (JSON_LINE.replace('"a"', "7") + "\n", {}, 1, []),
    "a number of 400 digits": (
        JSON_LINE.replace('["joy"]', '{"joy": 1' + "0" * 400 + "}") + "\n",
        {},
        0,
        ["not-a-number"],
    ),
    "a list of no label": (JSON_LINE.replace('"joy"', "") + "\n", {}, 0, ["missing-answer"]),
    "a list of no label, said what it means": (JSON_LINE.replace('"joy"', "") + "\n", {"answers": [BLANK]}, 1, []),
    "a label that no text can hold": (JSON_LINE.replace('["joy"]', '{"\\u0000\\ud800": 5}'), {}, 0, ["out-of-range"]),
    "bytes that are not utf-8": (JSON_LINE.encode() + b'\n{"id": "\xff"}\n', {}, 1, ["encoding"]),
}


@pytest.mark.parametrize("name", JSONL_CASES)
def test_bad_json_lines(name: str, tmp_path: Path) -> None:
    content, settings, imported, refused = JSONL_CASES[name]
    whole = read(tmp_path, content, name="ratings.jsonl", **settings)
    assert (whole.counts.imported, codes(whole)) == (imported, refused)


JSON_CASES: dict[str, Case] = {
    "an array": (f"[{JSON_LINE}]", {}, 1, []),
    "an array in an object": (json.dumps({"data": {"rows": [json.loads(JSON_LINE)]}}), {"records": "data.rows"}, 1, []),
    "an object where an array is due": (JSON_LINE, {}, 0, ["not-json"]),
    "no array at the path": (JSON_LINE, {"records": "data"}, 0, ["not-json"]),
    "cut short": (f"[{JSON_LINE}, {JSON_LINE[:10]}", {}, 1, ["not-json"]),
    "a comma missing": (f"[{JSON_LINE} {JSON_LINE}]", {}, 1, ["not-json"]),
    "half a surrogate": (f"[{JSON_LINE}]".replace("Fine", "Fi\\ud800ne \u00e9"), {}, 0, ["surrogate"]),
    "an element that is no object": (f"[{JSON_LINE}, 7, null]", {}, 1, ["not-json", "not-json"]),
    "empty": ("", {}, 0, ["not-json"]),
    "utf-16": (f"[{JSON_LINE}]".encode("utf-16"), {}, 0, ["not-json"]),
}


@pytest.mark.parametrize("name", JSON_CASES)
def test_bad_json_document(name: str, tmp_path: Path) -> None:
    content, settings, imported, refused = JSON_CASES[name]
    whole = read(tmp_path, content, name="ratings.json", **settings)
    assert (whole.counts.imported, codes(whole)) == (imported, refused)


@pytest.mark.parametrize("name", ["ratings.jsonl", "ratings.json"])
def test_what_no_text_can_hold_is_kept_and_told_as_escapes(name: str, tmp_path: Path) -> None:
    row = '{"id": "a", "rater": "\u00e9", "labels": {"\\u0000\\ud800": 5}, "text": "x", "\\ud800": 1}'
    whole = read(tmp_path, row if name.endswith("l") else f"[{row}]", name=name)
    (refused,) = whole.refused
    for text in (refused.raw, str(refused.problem)):
        assert "\0" not in text
        assert text.encode()
    assert open_table(SourceTable(name, Shape.ITEMS), tmp_path / name).columns == ("id", "rater", "text")


def table(n: int = 50) -> pa.Table:
    rows = [{"id": f"i{k}", "rater": "r1", "labels": ["joy"], "text": f"Day {k}"} for k in range(n)]
    return pa.Table.from_pylist(rows)


def parquet(found: pa.Table) -> bytes:
    out = io.BytesIO()
    pq.write_table(found, out, row_group_size=10, compression="none")
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (parquet(table())[:-9], "columnar-unreadable"),
        (parquet(table())[:20], "columnar-unreadable"),
        (b"", "columnar-unreadable"),
        (b"id,text\n1,2\n", "columnar-unreadable"),
        (parquet(table().drop_columns(["labels"])), "no-column"),
    ],
)
def test_bad_parquet(content: bytes, code: str, tmp_path: Path) -> None:
    whole = read(tmp_path, content, name="ratings.parquet")
    assert (codes(whole), whole.counts.read) == ([code], 0)


def test_parquet_damaged_in_its_midst_keeps_the_rows_before(tmp_path: Path) -> None:
    content = bytearray(parquet(table(5000)))
    content[len(content) // 2 : len(content) // 2 + 200] = b"\xff" * 200
    whole = read(tmp_path, bytes(content), name="ratings.parquet")
    assert whole.counts.read == whole.counts.imported + whole.counts.quarantined
    assert codes(whole)


def test_parquet_arrow_and_classes_by_number(tmp_path: Path) -> None:
    features = {"labels": {"feature": {"names": ["joy", "fear"], "_type": "ClassLabel"}, "_type": "Sequence"}}
    rows = [{"id": f"i{k}", "rater": "r1", "labels": [k % 2], "text": f"Day {k}"} for k in range(30)]
    found = pa.Table.from_pylist(rows).replace_schema_metadata(
        {"huggingface": json.dumps({"info": {"features": features}})}
    )
    whole = read(tmp_path, parquet(found), name="ratings.parquet")
    assert {rating.native for _, rating in whole.answers} == {"joy", "fear"}
    out = io.BytesIO()
    with pa.ipc.new_stream(out, found.schema) as sink:
        sink.write_table(found)
    again = read(tmp_path, out.getvalue(), name="ratings.arrow")
    assert [answer for _, answer in again.answers] == [answer for _, answer in whole.answers]


@pytest.mark.parametrize("form", ["parquet", "arrow"])
def test_structs_are_reached_into_and_bytes_are_left_alone(form: str, tmp_path: Path) -> None:
    held = {"raw": b"x" * 9, "sheets": [b"y"], "said": {"who": {"name": "r1"}, "labels": ["joy"]}}
    rows = [
        {"id": f"i{k}", "text": f"Day {k}", **held, "image": {"bytes": b"z" * 99, "path": f"{k}.png"}} for k in range(3)
    ]
    found = pa.Table.from_pylist(rows)
    out = io.BytesIO()
    with pa.ipc.new_file(out, found.schema) as sink:
        sink.write_table(found)
    columns = {"id": "id", "text": "text", "rater": "said.who.name", "facets": {"file": "image.path"}}
    settings: dict[str, Any] = {"columns": columns, "answers": [{"column": "said.labels"}], "name": f"r.{form}"}
    content = parquet(found) if form == "parquet" else out.getvalue()
    whole = read(tmp_path, content, **settings)
    assert [(item.text, item.facets) for item in whole.items.values()][2] == ("Day 2", {"file": "2.png"})
    assert [rating.native for _, rating in whole.answers] == ["joy"] * 3
    assert all("zzz" not in record.raw and "xxx" not in record.raw for record in whole.items.values())
    for name in ("raw", "sheets", "image"):
        bad = read(tmp_path, content, **{**settings, "columns": {**columns, "text": name}})
        assert codes(bad) == (["not-text"] * 3 if name != "image" else [])


def workbook(*rows: list[Any]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_workbooks(tmp_path: Path) -> None:
    head, good = ["id", "rater", "labels", "text"], ["a", "r1", "joy", "Fine"]
    whole = read(tmp_path, workbook(head, good, [7, "r1", "fear", "Seven"], [], EXTRA), name="r.xlsx")
    assert (whole.counts.imported, codes(whole), list(whole.items)) == (2, ["ragged-row"], ["a", "7"])
    for content, code in (
        (workbook(head, good)[:-50], "archive-broken"),
        (b"not a workbook", "archive-broken"),
        (workbook([]), "no-header"),
        (b"PK\x05\x06" + bytes(18), "workbook-unreadable"),
    ):
        assert codes(read(tmp_path, content, name="r.xlsx")) == [code]
    assert codes(read(tmp_path, workbook(head, good), name="r.xlsx", sheet="Nope")) == ["no-sheet"]


def test_a_workbook_that_is_a_bomb(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * 80_000_000)
    assert codes(read(tmp_path, out.getvalue(), name="r.xlsx")) == ["archive-bomb"]


def test_a_file_that_is_missing_or_of_no_known_format(tmp_path: Path) -> None:
    assert codes(read(tmp_path, GOOD, name="ratings.dat")) == ["format"]
    (tmp_path / "outside.csv").write_text(NUMBERED)
    inner = tmp_path / "corpus"
    inner.mkdir()
    (inner / "link.csv").symlink_to(tmp_path / "outside.csv")
    for name in ("link.csv", "nothing.csv"):
        whole = descriptor(name)
        assert codes(corpora.collect(whole, corpora.read(whole, inner, key=b"k"))) == ["file-missing"]
