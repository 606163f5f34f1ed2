"""A corpus made known and clean: versions with a diff, texts looked through, personal data masked for good."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from chorale.jobs import control, engine
from chorale.store import collections, mending, versions
from chorale.store.models import Corpus, Event, Item, Judgment, Screening
from harmonize.corpora.identity import text_uuid
from harmonize.problems import ChoraleError
from tests.service.test_import import SAMPLES, bring_in

pytestmark = pytest.mark.django_db(transaction=True)

ITEMS = """id,text,group
a,"Write to anna@mail.example or call +1 212 736 5000, said the old man at the harbour.",d1
b,Mies sanoi että satamassa oli aamulla kylmä ja kaikki nukkuivat vielä kotona.,d1
c,This shit weather never ends and nobody in the harbour cares any more.,d1
d,12,
"""
DESCRIPTOR = """
[corpus]
slug = "notes"
title = "Notes"
licence = "CC0-1.0"
citation = "none"
source_url = "none"
language = "en"
[[files]]
path = "items.csv"
shape = "items"
context = 2
columns = { id = "id", text = "text", group = "group" }
"""


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """Four notes: personal data, another language, profanity, no words."""
    (tmp_path / "items.csv").write_text(ITEMS, encoding="utf-8")
    (tmp_path / "corpus.toml").write_text(DESCRIPTOR, encoding="utf-8")
    bring_in(tmp_path)
    return tmp_path


def run(kind: str, **params: object) -> dict[str, object]:
    return dict(control.run_here(engine.start(kind, by=None, params=params)).result)


def test_texts_are_looked_through_and_summed(notes: Path) -> None:
    told = run("screen_corpus", corpora=["notes"])["corpora"]["notes"]  # type: ignore[index]
    found = {s.item.source_id: (s.language, s.pii, s.profane) for s in Screening.objects.select_related("item")}
    assert found == {
        "a": ("en", ["email", "phone"], 0), "b": ("fi", [], 0), "c": ("en", [], 1), "d": ("und", [], 0),
    }  # fmt: skip
    assert told["languages"] == [
        {"language": "en", "items": 2}, {"language": "fi", "items": 1}, {"language": "und", "items": 1},
    ]  # fmt: skip
    assert (told["items"], told["otherwise"], told["pii"], told["profane"]) == (4, 1, {"email": 1, "phone": 1}, 1)
    assert told["characters"]["min"] == 2
    assert Corpus.objects.get().screening == told
    assert run("screen_corpus", corpora=["notes"])["corpora"]["notes"] == told  # type: ignore[index]
    names = collections.matching({"found_language": ["en"], "pii": False}).values_list("source_id", flat=True)
    assert list(names) == ["c"]
    assert collections.matching({"pii": True}).get().source_id == "a"
    assert collections.matching({"profane": False}).count() == 3


def test_masked_texts_stay_masked_when_the_corpus_comes_in_again(notes: Path) -> None:
    told = run("mask_corpus", corpus="notes", kinds=["email", "phone"])
    assert (told["changed"], told["masked"]) == (3, ["email", "phone"])  # the text, and it as context of two others
    masked = "Write to [email] or call [phone], said the old man at the harbour."
    first = Item.objects.get(source_id="a")
    assert (first.text, first.text_hash) == (masked, text_uuid(masked))
    assert Item.objects.get(source_id="c").context[0]["text"] == masked
    with (notes / "items.csv").open("a") as grown:
        grown.write("e,Mine is bob@mail.example,\n")
    again = bring_in(notes)
    assert (again["imported"], again["duplicates"], again["quarantined"]) == (1, 4, 0)
    assert Item.objects.get(source_id="e").text == "Mine is [email]"
    assert Event.objects.filter(action="corpus.mask").count() == 1
    assert run("mask_corpus", corpus="notes", kinds=["email"])["changed"] == 0
    with pytest.raises(ChoraleError, match="Unknown: name"):
        run("mask_corpus", corpus="notes", kinds=["name"])


def test_a_new_version_stands_beside_the_old_one_with_a_diff(tmp_path: Path) -> None:
    folder = tmp_path / "postcards"
    shutil.copytree(SAMPLES / "postcards", folder)
    bring_in(folder)
    old = Corpus.objects.get()
    described = (folder / "corpus.toml").read_text().replace('version = "1"', 'version = "2.0"')
    (folder / "corpus.toml").write_text(described)
    table = folder / "ratings.jsonl"
    rows = [json.loads(line) for line in table.read_text().splitlines()]
    for row in rows:
        row["text"] += "!" if row["card"] == "P001" else ""
        row["rating"]["v"] = 9 if row["card"] == "P002" else row["rating"]["v"]
        row["card"] = "new" if row["card"] == "P003" else row["card"]
    table.write_text("\n".join(map(json.dumps, rows)))
    bring_in(folder)
    new = Corpus.objects.get(slug="postcards-v2-0")
    assert (new.family, new.previous, new.version, old.version) == ("postcards", old, "2.0", "1")
    assert new.diff["against"] == "postcards"
    counts = {"added": 1, "removed": 1, "changed": 1, "relabelled": 1, "refiled": 0, "same": 117}
    assert new.diff == {"against": "postcards", "version": "1", **counts}
    assert [row["new_text"][-1] for row in versions.rows(old, new, "changed")] == ["!"]
    assert versions.diff(old, old) == {
        "against": "postcards", "version": "1", **dict.fromkeys(versions.KINDS, 0), "same": 120,
    }  # fmt: skip
    for kind in versions.KINDS:
        assert len(versions.rows(old, new, kind, limit=500)) == new.diff[kind]
    assert Corpus.objects.get(pk=old.pk).items == 120
    assert not Item.objects.filter(corpus=new, uuid__in=Item.objects.filter(corpus=old).values("uuid")).exists()
    assert bring_in(folder)["imported"] == 0
    assert [row.slug for row in versions.of_family("postcards")] == ["postcards", "postcards-v2-0"]


def test_a_version_that_files_its_items_otherwise_says_so(tmp_path: Path) -> None:
    about = 'title = "T"\nlicence = "CC0-1.0"\ncitation = "none"\nsource_url = "none"\nlanguage = "en"\n'
    columns = '{ id = "id", text = "text", group = "g", position = "p", speaker = "s", media = "m" }'
    rows = ["a,One,d1,1,Ann,a.wav", "b,Two,d1,2,Bob,b.wav", "c,Three,d1,3,Ann,c.wav", "d,Four,d2,1,Eve,d.wav"]
    later = [rows[0], rows[1].replace("Bob", "Eve"), rows[2].replace("d1,3", "d2,3"), rows[3].replace("d.w", "e.w")]
    for version, lines in (("1", rows), ("2", later)):
        (tmp_path / "t.csv").write_text("id,text,g,p,s,m\n" + "\n".join(lines))
        (tmp_path / "corpus.toml").write_text(
            f'[corpus]\nslug = "talks"\nversion = "{version}"\n{about}'
            f'[[files]]\npath = "t.csv"\nshape = "items"\ncolumns = {columns}\n'
        )
        bring_in(tmp_path)
    new = Corpus.objects.get(slug="talks-v2")
    assert {kind: new.diff[kind] for kind in ("changed", "refiled", "same")} == {"changed": 1, "refiled": 2, "same": 1}
    assert new.previous is not None
    told = {row["source_id"]: row["new_facets"] for row in versions.rows(new.previous, new, "refiled")}
    assert (told["b"]["speaker"], told["c"]["group"]) == ("Eve", "d2")


def test_a_mended_row_is_no_duplicate_of_itself_when_its_file_is_read_anew(tmp_path: Path) -> None:
    folder = tmp_path / "letters"
    shutil.copytree(SAMPLES / "letters", folder)
    bring_in(folder)
    corpus = Corpus.objects.get()
    mending.mend(by=None, row=corpus.quarantine.get(code="ragged-row"), raw="L311,birch,joy;love,9.1")
    before = Corpus.objects.values("rows_read", "rows_imported", "rows_duplicate", "rows_quarantined").get()
    judged = Judgment.objects.count()
    (folder / "corpus.toml").write_text((folder / "corpus.toml").read_text() + "\n# read anew\n")
    described = (folder / "corpus.toml").read_text().replace('title = "', 'title = "The ')
    (folder / "corpus.toml").write_text(described)
    bring_in(folder)
    assert Corpus.objects.values("rows_read", "rows_imported", "rows_duplicate", "rows_quarantined").get() == before
    assert Judgment.objects.count() == judged
    assert corpus.quarantine.filter(state="mended").count() == 1
