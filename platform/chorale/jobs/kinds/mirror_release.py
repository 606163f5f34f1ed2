"""Mirror a release: copy it to a folder, an object store or the hub. Again sends only what is missing."""

from __future__ import annotations

from dataclasses import asdict

from chorale.jobs import engine
from chorale.store.mirroring import mirror_release
from chorale.store.models import Job, Release


def plan(job: Job) -> engine.Plan:
    """Params: release (key), address."""
    files = Release.objects.get(pk=job.params["release"]).manifest.get("files", {})
    return engine.Plan([engine.ShardPlan()], total=sum(facts["bytes"] for facts in files.values()) or None)


def step(work: engine.ShardWork) -> bool:
    """Send what is missing; a killed copy has no manifest yet, and is finished by the next attempt."""
    release = Release.objects.get(pk=work.params["release"])
    Job.objects.filter(pk=work.job.pk).update(done=0)

    def progress(sent: int) -> None:
        with work.commit(cursor=None, done=sent, message=f"{release}: bytes sent"):
            pass

    made = mirror_release(by=work.job.started_by, release=release, address=work.params["address"], progress=progress)
    with work.commit(cursor=asdict(made), message=f"{release}: {made.sent} files sent"):
        pass
    return True


def finish(work: engine.ShardWork) -> engine.Json:
    """What the copy took."""
    return dict(work.job.shards.exclude(number=engine.CLOSING).get().cursor)


engine.register(engine.JobKind("mirror_release", "Mirror a release", plan, step, finish))
