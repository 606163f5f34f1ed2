"""Preview a release: build it where nobody sees it, keep its figures, gates and sizes, and throw it away."""

from __future__ import annotations

from typing import Any

from chorale.jobs import engine
from chorale.store import release_building
from chorale.store.models import Item, Job, Release
from exports.recipe_reader import read_recipe

KIND = "preview_release"


def plan(job: Job) -> engine.Plan:
    """Params: release (key), recipe_sha256 (what was previewed, as the draft may change meanwhile)."""
    release = Release.objects.get(pk=job.params["release"])
    corpora = read_recipe(release.recipe).corpora
    return engine.Plan([engine.ShardPlan()], total=Item.objects.filter(corpus__slug__in=corpora).count() or None)


def step(work: engine.ShardWork) -> bool:
    """Build in a temporary folder; what it told is the shard's cursor. A killed preview is begun again."""
    release = Release.objects.get(pk=work.params["release"])
    Job.objects.filter(pk=work.job.pk).update(done=0)

    def progress(items: int) -> None:
        with work.commit(cursor=None, done=items, message=f"{release}: items counted"):
            pass

    told = release_building.preview_release(release.recipe, progress)
    with work.commit(cursor=told, message=f"{release}: previewed"):
        pass
    return True


def finish(work: engine.ShardWork) -> engine.Json:
    """Report and files of the preview, with the recipe's hash."""
    shard = work.job.shards.exclude(number=engine.CLOSING).get()
    told: dict[str, Any] = shard.cursor
    return {"items": told["report"]["items"], "judgments": told["report"]["judgments"]} | told


engine.register(engine.JobKind(KIND, "Preview a release", plan, step, finish))
