"""Look for near duplicates: one step, as every text is compared with every other."""

from __future__ import annotations

from chorale.jobs import engine
from chorale.store import duplicates
from chorale.store.models import Corpus, Job, NearDuplicate
from harmonize.problems import ChoraleError


def plan(job: Job) -> engine.Plan:
    """Params: corpora (slugs; none: all), threshold."""
    named = job.params.get("corpora", [])
    known = set(Corpus.objects.filter(slug__in=named).values_list("slug", flat=True))
    if missing := sorted(set(named) - known):
        raise ChoraleError("unknown-corpus", f"There is no corpus {', '.join(missing)}.", "See the list of corpora.")
    return engine.Plan([engine.ShardPlan({"corpora": named})], total=1)


def step(work: engine.ShardWork) -> bool:
    """Find and write the groups."""
    rows = list(Corpus.objects.filter(slug__in=work.range["corpora"]))
    state: engine.Json = {}
    with work.commit(cursor=state, done=1):
        state |= duplicates.find(corpora=rows, threshold=float(work.params.get("threshold", 0.8)), job=work.job)
    return True


def finish(work: engine.ShardWork) -> engine.Json:
    """How many items were looked at, and how many follow a leader."""
    told = work.job.shards.get(number=0).cursor or {}
    return {**told, "kept": NearDuplicate.objects.filter(job=work.job).count()}


engine.register(engine.JobKind("find_duplicates", "Find near duplicates", plan, step, finish))
