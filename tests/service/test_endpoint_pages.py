"""Endpoints on pages: registered, probed, changed; no key and no other secret of the server gets out."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from chorale.jobs import control
from chorale.store.models import Endpoint, Event, Job, User
from chorale.store.models.people import Role
from tests.model_server.server import ModelServer
from tests.service.test_release_pages import signed_in
from tests.service.test_web_pages import plain_static
from tests.service.web_scene import person

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["plain_static"]


@pytest.fixture
def admin() -> User:
    return person("ada", Role.ADMIN)


def fields(url: str, **more: Any) -> dict[str, Any]:
    plain = {"slug": "words", "url": url, "model": "words", "key_variable": "CHORALE_LLM_KEY_TWO", "most_at_once": 8}
    return plain | more


def test_register_probe_and_change(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHORALE_LLM_KEY_TWO", "very-secret")
    client = signed_in(admin)
    with ModelServer(key="very-secret", drops=frozenset({"seed"})) as server:
        client.post("/endpoints/new/", fields(server.url, price_in="0.5", price_out="2"))
        job = control.run_here(Job.objects.get(kind="probe_endpoint"))
        assert "logprobs" in job.result["works"]
        page = client.get("/endpoints/words/").content.decode()
        assert "very-secret" not in page
        assert "CHORALE_LLM_KEY_TWO" in page
        assert Endpoint.objects.get().abilities["seed"]["evidence"] in page.replace("&#x27;", "'")
        client.post("/endpoints/words/change/", fields(server.url, most_at_once=9))
        assert Endpoint.objects.get().abilities, "another limit is the same server"
        client.post("/endpoints/words/probe/")
        control.run_here(Job.objects.filter(kind="probe_endpoint").latest("pk"))
        client.post("/endpoints/words/change/", fields(server.url, model="other"))
        assert not Endpoint.objects.get().abilities
    actions = list(Event.objects.filter(subject_type="endpoint").order_by("pk").values_list("action", "by__username"))
    told = ["endpoint.register", "endpoint.probe", "endpoint.change", "endpoint.probe", "endpoint.change"]
    assert actions == [(action, "ada") for action in told]


@pytest.mark.parametrize(
    ("name", "value"),
    [("key_variable", "DATABASE_URL"), ("url", "http://me:word@host/v1"), ("url", "ftp://host/v1"), ("most_at_once", 0),
     ("slug", "environment")],
)  # fmt: skip
def test_what_is_no_endpoint_is_refused(admin: User, name: str, value: Any) -> None:
    answer = signed_in(admin).post("/endpoints/new/", fields("http://gpu:9/v1") | {name: value})
    assert answer.status_code == 422
    assert name in answer.context["form"].errors
    assert not Endpoint.objects.exists()


def test_admins_alone(admin: User) -> None:
    Endpoint.objects.create(slug="words", url="http://127.0.0.1:9/v1", model="words")
    for client in (signed_in(person("rhea", Role.RESEARCHER)), Client(headers={"host": "localhost"})):
        for address in ("/endpoints/", "/endpoints.json", "/endpoints/new/", "/endpoints/words/"):
            assert client.get(address).status_code in (302, 403, 404), address
        assert client.post("/endpoints/words/probe/").status_code in (302, 403, 404)
    assert not Job.objects.exists()
