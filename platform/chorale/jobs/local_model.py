"""The steps of a pre-label job whose rater needs no server: a classifier trained here, a lexicon, a function."""

from __future__ import annotations

from typing import Any, Protocol

from annotation.model_raters.items import ShownItem
from annotation.model_raters.predictions import Predictions
from chorale.jobs import engine
from chorale.jobs.ask_model import summed
from chorale.store import calibrations, lexicons, local_raters, predictions, prelabel, registry, shown
from chorale.store.models import Collection, Item, Job, Rater

PIECE = 500  # items a commit: well under a second


class Local(Protocol):
    """What every rater without a server does."""

    def elicit(self, items: list[ShownItem]) -> Predictions:
        """One judgment an item."""


def plan(job: Job, collection: Collection, engine_name: str) -> engine.Plan:
    """One shard: what is trained or read is the same for all items."""
    if engine_name == "classifier":
        scheme, perspective = registry.scheme(job.params["scheme"]), job.params["perspective"]
        prelabel.votes(scheme, perspective, prelabel.training_corpora(collection, job.params.get("train_on") or []))
        return engine.Plan([engine.ShardPlan({"engine": "classifier"})], total=collection.items)
    facts: engine.Json = {"engine": engine_name, "rater": _made(job, engine_name).pk}
    if ref := job.params.get("calibration"):
        facts["speaker"] = calibrations.chosen(ref, Rater.objects.get(pk=facts["rater"])).calibrated_id
    return engine.Plan([engine.ShardPlan(facts)], total=collection.items)


def _made(job: Job, engine_name: str) -> Rater:
    """The row of a lexicon's or function's rater."""
    taught: Any = ()
    if engine_name == "lexicon":
        identity = lexicons.rater(job.params)[0].identity
    else:
        rater = local_raters.function_rater(job.params)
        taught = Item.objects.filter(uuid__in=[item.id for item in rater.trained_on]).values_list("pk", flat=True)
        identity = rater.identity
    perspective = job.params["perspective"]
    return local_raters.make(by=job.started_by, identity=identity, perspective=perspective, trained_on=taught)


def step(work: engine.ShardWork, collection: Collection) -> bool:
    """Train the classifier, or let the rater speak about the next piece."""
    local: Any
    if work.range["engine"] == "classifier":
        if not work.cursor:
            return _train(work, collection)
        local = prelabel.kept(work.cursor["file"])
    elif work.range["engine"] == "lexicon":
        local = lexicons.rater(work.params)[0]
    else:
        local = local_raters.function_rater(work.params)
    return _predict(work, collection, local)


def _train(work: engine.ShardWork, collection: Collection) -> bool:
    scheme, perspective = registry.scheme(work.params["scheme"]), work.params["perspective"]
    trained = prelabel.fit(collection, scheme, perspective, work.params)
    cursor: engine.Json = {"file": prelabel.keep(trained), "position": 0}
    with work.commit(cursor=cursor, message=f"trained on {len(trained.training_items)} items"):
        rater = prelabel.classifier_rater(trained, scheme=scheme, perspective=perspective, job=work.job)
        cursor["rater"] = rater.pk
        if ref := work.params.get("calibration"):
            cursor["speaker"] = calibrations.chosen(ref, rater).calibrated_id
    return False


def _predict(work: engine.ShardWork, collection: Collection, local: Local) -> bool:
    cursor = {"position": 0} | work.range | (work.cursor or {})
    rater, start = Rater.objects.get(pk=cursor["rater"]), cursor["position"]
    through = calibrations.of_speaker(cursor.get("speaker"))
    items, last = shown.piece(collection, start, PIECE)
    if last == start:
        return True
    texts = [shown.shown(item) for item in items if item.text.strip()]  # these raters say nothing of the rest
    told = local.elicit(texts)
    told = through.apply(told, items) if through else told
    silent = len(items) - len(texts)
    cursor |= {"position": last, "said": summed(cursor.get("said") or {}, told)}
    scheme, perspective = registry.scheme(work.params["scheme"]), work.params["perspective"]
    speaker = through.rater if through else rater
    with work.commit(cursor=cursor, done=len(items), failed=silent, message=speaker.pseudonym):
        predictions.write(told, items, rater=speaker, scheme=scheme, perspective=perspective, job=work.job)
    return False
