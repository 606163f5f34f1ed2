"""Pre-labelling on pages: refused, tried, started, watched, what was sent and came, failed items asked again alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from chorale.jobs import control
from chorale.store import endpoints, registry
from chorale.store.models import Collection, Item, Job, Judgment, ModelFailure, ModelRequest, Rater, User
from chorale.store.models.people import Role
from tests.model_server.server import ModelServer
from tests.service.notes_scene import COUNT, answered, collect, serving
from tests.service.test_release_pages import signed_in, text, worked
from tests.service.test_web_pages import plain_static
from tests.service.web_scene import person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]
__all__ = ["plain_static"]

ASKED: dict[str, Any] = {"collection": "notes-all", "rater": "words", "perspective": "writer", "way": "logprobs"}


@pytest.fixture
def notes() -> Collection:
    found = collect("notes", COUNT)
    ASKED["scheme"] = registry.scheme("ekman-6").ref
    return found


@pytest.fixture
def admin(notes: Collection) -> User:
    return person("ada", Role.ADMIN)


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with serving(examined=True, price_in=1.0, price_out=1.0) as running:
        yield running


def test_tried_then_started_and_nothing_is_paid_twice(admin: User, server: ModelServer) -> None:
    client = signed_in(admin)
    client.post("/jobs/start/prelabel/", ASKED | {"act": "try"})
    job = worked("dry_run")
    page = text(client.get(f"/jobs/{job.uuid}/"))
    assert "The whole collection would take" in page
    assert job.result["trial"]["whole"]["cost"] > 0
    assert answered(server) == 20
    client.post(f"/jobs/{job.uuid}/whole/")
    whole = worked("prelabel")
    assert (answered(server), Judgment.objects.count()) == (COUNT, COUNT)
    live = text(client.get(f"/jobs/{whole.uuid}/live/"))
    assert "100.0 %" in live
    assert "Labels so far" in live
    assert "20 <small>" not in live, "no budget was set"
    like = text(client.get(f"/jobs/start/prelabel/?like={job.uuid}"))
    assert 'value="words" selected' in like


def test_an_endpoint_that_cannot_is_refused_before_anything_starts(admin: User) -> None:
    with ModelServer(drops=frozenset({"logprobs"})) as server:
        row = endpoints.register(by=None, slug="words", url=server.url, model="words")
        assert "never probed" in text(signed_in(admin).post("/jobs/start/prelabel/", ASKED))
        endpoints.examine(by=None, row=row)
        for act in ("", "try"):
            answer = signed_in(admin).post("/jobs/start/prelabel/", ASKED | {"act": act})
            assert answer.status_code == 422
            assert f"logprobs ({row.abilities['logprobs']['evidence'].rstrip('.')})" in text(answer).replace(
                "&#x27;", "'"
            )
    assert not Job.objects.exists()


def test_what_was_sent_and_came_and_failed_items_again_alone(admin: User, server: ModelServer) -> None:
    Item.objects.filter(source_id="3").update(text="word " * 5000)
    client = signed_in(admin)
    client.post("/jobs/start/prelabel/", ASKED)
    job, rater = worked("prelabel"), Rater.objects.get(kind="model")
    item = Item.objects.get(source_id="0")
    asked = f"/items/{item.uuid}/asked/{rater.pk}/"
    assert asked in text(client.get(f"/items/{item.uuid}/"))
    page = text(client.get(asked))
    assert ModelRequest.objects.get(item=item.uuid).key[:16] in page
    assert "What was sent" in page
    assert "top_logprobs" in page
    assert "so happy, number 0" in page
    listed = text(client.get(f"/jobs/{job.uuid}/failures/"))
    assert "request-refused" in listed
    long = Item.objects.get(source_id="3")
    assert "Ask about this item again" in text(client.get(f"/items/{long.uuid}/asked/{rater.pk}/"))
    Item.objects.filter(source_id="3").update(text="happy now")
    before = answered(server)
    client.post(f"/jobs/{job.uuid}/retry/", {"item": str(long.uuid)})
    again = control.run_here(Job.objects.latest("pk"))
    assert (again.done, again.total, answered(server)) == (1, 1, before + 1)
    assert not ModelFailure.objects.exists()
    assert Judgment.objects.filter(item=long).exists()


def test_admins_alone(admin: User, server: ModelServer) -> None:
    client, item = signed_in(person("rhea", Role.RESEARCHER)), Item.objects.first()
    rater = Rater.objects.create(kind="model", pseudonym="m", model={"engine": "chat"})
    assert item is not None
    assert client.get("/jobs/start/prelabel/").status_code == 403
    assert client.post("/jobs/start/prelabel/", ASKED).status_code == 403
    assert client.get(f"/items/{item.uuid}/asked/{rater.pk}/").status_code == 403
