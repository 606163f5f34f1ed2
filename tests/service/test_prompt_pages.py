"""Prompts on pages: preview, a version from another, examples drawn from votes, the difference of two."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import pytest

from annotation.model_raters import stage_text
from chorale.store import chat_raters, endpoints, prompts, registry
from chorale.store.models import Corpus, Event, Item, Prompt, User
from chorale.store.models.people import Role
from harmonize.problems import ChoraleError
from tests.model_server.server import ModelServer
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
    same = {name: row.definition[name] for name in ("system", "user", "guidelines")} | {"stages": ""}
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


def staged() -> Prompt:
    return Prompt.objects.get(ref__startswith="judge-repair@1#")


def test_every_stage_is_shown_and_previewed_in_order(admin: User) -> None:
    client, item = signed_in(admin), Item.objects.order_by("pk")[5]
    asked = {"scheme": "ekman-6@1.0.0", "perspective": "writer", "item": str(item.uuid)}
    row = Prompt.objects.get(ref__startswith="self-ask@1#")
    page = text(client.get(f"/prompts/{row.pk}/", asked))
    places = [
        page.index(f"Request {n}: {name}") for n, name in enumerate(("questions", "answers", "label", "cause"), 1)
    ]
    assert places == sorted(places)
    assert "[what the stage questions answers]" in page
    assert "explains: a reason" in page
    assert "as EIBench asks" in page
    listed = text(client.get("/prompts/"))
    for pipeline in ("MahaEmotions", "MER-Caption", "EIBench", "Emo Pillars", "Judge and repair"):
        assert pipeline in listed


def test_stages_are_changed_in_a_version_of_their_own(admin: User) -> None:
    client, row = signed_in(admin), staged()
    before = stage_text.to_text(prompts.core(row))
    stages = before.replace("repairs = 1", "repairs = 2\nturns = [2, 0]")
    assert client.post(f"/prompts/{row.pk}/new/", fields(row, stages=stages, shots="none")).status_code == 302
    new = Prompt.objects.latest("pk")
    made = prompts.core(new)
    assert (made.repairs, made.turns, made.stages) == (2, (2, 0), prompts.core(row).stages)
    page = text(client.get(f"/prompts/{row.pk}/compare/{new.pk}/"))
    assert '<span class="added">+2</span>' in page
    assert "[turns]" in page
    for wrong, why in (
        ("[[stages]", "no TOML"),
        (before + "\ntone = 1", "does not know tone"),
        ("x = 1", "Not known: x"),
    ):
        answer = client.post(f"/prompts/{row.pk}/new/", fields(row, version="3", stages=wrong, shots="none"))
        assert answer.status_code == 422
        assert why in text(answer)
    drawn = {"shots": "draw", "count": 2, "scheme": "ekman-6@1.0.0", "perspective": "writer", "corpora": ["notes"]}
    refused = client.post(f"/prompts/{row.pk}/new/", fields(row, version="4", stages=before, **drawn))
    assert "Examples hold no answers of earlier stages" in text(refused)


def test_examples_share_no_words_with_gold_and_a_rater_whose_example_became_gold_is_refused(admin: User) -> None:
    scheme = registry.scheme("ekman-6@1.0.0")
    corpora = [*Corpus.objects.filter(slug="notes")]
    drawn = prompts.drawn_shots(prompts.core(chosen()), scheme, "writer", corpora, count=2)
    first = Item.objects.get(uuid=drawn.shots[0].item.id)
    Item.objects.filter(pk=first.pk).update(text_hash=uuid.UUID(int=7))
    twin = Corpus.objects.create(slug="gold", title="Gold", licence="CC0-1.0")
    Item.objects.create(uuid=uuid.uuid4(), corpus=twin, source_id="1", modality="text", text=first.text,
                        text_hash=uuid.UUID(int=7), reserved="gold")  # fmt: skip
    again = prompts.drawn_shots(prompts.core(chosen()), scheme, "writer", corpora, count=2)
    assert str(first.uuid) not in {shot.item.id for shot in again.shots}
    row = prompts.make_version(by=admin, prompt=replace(again, version="2"))
    Item.objects.filter(uuid=again.shots[0].item.id).update(reserved="test")
    with ModelServer() as server:
        endpoints.register(by=None, slug="words", url=server.url, model="words", key_variable="NO_SUCH_KEY")
        params = {"endpoint": "words", "scheme": "ekman-6", "perspective": "writer", "prompt": row.ref}
        with pytest.raises(ChoraleError, match="gold or test items"):
            chat_raters.check(params)
