"""Campaigns through a real Label Studio: push, answers under raters' own accounts, sync, and what arrives wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from annotation.studio import Answer, write_result
from annotation.studio.accounts import RaterSession
from chorale.store import campaigns, ledger, offers, seats, studio_push, studio_raters, studio_sync
from chorale.store.models import Campaign, Judgment, Response, Seat, StudioTask, SyncProblem, User
from chorale.store.people import rater_of
from chorale.store.studio_raters import Recorded
from harmonize.problems import ChoraleError
from harmonize.records import Status
from tests.service.campaign_rows import clear_studio, make_campaign, push, state, sync

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("label_studio")]

FEEL = {"valence": 8, "arousal": 6, "dominance": 5}


@pytest.fixture
def campaign() -> Iterator[Campaign]:
    made = make_campaign()
    yield made
    clear_studio()


def recorded(*lines: tuple[str, str, Any]) -> list[Recorded]:
    return [Recorded(item, who, said, lead_time=4.5) for item, who, said in lines]


JOY = {"emotion": ["joy"], "vad": FEEL}


def session(name: str) -> RaterSession:
    return studio_raters.sign_in(rater_of(User.objects.get(username=name)))


def result(campaign: Campaign, *labels: int) -> list[dict[str, Any]]:
    layers = campaigns.layers_of(campaign.form)
    answers = [
        Answer("emotion", Status.ANSWERED, labels=labels),
        Answer("vad", Status.ANSWERED, values=(5.0, 5.0, 5.0)),
    ]
    return write_result(answers, layers)


def test_items_are_pushed_once_with_their_ids(campaign: Campaign) -> None:
    project = campaign.projects.get()
    assert (campaign.state, campaign.items) == ("open", 4)
    push(campaign)
    tasks = [t for page in studio_push.connect().pages(project.ls_id or 0) for t in page.tasks]
    assert len(tasks) == 4
    sent = {int(t["id"]): t["data"]["ext_id"] for t in tasks}
    here = {t.ls_id: str(t.item.uuid) for t in StudioTask.objects.select_related("item")}
    assert sent == here


def test_a_batch_that_was_sent_before_a_kill_is_found_and_not_sent_again(campaign: Campaign) -> None:
    before = set(StudioTask.objects.values_list("ls_id", "item__source_id"))
    StudioTask.objects.filter(item__source_id__in=["L1", "L2"]).delete()
    push(campaign)
    assert set(StudioTask.objects.values_list("ls_id", "item__source_id")) == before
    assert studio_push.connect().task_count(campaign.projects.get().ls_id or 0) == 4


def test_recorded_answers_arrive_under_their_raters_exactly(campaign: Campaign) -> None:
    lines = recorded(
        ("L0", "ana", JOY),
        ("L0", "ben", {"emotion": ["joy", "fear"], "vad": FEEL}),
        ("L1", "ana", {"emotion": "cannot-tell", "vad": "cannot-tell"}),
        ("L2", "ana", {"emotion": "skipped"}),
    )
    assert studio_raters.submit_recorded(by=None, campaign=campaign, recorded=lines)["submitted"] == 4
    assert studio_raters.submit_recorded(by=None, campaign=campaign, recorded=lines)["there"] == 4
    report = sync(campaign)
    assert (report["responses"], report["complete_items"], report["problems"]) == (4, 1, 0)
    said = {
        (j.item.source_id, j.response.rater.user.username, j.layer): (j.status, j.labels, j.values)  # type: ignore[union-attr]
        for j in Judgment.objects.select_related("item", "response__rater__user")
    }
    names = campaigns.layers_of(campaign.form)[0].scheme.names
    assert said["L0", "ben", 0] == (0, [names.index("fear"), names.index("joy")], None)
    assert said["L0", "ana", 1] == (0, None, [8.0, 6.0, 5.0])
    assert said["L1", "ana", 0] == (int(Status.CANNOT_TELL), [], None)
    assert said["L2", "ana", 0][0] == Status.SKIPPED
    response = Response.objects.get(item__source_id="L0", rater__user__username="ana")
    assert (response.lead_time, response.arm, response.modality_shown) == (4.5, "blind", "text")


def test_sync_again_changes_nothing_and_full_equals_delta(campaign: Campaign) -> None:
    studio_raters.submit_recorded(by=None, campaign=campaign, recorded=recorded(("L0", "ana", JOY), ("L1", "ben", JOY)))
    sync(campaign)
    before = state(campaign)
    assert before
    assert sync(campaign)["changed"].get("added", 0) == 0
    assert state(campaign) == before
    sync(campaign, full=True)
    assert state(campaign) == before


def test_an_edit_supersedes_and_a_deletion_retires(campaign: Campaign) -> None:
    task = StudioTask.objects.get(item__source_id="L0")
    with session("ana") as ana:
        number = ana.submit(task.ls_id, result(campaign, 3))
        sync(campaign)
        changed = ana.http.patch(f"/api/annotations/{number}/", json={"result": result(campaign, 4)}, headers=ana.guard)
        assert changed.status_code == 200
        sync(campaign)
        rows = Judgment.objects.filter(layer=0).order_by("revision")
        assert [(j.labels, j.retired_at is None) for j in rows] == [([3], False), ([4], True)]
        ana.http.delete(f"/api/annotations/{number}/", headers=ana.guard)
    Response.objects.update(external_revision="2020-01-01T00:00:00.000000Z")  # as if it had stood there for long
    sync(campaign)
    assert not Judgment.objects.filter(retired_at__isnull=True).exists()
    assert Response.objects.get().retired_at is not None
    assert not Seat.objects.exists()


def test_a_late_page_does_not_bring_an_older_revision_back(campaign: Campaign) -> None:
    task, project = StudioTask.objects.get(item__source_id="L0"), campaign.projects.get()
    with session("ana") as ana:
        number = ana.submit(task.ls_id, result(campaign, 3))
        late = studio_push.connect().page(project.ls_id or 0)
        ana.http.patch(f"/api/annotations/{number}/", json={"result": result(campaign, 4)}, headers=ana.guard)
    sync(campaign)
    before = state(campaign)
    studio_sync.take_page(project, late)
    assert state(campaign) == before


@pytest.mark.parametrize(
    ("code", "labels", "who"),
    [("unknown-class", ["nonsense"], "ana"), ("empty", None, "ana")],
)
def test_what_is_no_answer_is_kept_apart_and_shown(
    campaign: Campaign, code: str, labels: list[str] | None, who: str
) -> None:
    task = StudioTask.objects.get(item__source_id="L0")
    bad = [] if labels is None else [{**result(campaign, 3)[0], "value": {"choices": labels}}]
    with session(who) as rater:
        rater.submit(task.ls_id, bad)
    report = sync(campaign)
    sync(campaign, full=True)
    assert [p.code for p in SyncProblem.objects.filter(state="open")] == [code]
    assert report["problems"] == 1
    assert not Response.objects.exists()


def test_a_foreign_author_a_second_answer_and_one_too_many_do_not_count(campaign: Campaign) -> None:
    task = StudioTask.objects.get(item__source_id="L0")
    api = studio_push.connect()
    api.http.post(f"/api/tasks/{task.ls_id}/annotations/", json={"result": result(campaign, 1)})
    for name in ("ana", "ben", "chloe"):
        with session(name) as rater:
            rater.submit(task.ls_id, result(campaign, 3))
            if name == "ana":
                rater.submit(task.ls_id, result(campaign, 5))
    sync(campaign)
    codes = sorted(SyncProblem.objects.values_list("code", flat=True))
    assert codes == ["duplicate-answer", "over-cap", "wrong-author"]
    kept = Judgment.objects.filter(layer=0).values_list("response__rater__user__username", "labels")
    assert sorted(kept) == [("ana", [3]), ("ben", [3])]


def test_an_answer_that_somebody_else_changed_is_the_raters_no_more(campaign: Campaign) -> None:
    task = StudioTask.objects.get(item__source_id="L0")
    with session("ana") as ana, session("ben") as ben:
        number = ana.submit(task.ls_id, result(campaign, 3))
        ben.http.patch(f"/api/annotations/{number}/", json={"result": result(campaign, 4)}, headers=ben.guard)
    sync(campaign)
    assert [p.code for p in SyncProblem.objects.all()] == ["wrong-author"]
    assert not Judgment.objects.exists()


def test_nobody_may_speak_for_a_person(campaign: Campaign) -> None:
    User.objects.filter(username="ana").update(demo=False)
    with pytest.raises(ChoraleError, match="demo"):
        studio_raters.submit_recorded(by=None, campaign=campaign, recorded=recorded(("L0", "ana", JOY)))


def test_seats_keep_the_overlap_and_one_answer_a_rater(campaign: Campaign) -> None:
    lines = recorded(("L0", "ana", JOY), ("L0", "ben", JOY), ("L0", "chloe", JOY), ("L0", "ana", JOY))
    counts = studio_raters.submit_recorded(by=None, campaign=campaign, recorded=lines)
    assert counts == {"submitted": 2, "there": 1, "refused": 1}


def test_a_rater_is_offered_each_item_once_until_nothing_is_left(campaign: Campaign) -> None:
    rater = rater_of(User.objects.get(username="ana"))
    offered = []
    while seat := offers.offer(rater, campaign):
        assert offers.offer(rater, campaign) == seat, "an unanswered item stays the rater's next one"
        offered.append(seat.task.item.source_id)
        taken, _ = seats.take(rater, campaign, seat.task)
        seats.fill(taken, len(offered))
    assert sorted(offered) == ["L0", "L1", "L2", "L3"]


def test_a_seat_that_another_holds_is_not_offered_to_a_third(campaign: Campaign) -> None:
    names = ("ana", "ben", "chloe")
    first, second, third = (offers.offer(rater_of(User.objects.get(username=n)), campaign) for n in names)
    assert first is not None
    assert second is not None
    assert third is not None
    assert first.task == second.task != third.task


def test_an_item_at_which_people_split_gets_one_more_rater_outside_agreement(campaign: Campaign) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(top_up=1)
    campaign.refresh_from_db()
    lines = recorded(
        ("L0", "ana", JOY), ("L0", "ben", {"emotion": ["anger"], "vad": FEEL}), ("L1", "ana", JOY), ("L1", "ben", JOY)
    )
    studio_raters.submit_recorded(by=None, campaign=campaign, recorded=lines)
    assert sync(campaign)["topped_up"] == 1
    assert sync(campaign)["topped_up"] == 0
    more = recorded(("L0", "chloe", JOY), ("L1", "chloe", JOY))
    counts = studio_raters.submit_recorded(by=None, campaign=campaign, recorded=more)
    assert (counts["submitted"], counts["refused"]) == (1, 1)
    sync(campaign)
    extra = Response.objects.filter(top_up=True)
    assert [(r.item.source_id, r.rater.user.username) for r in extra] == [("L0", "chloe")]  # type: ignore[union-attr]
    assert not SyncProblem.objects.exists()


def test_the_ledger_names_every_difference(campaign: Campaign) -> None:
    lines = recorded(("L0", "ana", JOY), ("L1", "ana", JOY))
    studio_raters.submit_recorded(by=None, campaign=campaign, recorded=lines)
    before = ledger.ledger(campaign)
    assert (before.answers, before.waiting, before.balanced) == (2, 2, False)
    sync(campaign)
    task = StudioTask.objects.get(item__source_id="L2")
    with session("ben") as ben:
        ben.submit(task.ls_id, [])
        sync(campaign)
        even = ledger.ledger(campaign)
        assert (even.answers, even.taken, even.refused, even.balanced) == (3, 2, 1, True)
        assert even.answers == even.taken + even.refused + even.waiting
        gone = Response.objects.get(item__source_id="L0")
        with session("ana") as ana:
            ana.http.delete(f"/api/annotations/{gone.external_id}/", headers=ana.guard)
    after = ledger.ledger(campaign)
    assert [d["kind"] for d in after.differences] == ["gone"]
    assert [d["answer"] for d in after.differences] == [gone.external_id]
