"""Pre-label a collection with a model rater: a language model, or one that needs no server."""

from __future__ import annotations

from django.db.models import Count, Q

from chorale.jobs import ask_model, budgets, engine, local_model
from chorale.store import calibrations, chat_raters, endpoints, lexicons
from chorale.store.models import Collection, Endpoint, Job, Judgment, Rater
from harmonize.problems import ChoraleError

ENGINES = ("auto", "chat", "classifier", "lexicon", "function")


def plan(job: Job) -> engine.Plan:
    """Params: collection, scheme, perspective, engine ("auto", "chat", "classifier", "lexicon", "function").

    Language model: endpoint, prompt, elicitation, show_language, image_side, only (uuids of the items to ask about, no
    others), budget_requests, budget_tokens, budget_cost.
    Classifier: train_on (corpora), max_training, seed. Lexicon: lexicon (`chorale.store.lexicons`).
    Function: rater (the name of an installed one), options. All: calibration (ref of a map fitted for this rater);
    calibration_anyway takes one that made the scores worse.
    "auto" takes the language model of the environment if there is one.
    """
    collection = _collection(job)
    chosen = job.params.get("engine") or "auto"
    if chosen not in ENGINES:
        raise ChoraleError("engine-unknown", f"There is no engine '{chosen}'.", f"One of {', '.join(ENGINES)}.")
    calibrations.refuse_worse(job.params)
    if chosen == "chat" or (chosen == "auto" and (job.params.get("endpoint") or endpoints.in_environment())):
        return ask_model.plan(job, collection)
    return local_model.plan(job, collection, "classifier" if chosen == "auto" else chosen)


def step(work: engine.ShardWork) -> bool:
    """The next items."""
    stage = ask_model if work.range["engine"] == "chat" else local_model
    return stage.step(work, _collection(work.job))


def finish(work: engine.ShardWork) -> engine.Json:
    """Who spoke, about how many items, how many of them out of fold, what it took, and how it scored."""
    shard = work.job.shards.exclude(number=engine.CLOSING).order_by("number").first()
    if shard is None:
        return {"judgments": 0}
    facts = shard.range | (shard.cursor or {})
    rater = Rater.objects.get(pk=facts.get("speaker") or facts["rater"])
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
        endpoint = Endpoint.objects.get(slug=facts["endpoint"])
        paid = budgets.spent(work.job, endpoint)
        result |= {"used": ask_model.spent(work.job), "paid": paid, "cost": paid["cost"]}
        result |= chat_raters.counted(rater, members)
    if rater.model["engine"] == "lexicon":
        problems = lexicons.rater(work.params)[1]
        result |= {"lines_left_out": len(problems), "problems": [str(one) for one in problems[:20]]}
    return result


def _collection(job: Job) -> Collection:
    collection = Collection.objects.filter(slug=job.params["collection"]).first()
    if collection is None:
        raise ChoraleError("unknown-collection", f"No collection '{job.params['collection']}'.", "Create it first.")
    return collection


engine.register(engine.JobKind("prelabel", "Pre-label a collection", plan, step, finish, ask_model.SECONDS))
