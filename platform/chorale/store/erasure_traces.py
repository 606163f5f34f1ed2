"""What drew on judgments that are erased: it is named, says on its page that it is stale, and can be made anew.

Figures of many (a bake-off's table, a learned weight, a calibration curve) hold nobody's answer, so they stay as they
were measured; whoever reads them must know that some of what they rest on is gone (SCIENCE rule 23).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from chorale.store import registry, scopes
from chorale.store.doubly_labelled import PEOPLE, LayerKey
from chorale.store.models import (
    Calibration,
    Collection,
    CollectionItem,
    Crosswalk,
    Erasure,
    ErasureTrace,
    Item,
    Job,
    Judgment,
    Prompt,
    Rater,
    RaterTrainingItem,
    Response,
    Scheme,
)
from harmonize.problems import ChoraleError

Json = dict[str, Any]
Found = Iterator[tuple[str, str, str]]
"""Kind, key and why, as in `ErasureTrace`."""


class Judged:
    """The judgments that go, and what can be asked of them."""

    def __init__(self, responses: QuerySet[Response]) -> None:
        self.rows = Judgment.objects.filter(response__in=responses)
        self.items = self.rows.values("item")

    def under(self, scheme: str, perspective: str, *narrow: Q, who: tuple[str | None, ...] = ("person", None)) -> bool:
        """Whether raters of these kinds (None: without an id) gave one under a scheme, by any of its names."""
        row = _scheme(scheme)
        if row is None:
            return False
        spoken = Q(rater__kind__in=[kind for kind in who if kind]) | (Q(rater=None) if None in who else Q(pk__in=[]))
        return self.rows.filter(spoken, *narrow, scheme=row, perspective=perspective).exists()

    def in_layer(self, layer: str, params: Json) -> bool:
        """Whether one stands in a layer of the scope that a job was about."""
        key = LayerKey.parse(layer)
        who: tuple[str | None, ...] = ("person", None) if key.who == PEOPLE else ("source",)
        return self.under(key.scheme, key.perspective, _within(params["scope_type"], params["scope"]), who=who)


def trace(erasure: Erasure, responses: QuerySet[Response]) -> int:
    """Name whatever drew on these answers; how many things are named in all. Twice names nothing twice."""
    rows = [ErasureTrace(erasure=erasure, kind=kind, key=key, why=why) for kind, key, why in search(responses)]
    ErasureTrace.objects.bulk_create(rows, ignore_conflicts=True)
    return erasure.traces.values("kind", "key").distinct().count()


def search(responses: QuerySet[Response]) -> Found:
    """Whatever drew on these answers, each with why."""
    judged = Judged(responses)
    for way in SEARCHES:
        yield from way(judged)


def of(kind: str, key: object) -> QuerySet[ErasureTrace]:
    """The traces of one thing, newest first."""
    return ErasureTrace.objects.filter(kind=kind, key=str(key)).select_related("erasure").order_by("-pk")


def _bake_offs(judged: Judged) -> Found:
    for job in Job.objects.filter(kind="bake_off", result__has_key="table").order_by("pk"):
        params = job.params
        here = Q(item__in=_members(params["collection"]))
        if judged.under(params["scheme"], params["perspective"], here, who=("person", "model", None)):
            yield "bake-off", str(job.uuid), "the comparison with people"


def _calibrations(judged: Judged) -> Found:
    for row in Calibration.objects.select_related("rater", "collection").order_by("pk"):
        about = row.rater.model
        here = Q(item__in=row.map.get("fitted_on", []))
        if row.collection_id:
            here |= Q(item__in=CollectionItem.objects.filter(collection=row.collection_id).values("item"))
        if judged.under(about["scheme"], about["perspective"], here, who=("person", "model", None)):
            yield "calibration", row.ref, "the votes it was fitted on or reported on"


def _crosswalks(judged: Judged) -> Found:
    """Learned maps, what was made of them, and figures that were measured on the judgments."""
    learned: set[str] = set()
    rows = list(Crosswalk.objects.select_related("source").order_by("pk"))
    for row in rows:
        told = (row.definition.get("facts") or {}).get("job")
        job = Job.objects.filter(uuid=told, kind="learn_crosswalk").first() if told else None
        if job and any(judged.in_layer(job.params[side], job.params) for side in ("source", "target")):
            learned.add(row.ref)
            yield "crosswalk", row.ref, "the doubly labelled items it was learned from"
    for row in rows:
        if learned.intersection(row.definition.get("derived_from") or ()):
            yield "crosswalk", row.ref, "a learned map that it was made of"
        if any(_lost(judged, row, key) for key in row.loss):
            yield "crosswalk", row.ref, "its loss figures"
    for job in Job.objects.filter(kind="across_crosswalk", state="done").order_by("pk"):
        walk = next((row for row in rows if row.ref == job.params.get("crosswalk")), None)
        here = _within(job.params["scope_type"], job.params["scope"])
        if walk and any(
            judged.under(walk.source.ref, one["perspective"], here) for one in job.result.get("figures", ())
        ):
            yield "crosswalk", walk.ref, "agreement before and after it"


def _lost(judged: Judged, walk: Crosswalk, key: str) -> bool:
    """Whether a loss report, kept by "scope type:scope:perspective", counted one of the judgments."""
    kind, slug, perspective = key.split(":", 2)
    return judged.under(walk.source.ref, perspective, _within(kind, slug), who=("person", "source", None))


def _gaussians(judged: Judged) -> Found:
    for job in Job.objects.filter(kind="fit_gaussians", state="done").order_by("pk"):
        if any(judged.in_layer(job.params[side], job.params) for side in ("categories", "values")):
            yield "gaussians", str(job.uuid), "the doubly labelled items they were fitted on"


def _models(judged: Judged) -> Found:
    """Model raters that were trained on people's answers to these items, or shown them as examples."""
    taught = RaterTrainingItem.objects.filter(item__in=judged.items)
    for rater in Rater.objects.filter(pk__in=taught.values("rater")).order_by("pk"):
        about = rater.model
        here = Q(item__in=rater.training.values("item"))
        if about.get("scheme") and judged.under(about["scheme"], about.get("perspective", ""), here):
            yield "model", rater.pseudonym, "the votes it was trained or shown examples on"


def _prompts(judged: Judged) -> Found:
    """Sets of examples: the answers that they show are what people agreed on."""
    drawn = {
        row: [UUID(shot["item"]["id"]) for shot in row.definition.get("shots", ())]
        for row in Prompt.objects.order_by("pk")
    }
    named = {uuid for shots in drawn.values() for uuid in shots}
    gone = set(Item.objects.filter(uuid__in=named, pk__in=judged.items).values_list("uuid", flat=True))
    for row, shots in drawn.items():
        if gone.intersection(shots):
            yield "prompt", row.ref, "the examples it shows"


def _collections(judged: Judged) -> Found:
    """Reports of what was drawn by the labels of the erased answers; those that count an erased item: see `holding`."""
    for row in Collection.objects.order_by("pk"):
        here = Q(item__in=CollectionItem.objects.filter(collection=row).values("item"))
        asked = [row.plan] if row.plan.get("scheme") else []
        if (row.filter or {}).get("labels"):
            asked.append(row.filter["labels"])
        if any(_drawn_by(judged, one, here) for one in asked):
            yield "collection", row.slug, "the labels it was drawn by"


def _drawn_by(judged: Judged, asked: Json, here: Q) -> bool:
    row = _scheme(asked.get("scheme", ""))
    spoke = judged.rows.filter(here, scheme=row) if row else judged.rows.none()
    return (spoke.filter(perspective=asked["perspective"]) if asked.get("perspective") else spoke).exists()


SEARCHES: tuple[Callable[[Judged], Found], ...] = (
    _bake_offs,
    _calibrations,
    _crosswalks,
    _gaussians,
    _models,
    _prompts,
    _collections,
)


def holding(erasure: Erasure, items: list[Item]) -> int:
    """Name the collections that hold these items, as their reports still count them; how many."""
    slugs = (
        Collection.objects.filter(members__item__in=items).order_by("slug").values_list("slug", flat=True).distinct()
    )
    rows = [ErasureTrace(erasure=erasure, kind="collection", key=slug, why="the items it counts") for slug in slugs]
    ErasureTrace.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _scheme(name: str) -> Scheme | None:
    try:
        return registry.scheme(name) if name else None
    except ChoraleError:
        return None


def _members(slug: str) -> QuerySet[CollectionItem, Json]:
    return CollectionItem.objects.filter(collection__slug=slug).values("item")


def _within(kind: str, slug: str) -> Q:
    """Judgments in a scope; none where it is gone."""
    try:
        scope = scopes.find(kind, slug)
    except ChoraleError:
        return Q(pk__in=[])
    return Q(response__campaign=scope.row.pk) if kind == "campaign" else scope.holds("item")
