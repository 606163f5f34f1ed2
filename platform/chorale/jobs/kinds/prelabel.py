"""Pre-label a collection with a model rater: a classifier trained on people's votes, or a language model."""

from __future__ import annotations

from django.db.models import Count, Q

from annotation.model_raters.classifier import TextClassifier
from annotation.model_raters.plugin import FunctionRater
from chorale.jobs import ask_model, engine
from chorale.store import endpoints, local_raters, predictions, prelabel, registry, shown
from chorale.store.models import Collection, Endpoint, Item, Job, Judgment, Rater
from harmonize.problems import ChoraleError

PIECE = 500  # items a commit of a local classifier: well under a second


def plan(job: Job) -> engine.Plan:
    """Params: collection, scheme, perspective, engine ("auto", "classifier", "chat", "function").

    Classifier: train_on (corpora), max_training, seed. Language model: endpoint, prompt, elicitation, show_language,
    image_side, budget_requests, only (uuids of the items to ask about, no others).
    Function: rater (the name of an installed one), options.
    "auto" takes the language model of the environment if there is one.
    """
    collection = _collection(job)
    chosen = job.params.get("engine") or "auto"
    if chosen not in ("auto", "classifier", "chat", "function"):
        raise ChoraleError("engine-unknown", f"There is no engine '{chosen}'.", "Use classifier, chat or function.")
    if chosen == "chat" or (chosen == "auto" and (job.params.get("endpoint") or endpoints.in_environment())):
        return ask_model.plan(job, collection)
    if chosen == "function":
        return _plan_function(job, collection)
    scheme = registry.scheme(job.params["scheme"])
    prelabel.votes(scheme, job.params["perspective"], prelabel.training_corpora(collection, _named(job)))
    return engine.Plan([engine.ShardPlan({"engine": "classifier"})], total=collection.items)


def step(work: engine.ShardWork) -> bool:
    """Ask the language model, or train the classifier and let it predict the next piece."""
    if work.range["engine"] == "chat":
        return ask_model.step(work, _collection(work.job))
    if work.range["engine"] == "function":
        return _predict(work, local_raters.function_rater(work.params))
    return _predict(work, prelabel.kept(work.cursor["file"])) if work.cursor else _train(work)


def _plan_function(job: Job, collection: Collection) -> engine.Plan:
    rater = local_raters.function_rater(job.params)
    taught = Item.objects.filter(uuid__in=[item.id for item in rater.trained_on]).values_list("pk", flat=True)
    row = local_raters.make(
        by=job.started_by, identity=rater.identity, perspective=job.params["perspective"], trained_on=taught
    )
    return engine.Plan([engine.ShardPlan({"engine": "function", "rater": row.pk})], total=collection.items)


def _train(work: engine.ShardWork) -> bool:
    collection, scheme = _collection(work.job), registry.scheme(work.params["scheme"])
    perspective = work.params["perspective"]
    trained = prelabel.fit(collection, scheme, perspective, work.params)
    cursor = {"file": prelabel.keep(trained), "position": 0}
    with work.commit(cursor=cursor, message=f"trained on {len(trained.training_items)} items"):
        rater = prelabel.classifier_rater(trained, scheme=scheme, perspective=perspective, job=work.job)
        cursor["rater"] = rater.pk
    return False


def _predict(work: engine.ShardWork, local: TextClassifier | FunctionRater) -> bool:
    collection, scheme = _collection(work.job), registry.scheme(work.params["scheme"])
    cursor = work.cursor or {"rater": work.range["rater"], "position": 0}
    rater, start = Rater.objects.get(pk=cursor["rater"]), cursor["position"]
    items = shown.piece(collection, start, PIECE)
    if not items:
        return True
    texts = [shown.shown(item) for item in items if item.text.strip()]  # a text classifier says nothing of the rest
    told = local.elicit(texts)
    cursor, silent = cursor | {"position": start + len(items)}, len(items) - len(texts)
    with work.commit(cursor=cursor, done=len(items), failed=silent, message=rater.pseudonym):
        predictions.write(told, items, rater=rater, scheme=scheme, perspective=work.params["perspective"], job=work.job)
    return len(items) < PIECE


def finish(work: engine.ShardWork) -> engine.Json:
    """Who spoke, about how many items, how many of them out of fold, what it took, and how it scored."""
    shards = work.job.shards.exclude(number=engine.CLOSING)
    rater = Rater.objects.get(pk=next((shard.cursor or {}).get("rater") or shard.range["rater"] for shard in shards))
    members = _collection(work.job).members.values("item")
    rows = Judgment.objects.filter(rater=rater, item__in=members, retired_at__isnull=True)
    counts = rows.aggregate(judgments=Count("pk"), clean=Count("pk", filter=Q(out_of_fold=True)))
    result = {
        "rater": rater.pseudonym,
        "engine": rater.model["engine"],
        "judgments": counts["judgments"],
        "usable_against_people": counts["clean"],
        "failed": Job.objects.get(pk=work.job.pk).failed,
        "training_items": rater.training.count(),
        "scores": rater.model.get("scores"),
    }
    if rater.model["engine"] == "chat":
        used = ask_model.spent(work.job)
        endpoint = Endpoint.objects.get(slug=shards[0].range["endpoint"])
        result |= {"used": used, "cost": cost(endpoint, used)}
    return result


def cost(endpoint: Endpoint, used: engine.Json) -> float | None:
    """What the tokens cost at the endpoint's prices; None where it has none."""
    if endpoint.price_in is None or endpoint.price_out is None:
        return None
    tokens = used["prompt_tokens"] * endpoint.price_in + used["completion_tokens"] * endpoint.price_out
    return round(tokens / 1e6, 6)


def _named(job: Job) -> list[str]:
    return list(job.params.get("train_on") or [])


def _collection(job: Job) -> Collection:
    collection = Collection.objects.filter(slug=job.params["collection"]).first()
    if collection is None:
        raise ChoraleError("unknown-collection", f"No collection '{job.params['collection']}'.", "Create it first.")
    return collection


engine.register(engine.JobKind("prelabel", "Pre-label a collection", plan, step, finish))
