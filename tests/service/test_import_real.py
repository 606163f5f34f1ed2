"""The real corpora into PostgreSQL, by descriptor alone: the counters there are the reader's, figures too."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from annotation import aggregation
from chorale.jobs import control, engine
from chorale.store import bridge, registry
from chorale.store.models import Corpus, Item, Quarantine

pytestmark = pytest.mark.django_db(transaction=True)

DESCRIPTORS = Path(__file__).resolve().parents[1] / "corpora"


def bring_in(slug: str, data: Path, where: Path) -> Corpus:
    """A corpus imported from a folder that holds its files and our descriptor."""
    folder = where / slug
    shutil.copytree(data, folder)
    folder.chmod(0o755)
    shutil.copy(DESCRIPTORS / slug / "corpus.toml", folder)
    control.run_here(engine.start("import_corpus", by=None, params={"folder": str(folder)}))
    return Corpus.objects.get(slug=slug)


def account(corpus: Corpus) -> tuple[int, ...]:
    """Rows read, imported, duplicates, quarantined; items; judgments."""
    return (
        corpus.rows_read, corpus.rows_imported, corpus.rows_duplicate, corpus.rows_quarantined, corpus.items,
        corpus.judgments,
    )  # fmt: skip


def test_brighter_arq_in_the_database(chorale_data: Path, tmp_path: Path) -> None:
    corpus = bring_in("brighter-arq", chorale_data / "brighter/arq", tmp_path)
    assert account(corpus) == (11418, 11418, 0, 0, 1903, 14108)
    judged = bridge.judgments(registry.scheme("brighter-6"), perspective="perceived", who="people", corpus=corpus)
    ruled = aggregation.brighter_rule(judged)
    texts = dict(Item.objects.values_list("pk", "text"))
    present = {texts[int(name)]: row for name, row in zip(ruled.items.to_pylist(), ruled.present, strict=True)}
    cells = 0
    for part in ("train", "dev", "test"):
        with (chorale_data / f"brighter/arq/track_a_{part}.csv").open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                if row["text"] in present:
                    found = [str(int(value)) for value in present.pop(row["text"])]
                    assert found == [row[label] for label in ruled.labels]
                    cells += len(found)
    assert cells == 11088


def test_emobank_in_the_database(chorale_data: Path, tmp_path: Path) -> None:
    corpus = bring_in("emobank", chorale_data / "emobank", tmp_path)
    assert account(corpus) == (137331, 137331, 0, 0, 10548, 106173)
    scheme = registry.scheme("vad-5")
    for perspective, rows in (("reader", 10325), ("writer", 10279)):
        judged = bridge.judgments(scheme, perspective=perspective, who="people", corpus=corpus)
        assert len(aggregation.emobank_rule(judged)) == rows
    item = Item.objects.get(source_id="110CYL068_1036_1079")
    assert (item.split, item.facets["category"]) == ("train", "letters")


def test_goemotions_published_labels_are_the_source_s_and_nobody_s_rating(chorale_data: Path, tmp_path: Path) -> None:
    corpus = bring_in("goemotions", chorale_data / "goemotions", tmp_path)
    assert account(corpus) == (54263, 54263, 0, 0, 54263, 54263)
    scheme = registry.scheme("goemotions-28")
    assert len(bridge.judgments(scheme, perspective="reader", who="people", corpus=corpus)) == 0
    assert len(bridge.judgments(scheme, perspective="reader", who="source", corpus=corpus)) == 54263


def test_xed_lines_that_cannot_be_read_are_kept_with_their_place(chorale_data: Path, tmp_path: Path) -> None:
    corpus = bring_in("xed-en", chorale_data / "xed", tmp_path)
    assert account(corpus) == (27203, 27195, 0, 8, 27195, 27195)
    first = Quarantine.objects.order_by("line").first()
    assert first is not None
    assert (first.where, first.code, first.raw) == ("neu_en.txt, line 74", "ragged-row", "\t\t\t\t")
