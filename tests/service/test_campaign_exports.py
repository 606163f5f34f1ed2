"""A campaign's judgments as Parquet from its page at any time: a job, two files by signed links, gone by erasure."""

from __future__ import annotations

import asyncio
import hashlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.core.management import call_command
from django.test import Client

from chorale.jobs import control, engine
from chorale.store import access, campaign_exports, registry, signed_links
from chorale.store.models import Campaign, Erasure, Event, Form, FormLayer, Item, Job, Judgment, Rater, Response
from chorale.store.models.people import Role
from harmonize.problems import ChoraleError
from tests.service.test_erasure import erased
from tests.service.test_release import fill
from tests.service.test_release_pages import signed_in, text, worked
from tests.service.test_web_pages import plain_static
from tests.service.web_scene import person

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["plain_static"]

PAGE = "/campaigns/reading/"


@pytest.fixture
def admin(tmp_path: Path, settings: Any) -> Client:
    settings.OBJECT_STORE = (tmp_path / "objects").as_uri()
    fill(1)
    FormLayer.objects.create(
        form=Form.objects.get(slug="reading"), position=0, name="emotion",
        scheme=registry.scheme("goemotions-28@1.0.0"), perspective="reader", question="What?",
    )  # fmt: skip
    return signed_in(person("ada", Role.ADMIN))


def body(response: Any) -> bytes:
    async def gathered() -> bytes:
        return b"".join([part async for part in response])

    return asyncio.run(gathered()) if response.is_async else response.getvalue()


def exported(admin: Client) -> Job:
    assert admin.post(f"{PAGE}export/").status_code == 302
    return worked("export_campaign")


def link(admin: Client, name: str = "judgments.parquet") -> str:
    return str(admin.get(f"{PAGE}export/{name}").headers["Location"])


def test_the_page_exports_what_the_command_exports(admin: Client, tmp_path: Path) -> None:
    assert "Export all judgments" in text(admin.get(PAGE))
    job = exported(admin)
    assert (job.result["judgments"], job.done, job.total) == (20, 20, 20), "anna and bo, whatever they consented to"
    page = text(admin.get(PAGE))
    assert "20 judgments" in page
    assert job.result["files"]["judgments.parquet"]["sha256"] in page
    call_command("export_campaign", "reading", str(tmp_path / "ratings"))
    for name, facts in job.result["files"].items():
        answer = admin.get(link(admin, name))
        got = body(answer)
        assert got == (tmp_path / "ratings" / name).read_bytes(), name
        assert hashlib.sha256(got).hexdigest() == facts["sha256"]
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
        part = admin.get(link(admin, name), headers={"range": "bytes=100-"})
        assert (part.status_code, body(part)) == (206, got[100:])
    told = admin.get("/api/v1/campaigns/reading/export").json()
    assert (told["judgments"], {one["name"] for one in told["files"]}) == (20, {"judgments.parquet", "raters.parquet"})
    events = list(Event.objects.filter(action__startswith="campaign.export").order_by("pk"))
    assert [event.action for event in events] == ["campaign.export"] * 2 + ["campaign.export-download"] * 2
    assert (events[0].by.username, events[0].detail["judgments"]) == ("ada", 20)
    assert {event.detail["file"] for event in events[2:]} == {"judgments.parquet", "raters.parquet"}


def test_rounds_in_its_course_are_in_it_under_their_own_names(admin: Client) -> None:
    main = Campaign.objects.get(slug="reading")
    pilot = Campaign.objects.create(
        slug="reading-repeat", title="Again", form=main.form, collection=main.collection, round="repeat", parent=main
    )
    Response.objects.filter(campaign=main, item__source_id="s9").update(campaign=pilot)
    job = exported(admin)
    table = pq.read_table(BytesIO(body(admin.get(link(admin)))))
    assert job.total == table.num_rows == 20
    assert sorted(set(table["campaign"].to_pylist())) == ["reading", "reading-repeat"]
    assert table["campaign"].to_pylist().count("reading-repeat") == 2


def test_a_link_is_good_for_admins_and_for_a_time(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    exported(admin)
    address = link(admin)
    stranger = Client(headers={"host": "localhost"})
    assert stranger.get(address).status_code == 200, "whoever holds it, as a script does"
    assert stranger.get(address.replace("/link/", "/link/x")).status_code == 400
    for other in (stranger, signed_in(person("rhea", Role.RESEARCHER)), signed_in(person("ann", Role.ANNOTATOR))):
        assert other.get(f"{PAGE}export/judgments.parquet").status_code != 200
        assert not other.get(f"{PAGE}export/judgments.parquet").headers.get("Location", "").startswith("/exports/")
        assert other.post(f"{PAGE}export/").status_code in (302, 403)
        assert other.get("/api/v1/campaigns/reading/export").status_code in (401, 403, 404)
    assert Job.objects.filter(kind="export_campaign").count() == 1
    assert admin.get(f"{PAGE}export/other.parquet").status_code == 404
    with monkeypatch.context() as patch:
        patch.setattr(signed_links, "SECONDS", -1)
        assert "expired" in text(stranger.get(address))
    ada = person("ada", Role.ADMIN)
    ada.groups.clear()
    assert Role.ADMIN not in access.roles(type(ada).objects.get(pk=ada.pk))
    assert stranger.get(address).status_code == 404


def test_the_next_export_takes_the_place_of_the_last_and_one_is_made_at_a_time(admin: Client, tmp_path: Path) -> None:
    first = exported(admin)
    old = link(admin)
    Judgment.objects.filter(rater__pseudonym="bo", item__source_id="s1").delete()
    admin.post(f"{PAGE}export/")
    admin.post(f"{PAGE}export/")
    assert Job.objects.filter(kind="export_campaign").count() == 2
    assert "under way" in text(admin.get(PAGE))
    assert admin.get(old).status_code == 200, "until the next is there"
    second = worked("export_campaign")
    assert second.result["judgments"] == 19
    assert admin.get(old).status_code == 404
    kept = list((tmp_path / "objects" / "campaign-exports").rglob("*.parquet"))
    assert {path.parent.name for path in kept} == {str(second.uuid)} != {str(first.uuid)}


@pytest.mark.parametrize("which", ["rater", "item"])
def test_an_erasure_takes_the_export_away(admin: Client, tmp_path: Path, which: str) -> None:
    exported(admin)
    address = link(admin)
    erased(Rater.objects.get(pseudonym="anna") if which == "rater" else Item.objects.get(source_id="s5"))
    assert Erasure.objects.get().reached["exports of campaigns"] == 1
    assert admin.get(address).status_code == 404
    assert not list((tmp_path / "objects").rglob("campaign-exports/**/*.parquet"))
    assert "An answer in it was erased. Export again." in text(admin.get(PAGE))
    assert exported(admin).result["judgments"] == (10 if which == "rater" else 18)


def test_an_export_that_an_erasure_stops_keeps_nothing(
    admin: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has read the answers, and is writing its files, when the erasure looks for exports."""
    whole = campaign_exports.keep

    def late(job: Job, progress: Any) -> Any:
        told = whole(job, progress)
        Job.objects.filter(pk=job.pk).update(cancel=True)
        return told

    monkeypatch.setattr(campaign_exports, "keep", late)
    job = engine.start(campaign_exports.KIND, by=None, params={"campaign": "reading"})
    with pytest.raises(ChoraleError, match="cancelled"):
        control.run_here(job)
    job.refresh_from_db()
    assert (job.state, job.result.get("files")) == ("cancelled", None)
    assert not any(path.is_file() for path in (tmp_path / "objects" / "campaign-exports").rglob("*"))


def test_a_killed_export_is_begun_again_and_a_wrong_name_is_refused(
    admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(campaign_exports, "record", lambda *args: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            exported(admin)
    job = Job.objects.get(kind="export_campaign")
    assert (job.result, "Export all judgments" in text(admin.get(PAGE))) == ({}, False), "it is under way still"
    job.shards.update(lease_until=None)
    assert worked("export_campaign").result["judgments"] == 20
    assert Event.objects.filter(action="campaign.export").count() == 1
    with pytest.raises(Exception, match="no campaign 'nothing'"):
        engine.start("export_campaign", by=None, params={"campaign": "nothing"})
    assert control.run_here(engine.start("export_campaign", by=None, params={"campaign": "reading"})).state == "done"
