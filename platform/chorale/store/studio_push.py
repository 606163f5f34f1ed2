"""Into Label Studio: projects and items, each once however often this is killed and begun again."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache

from django.conf import settings
from django.db import transaction

from annotation import studio
from annotation.studio.client import BATCH, Json, Studio
from chorale.store import campaigns, rounds
from chorale.store.models import Campaign, CollectionItem, Item, StudioProject, StudioTask
from harmonize.problems import ChoraleError

AHEAD = 2  # batches that are made and not answered yet: one in Label Studio's hands, one ready when it has done
SHOWN = ("uuid", "text", "speaker", "context", "media", "media_facts", "facets")  # of an item
MEDIA_PATH = "/chorale/media"  # served by the rater proxy to those whose campaign holds the item


def connect() -> Studio:
    """Label Studio under Chorale's own account."""
    return Studio(settings.LABEL_STUDIO_URL, settings.LABEL_STUDIO_TOKEN)


def make_project(api: Studio, project: StudioProject) -> int:
    """The number of the project in Label Studio, made if it is not there. A project that was made just before a kill
    is found again by its title."""
    campaign, name = project.campaign, title(project)
    number = api.find_project(name) or api.find_project(_older_title(project))
    number = number or api.make_project(name, project.label_config, overlap=campaign.overlap)
    hook = f"{settings.HOOK_URL}/hooks/label-studio/{project.pk}"
    api.set_webhook(number, hook, project.webhook_secret)
    return number


def title(project: StudioProject) -> str:
    """By which a project is known in Label Studio: none of another database has the same, and it tells nothing of the
    secret that it is drawn from."""
    told = hashlib.sha256(f"project:{project.webhook_secret}".encode()).hexdigest()[:12]
    return f"chorale {project.campaign.slug} {project.number} {told}"


def _older_title(project: StudioProject) -> str:
    """The title of projects made before, which showed a piece of the secret."""
    return f"chorale {project.campaign.slug} {project.number} {project.webhook_secret[:8]}"


def batches(
    api: Studio, project: StudioProject, *, size: int = BATCH, go_on: Callable[[], bool] = lambda: True
) -> Iterator[list[StudioTask]]:
    """Send the items of a project that are not there: the rows of each batch, to be saved by the caller while the next
    one is under way; to the end, or while ``go_on()``.

    What had reached Label Studio when a process died is found there by its ids and not sent again.
    """
    if project.ls_id is None:
        raise ChoraleError("studio-project", "The project is not in Label Studio yet.", "Run open_campaign.")
    if api.task_count(project.ls_id) > StudioTask.objects.filter(project=project).count():
        yield adopt(api, project)
    told = options(project.campaign_id)
    left, begun = waiting(project), 0
    sender = ThreadPoolExecutor(1, "studio-push")
    sent: deque[tuple[list[Item], Future[list[int]]]] = deque()
    try:
        while True:
            while len(sent) < AHEAD and begun < len(left) and (begun == 0 or go_on()):
                items, begun = items_of(left[begun : begun + size]), begun + size
                if not items:
                    continue
                among = members_of(items) if told.together else {}
                rows = [studio.item_data(shown(item, among), told) for item in items]
                sent.append((items, sender.submit(api.add_tasks, project.ls_id, rows)))
            if not sent:
                return
            items, numbers = sent.popleft()
            there = zip(items, numbers.result(), strict=True)
            yield [StudioTask(project=project, item_id=item.pk, ls_id=number) for item, number in there]
    finally:
        sender.shutdown(cancel_futures=True)


@lru_cache(maxsize=512)
def options(campaign: int) -> studio.Options:
    """How a campaign shows its items, by its key; the same for ever, as its collection is."""
    row = Campaign.objects.select_related("form", "collection", "parent__form", "parent__collection").get(pk=campaign)
    asking = row.parent or row  # check items are shown as the others are
    words = campaigns.words_of(asking.form, asking.language)
    return campaigns.options_of(asking.collection, asking.language, words)


def adopt(api: Studio, project: StudioProject) -> list[StudioTask]:
    """Rows for tasks that stand in Label Studio and not here, known by the id they carry; one a task, never two.

    An import that was sent again because its answer did not come in time leaves items there twice: the second ones,
    which no rater can have seen, are removed there.
    """
    assert project.ls_id is not None
    rows = StudioTask.objects.filter(project=project)
    here, known = (
        set(rows.values_list("ls_id", flat=True)),
        {str(uuid) for uuid in rows.values_list("item__uuid", flat=True)},
    )
    found: dict[str, int] = {}
    twice: list[int] = []
    for task in (task for page in api.pages(project.ls_id) for task in page.tasks if int(task["id"]) not in here):
        key, number = str(task["data"].get("ext_id")), int(task["id"])
        if key in known or key in found:
            twice += [] if task["annotations"] else [number]
        else:
            found[key] = number
    if twice:
        api.delete_tasks(project.ls_id, twice)
    members = CollectionItem.objects.filter(collection=project.campaign.collection).values("item")
    items = {str(item.uuid): item for item in Item.objects.filter(uuid__in=_uuids(found), pk__in=members)}
    made = [StudioTask(project=project, item=items[key], ls_id=number) for key, number in found.items() if key in items]
    if not made and not twice:
        raise ChoraleError("studio-foreign", "The project holds tasks that are not of this campaign.", "Remove them.")
    return made


def waiting(project: StudioProject) -> list[int]:
    """The items of a project that have no task yet, by key, in the collection's order."""
    first = project.number * rounds.SHARD
    places = CollectionItem.objects.filter(
        collection=project.campaign.collection_id, position__gt=first, position__lte=first + rounds.SHARD
    )
    there = set(StudioTask.objects.filter(project=project).values_list("item_id", flat=True))
    return [item for item in places.order_by("position").values_list("item_id", flat=True) if item not in there]


def items_of(keys: Sequence[int]) -> list[Item]:
    """Items in the order of their keys, with what raters see of them; one that was erased meanwhile is left out."""
    found = Item.objects.only(*SHOWN).in_bulk(keys)
    return [found[key] for key in keys if key in found]


def shown(item: Item, among: Mapping[str, Item] | None = None) -> studio.Shown:
    """An item as a rater sees it; of a tuple the members too, found ``among`` those at hand or looked up."""
    members = member_keys(item)
    found = members_of([item]) if members and among is None else among or {}
    return studio.Shown(
        key=str(item.uuid),
        text=item.text,
        speaker=item.speaker,
        context=item.context,
        media=f"{MEDIA_PATH}/{item.uuid}" if item.media else "",
        captions=item.media_facts.get("cues", ()),
        clip=tuple(clip) if (clip := item.media_facts.get("clip")) else None,
        members=tuple(shown(found[key], {}) for key in members if key in found),
    )


def member_keys(item: Item) -> list[str]:
    """The uuids of what a tuple shows together, in the order of the letters; none for any other item."""
    told = item.facets.get("members")  # a corpus may have a facet of this name: a word, not a list
    return told if isinstance(told, list) else []


def members_of(tuples: Sequence[Item]) -> dict[str, Item]:
    """The items that these tuples are made of, by uuid."""
    keys = {key for one in tuples for key in member_keys(one)}
    return {str(item.uuid): item for item in Item.objects.filter(uuid__in=keys)}


@transaction.atomic
def opened(campaign: Campaign) -> Json:
    """Mark a campaign as open once all of its items are there."""
    pushed = StudioTask.objects.filter(project__campaign=campaign).count()
    campaign = Campaign.objects.select_for_update().get(pk=campaign.pk)
    campaign.items = pushed
    if campaign.state == "draft":
        campaign.state = "open"
    campaign.save(update_fields=["items", "state"])
    return {"campaign": campaign.slug, "items": pushed, "projects": campaign.projects.count()}


def _uuids(found: dict[str, int]) -> list[str]:
    return [key for key in found if len(key) == 36]
