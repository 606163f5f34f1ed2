"""A corpus on its way in, step by step: described by one job, imported by another."""

from __future__ import annotations

from pathlib import Path

from django.db import transaction

from chorale.jobs import engine
from chorale.store import audit, intakes, registry
from chorale.store.models import Intake, Job, User
from harmonize import corpora
from harmonize.problems import ChoraleError


@transaction.atomic
def describe(*, by: User | None, intake: Intake) -> Job:
    """Start gathering the files and drafting a descriptor. ChoraleError `upload-open` while files are on their way."""
    late = [upload.name for upload in intake.uploads.exclude(state="whole").order_by("name")]
    if late:
        raise ChoraleError("upload-open", f"{', '.join(late[:5])}: not whole yet.", "Wait for it, or remove it.")
    job = engine.start("describe_corpus", by=by, params={"intake": str(intake.uuid)}, title="Describe a corpus")
    intake.drafting = job
    intake.save(update_fields=["drafting", "updated_at"])
    return job


@transaction.atomic
def bring_in(*, by: User | None, intake: Intake) -> Job:
    """Start the import under the intake's descriptor. ChoraleError `descriptor` with everything wrong with it."""
    if intake.job is not None and intake.job.state in ("queued", "running"):
        raise ChoraleError("import-running", "This corpus is being imported.", "Wait for it, or cancel that job.")
    folder: Path = intakes.ready(intake)
    descriptor = corpora.load(folder, find=registry.find)
    title = f"Import {descriptor.title}"[:200]
    intake.job = engine.start("import_corpus", by=by, params={"folder": str(folder)}, title=title)
    intake.corpus = descriptor.slug
    intake.save(update_fields=["job", "corpus", "updated_at"])
    audit.record(by, "intake.import", intake, corpus=descriptor.slug, job=str(intake.job.uuid))
    return intake.job
