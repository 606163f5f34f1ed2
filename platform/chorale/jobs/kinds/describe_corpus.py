"""Describe a corpus on its way in: its files gathered, archives unpacked, a descriptor drafted or found beside them."""

from __future__ import annotations

import uuid
from pathlib import Path

from django.utils.text import slugify

from chorale.jobs import engine
from chorale.jobs.fetch_watch import watching
from chorale.store import intakes, registry
from chorale.store.models import Intake, Job
from harmonize.corpora.descriptor import NAME
from harmonize.corpora.draft import draft
from harmonize.corpora.draft.toml_text import to_toml
from harmonize.corpora.listing import media_in
from harmonize.problems import ChoraleError


def plan(job: Job) -> engine.Plan:
    """Params: intake, its uuid."""
    intake = _intake(job)
    return engine.Plan([engine.ShardPlan({"intake": str(intake.uuid)})], total=2)


def step(work: engine.ShardWork) -> bool:
    """Gather, then draft; each a commit, so that a killed worker's successor finds the files."""
    intake = _intake(work.job)
    with watching(work.job) as told:
        folder = intakes.gather(intake, told=told)
    if work.cursor is None:
        with work.commit(cursor={"gathered": True}, done=1, message="the files are here"):
            pass
    if (folder / NAME).exists():
        toml, notes = (folder / NAME).read_text(encoding="utf-8", errors="replace"), [f"{NAME} came with the files."]
    else:
        toml, notes = _drafted(intake, folder)
    with work.commit(cursor={"gathered": True}, done=1, message="described"):
        intakes.drafted(intake=intake, job=work.job, toml=toml, notes=notes)
    return True


def finish(work: engine.ShardWork) -> engine.Json:
    """Where the draft stands."""
    return {"intake": str(_intake(work.job).uuid)}


def _drafted(intake: Intake, folder: Path) -> tuple[str, list[str]]:
    """A draft named after the file, folder or address that the corpus came as."""
    inside = list(folder.iterdir())
    if len(inside) == 1 and inside[0].is_file() and not any(media_in(folder)):
        found = draft(inside[0], among=registry.known())
        return found.toml, found.notes[1:]  # the page itself says that this is a draft
    found = draft(folder, among=registry.known())
    if folder.name == intakes.FILES:
        name = Path(intake.address.rstrip("/")).stem or Path(min(place.name for place in inside)).stem
        found.values["corpus"] |= {"slug": slugify(name)[:60] or "corpus", "title": name}
    return to_toml(found.values, found.notes), found.notes[1:]


def _intake(job: Job) -> Intake:
    try:
        return Intake.objects.get(uuid=uuid.UUID(str(job.params.get("intake", ""))))
    except (ValueError, Intake.DoesNotExist):
        raise ChoraleError("unknown-intake", "There is no such import to describe.", "Begin one.") from None


engine.register(engine.JobKind("describe_corpus", "Describe a corpus", plan, step, finish))
