"""Forms of several layers from the editor or a file, schemes from tables, and what is previewed while one types."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from annotation import studio
from chorale.store import form_defining, registry
from chorale.store.campaigns import layers_of
from chorale.store.models import Form, Scheme, User
from chorale.store.models.people import Role
from harmonize import schemes
from harmonize.schemes.files import FOLDER
from tests.service import web_scene
from tests.service.test_scheme_pages import plain_static

pytestmark = pytest.mark.django_db
__all__ = ["plain_static"]
EXAMPLE = FOLDER.parent / "forms" / "emotion-in-depth@1.0.0.toml"


@pytest.fixture
def admin() -> Client:
    registry.scheme("ekman-6-neutral")
    registry.scheme("vad-9")
    client = Client(headers={"host": "localhost"})
    person: User = web_scene.person("ada", Role.ADMIN)
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def layers(**changes: Any) -> dict[str, Any]:
    """A form of three layers, the second only after anger or fear; the third line is empty and left out."""
    told: dict[str, Any] = {
        "way": "layers", "slug": "deep", "title": "In depth", "guidelines": "Read **once**.",
        "name": ["emotion", "felt", ""], "scheme": ["ekman-6-neutral@1.0.0", "vad-9@1.0.0", "vad-9@1.0.0"],
        "perspective": ["writer", "reader", "writer"],
        "question": ["What does the writer feel?", "How does it feel to read?", ""],
        "when_layer": ["", "emotion", ""], "when_labels": ["", "anger, fear", ""],
        "row": ["0", "1", "n7"], "required": ["0"], "reason": ["0"], "spans": ["1"],
    }  # fmt: skip
    return told | changes


def test_a_form_of_layers_is_kept_with_its_conditions_and_drawn_for_raters(admin: Client) -> None:
    answer = admin.post("/forms/new/", layers())
    assert answer.status_code == 302
    form = Form.objects.get(slug="deep")
    assert answer.headers["Location"] == f"/forms/deep/{form.version}/"
    one, two = layers_of(form)
    assert (one.required, one.reason, one.spans, one.when) == (True, True, False, None)
    assert (two.required, two.reason, two.spans) == (False, False, True)
    assert two.when is not None
    assert (two.when.layer, two.when.labels) == ("emotion", ("anger", "fear"))
    drawn = studio.form_xml(layers_of(form))
    assert 'whenChoiceValue="anger,fear"' in drawn
    page = admin.get("/forms/deep/1/").content.decode()
    for word in ("only if emotion holds anger or fear", "How does it feel to read?", "Only if emotion holds", "struct"):
        assert word in page
    admin.post("/forms/new/", layers())
    assert Form.objects.filter(slug="deep").count() == 1, "the same again is the same version"
    again = layers(title="In depth", guidelines="Read twice.")
    assert admin.post("/forms/new/?from=deep@1", again).headers["Location"] == "/forms/deep/2/"
    start = admin.get("/forms/new/?from=deep@1").context["rows"]
    assert [row["name"] for row in start] == ["emotion", "felt"]


def test_one_more_layer_keeps_what_is_typed_also_without_a_script(admin: Client) -> None:
    answer = admin.post("/forms/new/", layers(more="1", title=""))
    assert answer.status_code == 200
    assert [row["name"] for row in answer.context["rows"]] == ["emotion", "felt", "", ""]
    assert [row["reason"] for row in answer.context["rows"]] == [True, False, False, False]
    assert not Form.objects.exists()
    assert admin.get("/forms/new/layer/").context["row"]["key"] not in ("", "0", "1", "n7")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"row": ["0", "0", "n7"]}, "Send the whole form"),
        ({"when_labels": ["", "glee", ""]}, "no such label"),
        ({"when_layer": ["", "felt", ""]}, "no earlier layer"),
        ({"name": ["emotion", "emotion", ""]}, "empty or taken"),
        ({"name": ["item", "felt", ""], "when_layer": ["", "item", ""]}, "is taken"),
        ({"name": ["", "", ""]}, "at least one layer"),
        ({"slug": "no slug"}, "valid"),
    ],
)
def test_a_faulty_form_says_why_and_is_not_kept(admin: Client, change: dict[str, Any], word: str) -> None:
    answer = admin.post("/forms/new/", layers(**change))
    assert answer.status_code == 422
    assert word in answer.content.decode()
    assert not Form.objects.exists()


def test_a_form_from_a_file_brings_its_own_scheme_with_free_texts(admin: Client) -> None:
    file = SimpleUploadedFile("form.toml", EXAMPLE.read_bytes())
    assert admin.post("/forms/new/", {"way": "text", "file": file}).status_code == 302
    form = Form.objects.get(slug="emotion-in-depth")
    own = Scheme.objects.get(ref="writer-emotion@1.0.0").core
    assert [text.id for text in own.texts] == ["cause", "other_words"]
    assert form_defining.core(form).layers == schemes.load_form("emotion-in-depth").layers
    page = admin.get(f"/forms/{form.slug}/{form.version}/").content.decode()
    assert "What brought the feeling about?" in page
    assert "only with anger or disgust or fear or sadness" in page
    shown = admin.get("/schemes/writer-emotion@1.0.0/").content.decode()
    assert "0.80" in shown, "the stated penalty"
    assert "/forms/emotion-in-depth/1/" in shown, "where it is used, as a link"


def test_while_one_types_the_form_and_every_problem_are_drawn(admin: Client) -> None:
    part = admin.post("/forms/new/preview/", layers(slug="", title="")).content.decode()
    assert "Sound: 2 layers" in part
    assert part.count('name="rating-preview"') == 7
    part = admin.post("/forms/new/preview/", layers(when_labels=["", "glee", ""])).content.decode()
    assert "no such label" in part
    told = {"way": "fields", "id": "moods", "version": "1.0.0", "title": "Moods", "kind": "set", "language": "de",
            "labels": "freude\n  wonne\ntrauer", "opposites": "freude - trauer",
            "texts": "why [trauer]: Warum?"}  # fmt: skip
    part = admin.post("/schemes/new/preview/", told).content.decode()
    for word in (
        "Sound: 3 labels",
        "tree-list",
        "Choose every label that applies",
        "list&lt;item: int16&gt;",
        "Warum?",
    ):
        assert word in part
    part = admin.post("/schemes/new/preview/", told | {"labels": "freude\nfreude"}).content.decode()
    assert "share an id" in part
    assert not Scheme.objects.filter(ref__startswith="moods").exists()


def test_705_labels_come_as_a_table_with_parents_terms_and_opposites(admin: Client) -> None:
    lines = [
        "id,name,parent,terms,opposite",
        "gefühl,Gefühl,,,",
        *(f"w{n},Wort {n},gefühl,a{n};b{n}," for n in range(704)),
    ]
    lines[3] = "w1,Wort 1,gefühl,a1;b1,w2"
    told = {"way": "fields", "id": "lexicon", "version": "1.0.0", "title": "Lexikon", "kind": "set", "language": "de"}
    file = SimpleUploadedFile("labels.csv", "\ufeff".encode() + "\r\n".join(lines).encode())
    assert admin.post("/schemes/new/", told | {"table": file}).status_code == 302
    core = Scheme.objects.get(ref="lexicon@1.0.0").core
    assert len(core.labels) == 705
    assert (core.label("w3").parent, core.label("w3").terms) == ("gefühl", ("a3", "b3"))
    assert core.label("w1").opposite == "w2"
    assert admin.get("/schemes/lexicon@1.0.0/").status_code == 200


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("name\njoy", "there is no column id"),
        ("id,feeling\njoy,x", "unknown: feeling"),
        ("id,angle\njoy,up\nfear,1", "line 2: angle"),
        ("id,name\njoy\nfear,x", "line 2"),
    ],
)
def test_a_table_that_cannot_be_read_names_the_line(admin: Client, text: str, word: str) -> None:
    told = {"way": "fields", "id": "x", "version": "1.0.0", "title": "X", "kind": "set", "language": "en"}
    answer = admin.post("/schemes/new/", told | {"table": SimpleUploadedFile("x.csv", text.encode())})
    assert answer.status_code == 422
    assert word in answer.content.decode()
