"""The doors of the service: how often a password may be tried, who reads figures, cookies, mail, the way onward."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache, caches
from django.test import Client
from django.utils import timezone

from chorale.store import tokens
from chorale.store.models import ApiToken, Event
from chorale.store.models.people import Role
from tests.service import web_scene
from tests.service.test_web_pages import client_of, plain_static

pytestmark = pytest.mark.django_db
__all__ = ["plain_static"]
LOGIN = "/accounts/login/"


@pytest.fixture
def scene() -> dict[str, Any]:
    return {"admin": web_scene.person("ada", Role.ADMIN), "researcher": web_scene.person("rhea", Role.RESEARCHER)}


def sign_in(password: str, **more: str) -> Any:
    """A try from a browser of its own."""
    return Client(headers={"host": "localhost"}).post(LOGIN, {"login": "ada", "password": password, **more})


def test_failed_sign_ins_are_counted_for_all_processes(scene: dict[str, Any]) -> None:
    cache.clear()
    for number in range(5):
        assert sign_in(f"wrong {number}").status_code == 200
    caches["here"].clear()  # what one process knows by itself
    late = sign_in(web_scene.PASSWORD)
    assert late.status_code == 200
    assert b"Too many failed login attempts" in late.content
    cache.clear()
    assert sign_in(web_scene.PASSWORD).status_code == 302


@pytest.mark.parametrize("onward", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"])
def test_nobody_is_sent_elsewhere_after_signing_in(scene: dict[str, Any], onward: str) -> None:
    cache.clear()
    assert sign_in(web_scene.PASSWORD, next=onward)["Location"] == "/"
    assert sign_in(web_scene.PASSWORD, next="/jobs/?state=done")["Location"] == "/jobs/?state=done"


def test_signing_in_changes_the_key_of_the_session(scene: dict[str, Any], settings: Any) -> None:
    cache.clear()
    settings.SESSION_COOKIE_SECURE = True
    browser = Client(headers={"host": "localhost"})
    session = browser.session
    session["planted"] = "yes"
    session.save()
    planted = session.session_key
    browser.cookies[settings.SESSION_COOKIE_NAME] = planted
    answer = browser.post(LOGIN, {"login": "ada", "password": web_scene.PASSWORD})
    cookie = answer.cookies[settings.SESSION_COOKIE_NAME]
    assert cookie.value != planted
    assert (cookie["httponly"], cookie["samesite"], cookie["secure"]) == (True, "Lax", True)


def test_figures_of_the_service_are_for_admins_and_the_token(scene: dict[str, Any], settings: Any) -> None:
    nobody = Client(headers={"host": "localhost"})
    assert nobody.get("/metrics").status_code == 302
    assert client_of(scene, "researcher").get("/metrics").status_code == 403
    assert b"django_http_requests" in client_of(scene, "admin").get("/metrics").content
    assert nobody.get("/metrics", headers={"authorization": "Bearer "}).status_code == 302
    settings.METRICS_TOKEN = "a token of the scraper"
    assert nobody.get("/metrics", headers={"authorization": "Bearer another"}).status_code == 302
    assert nobody.get("/metrics", headers={"authorization": "Bearer a token of the scraper"}).status_code == 200


def test_without_a_mail_server_nobody_is_told_to_wait_for_mail(scene: dict[str, Any], settings: Any) -> None:
    browser = Client(headers={"host": "localhost"})
    settings.MAILS = False
    assert b"ask them for a link" in browser.get(LOGIN).content
    assert b"sends no mail" in browser.get("/accounts/password/reset/").content
    settings.MAILS = True
    assert b"Send me a link" in browser.get("/accounts/password/reset/").content
    scene["admin"].email = "ada@example.org"
    scene["admin"].save()
    browser.post("/accounts/password/reset/", {"email": "ada@example.org"})
    assert "/accounts/password/reset/key/" in mail.outbox[0].body


def test_a_token_ends_when_it_was_said_to(scene: dict[str, Any]) -> None:
    ada = client_of(scene, "admin")
    for days, told in (("30", 30), ("", None), ("99999", None)):
        page = ada.post("/tokens/", {"name": f"days: {days}.", "scopes": ["read"], "days": days}).content.decode()
        row = ApiToken.objects.get(name=f"days: {days}.")
        value = re.search(r'id="fresh">([^<]+)<', page)
        assert value
        assert tokens.holder(value[1]) == row
        assert Event.objects.filter(action="token.make").latest("pk").detail["days"] == told
        ApiToken.objects.filter(pk=row.pk).update(expires_at=timezone.now())
        assert tokens.holder(value[1]) is None
    assert "ended" in ada.get("/tokens/").content.decode()
