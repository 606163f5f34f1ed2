"""Rows for tests of campaigns: a few items, a form, people, and a campaign that is open in the real Label Studio."""

from __future__ import annotations

from typing import Any

from chorale.jobs import control, engine
from chorale.store import campaigns, collections, forms, people, studio_push
from chorale.store.forms import LayerSpec
from chorale.store.models import Campaign, Corpus, Item, Job, Rater, Response, StudioProject, User
from chorale.store.models.people import Role
from chorale.store.people import rater_of
from harmonize.corpora.identity import item_uuid

EMOTION = LayerSpec("emotion", "goemotions-28", "reader", "Which emotions does the text express?")
VAD = LayerSpec("vad", "vad-9", "reader", "How does the text feel?")


def make_items(slug: str = "letters", count: int = 4, **fields: Any) -> Corpus:
    """A corpus of short texts."""
    corpus = Corpus.objects.create(slug=slug, title=slug, licence="CC0-1.0")
    for number in range(count):
        source_id = f"L{number}"
        row = {"modality": "text", "language": "en", "text": f"I cried 😀 with joy, שלום, letter {number}"} | fields
        Item.objects.create(uuid=item_uuid(slug, source_id), corpus=corpus, source_id=source_id, **row)
    return corpus


def make_people(*names: str) -> list[User]:
    """Demo annotators."""
    made = [
        people.create(by=None, username=name, password=f"{name}-letters-2026", roles=[Role.ANNOTATOR], demo=True)
        for name in names
    ]
    for person in made:
        known_by_name(person)
    return made


def known_by_name(person: User) -> None:
    """A pseudonym that is the same in every run, and with it all that a campaign draws by it: arms, check items."""
    Rater.objects.filter(pk=rater_of(person).pk).update(pseudonym=f"rater-{person.username}")


def make_campaign(
    slug: str = "round-1",
    *,
    count: int = 4,
    overlap: int = 2,
    names: tuple[str, ...] = ("ana", "ben", "chloe"),
    **item: Any,
) -> Campaign:
    """An open campaign with consenting raters."""
    make_items(f"{slug}-items", count, **item)
    collection = collections.create(by=None, slug=f"{slug}-all", title="All", filter={"corpus": f"{slug}-items"})
    form = forms.create(by=None, slug=f"{slug}-form", title="Emotions", layers=[EMOTION, VAD])
    campaign = campaigns.open_campaign(by=None, collection=collection, form=form, overlap=overlap, slug=slug)
    raters = make_people(*names)
    campaigns.invite_raters(by=None, campaign=campaign, people_=raters)
    for person in raters:
        campaigns.record_consent(by=person, campaign=campaign, purposes=dict.fromkeys(campaigns.PURPOSES, True))
    push(campaign)
    return Campaign.objects.get(pk=campaign.pk)


def clear_studio() -> None:
    """No project of a test stays behind in Label Studio."""
    api = studio_push.connect()
    for project in StudioProject.objects.exclude(ls_id=None):
        api.delete_project(project.ls_id or 0)


def push(campaign: Campaign) -> Job:
    """Carry the campaign into Label Studio in this process."""
    return control.run_here(engine.start("open_campaign", by=None, params={"campaign": campaign.slug}))


def sync(campaign: Campaign, *, full: bool = False) -> dict[str, Any]:
    """Pull in this process; what the job reports."""
    job = control.run_here(engine.start("sync_campaign", by=None, params={"campaign": campaign.slug, "full": full}))
    return dict(job.result)


def state(campaign: Campaign) -> list[tuple[Any, ...]]:
    """Everything that a sync writes, surrogate ids and times of our own apart."""
    rows = []
    for response in Response.objects.filter(campaign=campaign).select_related("item", "rater").order_by("slot"):
        assert response.rater is not None
        judgments = [
            (str(j.key), j.layer, j.revision, j.status, j.labels, j.values, j.retired_at is None)
            for j in response.judgments.order_by("layer", "revision")
        ]
        answer = (response.external_id, response.external_revision, response.arm, response.origin, response.lead_time)
        gone = response.retired_at is not None
        rows.append((response.item.source_id, response.rater.pseudonym, answer, gone, judgments))
    return rows
