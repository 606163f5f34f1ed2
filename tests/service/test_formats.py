"""One small corpus in every format it may come in: the same items and answers in the database from each."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import fsspec
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from chorale.store.models import CorpusPerson, Item, Judgment, Quarantine, Rater
from tests.core.corpora.test_media_and_archives import png
from tests.service.test_import import bring_in

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = [
    {"id": f"i{n}", "text": text, "rater": rater, "labels": labels}
    for n, text in enumerate(("Schöner Tag, „wirklich“", "naïve; fool", "日本語のテキスト", "tab\tin it", 'a "quote"'))
    for rater, labels in (("r1", ["joy"]), ("r2", ["joy", "fear"]))
]
DESCRIPTOR = """
[corpus]
slug = "forms"
title = "Forms"
licence = "CC0-1.0"
citation = "none"
source_url = "none"
language = "und"
[[layers]]
name = "emotion"
scheme = "ekman-6-neutral-set"
perspective = "reader"
[[files]]
path = "{name}"
shape = "ratings"
{settings}
columns = {{ id = "id", text = "text", rater = "rater" }}
answers = [{{ column = "labels", separator = "|" }}]
"""


def delimited(encoding: str = "utf-8", end: str = "\n", **dialect: object) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=end, **dialect)  # type: ignore[arg-type]
    writer.writerow(ROWS[0])
    writer.writerows([row["id"], row["text"], row["rater"], "|".join(row["labels"])] for row in ROWS)
    return out.getvalue().encode(encoding, "replace")


def arrow(kind: str) -> bytes:
    out, table = io.BytesIO(), pa.Table.from_pylist(ROWS)
    if kind == "parquet":
        pq.write_table(table, out)
        return out.getvalue()
    with (pa.ipc.new_file if kind == "file" else pa.ipc.new_stream)(out, table.schema) as sink:
        sink.write_table(table)
    return out.getvalue()


def workbook() -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.active.title = "Cover"
    sheet = book.create_sheet("Ratings")
    sheet.append(list(ROWS[0]))
    for row in ROWS:
        sheet.append([row["id"], row["text"], row["rater"], "|".join(row["labels"])])
    book.save(out)
    return out.getvalue()


def rows_of_json() -> str:
    return json.dumps({"meta": 1, "data": {"rows": ROWS}})


# name: (file, bytes, settings)
FORMS: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "csv": ("r.csv", delimited, ""),
    "csv with carriage returns and a mark": ("r.csv", lambda: delimited("utf-8-sig", "\r\n"), ""),
    "semicolons, single quotes": (
        "r.txt", lambda: delimited(delimiter=";", quotechar="'"), """format = "csv"\ndelimiter = ";"\nquote = "'" """,
    ),
    "everything quoted": ("r.csv", lambda: delimited(quoting=csv.QUOTE_ALL), ""),
    "utf-16": ("r.csv", lambda: delimited("utf-16"), 'encoding = "utf-16"'),
    "tabs": ("r.tsv", lambda: delimited("utf-8", delimiter="\t"), ""),
    "json lines": ("r.jsonl", lambda: "\n".join(map(json.dumps, ROWS)).encode(), ""),
    "a json array": ("r.json", lambda: json.dumps(ROWS).encode(), ""),
    "an array within a json document": ("r.json", lambda: rows_of_json().encode(), 'records = "data.rows"'),
    "parquet": ("r.parquet", lambda: arrow("parquet"), ""),
    "an arrow file": ("r.arrow", lambda: arrow("file"), ""),
    "an arrow stream": ("r.arrow", lambda: arrow("stream"), ""),
    "a sheet of a workbook": ("r.xlsx", workbook, 'sheet = "Ratings"'),
}  # fmt: skip


def held() -> tuple[list[str], list[tuple[str, str, str]]]:
    said = Judgment.objects.order_by("item__source_id", "native").values_list("item__source_id", "native", "status")
    return list(Item.objects.order_by("source_id").values_list("text", flat=True)), [
        tuple(map(str, row)) for row in said
    ]


EXPECTED = (
    [row["text"] for row in ROWS[::2]],
    [(f"i{n}", native, "0") for n in range(5) for native in ("joy", "joy,fear")],
)


@pytest.mark.parametrize("form", FORMS)
def test_the_same_corpus_from_every_format(form: str, tmp_path: Path) -> None:
    name, content, settings = FORMS[form]
    (tmp_path / name).write_bytes(content())
    (tmp_path / "corpus.toml").write_text(DESCRIPTOR.format(name=name, settings=settings))
    told = bring_in(tmp_path)
    assert (told["read"], told["imported"]) == (10, 10)
    assert held() == EXPECTED


def test_a_folder_that_hugging_face_datasets_saved(tmp_path: Path) -> None:
    import datasets

    features = datasets.Features({
        "id": datasets.Value("string"), "text": datasets.Value("string"), "rater": datasets.Value("string"),
        "labels": datasets.Sequence(datasets.ClassLabel(names=["joy", "fear"])),
    })  # fmt: skip
    datasets.Dataset.from_list(ROWS, features=features).save_to_disk(str(tmp_path / "train"))
    (tmp_path / "corpus.toml").write_text(DESCRIPTOR.format(name="train/*.arrow", settings=""))
    assert bring_in(tmp_path)["imported"] == 10
    assert held() == EXPECTED


@pytest.mark.parametrize("kind", ["zip", "tar", "gztar"])
def test_an_archive_of_media_with_their_table(kind: str, tmp_path: Path) -> None:
    inner = tmp_path / "corpus"
    (inner / "pictures").mkdir(parents=True)
    for number in range(3):
        (inner / f"pictures/p{number}.png").write_bytes(png(8 + number, 8))
    (inner / "pictures/p3.png").write_bytes(b"no picture")
    (inner / "table.csv").write_text("file,who,age\n" + "".join(f"p{n}.png,u{n},{30 + n}\n" for n in range(5)))
    (inner / "corpus.toml").write_text(
        DESCRIPTOR.partition("[[layers]]")[0].replace('language = "und"', 'language = "zxx"\nmodality = "image"')
        + '[[files]]\npath = "table.csv"\nshape = "items"\nmedia_root = "pictures"\n'
        'columns = { id = "file", media = "file", author = "who", traits = { age = "age" } }\n'
    )
    told = bring_in(Path(shutil.make_archive(str(tmp_path / "packed"), kind, tmp_path, "corpus")))
    assert (told["imported"], told["quarantined"]) == (3, 2)
    assert sorted(Item.objects.values_list("media_facts__width", flat=True)) == [8, 9, 10]
    assert sorted(CorpusPerson.objects.values_list("traits__age", flat=True)) == ["30", "31", "32"]


def test_from_a_store_that_fsspec_reaches(tmp_path: Path) -> None:
    store = fsspec.filesystem("memory")
    store.pipe("/bucket/forms/r.csv", delimited())
    store.pipe("/bucket/forms/corpus.toml", DESCRIPTOR.format(name="r.csv", settings="").encode())
    assert bring_in("memory://bucket/forms")["imported"] == 10
    assert held() == EXPECTED


def test_raters_carry_the_traits_of_the_persons_they_are(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_bytes(delimited())
    (tmp_path / "people.csv").write_text("who,age\nr1,34\nr9,51\n")
    extra = '[[files]]\npath = "people.csv"\nshape = "persons"\ncolumns = { id = "who", traits = { age = "age" } }\n'
    (tmp_path / "corpus.toml").write_text(DESCRIPTOR.format(name="r.csv", settings="") + extra)
    assert bring_in(tmp_path)["imported"] == 12
    assert sorted(str(traits) for traits in Rater.objects.values_list("traits", flat=True)) == ["{'age': '34'}", "{}"]
    assert CorpusPerson.objects.count() == 2
    assert bring_in(tmp_path)["imported"] == 0


def test_what_no_table_can_hold_is_quarantined_and_the_rest_comes_in(tmp_path: Path) -> None:
    rows = [
        {"id": "a", "text": "fine", "rater": "r", "labels": "joy", "s": 2.5, "m": "a.txt"},
        {"id": "b", "text": "half \ud800", "rater": "é", "labels": "joy"},
        {"id": "c", "text": "x", "rater": "r", "labels": {"\0\ud800": 7}},
        {"id": "d", "text": "x", "rater": "r", "labels": "joy", "s": 1e300},
        {"id": "e", "text": "x", "rater": "r", "labels": "joy", "m": "字" * 99},
        {"id": "f", "text": "x", "rater": "r", "labels": {"joy": 10**400}},
        {"id": "g", "text": "x\0", "rater": "r", "labels": "joy"},
    ]
    (tmp_path / "a.txt").write_text("x")
    (tmp_path / "r.json").write_text(json.dumps(rows))
    settings = 'media_root = "."'
    described = DESCRIPTOR.format(name="r.json", settings=settings)
    described = described.replace('rater = "rater"', 'rater = "rater", lead_time = "s", media = "m"')
    (tmp_path / "corpus.toml").write_text(described)
    told = bring_in(tmp_path)
    assert (told["read"], told["imported"], told["quarantined"]) == (7, 1, 6)
    codes = Quarantine.objects.order_by("line").values_list("code", flat=True)
    assert list(codes) == [
        "surrogate", "out-of-range", "bad-lead-time", "media-missing", "not-a-number", "nul-byte",
    ]  # fmt: skip
    assert json.loads(Quarantine.objects.get(line=2).raw)["id"] == "b"
