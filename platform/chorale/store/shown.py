"""Items as a model rater sees them: text, context, group; named by uuid, so that versions agree across databases."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from django.db.models import Max

from annotation.model_raters.elicitation import Brief
from annotation.model_raters.items import ShownItem
from chorale.store.models import Collection, Item
from chorale.store.shown_media import with_media

_FIELDS = (
    "pk", "uuid", "text", "context", "group", "position", "language", "corpus_id", "modality", "media", "media_facts",
)  # fmt: skip


def shown(item: Item) -> ShownItem:
    """One item; its group is its own corpus's, so equal group names of two corpora do not meet."""
    group = f"{item.corpus_id}:{item.group}" if item.group else ""
    before = tuple(_turn(turn) for turn in item.context)
    facts = {"language": item.language, "modality": item.modality}
    return ShownItem(str(item.uuid), item.text, group=group, before=before, **facts)


def for_rater(item: Item, brief: Brief) -> ShownItem:
    """One item as the rater of this brief is shown it: with the turns after it and with its media, as far as asked.

    A recording without a text of its own has its captions for one. Raises `ItemFailure` (`media-missing`,
    `image-unreadable`, `video-unreadable`, `audio-unreadable`, `media-too-slow`).
    """
    plain = shown(item)
    if brief.prompt.turns[1]:
        plain = replace(plain, after=_following(item, brief.prompt.turns[1]))
    if not plain.text and (cues := item.media_facts.get("cues")):
        plain = replace(plain, text="\n".join(str(cue["text"]) for cue in cues))
    return with_media(plain, item, brief.media)


def _following(item: Item, count: int) -> tuple[str, ...]:
    """The next turns of the item's group, the nearest first."""
    if not item.group or item.position is None:
        return ()
    later = Item.objects.filter(corpus=item.corpus_id, group=item.group, position__gt=item.position)
    return tuple(
        _turn({"speaker": speaker, "text": text})
        for speaker, text in later.order_by("position").values_list("speaker", "text")[:count]
    )


def _turn(turn: object) -> str:
    if isinstance(turn, dict):
        speaker, text = turn.get("speaker") or "", str(turn.get("text") or "")
        return f"{speaker}: {text}" if speaker else text
    return str(turn)


def by_pk(pks: Iterable[int]) -> list[Item]:
    """Items with what is shown of them, in the order of their ids."""
    return list(Item.objects.filter(pk__in=list(pks)).only(*_FIELDS).order_by("pk"))


def by_uuid(names: Iterable[str]) -> list[Item]:
    """Items of these uuids with what is shown of them; those erased since are missing."""
    return list(Item.objects.filter(uuid__in=list(names)).only(*_FIELDS).order_by("pk"))


def piece(collection: Collection, after: int, count: int) -> tuple[list[Item], int]:
    """The next ``count`` items of a collection behind the place ``after`` (the first is 1), and the place of the last.

    In the order in which they were drawn; ``after`` itself where there are no more. Places stay what they were when
    items are erased, so that none is passed over.
    """
    members = collection.members.filter(position__gt=after).order_by("position").values_list("item_id", "position")
    place = dict(members[:count])
    return sorted(by_pk(place), key=lambda item: place[item.pk]), max(place.values(), default=after)


def places(collection: Collection) -> int:
    """The last place of a collection: as many as its items and those erased since."""
    return int(collection.members.aggregate(last=Max("position"))["last"] or 0)


def placed(collection: Collection, start: int, count: int) -> list[tuple[int, Item]]:
    """The items at ``count`` places of a collection from the ``start``-th on (from 0), each with its place, in order.

    Fewer where some were erased since: the places of the others stay what they were.
    """
    members = collection.members.filter(position__gt=start, position__lte=start + count)
    place = {pk: position - 1 for pk, position in members.values_list("item_id", "position")}
    return sorted(((place[item.pk], item) for item in by_pk(place)), key=lambda found: found[0])
