"""Pages of corpora, quarantine and collections, on rows that came in by import: each count leads to what it counts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from chorale.jobs import control, engine
from chorale.store import duplicates, people
from chorale.store.models import Collection, CollectionItem, Corpus, CorpusProfile, Event, Item, Job, Quarantine
from chorale.store.models.people import Role
from chorale.web.alike import marked
from chorale.web.heads import heads

pytestmark = pytest.mark.django_db
DESCRIPTOR = """
[corpus]
slug = "notes"
title = "Notes"
licence = "CC0-1.0"
citation = "Nobody (2026)."
source_url = "https://a.invalid"
language = "en"
[[layers]]
name = "emotion"
scheme = "ekman-6-neutral@1.0.0"
perspective = "writer"
[[files]]
path = "notes.csv"
shape = "aggregated"
columns = { id = "id", text = "text", split = "set", facets = { genre = "genre", month = "month" } }
answers = [{ layer = "emotion", column = "feeling" }]
"""
FEELINGS = ("joy", "fear", "anger")
LONG = "It rained all day and all night and nobody came to the door of the old house by the river number "


@pytest.fixture
def notes(settings: Any, tmp_path: Path) -> Corpus:
    """A corpus of 60 rows: 3 labels, 2 genres, 3 near duplicates, 3 rows in quarantine."""
    settings.VAR = tmp_path / "var"
    settings.OBJECT_STORE = (tmp_path / "objects").as_uri()
    plain = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    settings.STORAGES = settings.STORAGES | plain
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "corpus.toml").write_text(DESCRIPTOR)
    rows = ["id,text,set,genre,month,feeling"]
    for n in range(60):
        text = f"{LONG}{n}" if n in (3, 4, 5) else f"Note {n * 7919} about {n * 104729}" + " and so on" * (n % 4)
        feeling = {50: "gloomy", 51: "gloomy", 52: ""}.get(n, FEELINGS[n % 3])
        rows.append(f"{n},{text},{'train' if n < 40 else 'test'},{'diary' if n % 2 else 'news'},{n % 12 + 1},{feeling}")
    (folder / "notes.csv").write_text("\n".join(rows) + "\n")
    job = engine.start("import_corpus", by=None, params={"folder": str(folder)})
    control.run_here(job)
    return Corpus.objects.get(slug="notes")


def client_of(name: str, role: Role) -> Client:
    client = Client()
    client.force_login(people.create(by=None, username=name, password="a-long-password", roles=[role]))
    return client


@pytest.fixture
def client(notes: Corpus) -> Client:
    return client_of("ada", Role.ADMIN)


def test_every_bar_leads_to_the_items_it_counts(client: Client, notes: Corpus) -> None:
    page = client.get("/corpora/notes/").content.decode()
    assert "57 + 0 + 3 = 60 rows read" in page
    told = CorpusProfile.objects.get(corpus=notes)
    known = heads("notes", told.body, told.items)
    assert {"length", "label", "language", "split", "facet:genre", "facet:month"} <= set(known)
    for name, head in known.items():
        for bar in head.bars:
            if bar.items:
                rows = client.get(bar.href.replace("/items/", "/items.json") + "&size=200").json()["rows"]
                assert len(rows) == bar.items, (name, bar)
        if name not in ("label", "facet:month"):
            assert sum(bar.items for bar in head.bars) == notes.items
    months = [bar.value for bar in known["facet:month"].bars]
    assert months == sorted(months, key=float)  # numbers in their own order
    assert client.get(known["facet:genre"].bars[0].href).content.decode().count("Take away: genre") == 1


def test_a_corpus_is_counted_once_and_again_when_rows_come(client: Client, notes: Corpus) -> None:
    client.get("/corpora/notes/")
    before = CorpusProfile.objects.get(corpus=notes).made_at
    client.get("/corpora/notes/")
    assert CorpusProfile.objects.get(corpus=notes).made_at == before
    row = Quarantine.objects.filter(code="unknown-label").order_by("pk")[0]
    client.post(f"/corpora/notes/quarantine/{row.pk}/", {"raw": row.raw.replace("gloomy", "sadness")})
    client.get("/corpora/notes/")
    assert CorpusProfile.objects.get(corpus=notes).items == notes.items + 1


def test_one_row_is_mended_or_dropped(client: Client, notes: Corpus) -> None:
    first, second, third = Quarantine.objects.order_by("pk")
    where = f"/corpora/notes/quarantine/{first.pk}/"
    still = client.post(where, {"raw": first.raw})
    assert (still.status_code, b"still wrong" in still.content) == (422, True)
    mended = client.post(where, {"raw": first.raw.replace("gloomy", "fear")})
    assert mended["Location"] == f"/corpora/notes/quarantine/{second.pk}/"  # on to the next
    assert Item.objects.filter(source_id="50").exists()
    bare = client.post(f"/corpora/notes/quarantine/{third.pk}/drop/", {"reason": " "})
    assert (bare.status_code, Quarantine.objects.get(pk=third.pk).state) == (400, "open")
    client.post(f"/corpora/notes/quarantine/{third.pk}/drop/", {"reason": "says nothing"})
    assert Event.objects.get(action="quarantine.drop").detail["reason"] == "says nothing"
    row = Corpus.objects.get(slug="notes")
    assert (row.rows_imported, row.rows_quarantined, row.rows_read) == (58, 2, 60)
    told = client.get("/corpora/notes/quarantine.json?state=open").json()["rows"]
    assert [line["raw"] for line in told] == [second.raw]


def test_many_rows_are_mended_alike(client: Client, notes: Corpus) -> None:
    sent = client.post(
        "/corpora/notes/quarantine/many/", {"act": "mend", "code": "unknown-label", "find": "gloomy", "put": "sadness"}
    )
    job = Job.objects.get(kind="answer_quarantine")
    assert sent["Location"] == f"/jobs/{job.uuid}/"
    control.run_here(job)
    job.refresh_from_db()
    assert (job.state, job.result) == ("done", {"corpus": "notes", "answered": 2, "still": 0})
    assert Corpus.objects.get(slug="notes").rows_imported == 59
    for wrong in ({"act": "mend"}, {"act": "drop"}, {"act": "burn"}):
        assert client.post("/corpora/notes/quarantine/many/", wrong).status_code == 400
    again = engine.start("answer_quarantine", by=None, params={"corpus": "notes", "act": "replay"})
    control.run_here(again)
    again.refresh_from_db()
    assert again.result["still"] == 1
    assert Quarantine.objects.filter(state="open").count() == 1


@pytest.mark.django_db(transaction=True)  # the search reads by a connection of its own
def test_what_is_alike_is_shown_word_by_word(client: Client, notes: Corpus) -> None:
    assert b"No near duplicates are known" in client.get("/corpora/notes/alike/").content
    duplicates.find()
    page = client.get("/corpora/notes/alike/").content.decode()
    assert re.findall(r"<mark>(.*?)</mark>", page) == ["4", "5"]
    told = client.get("/corpora/notes/alike.json").json()
    assert [len(group["followers"]) for group in told["rows"]] == [2]
    item = Item.objects.get(source_id="4")
    assert "Nearly the same" in client.get(f"/items/{item.uuid}/").content.decode()
    assert [(p.text, p.own) for p in marked("a b c", "a x c")] == [("a ", False), ("x ", True), ("c", False)]


def draw(client: Client, **more: Any) -> Any:
    return client.post("/collections/new/", {"slug": "c", "title": "C", "corpus": "notes", "seed": 1, **more})


def test_the_form_tells_what_it_would_draw_and_draws_that(client: Client, notes: Corpus) -> None:
    wanted = {
        "share": "equal",
        "by": ["label", "split"],
        "scheme": "ekman-6-neutral@1.0.0",
        "size": 12,
        "corpus": "notes",
    }
    told = client.post("/collections/new/preview/", {"seed": 1, **wanted}).content.decode()
    assert "joy / train" in told
    assert not Collection.objects.exists()
    assert draw(client, **wanted)["Location"] == "/collections/c/"
    row = Collection.objects.get()
    assert (row.items, row.report["drawn"]) == (12, 12)
    chances = set(CollectionItem.objects.values_list("probability", flat=True))
    assert chances == {s["probability"] for s in row.report["strata"] if s["drawn"]}
    page = client.get("/collections/c/").content.decode()
    assert "joy / train" in page
    assert "Every value that matched is covered" in page
    assert client.get("/collections/c/report.json").json()["report"]["matched"] == 57


def test_quotas_filters_and_what_is_missing(client: Client, notes: Corpus) -> None:
    quota = {"share": "quota", "by": ["facet:genre"], "quota": "diary = 3\nnews = 2", "shortest": 10}
    client.get("/corpora/notes/")  # facets are offered once they are counted
    assert draw(client, **quota).status_code == 302
    facets = CollectionItem.objects.values_list("item__facets__genre", flat=True)
    assert sorted(facets) == ["diary"] * 3 + ["news"] * 2
    for wrong, said in (
        ({"share": "equal", "size": 5}, "told apart"),
        ({"share": "simple"}, "How many"),
        ({"share": "quota", "by": ["split"]}, "number for each stratum"),
        ({"share": "equal", "by": ["label"], "size": 5}, "choose it"),
        ({"text": "no such words"}, "No item meets the filter"),
    ):
        answer = draw(client, slug="other", **wrong)
        assert (answer.status_code, said in answer.content.decode()) == (422, True), wrong
    told = client.post("/collections/new/preview/", {"share": "quota", "by": ["split"], "quota": "moon = 1", "seed": 0})
    assert "No matching item is in moon" in told.content.decode()


def test_texts_are_looked_through_and_masked_on_request(client: Client, notes: Corpus) -> None:
    item = Item.objects.get(source_id="7")
    Item.objects.filter(pk=item.pk).update(text="Write to ada.lovelace@example.org about it, will you?")
    client.post("/corpora/notes/look/screen_corpus/")
    control.run_here(Job.objects.get(kind="screen_corpus"))
    page = client.get("/corpora/notes/").content.decode()
    assert "email 1" in page
    told = client.get("/items.json?corpus=notes&pii=email").json()["rows"]
    assert [row["uuid"] for row in told] == [str(item.uuid)[:8]]
    assert client.post("/corpora/notes/mask/", {"kinds": ["shoe-size"]}).status_code == 400
    client.post("/corpora/notes/mask/", {"kinds": ["email"]})
    control.run_here(Job.objects.get(kind="mask_corpus"))
    item.refresh_from_db()
    assert "ada.lovelace" not in item.text


def test_who_may(notes: Corpus) -> None:
    reader = client_of("rhea", Role.RESEARCHER)
    for address in (
        "/corpora/notes/",
        "/corpora/notes/alike/",
        "/corpora/notes/compare/",
        "/corpora/notes/corpus.toml",
    ):
        assert reader.get(address).status_code == 200, address
    row = Quarantine.objects.order_by("pk")[0]
    for address in ("/corpora/notes/quarantine/", f"/corpora/notes/quarantine/{row.pk}/", "/corpora/import/"):
        assert reader.get(address).status_code == 403, address
    for address in (
        "/corpora/notes/quarantine/many/",
        "/collections/new/preview/",
        "/corpora/notes/look/screen_corpus/",
    ):
        assert reader.post(address).status_code == 403, address


def test_the_same_by_program(client: Client, notes: Corpus) -> None:
    client.get("/corpora/notes/")
    told = client.get("/api/v1/corpora/notes/profile").json()
    assert (told["items"], told["stale"], sum(row["items"] for row in told["body"]["splits"])) == (57, False, 57)
    row = client.get("/api/v1/corpora/notes/quarantine?code=unknown-label").json()["rows"][0]
    send = {"content_type": "application/json"}
    still = client.post(f"/api/v1/quarantine/{row['pk']}/mend", {}, **send)
    assert (still.status_code, still.json()["code"]) == (400, "unknown-label")
    mended = client.post(f"/api/v1/quarantine/{row['pk']}/mend", {"raw": row["raw"].replace("gloomy", "joy")}, **send)
    assert mended.json() == {"imported": 1, "duplicates": 0}
    assert client.post(f"/api/v1/quarantine/{row['pk']}/drop", {"reason": " "}, **send).status_code == 422
    wanted = {"filter": {"corpus": "notes"}, "size": 6, "plan": {"by": ["split"], "share": "equal"}}
    assert client.post("/api/v1/collection-preview", wanted, **send).json()["drawn"] == 6
    drawn = client.post("/api/v1/collections", {"slug": "six", "title": "Six", **wanted}, **send)
    assert (drawn.status_code, drawn.json()["items"]) == (201, 6)
    assert client.get("/api/v1/collections/six").json()["report"]["drawn"] == 6
