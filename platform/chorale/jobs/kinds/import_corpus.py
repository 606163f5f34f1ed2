"""Import a corpus: one shard, as ratings need their items; the cursor is the place in its files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from chorale.jobs import engine
from chorale.jobs.fetch_watch import watching
from chorale.jobs.import_pace import Pace
from chorale.store import addresses, bridge, fetching, imports, persons, versions
from chorale.store.models import Corpus, Job, SourceFile
from chorale.store.models.jobs import JobState
from harmonize.corpora import Place
from harmonize.corpora.collect import Counts
from harmonize.problems import ChoraleError

BEGINNING: engine.Json = {"place": [0, 0, 0, None], "files": {}}
TOLD = ("imported", "duplicates", "quarantined")


def plan(job: Job) -> engine.Plan:
    """Params: folder, where corpus.toml and its files are, as the workers see it; or an archive of such a
    folder, or its address (fsspec), of which only what is not secret is kept. What must be fetched or unpacked is so
    by the first step; a folder's description is read at once."""
    asked = str(job.params["folder"])
    # The engine records these very parameters once this is over.
    job.params["folder"] = shown = addresses.bare(asked)
    job.save(update_fields=["params"])
    busy = Job.objects.filter(
        kind="import_corpus", params__folder=shown, state__in=[JobState.QUEUED, JobState.RUNNING]
    ).exclude(pk=job.pk)
    if busy.exists():
        raise ChoraleError("import-running", f"{shown} is being imported.", "Wait for it, or cancel that job.")
    if "://" in asked or Path(asked).is_file():
        addresses.hide(addresses.hidden(job.uuid), asked)
        return engine.Plan([engine.ShardPlan()])
    return engine.Plan([engine.ShardPlan(_registered(job, Path(asked)))])


def _registered(job: Job, folder: Path) -> engine.Json:
    return {"corpus": imports.register(by=job.started_by, folder=folder).slug, "folder": str(folder)}


def _brought_here(work: engine.ShardWork) -> None:
    """Fetch and unpack what is to be imported, and say in the shard's range where it is."""
    secret = addresses.hidden(work.job.uuid)
    with watching(work.job) as told:
        found = fetching.fetched(addresses.whole(secret, work.params["folder"]), told=told)
    folder = imports.unpacked(found)
    with work.commit(cursor=BEGINNING, message="the files are here"):
        work.shard.range = _registered(work.job, folder)
        work.shard.save(update_fields=["range"])
    secret.unlink(missing_ok=True)


def step(work: engine.ShardWork) -> bool:
    """Pieces of the file at hand until the time is over or the file ends; True after the last file."""
    if not work.range:
        _brought_here(work)
        return False
    corpus, folder = Corpus.objects.get(slug=work.range["corpus"]), Path(work.range["folder"])
    cursor = {**(work.cursor or BEGINNING)}
    place = Place(*cursor["place"])
    found = imports.files(corpus, folder)
    if place.file >= len(found):
        return True
    source = found[place.file]
    after = Place(place.file + 1)
    if source.path is None:
        with work.commit(cursor=_moved(cursor, after, source.name, Counts()), message=f"{source.name} is not there"):
            imports.missing(corpus, source)
        return after.file >= len(found)
    fresh = place == Place(place.file)
    file = imports.keep(corpus, source) if fresh else SourceFile.objects.get(pk=cursor["file"])
    cursor["file"] = file.pk
    if counts := imports.known_before(file):
        with work.commit(cursor=_moved(cursor, after, source.name, counts), done=counts.read, message=source.name):
            pass
        return after.file >= len(found)
    return _read(work, corpus, file, source, folder, cursor) and after.file >= len(found)


def _read(
    work: engine.ShardWork,
    corpus: Corpus,
    file: SourceFile,
    source: imports.Source,
    folder: Path,
    cursor: dict[str, Any],
) -> bool:
    """Write pieces of one file; True when it is finished."""
    descriptor, pace = (
        imports.describe(corpus),
        Pace.of(work, source, imports.files(corpus, folder), Place(*cursor["place"])),
    )
    for piece in imports.chunks(corpus, descriptor, source, folder, Place(*cursor["place"])):
        end = piece.readings[-1]
        last = end.place or Place(source.number)
        rows = sum(reading.rows for reading in piece.readings)
        state = cursor | {"place": list(last)}
        with work.commit(cursor=state, done=rows, message=pace.told(end.line, last, rows)):
            pace.expect(last)
            counts = imports.write(corpus, file, descriptor, folder, piece)
            state |= _moved(cursor, last, source.name, counts)
        cursor = state
        if not work.time_left:
            return False
    with work.commit(cursor=_moved(cursor, Place(source.number + 1), source.name, Counts())):
        imports.finish(corpus, file)
    return True


def _moved(cursor: dict[str, Any], place: Place, name: str, counts: Counts) -> dict[str, Any]:
    """The cursor at another place, with what this job did to the file added up."""
    files = {key: dict(value) for key, value in cursor["files"].items()}
    told = files.setdefault(name, dict.fromkeys(TOLD, 0))
    for key in TOLD:
        told[key] += getattr(counts, key)
    return cursor | {"place": list(place), "files": files}


def finish(work: engine.ShardWork) -> engine.Json:
    """What this job added, file by file and in all; read = imported + duplicates + quarantined."""
    shard = work.job.shards.get(number=0)
    files = (shard.cursor or {}).get("files", {})
    total = {key: sum(told[key] for told in files.values()) for key in TOLD}
    corpus = Corpus.objects.get(slug=shard.range["corpus"])
    counters = {"items": corpus.items, "judgments": corpus.judgments}
    bridge.analyse("item", "response", "judgment")
    Job.objects.filter(pk=work.job.pk).update(total=sum(total.values()))
    versions.keep_diff(corpus)
    persons.lend_traits(corpus)
    return {"corpus": corpus.slug, "read": sum(total.values()), **total, **counters, "files": files}


engine.register(engine.JobKind("import_corpus", "Import a corpus", plan, step, finish))
