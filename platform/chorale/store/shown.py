"""Items as a model rater sees them: text, context, group; named by uuid, so that versions agree across databases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from annotation.model_raters.chat import ItemFailure
from annotation.model_raters.items import ShownItem
from annotation.model_raters.media import image_url
from chorale.store import object_store
from chorale.store.models import Collection, Item

_FIELDS = ("pk", "uuid", "text", "context", "group", "language", "corpus_id", "modality", "media")


def shown(item: Item) -> ShownItem:
    """One item; its group is its own corpus's, so equal group names of two corpora do not meet."""
    group = f"{item.corpus_id}:{item.group}" if item.group else ""
    before = tuple(_turn(turn) for turn in item.context)
    return ShownItem(str(item.uuid), item.text, group=group, before=before, language=item.language)


def with_images(item: Item, side: int) -> ShownItem:
    """One item with its picture, if it has one, resized so that its longer side is at most ``side`` pixels.

    Raises `ItemFailure` (`image-missing`, `image-unreadable`).
    """
    plain = shown(item)
    if not side or item.modality != "image" or not item.media:
        return plain
    try:
        with object_store.open_key(item.media) as source:
            data = source.read()
    except OSError as error:
        raise ItemFailure("image-missing", f"The picture {item.media} cannot be opened.", "Import it again.") from error
    return replace(plain, images=(image_url(data, side=side),))


def _turn(turn: object) -> str:
    if isinstance(turn, dict):
        speaker, text = turn.get("speaker") or "", str(turn.get("text") or "")
        return f"{speaker}: {text}" if speaker else text
    return str(turn)


def by_pk(pks: Iterable[int]) -> list[Item]:
    """Items with what is shown of them, in the order of their ids."""
    return list(Item.objects.filter(pk__in=list(pks)).only(*_FIELDS).order_by("pk"))


def piece(collection: Collection, start: int, count: int) -> Sequence[Item]:
    """The next ``count`` items of a collection from the ``start``-th on, in the order in which they were drawn."""
    members = collection.members.order_by("position").values_list("item_id", flat=True)[start : start + count]
    place = {pk: row for row, pk in enumerate(members)}
    return sorted(by_pk(place), key=lambda item: place[item.pk])
