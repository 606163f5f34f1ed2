"""Accounts from pages: made, given roles, opened by a link, closed; never without an admin left."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from chorale.store import access, people, tokens
from chorale.store.models import Event, Rater, User
from chorale.store.models.people import Role
from harmonize.problems import ChoraleError
from tests.service import web_scene
from tests.service.test_web_pages import client_of, plain_static

pytestmark = pytest.mark.django_db
__all__ = ["plain_static"]
WORD = "quite-another-word"


@pytest.fixture
def scene() -> dict[str, Any]:
    return {"admin": web_scene.person("ada", Role.ADMIN), "annotator": web_scene.person("anna", Role.ANNOTATOR)}


def link_on(page: Any) -> str:
    found = re.search(r'id="fresh"[^>]*>([^<]+)<', page.content.decode())
    assert found
    return urlsplit(found[1]).path


def choose(address: str, password: str) -> bool:
    """Somebody opens a link and chooses a password; whether the link still let them."""
    browser = Client(headers={"host": "localhost"})
    form = browser.get(address, follow=True)
    if not form.redirect_chain:
        return "used already, or is too old" not in form.content.decode()
    browser.post(form.redirect_chain[-1][0], {"password1": password, "password2": password})
    return True


def test_an_account_is_made_and_opened_by_a_link_that_works_once(scene: dict[str, Any]) -> None:
    admin = client_of(scene, "admin")
    page = admin.post("/people/new/", {"username": "vera", "email": "vera@example.org", "roles": ["annotator"]})
    vera = User.objects.get(username="vera")
    assert not vera.has_usable_password()
    assert Rater.objects.filter(user=vera).exists()
    address = link_on(page)
    assert choose(address, WORD)
    vera.refresh_from_db()
    assert vera.check_password(WORD)
    assert not choose(address, "a-word-of-a-thief")
    vera.refresh_from_db()
    assert vera.check_password(WORD)
    told = Event.objects.filter(subject_type="user", subject=str(vera.pk)).order_by("pk")
    assert list(told.values_list("action", "by__username")) == [("person.create", "ada"), ("person.link", "ada")]


def test_two_accounts_never_share_a_name_or_an_address(scene: dict[str, Any]) -> None:
    admin = client_of(scene, "admin")
    User.objects.filter(username="anna").update(email="anna@example.org")
    for given in (
        {"username": "anna"},
        {"username": "ANNA"},
        {"username": "eve", "email": "ANNA@example.org"},
        {"username": "a b"},
    ):
        assert admin.post("/people/new/", given).status_code == 422, given
    assert User.objects.count() == 2


def test_who_types_a_name_never_gets_the_account_of_another(scene: dict[str, Any]) -> None:
    for name in ("ada", "Ada"):
        with pytest.raises(ChoraleError, match="taken"):
            people.create(by=None, username=name, password=WORD, roles=[Role.ANNOTATOR], new=True)
    assert access.roles(User.objects.get(username="ada")) == {"admin"}


def test_roles_are_exactly_those_ticked(scene: dict[str, Any]) -> None:
    admin, anna = client_of(scene, "admin"), scene["annotator"]
    answer = admin.post(f"/people/{anna.pk}/", {"roles": ["researcher"], "email": "", "active": "on"})
    assert answer.status_code == 302
    assert access.roles(User.objects.get(pk=anna.pk)) == {"researcher"}
    assert Event.objects.get(action="person.change").detail == {"roles": ["researcher"], "active": True}


def test_a_closed_account_is_out_at_once_and_can_be_opened_again(scene: dict[str, Any]) -> None:
    admin, anna = client_of(scene, "admin"), scene["annotator"]
    hers, key = client_of(scene, "annotator"), tokens.make(by=anna, name="notebook", scopes=["read"])
    admin.post(f"/people/{anna.pk}/", {"roles": ["annotator"], "email": ""})
    assert hers.get("/").status_code == 302
    assert tokens.holder(key) is None
    assert admin.post(f"/people/{anna.pk}/link/").status_code == 404
    assert "closed" in admin.get("/people/?open=no").content.decode()
    admin.post(f"/people/{anna.pk}/", {"roles": ["annotator"], "email": "", "active": "on"})
    assert hers.get("/").status_code == 200


@pytest.mark.parametrize("given", [{"roles": ["annotator"], "active": "on"}, {"roles": ["admin"]}])
def test_the_last_admin_stays(scene: dict[str, Any], given: dict[str, Any]) -> None:
    ada = scene["admin"]
    page = client_of(scene, "admin").post(f"/people/{ada.pk}/", {"email": "", **given})
    assert page.status_code == 422
    assert "the only admin who can sign in" in page.content.decode()
    assert access.roles(User.objects.get(pk=ada.pk)) == {"admin"}
    people.create(by=None, username="bea", password=WORD, roles=[Role.ADMIN])
    assert client_of(scene, "admin").post(f"/people/{ada.pk}/", {"email": "", **given}).status_code == 302


def test_a_lost_second_factor_is_taken_away(scene: dict[str, Any]) -> None:
    admin, anna = client_of(scene, "admin"), scene["annotator"]
    Authenticator.objects.create(user=anna, type="totp", data={"secret": "x"})
    assert "Take it away" in admin.get(f"/people/{anna.pk}/").content.decode()
    admin.post(f"/people/{anna.pk}/factors/")
    assert not Authenticator.objects.exists()
    assert Event.objects.filter(action="person.factors-forgotten", by=scene["admin"]).exists()


def test_people_are_for_admins(scene: dict[str, Any]) -> None:
    anna = scene["annotator"]
    for address in ("/people/", "/people.json", "/people.csv", "/people/new/", f"/people/{anna.pk}/"):
        assert client_of(scene, "admin").get(address).status_code == 200, address
        assert client_of(scene, "annotator").get(address).status_code == 403, address
    for address in ("/people/new/", *(f"/people/{anna.pk}/{act}" for act in ("", "link/", "factors/"))):
        assert client_of(scene, "annotator").post(address, {"roles": ["admin"]}).status_code == 403, address
    assert access.roles(anna) == {"annotator"}


def test_a_rater_says_which_languages_they_read(scene: dict[str, Any]) -> None:
    hers = client_of(scene, "annotator")
    for told in ("en; de, pt-BR, <b>, en", "de"):
        assert hers.post("/work/languages/", {"languages": told}).status_code == 302
    told = Event.objects.filter(action="rater.languages", by=scene["annotator"]).order_by("pk")
    assert [event.detail["languages"] for event in told] == [["de", "en", "pt-BR"], ["de"]]
    rater = people.rater_of(scene["annotator"])
    assert list(rater.languages.values_list("language", flat=True)) == ["de"]
