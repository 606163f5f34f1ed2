"""Comparisons: a design as items, a form of letters, and scores that follow from answers; a campaign like any other."""

from __future__ import annotations

import numpy as np
import pytest
from django.test import Client
from scipy.stats import spearmanr

from annotation import studio
from annotation.studio.comparing import LETTERS, Comparison
from chorale.store import campaigns, comparisons, erasure, erasure_reach, offers, seats
from chorale.store.models import Campaign, Item, Judgment, Response, StudioProject
from chorale.store.studio_push import connect
from harmonize.corpora.identity import stable_uuid
from harmonize.problems import ChoraleError
from tests.service.campaign_rows import make_items, push
from tests.service.rated_rows import admin, agreed, collection_of, rater, refusal, somebody, with_tasks
from tests.service.test_web_pages import plain_static

__all__ = ["plain_static"]


def compare(kind: Comparison, size: int, *, count: int = 9, per_item: int = 4) -> Campaign:
    """An open comparison of letters 0, 1, 2 ... with two raters a tuple."""
    corpus = make_items("letters", count)
    items = list(Item.objects.filter(corpus=corpus).order_by("pk"))
    made = comparisons.open_comparison(
        by=None, collection=collection_of("letters", items), slug="joyful", title="Joy", quality="joy", kind=kind,
        size=size, per_item=per_item, perspective="writer",
    )  # fmt: skip
    people = [somebody(name) for name in ("ana", "ben")]
    campaigns.invite_raters(by=None, campaign=made, people_=people)
    for person in people:
        agreed(person, made)
    return made


def say(name: str, campaign: Campaign, rng: np.random.Generator) -> None:
    """Somebody answers all tuples: the later a letter the more joy, with noise."""
    layers = list(campaign.form.layers.select_related("scheme").order_by("position"))
    place = {str(uuid): n for n, uuid in enumerate(Item.objects.order_by("pk").values_list("uuid", flat=True))}
    while seat := offers.offer(rater(name), campaign):
        taken, _ = seats.take(rater(name), campaign, seat.task)
        seats.fill(taken, taken.pk)
        joy = [place[key] + rng.normal(0, 0.8) for key in seat.task.item.facets["members"]]
        best = np.argsort(joy)[::-1]
        chosen = {"more": best[0], "most": best[0], "least": best[-1], "first": best[0], "second": best[1]}
        slot = stable_uuid("c", seat.pk)
        row = Response.objects.create(
            slot=slot, item=seat.task.item, rater=rater(name), campaign=campaign, origin="manual"
        )
        Judgment.objects.bulk_create(
            Judgment(
                key=stable_uuid(slot, layer.position), response=row, item=row.item, rater=row.rater,
                scheme=layer.scheme, layer=layer.position, perspective="writer", labels=[int(chosen[layer.name])],
            )
            for layer in layers
        )  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "size"), [("best-worst", 4), ("pair", 2), ("list", 3)])
def test_scores_follow_from_answers_with_their_reliability(
    kind: Comparison, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = compare(kind, size)
    with_tasks(campaign)
    campaign.refresh_from_db()
    empty = comparisons.scored(campaign)
    assert (empty.rows, empty.reliability) == ([], None)
    assert empty.design["least"] == 4
    rng = np.random.default_rng(5)
    for name in ("ana", "ben"):
        say(name, campaign, rng)
    spoilt = Judgment.objects.filter(response__campaign=campaign, layer=0).first()
    assert spoilt is not None
    Judgment.objects.filter(response=spoilt.response).update(status=3)
    found = comparisons.scored(campaign)
    order = [int(row.item.source_id[1:]) for row in found.rows]
    assert sorted(order) == list(range(9))
    assert spearmanr(order, range(9)[::-1]).statistic > 0.8
    assert found.reliability is not None
    assert found.reliability.value is not None
    assert found.reliability.value > 0.4
    assert (found.answers, found.faults) == (2 * found.design["tuples"] - 1, {"not answered": 1})
    page = Client()
    page.force_login(admin())
    assert "Split-half reliability" in page.get("/campaigns/joyful/scores/").content.decode()
    rows = page.get("/campaigns/joyful/scores.json").json()["rows"]
    assert [row["source_id"] for row in rows] == [row.item.source_id for row in found.rows]
    assert page.get("/campaigns/compare/new/").status_code == 200
    halved: list[str] = []
    for name in ("split_half", "reliability"):
        monkeypatch.setattr(comparisons, name, lambda *_, seed: halved.append("again"))
    assert comparisons.scored(campaign).reliability == found.reliability
    assert halved == [], "kept under the answers that it follows from"
    Judgment.objects.filter(response=spoilt.response).update(status=0)
    assert comparisons.scored(campaign).reliability is None
    assert halved == ["again"], "one answer more"


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("label_studio")
def test_label_studio_draws_a_comparison() -> None:
    campaign = compare("best-worst", 4, count=8, per_item=2)
    push(campaign)
    project = StudioProject.objects.get(campaign=campaign)
    connect().check_config(project.label_config)
    [page] = connect().pages(project.ls_id or 0)
    assert all(f"{letter}: " in page.tasks[0]["data"]["text"] for letter in LETTERS[:4])
    names = [layer.name for layer in campaigns.layers_of(campaign.form)]
    assert names == ["most", "least"]
    assert "Which of them shows the most joy?" in project.label_config
    assert studio.parse_result([], campaigns.layers_of(campaign.form)).problems
    connect().delete_project(project.ls_id or 0)


@pytest.mark.django_db
def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(ChoraleError) as size:
        compare("best-worst", 9)
    assert refusal(size) == "comparison-size"
    items = list(Item.objects.all())
    Item.objects.filter(pk=items[0].pk).update(modality="image", text="")
    with pytest.raises(ChoraleError) as texts:
        comparisons.open_comparison(
            by=None, collection=collection_of("pictures", items), slug="pictures", title="P", quality="joy"
        )
    assert refusal(texts) == "comparison-items"


@pytest.mark.django_db
def test_an_erased_item_takes_the_tuples_along_that_show_it() -> None:
    campaign = compare("pair", 2, count=4, per_item=2)
    with_tasks(campaign)
    item = Item.objects.order_by("pk").first()
    assert item is not None
    showing = [one.pk for one in erasure_reach.whole(item)[1:]]
    assert len(showing) == 2
    begun = erasure.begin(by=None, row=item, reason="Asked for.")
    erasure.erase_rows(begun, item)
    assert not Item.objects.filter(pk__in=[item.pk, *showing]).exists()
    assert not Item.objects.filter(text__contains=f": {item.text}").exists()
