"""Language models as raters in the database: what was chosen becomes one rater, checked before anything is asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from annotation.model_raters import asking
from annotation.model_raters.chat_rater import ChatRater, Outcome
from annotation.model_raters.media import MediaBudget
from annotation.model_raters.predictions import Predictions
from chorale.store import audit, endpoints, predictions, registry, shot_items
from chorale.store.models import (
    Endpoint,
    Item,
    Job,
    Judgment,
    ModelFailure,
    Rater,
    RaterTrainingItem,
    Scheme,
    User,
)
from harmonize.problems import ChoraleError, Problem


def chosen(params: dict[str, Any]) -> tuple[Endpoint, ChatRater]:
    """The rater that a job's parameters describe: endpoint, scheme, perspective, elicitation, prompt, show_language,
    image_side, frames, audio_seconds."""
    row = endpoints.find(params.get("endpoint") or "")
    way = params.get("elicitation")
    if way and way.get("by_ids"):
        way = asking.with_token_ids(way, endpoints.abilities(row))
    prompt = endpoints.prompt(params["prompt"]) if params.get("prompt") else None
    rater = asking.chat_rater(
        endpoints.connection(row),
        registry.scheme(params["scheme"]).core,
        perspective=params["perspective"],
        elicitation=asking.way(way),
        prompt=prompt,
        show_language=bool(params.get("show_language")),
        media=media_budget(params),
    )
    return row, rater


def media_budget(params: dict[str, Any]) -> MediaBudget:
    """What is shown of pictures, videos and sound. Raises ChoraleError `media-budget`."""
    return MediaBudget(**{name: int(params.get(name) or 0) for name in ("image_side", "frames", "audio_seconds")})


def check(params: dict[str, Any]) -> tuple[Endpoint, ChatRater]:
    """`chosen`, refused with the reason if the endpoint cannot do it (ChoraleError `endpoint-cannot`), or if an example
    in its prompt was since set apart for gold or test (`shots-reserved`)."""
    row, rater = chosen(params)
    asking.check(rater, endpoints.abilities(row))
    shown = Item.objects.filter(uuid__in=[shot.item.id for shot in rater.brief.prompt.shots])
    if apart := shown.filter(shot_items.APART).count():
        raise ChoraleError(
            "shots-reserved",
            f"{apart} of the prompt's examples are gold or test items.",
            "Draw new examples in a new version of the prompt.",
        )
    return row, rater


@transaction.atomic
def row_of(rater: ChatRater, *, by: User | None) -> Rater:
    """The rater's row, made if it is new, with its prompt and the items it was shown as examples; so are the rows of
    further stages of its prompt that label."""
    for other in rater.beside:
        row_of(other, by=by)
    endpoints.register_prompt(by=by, prompt=rater.brief.prompt)
    identity = rater.identity | {"version": rater.version, "scores": None}
    row, made = Rater.objects.get_or_create(
        pseudonym=f"chat-{rater.version}", defaults={"kind": "model", "model": identity}
    )
    if made:
        shown = [shot.item.id for shot in rater.brief.prompt.shots]
        pks = Item.objects.filter(uuid__in=shown).values_list("pk", flat=True)
        RaterTrainingItem.objects.bulk_create([RaterTrainingItem(rater=row, item_id=pk) for pk in pks])
        audit.record(by, "rater.make", row, model=rater.endpoint.model, prompt=rater.brief.prompt.ref)
    return row


def write(
    rater: ChatRater,
    outcomes: Sequence[Outcome],
    items: Sequence[Item],
    *,
    row: Rater,
    scheme: Scheme,
    perspective: str,
    job: Job | None,
    told: Predictions | None = None,
) -> Predictions:
    """Write what came of these items, inside a transaction: the rater's own judgments, those of further stages that
    label, and failures. ``told``: the rater's own predictions where they are not simply gathered."""
    told = told if told is not None else rater.gather(outcomes)
    kinds: dict[str, Any] = {"scheme": scheme, "perspective": perspective, "job": job}
    predictions.write(told, items, rater=row, **kinds)
    for other in rater.beside:
        predictions.write(other.gather(outcomes), items, rater=row_of(other, by=None), **kinds)
    return told


def counted(rater: Rater, items: QuerySet[Any]) -> dict[str, int]:
    """Judgments on these items that were rejected by a stage, explained by a span, that lost a span, or went without
    an explanation; only those that are above 0."""
    rows = Judgment.objects.filter(rater=rater, item__in=items, retired_at__isnull=True)
    found = rows.aggregate(
        rejected=Count("pk", filter=Q(texts__has_key="rejected")),
        with_spans=Count("pk", filter=Q(spans__isnull=False)),
        spans_not_found=Count("pk", filter=Q(texts__has_key="spans_not_found")),
        unexplained=Count("pk", filter=Q(texts__has_key="unexplained")),
    )
    return {name: count for name, count in found.items() if count}


def keep_failures(rater: Rater, failures: Iterable[Problem], items: Iterable[Item], *, job: Job) -> int:
    """Replace what is known of these items' failures by what was seen now, inside a transaction; returns how many."""
    by_uuid = {str(item.uuid): item.pk for item in items}
    ModelFailure.objects.filter(rater=rater, item__in=by_uuid.values()).delete()
    rows = [
        ModelFailure(rater=rater, item_id=by_uuid[p.where], job=job, code=p.code, what=p.what, fix=p.fix)
        for p in failures
    ]
    return len(ModelFailure.objects.bulk_create(rows))
