"""Importing the sample corpora into real PostgreSQL: row sums, duplicates, quarantine, raters, re-import, resume."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from django.conf import settings

from chorale.jobs import control, engine
from chorale.store import bridge, object_store, registry
from chorale.store.models import Corpus, Item, Job, Judgment, Quarantine, Rater, Response, Shard, SourceFile
from harmonize import corpora
from harmonize.problems import ChoraleError

pytestmark = pytest.mark.django_db(transaction=True)

SAMPLES = Path(__file__).resolve().parents[2] / "samples"


def bring_in(folder: Path | str) -> dict[str, object]:
    """Import a folder in this process; the job's result."""
    return dict(control.run_here(engine.start("import_corpus", by=None, params={"folder": str(folder)})).result)


def snapshot() -> list[object]:
    """What is in the database, without surrogate ids and times."""
    items = list(
        Item.objects.order_by("uuid").values_list("uuid", "text", "context", "facets", "split", "line", "author")
    )
    said = list(
        Judgment.objects.order_by("key").values_list(
            "key", "item__uuid", "rater__source_key", "status", "labels", "values", "perspective", "native"
        )
    )
    bad = list(Quarantine.objects.order_by("where").values_list("where", "code", "raw"))
    return [items, [tuple(map(str, row)) for row in said], bad]


def test_letters_come_in_and_every_row_is_accounted_for() -> None:
    result = bring_in(SAMPLES / "letters")
    told = {key: result[key] for key in ("read", "imported", "duplicates", "quarantined", "items", "judgments")}
    assert told == {
        "read": 1913, "imported": 1908, "duplicates": 1, "quarantined": 4, "items": 368, "judgments": 1540,
    }  # fmt: skip
    corpus = Corpus.objects.get(slug="letters")
    assert corpus.rows_read == corpus.rows_imported + corpus.rows_duplicate + corpus.rows_quarantined == 1913
    codes = Quarantine.objects.order_by("line").values_list("line", "code")
    assert list(codes) == [
        (121, "unknown-label"), (411, "ragged-row"), (901, "unknown-item"), (1301, "conflicting-rating"),
    ]  # fmt: skip
    assert Quarantine.objects.get(line=121).raw == "L024,amber,joy;hangry,7.5"


def test_the_database_holds_what_the_reader_collects() -> None:
    bring_in(SAMPLES / "letters")
    descriptor = corpora.load(SAMPLES / "letters")
    whole = corpora.collect(
        descriptor, corpora.read(descriptor, SAMPLES / "letters", key=settings.PSEUDONYM_KEY.encode())
    )
    expected = corpora.judgments(whole, "emotion")
    stored = bridge.judgments(registry.scheme("goemotions-28"), perspective="writer", who="people")
    assert (stored.counts()[0].sum(axis=0) == expected.counts()[0].sum(axis=0)).all()
    assert len(stored) == len(expected) == 1540
    assert dict(Item.objects.values_list("source_id", "text")) == {k: r.text for k, r in whole.items.items()}


def test_no_id_of_a_person_leaves_the_reader() -> None:
    bring_in(SAMPLES / "letters")
    assert Rater.objects.count() == 5
    kept = [*Rater.objects.values_list("pseudonym", "source_key"), *Item.objects.values_list("author")]
    said = str(kept)
    assert "amber" not in said
    assert "@" not in said
    assert len(set(Item.objects.values_list("author"))) == 40


def test_importing_again_adds_nothing_and_keeps_the_counters() -> None:
    bring_in(SAMPLES / "letters")
    before, counters = snapshot(), Corpus.objects.values().get()
    again = bring_in(SAMPLES / "letters")
    assert (again["imported"], again["duplicates"], again["quarantined"]) == (0, 1909, 4)
    assert snapshot() == before
    assert Corpus.objects.values().get() == counters


def test_a_known_file_read_anew_leaves_the_same_rows_and_counters() -> None:
    bring_in(SAMPLES / "letters")
    before, counters = snapshot(), Corpus.objects.values().get()
    SourceFile.objects.update(finished_at=None)  # as after a kill between the last rows and the end of the file
    again = bring_in(SAMPLES / "letters")
    assert (again["imported"], again["duplicates"], again["quarantined"]) == (0, 1909, 4)
    assert snapshot() == before
    assert Corpus.objects.values().get() == counters


def test_a_grown_file_adds_only_what_is_new(tmp_path: Path) -> None:
    folder = tmp_path / "letters"
    shutil.copytree(SAMPLES / "letters", folder)
    bring_in(folder)
    with (folder / "ratings.csv").open("a") as grown:
        grown.write("L309,amber,joy,4.0\nL309,birch,joy;love,6.5\n")
    again = bring_in(folder)
    assert (again["imported"], again["duplicates"], again["judgments"]) == (2, 1909, 1542)
    assert Response.objects.filter(item__source_id="L309").count() == 2


def test_a_worker_killed_between_commits_leaves_the_same_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chorale.store.imports.WEIGHT", 100)
    bring_in(SAMPLES / "letters")
    undisturbed = snapshot()
    for table in (Judgment, Response, Rater, Item, Corpus):
        table.objects.all().delete()
    job = engine.start("import_corpus", by=None, params={"folder": str(SAMPLES / "letters")})
    shard = Shard.objects.get(job=job, number=0)
    for _ in range(8):  # eight workers, each killed after its first commits: the lease simply runs out
        engine.work_on(shard.pk, seconds=0.0)
        Shard.objects.filter(pk=shard.pk).update(lease_until=None)
    assert 0 < Judgment.objects.count() < 1540
    control.run_here(job)
    assert Job.objects.get(pk=job.pk).result["read"] == 1913
    assert snapshot() == undisturbed


def test_turns_carry_the_three_turns_before_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chorale.store.imports.WEIGHT", 10)
    bring_in(SAMPLES / "table-talk")
    sixth = Item.objects.get(source_id="T01-6")
    before = [Item.objects.get(source_id=f"T01-{n}").text for n in (3, 4, 5)]
    assert [turn["text"] for turn in sixth.context] == before
    assert Item.objects.get(source_id="T02-1").context == []
    assert (sixth.group, sixth.position) == ("T01", 6)


def test_faces_are_kept_by_hash_with_what_they_are() -> None:
    bring_in(SAMPLES / "faces")
    face = Item.objects.get(source_id="face-01.png")
    assert face.media_facts == {
        "source": "pictures/face-01.png", "width": 96, "height": 96, "format": "png",
        "bytes": (SAMPLES / "faces/pictures/face-01.png").stat().st_size,
    }  # fmt: skip
    with object_store.open_key(face.media) as kept:
        assert kept.read() == (SAMPLES / "faces/pictures/face-01.png").read_bytes()
    assert Judgment.objects.count() == 144


def test_postcards_bring_values_in_their_native_range() -> None:
    bring_in(SAMPLES / "postcards")
    found = bridge.judgments(registry.scheme("vad-9"), perspective="reader", who="people")
    assert found.values is not None
    assert found.values.shape == (480, 3)
    assert 1 <= found.values.min() < found.values.max() <= 9


def test_a_mended_descriptor_brings_in_what_was_quarantined(tmp_path: Path) -> None:
    folder = tmp_path / "letters"
    shutil.copytree(SAMPLES / "letters", folder)
    bring_in(folder)
    described = (folder / "corpus.toml").read_text() + "\n"
    described = described.replace('perspective = "writer"', 'perspective = "writer"\nnames = { hangry = "annoyance" }')
    (folder / "corpus.toml").write_text(described)
    again = bring_in(folder)
    assert again["quarantined"] == 4  # the row is now understood, and contradicts what amber said of L024
    assert Quarantine.objects.get(line=121).code == "conflicting-rating"
    corpus = Corpus.objects.get()
    assert corpus.rows_read == corpus.rows_imported + corpus.rows_duplicate + corpus.rows_quarantined == 1913


def test_an_archive_of_a_folder_comes_in_like_the_folder(tmp_path: Path) -> None:
    packed = shutil.make_archive(str(tmp_path / "faces"), "zip", SAMPLES, "faces")
    told = bring_in(Path(packed))
    assert (told["read"], told["items"]) == (48, 48)
    again = bring_in(SAMPLES / "faces")
    assert (again["imported"], again["duplicates"]) == (0, 48)


def test_a_corpus_is_fetched_from_an_address(tmp_path: Path) -> None:
    told = bring_in(f"file://{SAMPLES / 'postcards'}")
    assert (told["read"], told["items"]) == (480, 120)
    packed = shutil.make_archive(str(tmp_path / "postcards"), "gztar", SAMPLES, "postcards")
    again = bring_in(f"file://{packed}")
    assert (again["imported"], again["duplicates"]) == (0, 480)
    with pytest.raises(ChoraleError, match="could not be fetched"):
        bring_in("file:///nowhere/corpus.zip")
