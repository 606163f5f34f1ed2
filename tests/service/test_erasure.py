"""Erased means gone: from releases, Label Studio, model logs, raw uploads and rows, with a tombstone that says so."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError, call_command

from annotation.studio.client import Studio
from chorale.jobs import control, engine
from chorale.store import erasure, object_store, release_versions, releases
from chorale.store.models import (
    AggregationReport,
    AgreementReport,
    AgreementSums,
    Campaign,
    Collection,
    CollectionItem,
    Erasure,
    Event,
    Item,
    Job,
    Judgment,
    ModelRequest,
    Prompt,
    Quarantine,
    Rater,
    Release,
    Response,
    SourceFile,
    StudioTask,
)
from chorale.store.models.people import Role
from harmonize.problems import ChoraleError
from tests.service.campaign_rows import make_campaign
from tests.service.test_release import RECIPE, built, fill, folder
from tests.service.test_release_pages import signed_in, text
from tests.service.test_web_pages import plain_static
from tests.service.web_scene import person
from tests.stack import Address

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["plain_static"]

SECRET = 'what "zephyrine" may read\nany more'


@pytest.fixture
def raw(tmp_path: Path, settings: Any) -> SourceFile:
    """The letters of `fill` with a raw upload behind them: line 5 is letter 3, a record of two lines."""
    settings.OBJECT_STORE = (tmp_path / "objects").as_uri()
    fill(1)
    lines = ["id,text", *(f"s{i},größe {i}" for i in range(3)), 's3,"what ""zephyrine"" may read', 'any more"']
    lines += [f"s{i},größe {i}" for i in range(4, 40)]
    path = tmp_path / "letters.csv"
    path.write_bytes("\r\n".join(lines).encode() + b"\r\n")
    key, sha256 = object_store.put_file(path)
    corpus = Item.objects.all()[0].corpus
    file = SourceFile.objects.create(corpus=corpus, name="letters.csv", sha256=sha256, bytes=1, stored_as=key)
    for i in range(40):
        line = i + 2 if i <= 3 else i + 3
        Item.objects.filter(source_id=f"s{i}").update(source_file=file, line=line)
    Response.objects.filter(campaign=None, job=None).update(source_file=file)
    for response in Response.objects.filter(source_file=file).select_related("item"):
        Response.objects.filter(pk=response.pk).update(line=response.item.line)
    Item.objects.filter(source_id="s3").update(text=SECRET, group="d")
    Item.objects.filter(source_id="s4").update(group="d", context=[{"speaker": "A", "text": SECRET}])
    return file


def erased(row: Item | Rater) -> Job:
    begun = erasure.begin(by=None, row=row, reason="Its author asked.")
    return control.run_here(engine.start("erase", by=None, params={"erasure": begun.pk}))


def objects(tmp_path: Path) -> bytes:
    return b"".join(path.read_bytes() for path in (tmp_path / "objects").rglob("*") if path.is_file())


def test_an_item_leaves_nothing_behind(raw: SourceFile, tmp_path: Path) -> None:
    first = built()
    row = Item.objects.get(source_id="s3")
    uuid, rater = row.uuid, Rater.objects.get(pseudonym="echo-1")
    for about in (uuid, Item.objects.get(source_id="s4").uuid):  # the turn after it was asked about with it
        ModelRequest.objects.create(
            key=str(about), rater=rater, item=about, packed=b"x",
            prompt_tokens=1, completion_tokens=1, tries=1, seconds=1.0,
        )  # fmt: skip
    shots = [{"item": {"id": str(uuid), "text": SECRET}, "answers": {"*": "joy"}}]
    Prompt.objects.create(ref="p@1#0", definition={"id": "p", "shots": shots})
    Quarantine.objects.create(corpus=row.corpus, source_file=raw, line=5, raw=SECRET, code="x", where="x", what="x")
    job = erased(row)
    assert (job.state, job.result["reached"]["lines of raw uploads"]) == ("done", 1)
    assert not Item.objects.filter(uuid=uuid).exists()
    assert not Judgment.objects.filter(item__uuid=uuid).exists()
    assert not ModelRequest.objects.exists()
    assert not Quarantine.objects.exists()
    assert SECRET not in json.dumps(Prompt.objects.get().definition, ensure_ascii=False)
    assert Item.objects.get(source_id="s4").context == [{"speaker": "A", "text": "[withdrawn]"}]
    kept = SourceFile.objects.get()
    with object_store.open_key(kept.stored_as) as file:
        lines = file.read().split(b"\n")
    assert (lines[4], lines[5], lines[6]) == (b"", b"", "s4,größe 4\r".encode()), "every other line stays where it was"
    assert kept.sha256 == raw.sha256, "the hash of what was read in stays"
    assert b"zephyrine" not in objects(tmp_path)
    assert "withdrawn" in str(releases.verify_release(Release.objects.get(pk=first.pk))).lower()
    patch = built(release_versions.find("letters@0.1.1").recipe)
    assert str(uuid) not in pq.read_table(folder(patch) / "items.parquet")["uuid"].to_pylist()
    assert {"item.erase-begin", "release.withdraw", "item.erase"} <= set(Event.objects.values_list("action", flat=True))


def test_a_release_that_shows_it_before_a_later_turn_alone_is_withdrawn_too(raw: SourceFile, tmp_path: Path) -> None:
    later = Collection.objects.create(slug="later", title="Later")
    CollectionItem.objects.create(collection=later, item=Item.objects.get(source_id="s4"), position=0)
    narrow = RECIPE.replace('corpora = ["letters"]', 'corpora = []\ncollections = ["later"]')
    first = built(narrow.replace('campaigns = ["reading"]', "campaigns = []"))
    assert pq.read_table(folder(first) / "items.parquet")["source_id"].to_pylist() == ["s4"]
    assert "zephyrine" in str(pq.read_table(folder(first) / "items.parquet")["context"].to_pylist())
    erased(Item.objects.get(source_id="s3"))
    first.refresh_from_db()
    assert (first.state, (folder(first) / "items.parquet").exists()) == ("withdrawn", False)
    assert release_versions.sides(first).num_rows == 1, "the later turn keeps its side"
    assert release_versions.find("letters@0.1.1").state == "draft"


def test_a_rater_of_a_corpus_leaves_the_ratings_of_others(raw: SourceFile, tmp_path: Path) -> None:
    built()
    row = Rater.objects.get(source_key="r1")
    job = erased(row)
    assert job.result["reached"]["judgments"] == 40
    assert not Rater.objects.filter(source_key="r1").exists()
    assert Judgment.objects.filter(rater__source_key="r2").count() == 40
    assert Erasure.objects.get().key == "letters:r1"
    patch = built(release_versions.find("letters@0.1.1").recipe)
    votes = pq.read_table(folder(patch) / "items.parquet", columns=["goemotions_n"])["goemotions_n"].to_pylist()
    assert max(votes) == 3


def test_kept_figures_lose_the_rows_of_who_is_erased_and_say_that_they_are_stale(raw: SourceFile) -> None:
    scope = {"scope_type": "corpus", "scope": "letters", "scheme": "goemotions-28@1.0.0", "perspective": "reader"}
    for kind in ("measure", "settle"):
        control.run_here(engine.start(kind, by=None, params=scope))
    rater = Rater.objects.get(source_key="r1")
    others = {str(key) for key in Rater.objects.filter(kind="person").exclude(pk=rater.pk).values_list("pk", flat=True)}
    report, settled = AgreementReport.objects.get(), AggregationReport.objects.get()
    assert str(rater.pk) in named(report.body) & named(settled.body)
    measured = report.measured_at
    values = report.body["people"]
    erased(rater)
    for row in (report, settled):
        row.refresh_from_db()
        assert str(rater.pk) not in named(row.body)
        assert named(row.body) & others, "the others keep theirs"
        assert row.body["stale"]["why"] == "A rater was erased. Measure again."
    assert (report.measured_at, report.body["people"]) == (measured, values), "figures of many stay as measured"
    assert not AgreementSums.objects.exists()
    pages = signed_in(person("ada", Role.ADMIN))
    assert "A rater was erased. Measure again." in text(pages.get(f"/agreement/{report.pk}/"))
    control.run_here(engine.start("measure", by=None, params=scope))
    assert "stale" not in AgreementReport.objects.get().body
    hard = AgreementReport.objects.get().body["panel"]["hardest"]
    erased(Item.objects.get(pk=hard[0]["item"]))
    again = AgreementReport.objects.get().body
    assert again["panel"]["hardest"] == hard[1:]
    assert again["stale"]["why"] == "An item was erased. Measure again."


def named(body: Any) -> set[str]:
    """The keys of raters that a report has rows of."""
    if isinstance(body, list):
        return set().union(*(named(part) for part in body))
    if not isinstance(body, dict):
        return set()
    own = {str(body["rater"])} if "rater" in body else set()
    listed = body.get("raters")
    own |= {str(key) for key in listed if not isinstance(key, dict)} if isinstance(listed, list) else set()
    return own.union(body.get("rater_pages") or (), *(named(part) for part in body.values()))


def test_files_of_derived_columns_lose_what_is_erased(raw: SourceFile, tmp_path: Path) -> None:
    rows = list(Item.objects.order_by("source_id")[:3])
    table = pa.table({"item": [str(row.uuid) for row in rows], "size": pa.array([0.1, 0.2, 0.3], pa.float32())})
    pq.write_table(table, tmp_path / "derived.parquet")
    key, sha256 = object_store.put_file(tmp_path / "derived.parquet", prefix="derived")
    told = {"rule": "turn-shift@1", "file": key, "sha256": sha256, "defined": 3}
    told["top"] = [[row.pk, 0.3] for row in rows]
    job = Job.objects.create(kind="derive_columns", params={}, state="done", result=told)
    erased(rows[1])
    job.refresh_from_db()
    with object_store.open_key(job.result["file"]) as file:
        assert pq.read_table(file).to_pylist() == [table.to_pylist()[0], table.to_pylist()[2]]
    assert (job.result["defined"], [pk for pk, _ in job.result["top"]]) == (2, [rows[0].pk, rows[2].pk])
    assert job.result["file"] != key
    assert not (tmp_path / "objects" / key).exists()
    assert Erasure.objects.get().reached["files of derived columns"] == 1


def test_no_import_brings_it_back(tmp_path: Path, settings: Any) -> None:
    settings.OBJECT_STORE = (tmp_path / "objects").as_uri()
    corpus = shutil.copytree(Path(settings.ROOT, "samples", "letters"), tmp_path / "letters")
    control.run_here(engine.start("import_corpus", by=None, params={"folder": str(corpus)}))
    row = Item.objects.exclude(text="").order_by("pk")[0]
    told, name = row.text.encode(), row.source_id
    rater = Rater.objects.filter(corpus=row.corpus, kind="person").exclude(source_key="").first()
    assert rater is not None
    before = Item.objects.count()
    erased(row)
    erased(rater)
    for path in corpus.rglob("*.csv"):  # other bytes, so that every line is read again
        path.write_bytes(path.read_bytes() + b"\n")
    control.run_here(engine.start("import_corpus", by=None, params={"folder": str(corpus)}))
    assert Item.objects.count() == before - 1
    assert not Item.objects.filter(source_id=name).exists()
    assert not Rater.objects.filter(source_key=rater.source_key).exists()
    assert {row.code for row in Quarantine.objects.filter(code="erased")} == {"erased"}
    assert not Quarantine.objects.filter(raw__contains=told.decode()).exists()


def test_an_upload_that_an_operator_removed_holds_nothing_up(raw: SourceFile, tmp_path: Path) -> None:
    (tmp_path / "objects" / raw.stored_as).unlink()
    job = erased(Item.objects.get(source_id="s3"))
    assert (job.state, job.result["reached"]["lines of raw uploads"]) == ("done", 0)
    assert SourceFile.objects.get().stored_as == ""


def test_a_killed_erasure_is_begun_again_and_ends(raw: SourceFile, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed when the files were withdrawn and before the patch was drafted; then when only the rows were left."""
    built()
    row = Item.objects.get(source_id="s3")
    begun = erasure.begin(by=None, row=row, reason="Its author asked.")
    for place in ("chorale.store.withdrawals.patched", "chorale.store.erasure.erase_rows"):
        with monkeypatch.context() as patch:
            patch.setattr(place, lambda *args: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                control.run_here(engine.start("erase", by=None, params={"erasure": begun.pk}))
        assert Item.objects.filter(pk=row.pk).exists()
    control.run_here(engine.start("erase", by=None, params={"erasure": begun.pk}))
    assert not Item.objects.filter(pk=row.pk).exists()
    assert release_versions.find("letters@0.1.1").state == "draft"
    assert Event.objects.filter(action="release.withdraw").count() == 1


def test_label_studio_forgets_tasks_and_answers(label_studio: Address) -> None:
    campaign = make_campaign("erased", count=2, names=("ana", "ben"))
    api = Studio(label_studio.url, label_studio.token)
    one, two = StudioTask.objects.filter(project__campaign=campaign).order_by("item__source_id")
    answer = api.http.post(f"/api/tasks/{two.ls_id}/annotations/", json={"result": []}).json()["id"]
    ana = Rater.objects.get(user__username="ana")
    Response.objects.create(
        slot="0" * 32, item=two.item, rater=ana, campaign=campaign, origin="manual", external_id=answer
    )
    erased(one.item)
    assert api.task(one.ls_id).tasks == ()
    assert api.task(two.ls_id).tasks[0]["annotations"]
    erased(ana)
    assert api.task(two.ls_id).tasks[0]["annotations"] == []
    assert not Rater.objects.filter(pk=ana.pk).exists()
    gone = Campaign.objects.get(pk=campaign.pk)
    assert not gone.assignments.filter(rater__user__username="ana").exists()


def test_the_page_asks_twice_and_admins_alone(raw: SourceFile) -> None:
    row = Item.objects.get(source_id="s7")
    address = f"/items/{row.uuid}/erase/"
    assert signed_in(person("rhea", Role.RESEARCHER)).get(address).status_code == 403
    pages = signed_in(person("ada", Role.ADMIN))
    shown = text(pages.get(address))
    assert "lines of raw uploads" in shown
    assert pages.post(address, {"reason": "Asked.", "name": "s8"}).status_code == 422
    assert not Erasure.objects.exists()
    assert pages.post(address, {"reason": "Asked.", "name": "s7"}).status_code == 302
    control.run_here(Job.objects.filter(kind="erase").latest("pk"))
    assert "Asked." in text(pages.get("/erasures/"))
    assert pages.get(address).status_code == 404
    rater = Rater.objects.get(source_key="r2")
    assert "judgments" in text(pages.get(f"/raters/{rater.pk}/erase/"))
    assert pages.get(f"/raters/{Rater.objects.get(kind='model').pk}/erase/").status_code == 404


def test_the_command_and_what_it_refuses(raw: SourceFile) -> None:
    row = Item.objects.get(source_id="s9")
    call_command("erase", "item", str(row.uuid), "--reason", "Asked.", "--here")
    assert not Item.objects.filter(pk=row.pk).exists()
    for which in (str(row.uuid), "no-uuid"):
        with pytest.raises(CommandError, match="There is no item"):
            call_command("erase", "item", which, "--reason", "Asked.", "--here")
    with pytest.raises(ChoraleError, match="is a model"):
        erasure.begin(by=None, row=Rater.objects.get(kind="model"), reason="x")
