"""Count what a corpus is made of, for its page: one step, since the database does the counting."""

from __future__ import annotations

from chorale.jobs import engine
from chorale.jobs.named_corpora import named
from chorale.store import profiles
from chorale.store.models import Corpus, Job


def plan(job: Job) -> engine.Plan:
    """Params: corpora (slugs; none: all)."""
    rows = named(job.params)
    return engine.Plan([engine.ShardPlan({"corpus": row.slug}) for row in rows], total=len(rows))


def step(work: engine.ShardWork) -> bool:
    """Count one corpus."""
    corpus = Corpus.objects.get(slug=work.range["corpus"])
    with work.commit(cursor={}, done=1, message=corpus.slug):
        profiles.count(corpus)
    return True


engine.register(engine.JobKind("profile_corpus", "Count a corpus", plan, step))
