"""Build a release: one shard, since the files appear whole or not at all."""

from __future__ import annotations

from chorale.jobs import engine
from chorale.store import object_store, release_building, releases
from chorale.store.models import Item, Job, Release
from exports.recipe_reader import read_recipe


def plan(job: Job) -> engine.Plan:
    """Params: release (key), publish (bool)."""
    release = Release.objects.get(pk=job.params["release"])
    corpora = read_recipe(release.recipe).corpora
    return engine.Plan([engine.ShardPlan()], total=Item.objects.filter(corpus__slug__in=corpora).count() or None)


def step(work: engine.ShardWork) -> bool:
    """Build, freeze and, where asked, publish. A killed build leaves nothing and is begun again."""
    release = Release.objects.get(pk=work.params["release"])
    Job.objects.filter(pk=work.job.pk).update(done=0)  # what an earlier attempt wrote is gone, so it is not counted

    def progress(items: int) -> None:
        with work.commit(cursor=None, done=items, message=f"{release}: items written"):
            pass

    built = release_building.build_release(by=work.job.started_by, release=release, progress=progress)
    if work.params.get("publish"):
        releases.publish_release(by=work.job.started_by, release=built)
    return True


def finish(work: engine.ShardWork) -> engine.Json:
    """Where the release lies, its digest and its counts."""
    release = Release.objects.get(pk=work.params["release"])
    path = object_store.local_path(release.folder)
    counts = {key: release.summary[key] for key in ("items", "judgments", "raters", "bytes")}
    return {
        "release": f"{release.slug}@{release.version}",
        "state": release.state,
        "folder": str(path or release.folder),
        "digest": release.manifest["digest"],
    } | counts


engine.register(engine.JobKind("release", "Build a release", plan, step, finish))
