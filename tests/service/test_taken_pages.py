"""What a page of Label Studio's tasks does to the rows here where an item's places change hands. No server is asked."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from annotation.studio import Answer, write_result
from annotation.studio.client import Page
from chorale.jobs.kinds import take_out_answers
from chorale.store import (
    campaigns,
    consents,
    extending,
    item_reports,
    my_work,
    offers,
    seats,
    studio_push,
    studio_sync,
    top_up,
)
from chorale.store.campaign_plan import Plan
from chorale.store.models import (
    Assignment,
    Campaign,
    Job,
    Judgment,
    Response,
    Seat,
    StudioAccount,
    StudioProject,
    StudioTask,
    SyncProblem,
    User,
)
from chorale.store.studio_sync import Taken
from harmonize.problems import ChoraleError
from harmonize.records import Status
from tests.service.rated_rows import ANGER, JOY, make_planned, rater, refusal
from tests.service.test_web_pages import plain_static

__all__ = ["plain_static"]
pytestmark = pytest.mark.django_db
NAMES = ("ana", "ben", "chloe", "dan", "eva", "finn")


def planned(**more: Any) -> Campaign:
    """A campaign of one item whose raters are known to Label Studio by 1, 2, 3 ..."""
    campaign = make_planned(Plan(), count=1, names=NAMES, **more)
    for number, name in enumerate(NAMES, 1):
        StudioAccount.objects.filter(rater=rater(name)).update(ls_id=number)
    return campaign


def said(number: int, who: str, *labels: int, at: str = "2026-01-01T00:00:00Z", skipped: bool = False) -> Any:
    """An answer as Label Studio tells it."""
    answers = [Answer("emotion", Status.ANSWERED, labels=labels)]
    result = [] if skipped else write_result(answers, campaigns.layers_of(Campaign.objects.get(slug="planned").form))
    return {
        "id": number, "completed_by": NAMES.index(who) + 1, "result": result, "was_cancelled": skipped,
        "created_at": at, "updated_at": at, "lead_time": 3.0,
    }  # fmt: skip


def take(*answers: Any) -> Taken:
    """A page that holds the one task with these answers."""
    page = Page(({"id": 1, "annotations": list(answers)},), timezone.now(), last=True)
    return studio_sync.take_page(StudioProject.objects.get(), page)


def beyond() -> dict[str, bool]:
    """Whether each answer that stands is marked as beyond the plan, by rater."""
    rows = Response.objects.filter(retired_at=None).values_list("rater__user__username", "top_up")
    return dict(rows)


def test_answers_to_an_item_that_was_taken_out_stay_answers() -> None:
    campaign = planned(overlap=2)
    answers = said(1, "ana", JOY), said(2, "ben", JOY)
    take(*answers)
    item = StudioTask.objects.get().item
    ana = User.objects.get(username="ana")
    report = item_reports.report(by=ana, campaign=campaign, item=item, reason="upsetting")
    item_reports.answer(by=ana, row=report, remove=True)
    taken = take(*answers, said(3, "chloe", JOY))
    assert list(SyncProblem.objects.values_list("ls_annotation", "code")) == [(3, "over-cap")]
    assert (taken.problems, taken.retired) == (1, 0)
    assert Response.objects.filter(retired_at=None).count() == 2


def test_a_planned_place_that_was_left_is_filled_by_a_planned_answer_where_people_split() -> None:
    campaign = planned(overlap=2, top_up=1)
    split = said(1, "ana", JOY), said(2, "ben", ANGER)
    take(*split)
    assert top_up.add_raters(campaign) == 1
    take(*split, said(3, "chloe", JOY))
    assert beyond() == {"ana": False, "ben": False, "chloe": True}
    Response.objects.filter(rater=rater("ana")).update(external_revision="2025-01-01T00:00:00Z")
    take(split[1], said(3, "chloe", JOY))  # ana's was deleted
    held = offers.offer(rater("dan"), campaign)
    assert held is not None
    assert not held.top_up, "two answers were planned, and one of them is missing"
    take(split[1], said(3, "chloe", JOY), said(4, "dan", JOY))
    assert beyond() == {"ben": False, "chloe": True, "dan": False}


def test_more_raters_an_item_are_more_where_people_split_too() -> None:
    campaign = planned(overlap=2, top_up=1)
    answers = [said(1, "ana", JOY), said(2, "ben", ANGER)]
    take(*answers)
    top_up.add_raters(campaign)
    answers.append(said(3, "chloe", JOY))
    take(*answers)
    campaign = extending.extend(by=None, campaign=campaign, overlap=4)
    for number, name in enumerate(("dan", "eva"), 4):
        seat = offers.offer(rater(name), campaign)
        assert seat is not None, "four were planned"
        answers.append(said(number, name, JOY))
        assert take(*answers).problems == 0
    assert [name for name, extra in beyond().items() if extra] == ["chloe"]
    assert offers.offer(rater("finn"), campaign) is None, "four, and one beyond"


def test_a_skipped_item_is_answered_after_all_only_while_there_is_room() -> None:
    campaign = planned(overlap=1)
    take(said(1, "ana", skipped=True))
    mine = Seat.objects.get(rater=rater("ana"))
    seat = offers.offer(rater("ben"), campaign)
    assert seat is not None
    with pytest.raises(ChoraleError) as full:
        seats.take_again(mine)
    assert refusal(full) == "seat-full"
    Seat.objects.filter(pk=seat.pk).delete()
    assert seats.take_again(mine)
    assert not seats.take_again(mine), "it is theirs already"
    assert offers.offer(rater("ben"), campaign) is None
    take(said(1, "ana", skipped=True))  # read before the answer came
    assert offers.offer(rater("ben"), campaign) is None, "it is on its way"
    Seat.objects.update(sent_at=timezone.now() - dt.timedelta(minutes=5))
    take(said(1, "ana", skipped=True))  # the answer was never sent
    assert offers.offer(rater("ben"), campaign) is not None


def test_an_answer_given_anew_says_how_it_came_to_be() -> None:
    campaign = planned(overlap=2, top_up=1)
    take(said(1, "ana", JOY), said(2, "ben", ANGER))
    top_up.add_raters(campaign)
    first = Response.objects.get(rater=rater("ana"))
    my_work.take_back(by=User.objects.get(username="ana"), response=first, again=False, connect=Nowhere)  # type: ignore[arg-type]
    Seat.objects.filter(rater=rater("ana")).delete()
    take(said(2, "ben", ANGER), said(3, "chloe", JOY))
    seat = offers.offer(rater("ana"), campaign)
    assert seat is not None
    assert seat.top_up
    take(said(2, "ben", ANGER), said(3, "chloe", JOY), said(4, "ana", JOY, at="2026-02-01T00:00:00Z"))
    assert beyond() == {"ana": True, "ben": False, "chloe": False}
    row = Response.objects.get(rater=rater("ana"))
    assert row.submitted_at == dt.datetime(2026, 2, 1, tzinfo=dt.UTC)
    assert Response.objects.filter(suggestion__isnull=True).count() == 3, "nothing was suggested"
    take(said(2, "ben", ANGER), said(3, "chloe", JOY), said(4, "ana", ANGER, at="2026-03-01T00:00:00Z"))
    assert beyond()["ana"], "a mere change of it tells the same"


class Nowhere:
    """Label Studio, which takes every deletion."""

    def delete(self, path: str) -> None:
        """As if."""


class Away(Nowhere):
    """Label Studio, which does not answer."""

    def delete(self, path: str) -> None:
        """Nobody there."""
        raise ConnectionError("refused")


def test_an_answer_that_cannot_be_taken_back_now_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    campaign = planned(overlap=1)
    take(said(1, "ana", JOY))
    row, client = Response.objects.get(), Client()
    client.force_login(User.objects.get(username="ana"))
    monkeypatch.setattr(studio_push, "connect", Away)
    page = f"/work/{campaign.slug}/"
    told = client.post(f"{page}answers/{row.pk}/", {"back": page, "again": "yes"}, follow=True)
    assert told.status_code == 200
    assert "your answer stands as it was" in told.content.decode()
    assert Response.objects.get().retired_at is None
    assert Seat.objects.get().state == "filled"


@pytest.mark.parametrize("synced", [False, True])
def test_an_item_to_be_answered_anew_is_kept_for_its_rater(synced: bool) -> None:
    campaign = planned(overlap=1)
    take(said(1, "ana", JOY))
    row = Response.objects.get()
    if synced:  # a sync that ran just then found the answer deleted
        Seat.objects.all().delete()
    my_work.take_back(by=User.objects.get(username="ana"), response=row, again=True, connect=Nowhere)  # type: ignore[arg-type]
    assert offers.offer(rater("ben"), campaign) is None, "ana has it"
    seat = offers.offer(rater("ana"), campaign)
    assert seat is not None
    assert seat.task == StudioTask.objects.get()


def test_who_took_everything_back_has_answered_nothing() -> None:
    campaign = planned(overlap=1)
    take(said(1, "ana", JOY))
    studio_sync.recount(campaign)
    assert Assignment.objects.get(rater=rater("ana")).responses == 1
    consents.withdraw(by=User.objects.get(username="ana"), campaign=campaign, purpose="rating", take_out=True)
    studio_sync.recount(campaign)
    place = Assignment.objects.get(rater=rater("ana"))
    assert (place.responses, place.seconds) == (0, 0.0)


def test_an_answer_on_its_way_when_its_rater_left_leaves_too() -> None:
    campaign = planned(overlap=2)
    take(said(1, "ana", JOY))
    ana = User.objects.get(username="ana")
    consents.withdraw(by=ana, campaign=campaign, purpose="rating", take_out=True)
    Response.objects.update(external_id=None)  # the job has deleted it there
    assert take_out_answers.resume() == 0
    take(said(2, "ana", JOY))
    assert consents.still_there(rater("ana"), campaign) != [], "it is to be deleted there"
    assert not Judgment.objects.filter(retired_at=None).exists()
    assert take_out_answers.resume() == 1
    assert take_out_answers.resume() == 0, "it is under way"
    Job.objects.update(state="failed")
    assert take_out_answers.resume() == 1, "Label Studio was away"
    assert Job.objects.count() == 1


def test_who_took_everything_along_and_is_let_in_again_answers_anew() -> None:
    campaign = planned(overlap=2)
    take(said(1, "ana", JOY))
    ana = User.objects.get(username="ana")
    consents.withdraw(by=ana, campaign=campaign, purpose="rating", take_out=True)
    with pytest.raises(ChoraleError) as early:
        campaigns.invite_raters(by=None, campaign=campaign, people_=[ana])
    assert refusal(early) == "consent-leaving"
    Response.objects.update(external_id=None)  # the job has deleted it there
    campaigns.invite_raters(by=None, campaign=campaign, people_=[ana])
    assert take(said(2, "ana", JOY)).superseded == 1
    assert take_out_answers.resume() == 0
    assert Response.objects.get(retired_at=None).external_id == 2


def test_the_first_answer_of_who_left_meanwhile_is_let_go() -> None:
    campaign = planned(overlap=2)
    consents.withdraw(by=User.objects.get(username="ana"), campaign=campaign, purpose="rating")
    Assignment.objects.filter(rater=rater("ana")).update(taken_out=True)
    assert take(said(1, "ana", JOY), said(2, "ben", JOY)).added == 1
    assert [r.external_id for r in consents.still_there(rater("ana"), campaign)] == [1]
    assert [r.rater for r in Response.objects.filter(retired_at=None)] == [rater("ben")]
    assert take(said(1, "ana", JOY), said(2, "ben", JOY)).to_dict() == Taken(tasks=1).to_dict(), "once"


class Projects:
    """Label Studio's list of projects, by their whole titles."""

    def __init__(self, **there: int) -> None:
        self.there = {name.replace("_", " "): number for name, number in there.items()}

    def find_project(self, title: str) -> int | None:
        """One of that title."""
        return self.there.get(title)

    def make_project(self, title: str, config: str, *, overlap: int) -> int:
        """A new one."""
        self.there[title] = 100 + len(self.there)
        return self.there[title]

    def set_webhook(self, project: int, url: str, secret: str) -> None:
        """As if."""


def test_a_project_s_title_tells_nothing_of_its_secret_and_older_ones_are_found() -> None:
    planned()
    project = StudioProject.objects.get()
    project.webhook_secret = "abcdefghijklmnop"
    api = Projects()
    number = studio_push.make_project(api, project)  # type: ignore[arg-type]
    [title] = api.there
    assert not any(project.webhook_secret[at : at + 3] in title for at in range(14)), title
    assert studio_push.make_project(api, project) == number, "found again after a kill"  # type: ignore[arg-type]
    project.webhook_secret = "qrstuvwxyz123456"
    other = studio_push.make_project(api, project)  # type: ignore[arg-type]
    assert other != number, "another database's campaign of the same name is another project"
    older = Projects(chorale_planned_0_qrstuvwx=7)
    assert studio_push.make_project(older, project) == 7, "made before"  # type: ignore[arg-type]
