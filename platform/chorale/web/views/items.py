"""Items: the list, and everything that was ever said about one."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from chorale.store import access, previews
from chorale.store.access import roles
from chorale.store.models import Aggregate, Collection, Corpus, Item, Judgment
from chorale.store.models.people import Role
from chorale.web import item_chips, item_kin, item_lineage, item_voices, kept_files, ruling_forms
from chorale.web.judgment_words import spoken
from chorale.web.lists import Column, Filter, Listing, plain
from chorale.web.parts import action, crumb, labels_of, soft_views


def _corpora() -> list[tuple[str, str]]:
    return list(Corpus.objects.order_by("slug").values_list("slug", "title"))


def _collections() -> list[tuple[str, str]]:
    return list(Collection.objects.order_by("slug").values_list("slug", "title"))


def _of_corpus(rows: QuerySet[Any], slug: str) -> QuerySet[Any]:
    """Items of one corpus, by its key: joined by its slug, PostgreSQL walks the items of all others until a page is
    full, thousands of times as long."""
    return rows.filter(corpus=Corpus.objects.filter(slug=slug).values_list("pk", flat=True).first())


def _text(item: Item) -> str:
    return item.text or f"[{item.modality}] {item.source_id}"


class Items(Listing):
    """Items over all corpora, each with its leading soft label."""

    title = "Items"
    word = "Material"
    lead = "Every unit that can be labelled, with what its voices say."
    columns = (
        Column("text", "Item", value=_text, kind="wide", picture=item_kin.preview_of),
        Column("soft", "Soft label", value="leading", kind="soft"),
        Column(
            "corpus", "Corpus", value="corpus.slug", under=lambda i: f"{i.modality}, {i.language or i.corpus.language}"
        ),
        Column("split", "Split", under=lambda i: f"reserved: {i.reserved}" if i.reserved else ""),
        Column("uuid", "Id", value=lambda i: str(i.uuid)[:8], kind="code"),
    )
    filters = (
        Filter("corpus", "Corpus", _corpora, _of_corpus),
        Filter("collection", "Collection", _collections, "collectionitem__collection__slug"),
        Filter("modality", "Modality", plain(["text", "dialogue", "image", "audio", "video", "pair"])),
        Filter("split", "Split", plain(["train", "dev", "test"])),
        Filter("reserved", "Reserved", plain(["gold", "test"])),
        Filter("verdict", "Do people split", plain(["people split", "one opinion", "undecidable"]), item_voices.judged),
    )
    search = ("text", "source_id")
    order = "id"
    empty_title = "No item yet"
    empty_text = "Items come in with a corpus."
    template = "chorale/items.html"

    def rows(self) -> QuerySet[Any]:
        """For admins and researchers."""
        return item_chips.narrowed(access.rows(self.request.user, Item).select_related("corpus"), self.request)

    def prepare(self, rows: list[Any]) -> None:
        """One soft label an item, for the page at hand."""
        known = labels_of(rows)
        for row in rows:
            row.leading = next(iter(known[row.pk]), None)

    def href(self, row: Item) -> str:
        """Its page."""
        return reverse("item", args=[row.uuid])

    def more(self) -> dict[str, Any]:
        """The filters that other pages link to, each with the way to take it away."""
        found = item_chips.chips(self.request)
        return {"chips": found} | ({"narrowed": True} if found else {})


def item(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Everything said about an item: its soft labels, native and harmonised, and for admins each judgment."""
    row = access.one(request.user, Item, uuid=key)
    mapped = Aggregate.objects.filter(Q(crosswalk__isnull=False) | Q(method__startswith="points"), item=row)
    mapped = mapped.select_related("scheme", "campaign", "collection").order_by("scheme__ref", "pk")
    admin = Role.ADMIN in roles(request.user)
    context = {
        "title": row.source_id,
        "word": "Item",
        "crumbs": [crumb("Corpora", "corpora"), crumb(row.corpus.slug, "corpus", row.corpus.slug)],
        "item": row,
        "picture": item_kin.picture(row),
        "media": item_kin.media(row),
        "near": item_kin.near(row),
        "groups": item_voices.of_item(row),
        "harmonised": item_lineage.mapped(view for _, view in soft_views(list(mapped))),
        "releases": item_lineage.releases_of(request.user, row),
        "judged": spoken(_judgments(row)) if admin else None,
        "rules": admin,
        "reasons": ruling_forms.reasons(request.user.pk or 0) if admin else (),
        "collections": Collection.objects.filter(members__item=row).order_by("slug"),
        "twins": _twins(row),
        "actions": [action("JSON", reverse("api:item", args=[row.uuid]))],
    }
    return render(request, "chorale/item.html", context)


def _judgments(row: Item) -> QuerySet[Judgment]:
    current = Judgment.objects.filter(item=row).select_related(
        "rater", "scheme", "response__campaign", "response__job", "response__source_file"
    )
    return current.order_by("retired_at", "scheme", "layer", "rater__kind", "pk")


def _twins(row: Item) -> QuerySet[Item]:
    if row.text_hash is None:
        return Item.objects.none()
    return Item.objects.filter(text_hash=row.text_hash).exclude(pk=row.pk).select_related("corpus")[:10]


def media(request: HttpRequest, key: uuid.UUID) -> HttpResponseBase:
    """The item's picture, sound or film, to those who may see the item."""
    row = access.one(request.user, Item, uuid=key)
    if not row.media:
        raise Http404
    response = kept_files.serve(request, row.media, etag=row.media_sha256, attachment=False)
    response["Cache-Control"] = "private, max-age=3600"
    return response


def preview(request: HttpRequest, key: uuid.UUID) -> HttpResponseBase:
    """A small picture of an image or video, to those who may see the item."""
    row = access.one(request.user, Item, uuid=key)
    kept = previews.thumbnail(row)
    if not kept:
        raise Http404
    response = kept_files.serve(request, kept, etag=kept.rsplit("/", 1)[-1].partition(".")[0], attachment=False)
    response["Cache-Control"] = "private, max-age=3600"
    return response
