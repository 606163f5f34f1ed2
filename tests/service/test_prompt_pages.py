"""Prompts on pages: preview, a version from another, examples drawn from votes, the difference of two."""

from __future__ import annotations

from typing import Any

import pytest

from chorale.store import prompts
from chorale.store.models import Event, Item, Prompt, User
from chorale.store.models.people import Role
from tests.service.test_bake_off import labelled
from tests.service.test_release_pages import signed_in, text
from tests.service.test_web_pages import plain_static
from tests.service.web_scene import person

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["labelled", "plain_static"]


@pytest.fixture
def admin(labelled: None) -> User:
    prompts.register_shipped()
    return person("ada", Role.ADMIN)


def chosen() -> Prompt:
    return Prompt.objects.get(ref__startswith="choose@1#")


def fields(row: Prompt, **more: Any) -> dict[str, Any]:
    same = {name: row.definition[name] for name in ("system", "user", "guidelines")}
    return same | {"version": "2", "shots": "keep"} | more


def test_preview_shows_what_would_be_sent(admin: User) -> None:
    client, item = signed_in(admin), Item.objects.order_by("pk")[5]
    asked = {"scheme": "ekman-6@1.0.0", "perspective": "writer", "item": str(item.uuid)}
    page = text(client.get(f"/prompts/{chosen().pk}/", asked))
    assert item.text in page
    assert "Judge what the writer of the text feels" in page
    assert "top_logprobs" in page
    assert "There is no such item" in text(client.get(f"/prompts/{chosen().pk}/", asked | {"item": "0" * 32}))


def test_a_version_is_made_compared_and_never_changed(admin: User) -> None:
    client, row = signed_in(admin), chosen()
    more = {"guidelines": "Mind irony.", "shots": "draw", "count": 3, "scheme": "ekman-6@1.0.0"}
    sent = fields(row, **more, perspective="writer", corpora=["notes"])
    made = client.post(f"/prompts/{row.pk}/new/", sent)
    new = Prompt.objects.latest("pk")
    assert made.status_code == 302
    assert (len(new.definition["shots"]), new.definition["version"], new.created_by) == (3, "2", admin)
    assert Event.objects.filter(action="prompt.register", by=admin, detail__ref=new.ref).exists()
    page = text(client.get(f"/prompts/{new.pk}/compare/{row.pk}/"))
    assert '<span class="added">+Mind irony.</span>' in page
    assert page.count("+example ") == 3
    again = client.post(f"/prompts/{row.pk}/new/", fields(row, guidelines="Other."))
    assert again.status_code == 422
    assert "another text already" in text(again)
    assert chosen().definition == row.definition


def test_a_faulty_template_is_refused(admin: User) -> None:
    row = chosen()
    for user in ("{% if %}", "{{ nothing_like_this }}"):
        answer = signed_in(admin).post(f"/prompts/{row.pk}/new/", fields(row, user=user))
        assert answer.status_code == 422
        assert "The template" in text(answer)


def test_admins_alone(admin: User) -> None:
    client = signed_in(person("rhea", Role.RESEARCHER))
    for address in ("/prompts/", f"/prompts/{chosen().pk}/", f"/prompts/{chosen().pk}/new/"):
        assert client.get(address).status_code == 403, address
