"""Count both sides of a campaign: what stands in Label Studio against what stands here. It changes nothing."""

from __future__ import annotations

from chorale.jobs import engine
from chorale.jobs.kinds.open_campaign import campaign_of
from chorale.store import ledger as books
from chorale.store import rounds, studio_push
from chorale.store.models import Job, StudioProject


def plan(job: Job) -> engine.Plan:
    """Params: campaign. One shard a project."""
    campaign = campaign_of(job)
    there = rounds.projects(campaign).exclude(ls_id=None).order_by("campaign", "number")
    items = sum(one.items for one in rounds.family(campaign))
    return engine.Plan([engine.ShardPlan({"project": project.pk}) for project in there], total=items)


def step(work: engine.ShardWork) -> bool:
    """Compare pages while there is time."""
    project = StudioProject.objects.select_related("campaign").get(pk=work.range["project"])
    at = (work.cursor or {}).get("after", 0)
    for page in studio_push.connect().pages(project.ls_id or 0, after=at, go_on=lambda: work.time_left):
        book = books.Ledger()
        book.add((work.cursor or {}).get("book", {}))
        book.add(books.compare(project, page, after=at).to_dict())
        at = int(page.tasks[-1]["id"]) if page.tasks else at
        with work.commit(cursor={"after": at, "book": book.to_dict()}, done=len(page.tasks)):
            pass
        if page.last:
            return True
    return False


def finish(work: engine.ShardWork) -> engine.Json:
    """Both sides in all."""
    book = books.Ledger()
    for shard in work.job.shards.filter(number__gte=0).order_by("number"):
        book.add((shard.cursor or {}).get("book", {}))
    return book.to_dict()


engine.register(engine.JobKind("balance_campaign", "Count both sides of a campaign", plan, step, finish))
