"""The verification page takes what was meant, whichever button sends it; a tuple's page names its members."""

from __future__ import annotations

import pytest
from django.test import Client

from chorale.store.campaign_plan import Plan
from chorale.store.models import Item, Judgment, Rater, Verification
from tests.service.rated_rows import ANGER, JOY, admin, make_planned
from tests.service.test_comparisons_media import compare
from tests.service.test_monitor import said_by_model
from tests.service.test_web_pages import plain_static

__all__ = ["plain_static"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> Client:
    page = Client()
    page.force_login(admin())
    return page


def sent(page: Client, row: Judgment, **told: object) -> tuple[str, list[int]]:
    """The verdict that a form's fields came to, and the labels of its ruling."""
    assert page.post(f"/verification/judgments/{row.pk}/", told).status_code == 302
    found = Verification.objects.select_related("ruling").get(judgment=row)
    return found.verdict, found.ruling.labels if found.ruling else []


def test_labels_that_were_changed_are_mended_whichever_button_sends_them(ada: Client) -> None:
    campaign = make_planned(Plan(), count=4, names=("ana",))
    scheme = campaign.form.layers.get().scheme
    model = Rater.objects.create(kind="model", pseudonym="model-1", model={"name": "m"})
    rows = [said_by_model(model, item, [JOY], scheme) for item in Item.objects.order_by("pk")]
    assert sent(ada, rows[0], verdict="accepted", label=["joy"]) == ("accepted", [JOY])
    assert sent(ada, rows[1], verdict="accepted", label=["joy", "anger"]) == ("edited", [ANGER, JOY])
    assert sent(ada, rows[2], verdict="accepted") == ("accepted", [JOY])
    shown = ada.get(f"/verification/{model.pk}/{scheme.ref}/reader/").content.decode()
    first = shown.index('name="verdict"')  # what Enter in a field presses
    assert 'value="accepted"' in shown[first : first + 40]


def test_a_tuple_names_its_members_with_their_pictures(ada: Client) -> None:
    campaign = compare("image", media_facts={"width": 20, "height": 20})
    one = Item.objects.filter(collectionitem__collection=campaign.collection).order_by("pk")[0]
    shown = ada.get(f"/items/{one.uuid}/").content.decode()
    for key in one.facets["members"]:
        assert f"/items/{key}/" in shown
        assert f"/items/{key}/preview" in shown
