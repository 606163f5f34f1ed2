"""Nobody reviews their own crosswalk while another admin is there; what nothing rests on can be taken back."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from chorale.store import crosswalk_review, crosswalk_ways, language_editing, language_withdrawal, registry
from chorale.store.models import Crosswalk, Event, Scheme, User
from chorale.store.models.people import Role
from chorale.web import crosswalk_forms
from harmonize import crosswalks, schemes
from harmonize.problems import ChoraleError
from tests.service import web_scene
from tests.service.test_scheme_pages import plain_static

pytestmark = pytest.mark.django_db
SMALL = "ekman-7--ekman-6@1.0.0"
__all__ = ["plain_static"]


def client_of(person: User) -> Client:
    client = Client(headers={"host": "localhost"})
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def own(by: User, version: str = "1.1.0") -> Crosswalk:
    registry.crosswalk(SMALL)
    core = crosswalks.Crosswalk.from_dict({**crosswalks.load(SMALL).to_dict(), "version": version})
    return language_editing.propose_crosswalk(by=by, core=core, reason="Mine.", before=SMALL)


def test_the_author_is_refused_and_another_admin_approves() -> None:
    author, other = web_scene.person("ada", Role.ADMIN), web_scene.person("bea", Role.ADMIN)
    row = own(author)
    page = client_of(author).get(f"/crosswalks/{row.ref}/").content.decode()
    assert "another admin reviews it" in page
    assert "Approve as reviewed" not in page
    with pytest.raises(ChoraleError) as refused:
        crosswalk_review.review_crosswalk(by=author, crosswalk=row, status="reviewed", reason="I like it.")
    assert refused.value.code == "review-own"
    client_of(author).post(f"/crosswalks/{row.ref}/review/", {"status": "reviewed", "reason": "Mine."})
    assert Crosswalk.objects.get(pk=row.pk).status == "proposed"
    assert "Approve as reviewed" in client_of(other).get(f"/crosswalks/{row.ref}/").content.decode()
    crosswalk_review.review_crosswalk(by=other, crosswalk=row, status="reviewed", reason="Read it.")
    row.refresh_from_db()
    assert row.status == "reviewed"
    assert not crosswalk_review.self_reviewed(row)
    with pytest.raises(ChoraleError):
        crosswalk_review.review_crosswalk(by=author, crosswalk=row, status="published", reason="Now.")
    crosswalk_review.review_crosswalk(by=author, crosswalk=row, status="proposed", reason="A slip: back.")
    assert Crosswalk.objects.get(pk=row.pk).status == "proposed"


def test_an_admin_who_is_alone_may_and_the_record_says_so() -> None:
    author = web_scene.person("ada", Role.ADMIN)
    web_scene.person("rhea", Role.RESEARCHER)
    gone = web_scene.person("zoe", Role.ADMIN)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    row = own(author)
    assert "self-reviewed" in client_of(author).get(f"/crosswalks/{row.ref}/").content.decode()
    crosswalk_review.review_crosswalk(by=author, crosswalk=row, status="reviewed", reason="Nobody else is here.")
    event = Event.objects.get(action="crosswalk.review")
    assert event.detail["self_reviewed"] is True
    page = client_of(author).get(f"/crosswalks/{row.ref}/").content.decode()
    assert page.count("self-reviewed") >= 2, "as a badge, and in the history"


def test_a_shipped_map_is_nobodys_own() -> None:
    author, _ = web_scene.person("ada", Role.ADMIN), web_scene.person("bea", Role.ADMIN)
    row = registry.crosswalk(SMALL)
    done = crosswalk_review.review_crosswalk(by=author, crosswalk=row, status="reviewed", reason="Read.")
    assert done.status == "reviewed"
    assert "self_reviewed" not in Event.objects.get(action="crosswalk.review").detail


def test_what_nothing_rests_on_can_be_taken_back_and_stays_in_the_events() -> None:
    admin = web_scene.person("ada", Role.ADMIN)
    row = own(admin)
    assert "Take this version back" in client_of(admin).get(f"/crosswalks/{row.ref}/").content.decode()
    assert client_of(admin).post(f"/crosswalks/{row.ref}/withdraw/").status_code == 302
    assert not Crosswalk.objects.filter(ref=row.ref).exists()
    assert Event.objects.get(action="crosswalk.withdraw").detail["definition"]["cells"]
    for ref in ("moods", "tones"):
        core = schemes.Scheme.from_dict(
            {"id": ref, "version": "1.0.0", "title": ref, "kind": "single", "labels": ["up", "down"]}
        )
        language_editing.define_scheme(by=admin, core=core)
    assert client_of(admin).post("/schemes/moods@1.0.0/withdraw/").status_code == 302
    assert not Scheme.objects.filter(ref="moods@1.0.0").exists()


@pytest.mark.parametrize("why", ["shipped", "applied", "published", "named"])
def test_what_is_used_stays(why: str) -> None:
    admin = web_scene.person("ada", Role.ADMIN)
    row: Any = registry.crosswalk(SMALL) if why == "shipped" else own(admin)
    if why == "applied":
        row.loss = {"corpus:diary:reader": {"figures": {}}}
        row.save()
    if why == "published":
        Crosswalk.objects.filter(pk=row.pk).update(status="published")
        row.refresh_from_db()
    if why == "named":
        web_scene.Release.objects.create(slug="x", version="1", title="x", recipe=f'crosswalk = "{row.ref}"')
    with pytest.raises(ChoraleError) as refused:
        language_withdrawal.withdraw_crosswalk(by=admin, crosswalk=row)
    assert refused.value.code == "crosswalk-used"
    with pytest.raises(ChoraleError) as refused:
        language_withdrawal.withdraw_scheme(by=admin, scheme=row.target)
    assert refused.value.code == "scheme-used"
    page = client_of(admin).get(f"/schemes/{row.target.ref}/").content.decode()
    assert "This version never changes" in page
    assert "Take this version back" not in page


def test_a_chain_and_a_tier_are_kept_as_maps_once() -> None:
    admin = web_scene.person("ada", Role.ADMIN)
    steps = ["plutchik-24--plutchik-8@1.0.0", "plutchik-8--ekman-6@1.0.0"]
    for ref in steps:
        registry.crosswalk(ref)
    client = client_of(admin)
    for _ in range(2):
        sent = client.post(f"/crosswalks/{steps[0]}/ways/keep/", {"step": steps})
        assert sent.status_code == 302
    row = Crosswalk.objects.get(ref__startswith="plutchik-24--ekman")
    assert row.status == "proposed"
    assert list(row.core.derived_from) == steps
    one, two = (registry.crosswalk(ref).core.matrix() for ref in steps)
    assert row.core.matrix() == pytest.approx(one @ two)
    assert row.title in client.get(f"/crosswalks/{steps[0]}/").content.decode(), "where the step is used"
    tree = registry.scheme("parrott-tree")
    assert client.post(f"/schemes/{tree.ref}/tier/", {"level": "0"}).status_code == 302
    up = Crosswalk.objects.get(source=tree, target=tree)
    assert up.core.matrix()[tree.core.code("joy/zest/thrill"), tree.core.code("joy")] == 1
    assert client.post(f"/schemes/{tree.ref}/tier/", {"level": "x"}).status_code != 200
    assert Crosswalk.objects.filter(source=tree, target=tree).count() == 1


def test_the_editor_shows_what_the_cells_typed_so_far_would_do() -> None:
    admin = web_scene.person("ada", Role.ADMIN)
    registry.crosswalk(SMALL)
    rows = crosswalk_forms.rows(crosswalks.load(SMALL))
    told: dict[str, Any] = {name: [row[name] for row in rows] for name in crosswalk_forms.COLUMNS}
    part = client_of(admin).post(f"/crosswalks/new/preview/?from={SMALL}", told).content.decode()
    assert "7 → 6" in part
    assert part.count('class="em-') > 7
    told["weight"][0] = "0.4"
    assert "in part unmapped: anger" in client_of(admin).post(
        f"/crosswalks/new/preview/?from={SMALL}", told
    ).content.decode()  # fmt: skip
    told["object"][0] = "glee"
    part = client_of(admin).post(f"/crosswalks/new/preview/?from={SMALL}", told).content.decode()
    assert "is no label of" in part
    assert not Crosswalk.objects.exclude(ref=SMALL).exists()


def test_a_proposal_does_not_take_the_place_of_what_was_published_among_the_ways() -> None:
    ada, bea = web_scene.person("ada", Role.ADMIN), web_scene.person("bea", Role.ADMIN)
    row = own(ada)
    Crosswalk.objects.filter(ref=SMALL).update(status="published")
    assert (SMALL,) in [way.steps for way in crosswalk_ways.ranked(row.source, row.target)]
    for status in ("reviewed", "published"):
        crosswalk_review.review_crosswalk(by=bea, crosswalk=row, status=status, reason="Read.")
    assert (row.ref,) in [way.steps for way in crosswalk_ways.ranked(row.source, row.target)]
