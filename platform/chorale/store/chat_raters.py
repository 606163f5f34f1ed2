"""Language models as raters in the database: what was chosen becomes one rater, checked before anything is asked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from annotation.model_raters import asking
from annotation.model_raters.chat_rater import ChatRater
from chorale.store import audit, endpoints, registry
from chorale.store.models import Endpoint, Item, Job, ModelFailure, Rater, RaterTrainingItem, User
from harmonize.problems import Problem


def chosen(params: dict[str, Any]) -> tuple[Endpoint, ChatRater]:
    """The rater that a job's parameters describe: endpoint, scheme, perspective, elicitation, prompt, show_language."""
    row = endpoints.find(params.get("endpoint") or "")
    prompt = endpoints.prompt(params["prompt"]) if params.get("prompt") else None
    rater = asking.chat_rater(
        endpoints.connection(row),
        registry.scheme(params["scheme"]).core,
        perspective=params["perspective"],
        elicitation=asking.way(params.get("elicitation")),
        prompt=prompt,
        show_language=bool(params.get("show_language")),
        image_side=int(params.get("image_side") or 0),
    )
    return row, rater


def check(params: dict[str, Any]) -> tuple[Endpoint, ChatRater]:
    """`chosen`, refused with the reason if the endpoint cannot do it (ChoraleError `endpoint-cannot`)."""
    row, rater = chosen(params)
    asking.check(rater, endpoints.abilities(row))
    return row, rater


@transaction.atomic
def row_of(rater: ChatRater, *, by: User | None) -> Rater:
    """The rater's row, made if it is new, with its prompt and the items it was shown as examples."""
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


def keep_failures(rater: Rater, failures: Iterable[Problem], items: Iterable[Item], *, job: Job) -> int:
    """Replace what is known of these items' failures by what was seen now, inside a transaction; returns how many."""
    by_uuid = {str(item.uuid): item.pk for item in items}
    ModelFailure.objects.filter(rater=rater, item__in=by_uuid.values()).delete()
    rows = [
        ModelFailure(rater=rater, item_id=by_uuid[p.where], job=job, code=p.code, what=p.what, fix=p.fix)
        for p in failures
    ]
    return len(ModelFailure.objects.bulk_create(rows))
