"""A form in further languages, from the editor to what Label Studio is told and what stands beside its page."""

from __future__ import annotations

import html
import json
import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.test import Client

from chorale.proxy.beside import beside
from chorale.store import campaigns, collections, comparisons, form_speech, forms, registry, studio_push
from chorale.store.campaign_plan import Plan
from chorale.store.form_defining import from_toml
from chorale.store.forms import LayerSpec
from chorale.store.models import Campaign, Form, StudioProject, User
from chorale.store.models.people import Role
from tests.service import web_scene
from tests.service.campaign_rows import make_items
from tests.service.test_scheme_pages import plain_static

pytestmark = pytest.mark.django_db
__all__ = ["plain_static"]
EKMAN = LayerSpec("emotion", "ekman-6", "reader", "Which emotion?", reason=True)
GERMAN = {
    "warning": "Hier geht es um Verlust.",
    "questions": {"emotion": "Welches Gefühl?"},
    "schemes": {"ekman-6": {"labels": {"joy": "Freude"}}},
}
TOML = '[de]\nwarning = "Hier geht es um Verlust."\n\n[de.questions]\nemotion = "Welches Gefühl?"\n'


@pytest.fixture
def admin() -> Client:
    registry.scheme("ekman-6")
    client = Client(headers={"host": "localhost"})
    person: User = web_scene.person("ada", Role.ADMIN)
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def opened(language: str, wording: dict[str, Any] | None = None, **plan: Any) -> Campaign:
    """A campaign about a few texts in a language."""
    slug = f"in-{language}".lower()
    make_items(f"{slug}-items", 4)
    items = collections.create(by=None, slug=slug, title="All", filter={"corpus": f"{slug}-items"})
    form = forms.create(by=None, slug=slug, title="Form", layers=[EKMAN], wording=wording, warning="It is about loss.")
    return campaigns.open_campaign(by=None, collection=items, form=form, slug=slug, language=language, **plan)


def config(campaign: Campaign) -> ET.Element:
    return ET.fromstring(StudioProject.objects.get(campaign=campaign).label_config)


def said(root: ET.Element) -> set[str]:
    return {text for tag in root.iter() for name in ("value", "placeholder") if (text := tag.get(name))}


def sent(**changes: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "way": "layers", "slug": "worded", "title": "Worded", "language": "en", "wording": TOML,
        "warning": "It is about loss.", "name": ["emotion"], "scheme": ["ekman-6@1.0.0"], "perspective": ["reader"],
        "question": ["Which emotion?"], "when_layer": [""], "when_labels": [""], "row": ["0"], "required": ["0"],
    }  # fmt: skip
    return told | changes


def test_label_studio_is_told_the_campaigns_language_and_our_ids(transactional_db: None) -> None:
    campaign = opened("de-AT", {"de": GERMAN})
    root = config(campaign)
    assert {"Welches Gefühl?", "Freude", "Das kann ich nicht sagen", "Nichts davon trifft zu"} <= said(root)
    assert "I cannot tell" not in said(root)
    aliases = [choice.get("alias") for choice in root.findall(".//Choices[@name='emotion']//Choice")]
    assert tuple(aliases) == registry.scheme("ekman-6").core.names
    assert studio_push.options(campaign.pk).words("item.nothing") == "(nichts)"


def test_check_items_are_asked_in_the_same_language() -> None:
    make_items("known", 4)
    known = collections.create(by=None, slug="known", title="Known", filter={"corpus": "known"})
    campaign = opened("de", gold=known, plan=Plan(gold_share=0.1))
    gold = campaign.children.get(round="gold")
    assert ET.tostring(config(gold)) == ET.tostring(config(campaign))


def test_a_campaign_in_english_says_what_it_always_said() -> None:
    root = config(opened("en", {"de": GERMAN}))
    assert {"Which emotion?", "I cannot tell", "None of these applies"} <= said(root)
    assert root.get("className") == "chorale-sheet"
    assert "chorale-words" not in beside(Campaign.objects.get(slug="in-en"))


def test_an_arabic_form_runs_from_the_right_with_its_buttons() -> None:
    campaign = opened("ar")
    assert config(campaign).get("className") == "chorale-sheet chorale-from-right"
    page = beside(campaign)
    assert re.findall(r'dir="(\w+)"', page)[0] == "rtl"
    data = re.search(r'data-told="([^"]*)"', page)
    assert data is not None
    told = json.loads(html.unescape(data[1]))
    assert (told["lang"], told["dir"], told["words"]["Submit"]) == ("ar", "rtl", "إرسال")


def test_the_page_carries_the_words_and_the_warning_of_its_language() -> None:
    page = beside(opened("de", {"de": GERMAN}))
    for words in ("Hier geht es um Verlust.", "Bevor Sie weitermachen", "Weiter", "Beitrag melden", "Hilfe finden"):
        assert words in page
    assert "It is about loss." not in page


def test_words_that_a_form_brings_are_escaped_on_the_page() -> None:
    own = {"is": {"words": {"page": {"support": "<script>'\""}, "buttons": {"submit": '"><b>Senda'}}}}
    page = beside(opened("is", own))
    assert "<script>'" not in page
    assert "<b>Senda" not in page
    assert "&lt;script&gt;" in page


def test_an_admin_reads_what_stays_english_and_how_to_mend_it(admin: Client) -> None:
    campaign = opened("is")
    page = admin.get(f"/campaigns/{campaign.slug}/").content.decode()
    assert "Chorale has no words of its own in “is”: its sentences and buttons are English." in page
    assert "Not said in “is”, so as written: the question of emotion, the warning, 6 of the labels of ekman-6" in page
    whole = admin.get(f"/campaigns/{opened('en').slug}/").content.decode()
    assert "Raters read all of it in “en”, buttons too." in whole
    part = form_speech.speech(opened("pt-BR", {"pt": {"words": {"form.why": "Por quê?"}}}).form, "pt-BR")
    assert (part.whose, part.english, part.whole) == ("pt", 0, False)


def test_a_form_is_worded_in_the_editor_kept_and_changed_from_there(admin: Client) -> None:
    assert admin.post("/forms/new/", sent()).status_code == 302
    form = Form.objects.get(slug="worded")
    assert form.wording == {"de": {"warning": "Hier geht es um Verlust.", "questions": {"emotion": "Welches Gefühl?"}}}
    page = admin.get("/forms/worded/1/?read_in=de").content.decode()
    assert "Welches Gefühl?" in page
    assert 'lang="de"' in page
    assert "6 of the labels of ekman-6" in page
    assert admin.get("/forms/new/?from=worded@1").context["head"].initial["wording"].strip() == TOML.strip()
    admin.post("/forms/new/", sent(wording=TOML.replace("Welches", "Welch ein")))
    assert Form.objects.filter(slug="worded").count() == 2, "other words are another version"


def test_the_preview_is_read_in_a_language_from_its_side(admin: Client) -> None:
    page = admin.post("/forms/new/preview/", sent(read_in="ar")).content.decode()
    assert 'lang="ar" dir="rtl"' in page
    assert "لا أستطيع أن أحدد" in page
    page = admin.post("/forms/new/preview/", sent(read_in="de")).content.decode()
    assert "Welches Gefühl?" in page
    assert "Nichts davon trifft zu" in page


@pytest.mark.parametrize(
    ("wording", "told"),
    [
        ('[de.questions]\nemotoin = "?"', "wording.de: questions: there is no layer"),
        ('[de.words]\n"form.whyy" = "?"', "wording.de: words: There are no fixed words"),
        ("[de", "This is no TOML"),
    ],
)
def test_faulty_wording_is_refused_and_previewed_with_what_is_wrong(admin: Client, wording: str, told: str) -> None:
    answer = admin.post("/forms/new/", sent(wording=wording))
    assert answer.status_code == 422
    assert told in html.unescape(answer.content.decode())
    assert told in html.unescape(admin.post("/forms/new/preview/", sent(wording=wording)).content.decode())
    assert not Form.objects.filter(slug="worded").exists()


def test_a_file_of_a_form_carries_its_wording(admin: Client) -> None:
    head = 'id = "filed"\nversion = "1"\ntitle = "Filed"\nlanguage = "nl"\n'
    layer = '[[layers]]\nname = "emotion"\nscheme = "ekman-6"\nperspective = "reader"\nquestion = "Welke emotie?"\n'
    text = head + layer + '[wording.de.questions]\nemotion = "Welches Gefühl?"\n'
    assert from_toml(text).in_language("de").layers[0].question == "Welches Gefühl?"
    assert admin.post("/forms/new/", {"way": "text", "text": text}).status_code == 302
    form = Form.objects.get(slug="filed")
    assert (form.language, form.wording["de"]["questions"]) == ("nl", {"emotion": "Welches Gefühl?"})


def test_a_comparison_is_asked_in_its_language() -> None:
    make_items("letters", 6)
    items = collections.create(by=None, slug="letters", title="Letters", filter={"corpus": "letters"})
    made = comparisons.open_comparison(
        by=None, collection=items, slug="mehr", title="Mehr", quality="Freude", kind="pair", size=2, per_item=2,
        language="de",
    )  # fmt: skip
    assert (made.language, made.form.language) == ("de", "de")
    assert "In welchem der beiden zeigt sich mehr davon: Freude?" in said(config(made))
    assert "Kein Unterschied" in said(config(made))
