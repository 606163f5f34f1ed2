"""Answer many rows in quarantine at once: read again as they are, mended by a replacement, or dropped with a reason."""

from __future__ import annotations

from django.db.models import QuerySet

from chorale.jobs import engine
from chorale.store import mending
from chorale.store.models import Corpus, Job, Quarantine
from chorale.store.quarantine_folders import folder_of
from harmonize.problems import ChoraleError

PIECE = 20  # rows between two commits


def plan(job: Job) -> engine.Plan:
    """Params: corpus (slug), act ("replay", "mend", "drop"), code (a problem; "": all), find and put (the texts of a
    replacement, for "mend"), reason (for "drop")."""
    given = job.params
    corpus = Corpus.objects.filter(slug=given.get("corpus", "")).first()
    if corpus is None:
        raise ChoraleError("unknown-corpus", f"There is no corpus {given.get('corpus')}.", "See the list of corpora.")
    if given.get("act") not in ("replay", "mend", "drop"):
        raise ChoraleError("quarantine-act", f"{given.get('act')!r} is no answer.", "Give replay, mend or drop.")
    if given["act"] == "mend" and not given.get("find"):
        raise ChoraleError("quarantine-find", "Nothing was given to look for.", "Give the text that is wrong.")
    if given["act"] == "drop" and not str(given.get("reason", "")).strip():
        raise ChoraleError("no-reason", "Rows are dropped with a reason only.", "Say why they are not wanted.")
    return engine.Plan([engine.ShardPlan({"corpus": corpus.slug})], total=_rows(job, corpus, 0).count())


def _rows(job: Job, corpus: Corpus, after: int) -> QuerySet[Quarantine]:
    rows = Quarantine.objects.filter(corpus=corpus, state="open", whole_file=False, pk__gt=after)
    if code := job.params.get("code"):
        rows = rows.filter(code=code)
    if job.params["act"] == "mend":
        rows = rows.filter(raw__contains=job.params["find"])
    return rows.order_by("pk")


def step(work: engine.ShardWork) -> bool:
    """Some rows; True behind the last. A row that is still wrong stays as it was."""
    corpus = Corpus.objects.get(slug=work.range["corpus"])
    state = work.cursor or {"after": 0, "answered": 0, "still": 0}
    rows = list(_rows(work.job, corpus, state["after"])[:PIECE])
    if not rows:
        return True
    after = state | {"after": rows[-1].pk}
    with work.commit(cursor=after, done=len(rows), message=rows[-1].where):
        for row in rows:
            after["answered" if _answer(work.job, row) else "still"] += 1
    return False


def _answer(job: Job, row: Quarantine) -> bool:
    given = job.params
    try:
        if given["act"] == "drop":
            mending.drop(by=job.started_by, row=row, reason=given["reason"].strip())
        else:
            raw = row.raw.replace(given["find"], given.get("put", "")) if given["act"] == "mend" else None
            mending.mend(by=job.started_by, row=row, raw=raw, folder=folder_of(row.corpus))
    except ChoraleError:
        return False
    return True


def finish(work: engine.ShardWork) -> engine.Json:
    """How many rows were answered, and how many are as wrong as before."""
    told = work.job.shards.get(number=0).cursor or {}
    return {"corpus": work.params["corpus"], "answered": told.get("answered", 0), "still": told.get("still", 0)}


engine.register(engine.JobKind("answer_quarantine", "Answer quarantine", plan, step, finish))
