"""Mask personal data in the texts of a corpus, as was decided for it (`chorale.store.masking.decide`)."""

from __future__ import annotations

from chorale.jobs import engine
from chorale.jobs.named_corpora import named
from chorale.store import masking
from chorale.store.models import Corpus, Job
from harmonize.problems import ChoraleError


def plan(job: Job) -> engine.Plan:
    """Params: corpus (slug), kinds to mask from now on (`harmonize.corpora.screening.KINDS`)."""
    row = named({"corpora": [job.params["corpus"]]})[0]
    row = masking.decide(by=job.started_by, corpus=row, kinds=job.params.get("kinds", []))
    if not row.masked:
        raise ChoraleError("pii-kind", "Nothing is to be masked.", "Name kinds, such as email and phone.")
    return engine.Plan([engine.ShardPlan({"corpus": row.slug})], total=row.items)


def step(work: engine.ShardWork) -> bool:
    """Some thousand items; True behind the last."""
    corpus, cursor = Corpus.objects.get(slug=work.range["corpus"]), work.cursor or {"after": 0, "changed": 0}
    last, count, changed = masking.following(corpus, cursor["after"])
    if not count:
        return True
    state = {"after": last, "changed": cursor["changed"] + len(changed)}
    with work.commit(cursor=state, done=count, message=f"{state['changed']:,} texts masked"):
        masking.write(changed)
    return False


def finish(work: engine.ShardWork) -> engine.Json:
    """How many texts were changed."""
    shard = work.job.shards.get(number=0)
    corpus = Corpus.objects.get(slug=shard.range["corpus"])
    return {"corpus": corpus.slug, "masked": corpus.masked, "changed": (shard.cursor or {}).get("changed", 0)}


engine.register(engine.JobKind("mask_corpus", "Mask personal data", plan, step, finish))
