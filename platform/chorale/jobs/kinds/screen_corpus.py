"""Look through the texts of corpora: language, personal data, profanity, lengths; one shard a corpus."""

from __future__ import annotations

from chorale.jobs import engine
from chorale.jobs.named_corpora import named
from chorale.store import screening
from chorale.store.models import Corpus, Job


def plan(job: Job) -> engine.Plan:
    """Params: corpora (slugs; none: all), region (ISO 3166 country of phone numbers without +; default US)."""
    rows = named(job.params)
    return engine.Plan([engine.ShardPlan({"corpus": row.slug}) for row in rows], total=sum(row.items for row in rows))


def step(work: engine.ShardWork) -> bool:
    """Some thousand items; True behind the last."""
    corpus = Corpus.objects.get(slug=work.range["corpus"])
    rows = screening.following(corpus, (work.cursor or {}).get("after", 0))
    if not rows:
        return True
    found = screening.look(corpus, rows, region=work.params.get("region") or "US")
    with work.commit(cursor={"after": rows[-1][0]}, done=len(rows), message=corpus.slug):
        screening.write(rows, found)
    return False


def finish(work: engine.ShardWork) -> engine.Json:
    """The sums of each corpus, as `screening.summarise` tells them."""
    slugs = [shard.range["corpus"] for shard in work.job.shards.exclude(number=engine.CLOSING).order_by("number")]
    return {"corpora": {slug: screening.summarise(Corpus.objects.get(slug=slug)) for slug in slugs}}


engine.register(engine.JobKind("screen_corpus", "Look through texts", plan, step, finish))
