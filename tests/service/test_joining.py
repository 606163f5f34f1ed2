"""People who come by a link: ids are hashed, places are counted and go back, the code comes at the end."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from chorale.store import campaigns, offers, recruitment
from chorale.store.campaign_plan import Plan
from chorale.store.models import Assignment, Campaign, JoinLink, Participation, Rater, Seat, User
from harmonize.problems import ChoraleError
from tests.service.rated_rows import JOY, agreed, answer, make_planned, refusal
from tests.service.test_web_pages import plain_static

__all__ = ["plain_static"]

pytestmark = pytest.mark.django_db
WORKER = "5f3c0ffee0ddba11cafe0001"


@pytest.fixture
def link() -> JoinLink:
    campaign = make_planned(Plan(), count=4, names=("ana",))
    plan = {"platform": "prolific", "places": 2, "items": 2, "minutes": 30, "code": "C0DE"}
    return recruitment.make_link(by=None, campaign=campaign, **plan)


def come(link: JoinLink, worker: str, client: Client | None = None) -> Client:
    client = client or Client()
    address = f"/join/{link.token}/?PROLIFIC_PID={worker}&STUDY_ID=s1&SESSION_ID=x-{worker}"
    assert client.get(address).status_code == 200
    assert client.post(address).status_code == 302
    return client


def of(client: Client) -> Rater:
    return Rater.objects.get(user_id=client.session["_auth_user_id"])


def labels(client: Client, campaign: Campaign, most: int) -> None:
    rater = of(client)
    assert rater.user is not None
    agreed(rater.user, campaign)
    for _ in range(most):
        seat = offers.offer(rater, campaign)
        assert seat is not None
        answer(seat, [JOY])


def test_a_worker_comes_works_and_gets_the_code_once_all_is_answered(link: JoinLink) -> None:
    client = come(link, WORKER)
    page = f"/work/{link.campaign.slug}/"
    assert client.get(f"/campaigns/{link.campaign.slug}/sheet/").status_code == 200
    labels(client, link.campaign, 1)
    assert "C0DE" not in client.get(page).content.decode()
    assert client.post(f"{page}complete/").status_code == 400
    labels(client, link.campaign, 1)
    assert offers.offer(of(client), link.campaign) is None, "two items were asked for"
    client.post(f"{page}complete/")
    assert "C0DE" in client.get(page).content.decode()
    assert Participation.objects.get().state == "completed"
    assert client.get("/campaigns/").status_code == 403
    again = come(link, WORKER)
    assert of(again) == of(client)
    assert User.objects.filter(username__startswith="prolific-").count() == 1


def test_no_table_holds_the_id_of_a_worker(link: JoinLink) -> None:
    come(link, WORKER)
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table != "django_session":
                cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s', [f"%{WORKER}%"])
                assert cursor.fetchone() == (0,), table
    session = Client().session  # sessions are encoded: nothing of the address is put into one
    assert WORKER not in str(dict(session))


def test_places_are_counted_and_one_whose_time_is_over_goes_back_with_its_item(link: JoinLink) -> None:
    first, _ = come(link, "one"), come(link, "two")
    with pytest.raises(ChoraleError) as full:
        recruitment.arrive(link, worker=recruitment.hashed("prolific", "three"))
    assert refusal(full) == "join-full"
    agreed(of(first).user, link.campaign)  # type: ignore[arg-type]
    held = offers.offer(of(first), link.campaign)
    assert held is not None
    Participation.objects.filter(rater=of(first)).update(until=timezone.now() - dt.timedelta(seconds=1))
    assert recruitment.expire() == 1
    assert not Seat.objects.filter(pk=held.pk).exists()
    assert Assignment.objects.get(rater=of(first)).state == "withdrawn"
    assert offers.offer(of(first), link.campaign) is None
    come(link, "three")
    assert recruitment.room(link) == 0
    Participation.objects.filter(rater=of(first)).update(state="working")
    recruitment.give_back(Participation.objects.get(rater=of(first)))
    assert Participation.objects.get(rater=of(first)).state == "returned"


def test_who_was_done_when_the_time_ran_out_has_completed(link: JoinLink) -> None:
    client = come(link, WORKER)
    labels(client, link.campaign, 2)
    Participation.objects.update(until=timezone.now() - dt.timedelta(seconds=1))
    assert recruitment.expire() == 0
    assert Participation.objects.get().state == "completed"


def test_who_works_when_the_campaign_is_closed_has_completed_what_there_was(link: JoinLink) -> None:
    client, idle = come(link, WORKER), come(link, "two")
    labels(client, link.campaign, 1)
    campaigns.set_state(by=None, campaign=link.campaign, state="closed")
    page = client.get(f"/work/{link.campaign.slug}/")
    assert page.status_code == 200
    assert client.post(f"/work/{link.campaign.slug}/complete/").status_code == 302
    assert Participation.objects.get(rater=of(client)).state == "completed"
    assert "C0DE" in client.get(f"/work/{link.campaign.slug}/").content.decode()
    assert idle.post(f"/work/{link.campaign.slug}/complete/").status_code == 400, "nothing was answered"


def test_a_preview_a_missing_id_and_a_closed_link_are_refused(link: JoinLink) -> None:
    turk = recruitment.make_link(by=None, campaign=link.campaign, platform="mturk", places=1)
    bad = {
        "join-preview": (turk, {"workerId": "A1", "assignmentId": recruitment.PREVIEW}),
        "join-no-id": (link, {"PROLIFIC_PID": "{{%PROLIFIC_PID%}}"}),
    }
    for code, (one, given) in bad.items():
        with pytest.raises(ChoraleError) as refused:
            recruitment.worker_of(one, given)
        assert refusal(refused) == code
    assert recruitment.worker_of(turk, {"workerId": "A1", "assignmentId": "B2"})[0] != recruitment.hashed(
        "prolific", "A1"
    )
    recruitment.close_link(by=None, link=link)
    with pytest.raises(ChoraleError) as closed:
        recruitment.arrive(link, worker="x")
    assert refusal(closed) == "join-closed"
    assert Client().get("/join/no-such-link/").status_code == 404


def test_an_invited_person_makes_an_account_and_a_second_one_does_not_get_in(link: JoinLink) -> None:
    invitation = recruitment.make_link(by=None, campaign=link.campaign, platform="invitation", places=1)
    client, address = Client(), f"/join/{invitation.token}/"
    assert client.post(address, {"username": "mia", "password": "short"}).status_code == 422
    assert client.post(address, {"username": "mia", "password": "a-quiet-river-9"}).status_code == 302
    assert of(client).user == User.objects.get(username="mia")
    assert Client().post(address, {"username": "eve", "password": "a-quiet-river-9"}).status_code == 400
    assert not User.objects.filter(username="eve").exists()
    assert client.login(username="mia", password="a-quiet-river-9")
