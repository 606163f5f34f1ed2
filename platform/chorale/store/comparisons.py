"""Campaigns of comparisons: items shown in pairs, best-worst tuples or lists, and the scores that follow.

A tuple is an item of a corpus of its own, with its members named in its facets; so it is pushed, seated, answered and
synced like any other.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
from django.core.cache import cache
from django.db import transaction
from numpy.typing import NDArray

from annotation.agreement.best_worst import Choices, scores, split_half
from annotation.agreement.coefficient import Coefficient
from annotation.comparisons import Rankings, balanced, design_facts, reliability, strengths
from annotation.studio.comparing import Compared, Comparison, compared, questions, scheme
from annotation.studio.together import tuple_text
from annotation.studio.words import in_language
from chorale.store import audit, campaigns, forms, registry, studio_push
from chorale.store.campaign_plan import Plan
from chorale.store.forms import LayerSpec
from chorale.store.models import Campaign, Collection, CollectionItem, Corpus, Item, Judgment, User
from harmonize.corpora.identity import item_uuid, stable_name
from harmonize.problems import ChoraleError
from harmonize.records import Status

MOST = 20_000  # items that are compared with each other
RECORDED = ("image", "audio", "video")
KEPT_S = 7 * 86_400
Told = tuple[Any, Coefficient | None]


@dataclass(frozen=True)
class Scored:
    """One item with its score, and in how many answers it was shown."""

    item: Item
    score: float
    shown: int


@dataclass(frozen=True)
class Scores:
    """The items of a comparison, the highest score first, and how far the scores can be relied on.

    ``score``: best minus worst over times shown for best-worst tuples (-1..1), else the log strength (mean 0).
    ``faults``: answers that say nothing, by reason.
    """

    kind: str
    quality: str
    design: dict[str, int]
    answers: int
    faults: dict[str, int]
    rows: list[Scored]
    reliability: Coefficient | None


@transaction.atomic
def open_comparison(
    *,
    by: User | None,
    collection: Collection,
    slug: str,
    title: str,
    quality: str,
    kind: Comparison = "best-worst",
    size: int = 4,
    per_item: int = 8,
    overlap: int = 2,
    perspective: str = "reader",
    language: str = "en",
    seed: int = 0,
    plan: Plan | None = None,
) -> Campaign:
    """Draw a balanced design over a collection's items, all of one kind; plan a campaign that asks about its tuples.

    ``per_item``: tuples an item is in; ``overlap``: raters a tuple; ``language``: in which they are asked, ``quality``
    being a word of it. Drafted like any campaign (`open_campaign`, the
    job, carries it out). ChoraleError `comparison-items`, `comparison-many`, and those of `questions` and the design.
    """
    asked = questions(kind, size, quality, in_language(language))
    items = list(Item.objects.filter(collectionitem__collection=collection).order_by("collectionitem__position"))
    _check(items)
    if len(items) > MOST:
        raise ChoraleError("comparison-many", f"{len(items)} items are too many.", f"Take {MOST} at most.")
    tuples = balanced(len(items), size=size, per_item=per_item, seed=seed)
    corpus = _corpus(collection, items, slug, title, {"kind": kind, "quality": quality, "of": collection.slug})
    made = [_tuple(corpus, n, [items[code] for code in row]) for n, row in enumerate(tuples.tolist())]
    Item.objects.bulk_create(made, batch_size=2000)
    Corpus.objects.filter(pk=corpus.pk).update(items=len(made))
    drawn = Collection.objects.create(
        slug=slug, title=title, filter={"corpus": corpus.slug}, seed=seed, items=len(made), matched=len(made),
        created_by=by,
    )  # fmt: skip
    CollectionItem.objects.bulk_create(
        [CollectionItem(collection=drawn, item=item, position=n) for n, item in enumerate(made, 1)], batch_size=2000
    )
    ref = registry.register_scheme(by=by, core=scheme(size)).ref
    layers = [LayerSpec(one.name, ref, perspective, one.words) for one in asked]
    form = forms.create(by=by, slug=slug, title=title, layers=layers, language=language)
    audit.record(by, "comparison.plan", drawn, kind=kind, quality=quality, **design_facts(tuples, len(items)))
    return campaigns.open_campaign(
        by=by, collection=drawn, form=form, overlap=overlap, slug=slug, title=title, language=language, seed=seed,
        plan=plan,
    )  # fmt: skip


def _check(items: list[Item]) -> None:
    """Items that can stand side by side: of one kind, with something to see or hear, none a tuple already."""
    kinds = sorted({item.modality for item in items})
    if len(kinds) > 1:
        told = f"The collection holds {', '.join(kinds)}."
        raise ChoraleError("comparison-items", told, "Compare items of one kind.")
    if any(studio_push.member_keys(item) for item in items):
        raise ChoraleError("comparison-items", "These are tuples of another comparison.", "Choose what they are of.")
    empty = [item.source_id for item in items if not (item.media if item.modality in RECORDED else item.text.strip())]
    if empty:
        what = f"{len(empty)} items have nothing to show, {empty[0]} among them."
        raise ChoraleError("comparison-items", what, "Choose a collection without them.")


def asked_of(campaign: Campaign) -> dict[str, Any] | None:
    """What a campaign compares: {kind, quality, of}; None where it compares nothing."""
    corpus = Corpus.objects.filter(slug=f"{campaign.collection.slug[:70]}-tuples").first()
    told = corpus.descriptor.get("comparison") if corpus else None
    return dict(told) if told else None


def scored(campaign: Campaign, *, seed: int = 0) -> Scores:
    """Scores of a comparison from its blind answers so far. ChoraleError `comparison-none` for another campaign."""
    asked = asked_of(campaign)
    if asked is None:
        raise ChoraleError("comparison-none", "This campaign compares nothing.", "Open a comparison.")
    tuples = list(Item.objects.filter(collectionitem__collection=campaign.collection).order_by("pk"))
    keys = sorted({member for one in tuples for member in one.facets["members"]})
    code = {key: n for n, key in enumerate(keys)}
    members = {one.pk: [code[key] for key in one.facets["members"]] for one in tuples}
    told = [(members[item], compared(asked["kind"], members[item], said)) for item, said in _said(campaign)]
    good = [(shown, one) for shown, one in told if not one.fault]
    shown = np.bincount(np.array([m for row, _ in good for m in row], dtype=np.int64), minlength=len(keys))
    values, found = _values(asked["kind"], good, len(keys), seed)
    items = {str(item.uuid): item for item in Item.objects.filter(uuid__in=keys)}
    rows = [Scored(items[key], float(values[n]), int(shown[n])) for key, n in code.items() if np.isfinite(values[n])]
    design = design_facts(np.array(list(members.values()), dtype=np.int64), len(keys)) if members else {}
    return Scores(
        kind=asked["kind"], quality=asked["quality"], design=design, answers=len(good),
        faults=dict(Counter(one.fault for _, one in told if one.fault)),
        rows=sorted(rows, key=lambda row: (-row.score, row.item.pk)), reliability=found,
    )  # fmt: skip


def _values(kind: str, good: list[tuple[list[int], Compared]], items: int, seed: int) -> Told:
    """Scores and their reliability, kept under the very answers they follow from: halving tens of thousands of them
    again and again takes longer than a page should."""
    if not good:
        return np.full(items, np.nan), None
    if kind == "best-worst":
        columns = [row for row, _ in good], [one.best for _, one in good], [one.worst for _, one in good]
        members, best, worst = (np.array(column, dtype=np.int64) for column in columns)
        choices = Choices(members=members, best=best, worst=worst, items=items)
        key = _key(kind, items, seed, members, best, worst)
        return cast(Told, cache.get_or_set(key, lambda: (scores(choices), split_half(choices, seed=seed)), KEPT_S))
    order = np.array([one.order for _, one in good], dtype=np.int64)
    tied = np.array([one.tied for _, one in good], dtype=np.bool_)
    rankings, key = Rankings(order, items, tied), _key(kind, items, seed, order, tied)
    return cast(Told, cache.get_or_set(key, lambda: (strengths(rankings), reliability(rankings, seed=seed)), KEPT_S))


def _key(kind: str, items: int, seed: int, *columns: NDArray[Any]) -> str:
    """A name for what follows from these columns, and from no others."""
    told = hashlib.sha256(f"{kind} {items} {seed}".encode())
    for column in columns:
        told.update(f"{column.shape}".encode() + np.ascontiguousarray(column).tobytes())
    return f"scores-{told.hexdigest()}"


def _said(campaign: Campaign) -> list[tuple[int, dict[str, int | None]]]:
    """(tuple, {question: letter}) of every blind answer that stands; None for "none applies"."""
    names = dict(campaign.form.layers.values_list("position", "name"))
    rows = Judgment.objects.filter(
        response__campaign=campaign, response__retired_at=None, response__arm="blind", retired_at=None
    ).order_by("response", "layer")
    found: dict[int, tuple[int, dict[str, int | None]]] = {}
    for row in rows.values_list("response", "item", "layer", "status", "labels"):
        response, item, layer, status, labels = row
        _, said = found.setdefault(response, (item, {}))
        if status in (Status.ANSWERED, Status.NONE_APPLIES):
            said[names[layer]] = labels[0] if labels else None
    return list(found.values())


def _corpus(collection: Collection, items: list[Item], slug: str, title: str, asked: dict[str, Any]) -> Corpus:
    """The corpus of the tuples; its licence is that of what they are made of."""
    sources = list(Corpus.objects.filter(pk__in={item.corpus_id for item in items}).order_by("slug"))
    name = f"{slug[:70]}-tuples"
    if Corpus.objects.filter(slug=name).exists():
        raise ChoraleError("campaign-exists", f"A comparison '{slug}' exists.", "Choose another name.")
    return Corpus.objects.create(
        slug=name, family=name, title=f"{title}: tuples", language=sources[0].language, modality=items[0].modality,
        licence=" AND ".join(sorted({one.licence for one in sources}))[:80],
        description=f"Items of the collection {collection.slug}, shown together to be compared.",
        descriptor={"comparison": asked},
    )  # fmt: skip


def _tuple(corpus: Corpus, number: int, members: list[Item]) -> Item:
    source_id = stable_name("tuple", number, *(item.uuid for item in members))
    facets: dict[str, Any] = {"members": [str(item.uuid) for item in members]}
    if any(item.context for item in members):
        facets["in_context"] = True
    if members[0].modality in RECORDED and any(item.text or item.media_facts.get("cues") for item in members):
        facets["in_words"] = True
    return Item(
        uuid=item_uuid(corpus.slug, source_id), corpus=corpus, source_id=source_id, modality=corpus.modality,
        text=tuple_text([replace(studio_push.shown(item), key=item.source_id) for item in members]),
        language=members[0].language, group=source_id, facets=facets,
    )  # fmt: skip
