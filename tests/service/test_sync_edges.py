"""Where both sides may drift apart: pages that are late, projects that are gone, imports sent twice, rows lost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from annotation.studio import Answer, write_result
from annotation.studio.client import Page, Studio
from chorale.jobs import control, engine
from chorale.store import campaigns, consents, people, studio_push, studio_raters, studio_sync
from chorale.store.models import Campaign, Response, Seat, StudioProject, StudioTask, SyncProblem, User
from chorale.store.models.people import Role
from chorale.store.people import rater_of
from harmonize.problems import ChoraleError
from harmonize.records import Status
from tests.service.campaign_rows import clear_studio, make_campaign, push, sync

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("label_studio")]
LONG_AGO = "2020-01-01T00:00:00.000000Z"


@pytest.fixture(autouse=True)
def assets(settings: Any) -> None:
    plain = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    settings.STORAGES = settings.STORAGES | plain


@pytest.fixture
def campaign() -> Iterator[Campaign]:
    made = make_campaign(count=6)
    yield made
    clear_studio()


def answered(campaign: Campaign, who: str, *items: str) -> list[int]:
    """Answers given in Label Studio itself; their numbers."""
    said = [Answer("emotion", Status.ANSWERED, labels=(3,)), Answer("vad", Status.ANSWERED, values=(5.0, 5.0, 5.0))]
    result = write_result(said, campaigns.layers_of(campaign.form))
    with studio_raters.sign_in(rater_of(User.objects.get(username=who))) as rater:
        return [rater.submit(task_of(item).ls_id, result) for item in items]


def task_of(item: str) -> StudioTask:
    return StudioTask.objects.get(item__source_id=item)


def counted(campaign: Campaign) -> dict[str, Any]:
    """The ledger as its job counts it."""
    job = control.run_here(engine.start("balance_campaign", by=None, params={"campaign": campaign.slug}))
    return dict(job.result)


def test_every_difference_has_a_name_and_ends(campaign: Campaign, client: Client) -> None:
    api, number = studio_push.connect(), campaign.projects.get().ls_id or 0
    ana = answered(campaign, "ana", "L0", "L1", "L2")
    answered(campaign, "ben", "L0", "L1")
    sync(campaign)
    assert counted(campaign)["balanced"]

    api.delete(f"/api/annotations/{ana[0]}/")  # an answer deleted there
    api.delete(f"/api/tasks/{task_of('L5').ls_id}/")  # an item deleted there
    [stranger] = api.add_tasks(number, [{"text": "not ours"}])
    Response.objects.filter(external_id=ana[1]).update(retired_at=timezone.now())  # a row retired here alone
    [late] = answered(campaign, "chloe", "L2")
    api.http.post(f"/api/tasks/{task_of('L3').ls_id}/annotations/", json={"result": []}).raise_for_status()
    lost = task_of("L5").ls_id
    consents.withdraw(by=User.objects.get(username="ben"), campaign=campaign, purpose="rating", take_out=True)
    book = counted(campaign)
    named = {(d["kind"], d["task"], d["answer"]) for d in book["differences"]}
    assert {("gone", task_of("L0").ls_id, ana[0]), ("lost", lost, None), ("foreign", stranger, None)} <= named
    assert {("retired", task_of("L1").ls_id, ana[1]), ("waiting", task_of("L2").ls_id, late)} <= named
    assert {kind: book[kind] for kind in ("gone", "lost", "foreign", "retired", "waiting", "leaving")} == {
        "gone": 1, "lost": 1, "foreign": 1, "retired": 1, "waiting": 2, "leaving": 2
    }  # fmt: skip
    assert book["answers"] == sum(book[kind] for kind in ("taken", "refused", "waiting", "retired", "leaving"))
    _looked_at(client, campaign, named)

    Response.objects.filter(external_id=ana[0]).update(external_revision=LONG_AGO)
    sync(campaign, full=True)
    api.delete(f"/api/tasks/{stranger}/")
    push(campaign)
    after = counted(campaign)
    assert {d["kind"] for d in after["differences"]} == {"leaving"}, "until the job has deleted them there"
    assert (after["items_there"], after["items_here"], after["refused"]) == (6, 6, 1)
    assert Response.objects.get(external_id=ana[1]).retired_at is None


def _looked_at(client: Client, campaign: Campaign, named: set[Any]) -> None:
    """The page and its files say the same."""
    admin = people.create(by=None, username="ada", password="ada-letters-2026", roles=[Role.ADMIN])
    client.force_login(admin, backend="allauth.account.auth_backends.AuthenticationBackend")
    address = f"/campaigns/{campaign.slug}/ledger"
    page = client.get(f"{address}/").content.decode()
    assert "they differ" in page
    lines = client.get(f"{address}.csv").content.decode().splitlines()
    assert len(lines) == 1 + len(named)
    told = client.get(f"{address}.json").json()["differences"]
    assert {(d["kind"], d["task"], d["answer"]) for d in told} == named
    assert all(d["what"] for d in told)


def test_a_project_that_is_gone_retires_nothing(campaign: Campaign) -> None:
    answered(campaign, "ana", "L0")
    sync(campaign)
    project = campaign.projects.get()
    Response.objects.update(external_revision=LONG_AGO)
    studio_push.connect().delete_project(project.ls_id or 0)
    with pytest.raises(ChoraleError):
        sync(campaign, full=True)
    assert Response.objects.get().retired_at is None
    assert StudioTask.objects.count() == 6
    StudioProject.objects.update(ls_id=None)


def test_a_page_read_before_a_deletion_does_not_bring_the_answer_back(campaign: Campaign) -> None:
    [number] = answered(campaign, "ana", "L0")
    sync(campaign)
    project, api = campaign.projects.get(), studio_push.connect()
    late = api.page(project.ls_id or 0)
    api.delete(f"/api/annotations/{number}/")
    revision = Response.objects.get().external_revision
    Response.objects.update(external_revision=LONG_AGO)  # a young answer might only be missing from the page
    sync(campaign)
    assert Response.objects.get().retired_at is not None
    Response.objects.update(external_revision=revision)
    studio_sync.take_page(project, late)
    assert Response.objects.get().retired_at is not None


def test_an_item_sent_while_everything_is_read_is_not_taken_for_lost(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, task = Studio.page, StudioTask.objects.order_by("ls_id")[5]
    new = StudioTask(project=task.project, item=task.item, ls_id=task.ls_id)
    task.delete()

    def meanwhile(self: Studio, project: int, **options: Any) -> Page:
        page = read(self, project, **options)
        if page.last and not StudioTask.objects.filter(ls_id=new.ls_id).exists():
            new.save()
        kept = tuple(one for one in page.tasks if one["id"] != new.ls_id)  # it was read before that
        return Page(kept, page.read_at, last=page.last, upto=page.upto)

    StudioProject.objects.update(cursor=timezone.now())
    monkeypatch.setattr(Studio, "page", meanwhile)
    sync(campaign, full=True)
    assert StudioTask.objects.filter(ls_id=new.ls_id).exists()


def test_an_import_that_was_sent_twice_leaves_every_item_once(campaign: Campaign) -> None:
    """Its answer came too late, so it was sent again."""
    project, api = campaign.projects.get(), studio_push.connect()
    told = studio_push.options(campaign.pk)
    StudioTask.objects.filter(item__source_id="L0").delete()
    there = campaign.collection.members.filter(item__source_id="L1").values_list("item", flat=True)
    keys = [*studio_push.waiting(project), *there]
    data = [studio_push.studio.item_data(studio_push.shown(item), told) for item in studio_push.items_of(keys)]
    api.add_tasks(project.ls_id or 0, data)
    api.add_tasks(project.ls_id or 0, data)
    assert api.task_count(project.ls_id or 0) > 6
    push(campaign)
    assert (api.task_count(project.ls_id or 0), StudioTask.objects.count()) == (6, 6)
    held = {int(task["id"]) for page in api.pages(project.ls_id or 0) for task in page.tasks}
    assert held == set(StudioTask.objects.values_list("ls_id", flat=True))


def test_a_place_whose_answer_never_arrived_is_free_again(campaign: Campaign) -> None:
    ben, now = rater_of(User.objects.get(username="ben")), timezone.now()
    rows = {"rater": ben, "state": "sending", "held_until": now + dt.timedelta(hours=1)}
    lost = Seat.objects.create(task=task_of("L0"), sent_at=now - dt.timedelta(hours=3), **rows)
    young = Seat.objects.create(task=task_of("L1"), sent_at=now, **rows)
    sync(campaign)
    states = dict(Seat.objects.values_list("pk", "state"))
    assert (states[lost.pk], states[young.pk]) == ("held", "sending")
    assert Seat.objects.get(pk=lost.pk).held_until <= timezone.now()


def test_a_problem_that_is_there_again_is_open_again(campaign: Campaign) -> None:
    api = studio_push.connect()
    made = api.http.post(f"/api/tasks/{task_of('L0').ls_id}/annotations/", json={"result": []}).raise_for_status()
    sync(campaign)
    assert SyncProblem.objects.get().state == "open"
    SyncProblem.objects.update(state="dropped")
    report = sync(campaign, full=True)
    assert (SyncProblem.objects.get().state, report["problems"]) == ("open", 1)
    other = {"result": [{"from_name": "emotion", "to_name": "item", "type": "choices", "value": {"choices": ["joy"]}}]}
    api.http.patch(f"/api/annotations/{made.json()['id']}/", json=other).raise_for_status()
    report = sync(campaign)
    assert report["problems"] == 1, "the newest revision alone"
    assert counted(campaign)["refused"] == 1
