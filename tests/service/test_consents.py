"""Consent by purpose: asked anew under a new sheet, taken back by the person alone, with what then happens."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from chorale.jobs import control
from chorale.store import bridge, campaigns, consents, drawing, learning, my_work, offers, sheets, vad_fits
from chorale.store.campaign_plan import Plan
from chorale.store.models import Campaign, Consent, Job, Judgment, Rater, Response, Seat, StudioProject, User
from chorale.store.studio_push import connect
from chorale.store.studio_raters import Recorded, submit_recorded
from harmonize.problems import ChoraleError
from tests.service import doubly_labelled as twice
from tests.service.campaign_rows import make_campaign, sync
from tests.service.rated_rows import agreed, make_planned, rater, refusal, works
from tests.service.test_web_pages import plain_static

__all__ = ["plain_static"]

AGE = "age: How old are you? | under 30 | over 30"
FEEL = {"valence": 8, "arousal": 6, "dominance": 5}


def person(name: str) -> User:
    return User.objects.get(username=name)


def signed_in(name: str) -> Client:
    client = Client()
    client.force_login(person(name))
    return client


@pytest.mark.django_db
def test_a_new_sheet_asks_anew_and_a_trait_is_told_only_by_who_wants_to() -> None:
    campaign = make_planned(Plan(), names=("ana", "ben"))
    made = sheets.write(by=None, campaign=campaign, text="New *words*.", traits=sheets.parse_traits(AGE))
    assert sheets.write(by=None, campaign=campaign, text="New *words*.", traits=made.traits).version == made.version
    campaign.refresh_from_db()
    assert not campaigns.may_rate(rater("ana"), campaign)
    ana, address = signed_in("ana"), f"/campaigns/{campaign.slug}/sheet/"
    page = ana.get(address).content.decode()
    assert "New <em>words</em>." in page
    assert "I prefer not to say" in page
    purposes = {"rating": "yes", "public_release": "yes", "training": "no"}
    assert ana.post(address, purposes | {"trait:age": "under 30"}).status_code == 302
    assert signed_in("ben").post(address, purposes | {"trait:age": ""}).status_code == 302
    assert rater("ana").traits == {"age": "under 30"}
    assert rater("ben").traits == {}
    given = consents.given(rater("ana"), campaign)
    assert given is not None
    assert given.purposes == {"rating": True, "public_release": True, "training": False, "trait:age": True}
    mine = f"/work/{campaign.slug}/consent/"
    assert "under 30" in ana.get(mine).content.decode()
    ana.post(mine, {"purpose": "trait:age"})
    assert rater("ana").traits == {}
    assert ana.post(mine, {"purpose": "training"}).status_code == 400, "it was never given"


@pytest.mark.django_db
def test_what_is_taken_back_is_no_consent_to_a_sheet_that_came_later() -> None:
    campaign = make_planned(Plan(), names=("ana",))
    sheets.write(by=None, campaign=campaign, text="Other risks.")
    campaign.refresh_from_db()
    ana = signed_in("ana")
    ana.post(f"/work/{campaign.slug}/consent/", {"purpose": "training"})
    given = consents.given(rater("ana"), campaign)
    assert given is not None
    assert (given.sheet_version, given.purposes["training"], given.purposes["rating"]) == ("1", False, True)
    assert not campaigns.may_rate(rater("ana"), campaign), "she never read the new sheet"


@pytest.mark.django_db
def test_nobody_agrees_to_a_sheet_that_was_changed_while_they_read() -> None:
    campaign = make_planned(Plan(), names=("ana",))
    ana, address = signed_in("ana"), f"/campaigns/{campaign.slug}/sheet/"
    assert 'name="sheet" value="1"' in ana.get(address).content.decode()
    sheets.write(by=None, campaign=campaign, text="Other risks.")
    campaign.refresh_from_db()
    said = dict.fromkeys(campaigns.PURPOSES, "yes")
    refused = ana.post(address, said | {"sheet": "1"})
    assert refused.status_code == 422
    assert "was changed while you read it" in refused.content.decode()
    assert not campaigns.may_rate(rater("ana"), campaign)
    assert ana.post(address, said | {"sheet": campaign.sheet_version}).status_code == 302
    assert campaigns.may_rate(rater("ana"), campaign)


@pytest.mark.django_db
def test_a_trait_is_kept_only_while_it_is_agreed_to() -> None:
    campaign = make_planned(Plan(), names=("ana",))
    sheets.write(by=None, campaign=campaign, text="Words.", traits=sheets.parse_traits(AGE))
    campaign.refresh_from_db()
    yes = dict.fromkeys(campaigns.PURPOSES, True)
    consents.record(by=person("ana"), campaign=campaign, purposes=yes, traits={"age": "under 30"})
    sheets.write(by=None, campaign=campaign, text="Words.", traits=[])
    campaign.refresh_from_db()
    assert "How old are you?" in signed_in("ana").get(f"/work/{campaign.slug}/consent/").content.decode(), (
        "she was asked"
    )
    assert rater("ana").traits == {"age": "under 30"}
    consents.record(by=person("ana"), campaign=campaign, purposes=yes, traits={})
    assert rater("ana").traits == {}


@pytest.mark.django_db(transaction=True)
def test_a_trait_told_in_one_campaign_is_not_shown_beside_the_answers_to_another() -> None:
    campaign = make_planned(Plan(), names=("ana",))
    Rater.objects.filter(pk=rater("ana").pk).update(demo=False, traits={"age": "under 30", "town": "Gent"})
    told = {**dict.fromkeys(campaigns.PURPOSES, True), "trait:age": True}
    campaigns.record_consent(by=person("ana"), campaign=campaign, purposes=told)

    def shown(campaigns_: str) -> dict[str, str]:
        terms = {"rater": "t.pseudonym", "speakers": f"t.id = {rater('ana').pk}"}
        sql = drawing.RATERS.format(**terms, traits=drawing.TRAITS.format(campaigns=campaigns_))
        return dict(json.loads(bridge.table(sql)["traits"][0].as_py()))

    assert shown(str(campaign.pk)) == {"age": "under 30"}
    assert shown("NULL") == {}


@pytest.mark.django_db(transaction=True)
def test_answers_leave_training_and_releases_with_their_purpose() -> None:
    campaign = make_planned(Plan(), count=3, names=("ana", "ben"))
    User.objects.update(demo=False)
    for name in ("ana", "ben"):
        who = rater(name)
        who.demo = False
        who.save()
        works(name, campaign, {})
    layer = campaign.form.layers.select_related("scheme").get()

    def judged(**more: Any) -> int:
        return len(bridge.judgments(layer.scheme, perspective="reader", who="people", **more))

    def released() -> int:
        terms = {"items": "TRUE", "who": drawing._who([campaign], []), "rater": "1", "job": "''"}
        return int(bridge.table(f"SELECT count(*) AS n {drawing.JUDGED.format(**terms)}")["n"][0].as_py())

    assert (judged(), judged(training=True), released()) == (6, 6, 6)
    consents.withdraw(by=person("ana"), campaign=campaign, purpose="training")
    assert (judged(), judged(training=True), released()) == (6, 3, 6)
    consents.withdraw(by=person("ben"), campaign=campaign, purpose="public_release")
    assert (judged(), judged(training=True), released()) == (6, 3, 3)
    with pytest.raises(ChoraleError) as again:
        consents.withdraw(by=person("ben"), campaign=campaign, purpose="public_release")
    assert refusal(again) == "consent-unknown"


@pytest.mark.django_db(transaction=True)
def test_maps_and_gaussians_learn_only_from_answers_given_for_that() -> None:
    campaign = make_planned(Plan(), count=1, names=())
    twice.build(count=240)
    raters = Rater.objects.filter(corpus__slug="twice")
    labels = {"source": f"{twice.SOURCE}|writer|people", "target": f"{twice.TARGET}|writer|people"}
    numbers = {"categories": labels["source"], "values": f"{twice.VALUES}|writer|people"}
    where = {"scope_type": "corpus", "scope": "twice"}
    assert len(learning.pairs({**where, **labels}).x) == 240, "imported answers stand under their corpus's licence"
    Response.objects.filter(item__corpus__slug="twice").update(campaign=campaign)
    for learn in (lambda: learning.pairs({**where, **labels}), lambda: vad_fits.gather({**where, **numbers})):
        with pytest.raises(ChoraleError) as refused:
            learn()
        assert refusal(refused) == "nothing-judged"
    agreed_to = dict.fromkeys(campaigns.PURPOSES, True)
    for one in raters[:2]:
        Consent.objects.create(rater=one, campaign=campaign, sheet_version="1", purposes=agreed_to)
    assert learning.pairs({**where, **labels}).x.max() == 1.0
    assert vad_fits.gather({**where, **numbers})[1].n.tolist() == [2] * 240


@pytest.mark.django_db
def test_who_leaves_gets_no_items_and_what_was_held_goes_to_others() -> None:
    campaign = make_planned(Plan(), count=1, overlap=1, names=("ana", "ben"))
    assert offers.offer(rater("ana"), campaign) is not None
    assert offers.offer(rater("ben"), campaign) is None
    signed_in("ana").post(f"/work/{campaign.slug}/consent/", {"purpose": "rating"})
    assert offers.offer(rater("ana"), campaign) is None
    assert offers.offer(rater("ben"), campaign) is not None
    assert signed_in("ana").post(f"/campaigns/{campaign.slug}/enter/").status_code == 404
    signed_in("ana").post(f"/work/{campaign.slug}/come-back/")
    agreed(person("ana"), campaign)
    assert "open" in signed_in("ana").get(f"/work/{campaign.slug}/").content.decode()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("label_studio")
def test_answers_that_are_taken_along_leave_label_studio_and_do_not_come_back() -> None:
    campaign = make_campaign(count=2)
    said = {"emotion": ["joy"], "vad": FEEL}
    lines = [Recorded(item, who, said, lead_time=4.5) for who in ("ana", "ben") for item in ("L0", "L1")]
    submit_recorded(by=None, campaign=campaign, recorded=lines)
    sync(campaign)
    first = Response.objects.get(item__source_id="L0", rater=rater("ben"))
    my_work.take_back(by=person("ben"), response=first, again=True, connect=connect)
    assert Seat.objects.get(rater=rater("ben"), task__item__source_id="L0").state == "held", "it comes next"
    signed_in("ana").post(f"/work/{campaign.slug}/consent/", {"purpose": "rating", "answers": "out"})
    assert not Judgment.objects.filter(rater=rater("ana"), retired_at=None).exists()
    sync(campaign, full=True)  # before the job has run: what still stands there is not read again
    assert Response.objects.filter(rater=rater("ana"), retired_at=None).count() == 0
    job = control.run_here(Job.objects.get(kind="take_out_answers"))
    assert job.result == {"campaign": campaign.slug, "left": 0}
    project = StudioProject.objects.get(campaign=campaign)
    left = [a for page in connect().pages(project.ls_id or 0) for task in page.tasks for a in task["annotations"]]
    assert len(left) == 1, "ben's other answer"
    sync(campaign, full=True)
    assert Campaign.objects.get(pk=campaign.pk).responses == 1
    assert timezone.now() > Response.objects.filter(rater=rater("ana")).first().retired_at  # type: ignore[union-attr]
    connect().delete_project(project.ls_id or 0)
