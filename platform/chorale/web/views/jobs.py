"""Jobs: the list, the live page of one, starting, cancelling and resuming."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from chorale.jobs import control, engine, known
from chorale.store import access
from chorale.store.models import Event, Job
from chorale.store.models.jobs import JobState
from chorale.store.models.people import Role
from chorale.web import job_words, model_progress, words
from chorale.web.launches import LAUNCHES
from chorale.web.lists import Column, Filter, Listing, plain
from chorale.web.outcomes import outcome
from chorale.web.parts import Meter, crumb, meter
from harmonize.problems import ChoraleError

STATES = [s.value for s in JobState]
SPEED = {"import_corpus": "; ", "prelabel": ": "}  # where a job's message goes on to its speed, which stands below


def progress(job: Job) -> Meter:
    """How far a job is; a finished one is full even where its total was not known ahead."""
    if job.state == JobState.DONE and not job.total:
        return Meter(1, 1, f"{job.done:,}", "good")
    return meter(job.done, job.total)


def subject_of(job: Job) -> str:
    """What a job is about, as its parameters say; the title says what it does with that."""
    given = job.params
    said = given.get("scope") or given.get("campaign") or given.get("collection") or given.get("corpus") or ""
    return str(said or given.get("folder") or given.get("endpoint") or "").rstrip("/").rsplit("/", 1)[-1]


class Jobs(Listing):
    """All long work."""

    title = "Jobs"
    word = "Workshop"
    lead = "Long work: every job shows how far it is, can be cancelled, and goes on from where it stopped."
    columns = (
        Column("title", "Job", kind="link", under=subject_of),
        Column("state", "State", kind="state"),
        Column("progress", "Progress", value=progress, kind="progress"),
        Column("message", "Latest", kind="text"),
        Column("failed", "Failed", kind="count"),
        Column("started_by", "By", value=lambda j: j.started_by.username if j.started_by else "system"),
        Column("created_at", "Started", kind="when", sort="created_at"),
    )
    filters = (
        Filter("state", "State", plain(STATES)),
        Filter("kind", "Kind", lambda: plain(known.names())),
    )
    search = ("title", "message")
    order = "-created_at"
    empty_title = "No job yet"
    empty_text = "Imports, pre-labelling, syncs, measures and releases appear here while they run and after."

    def rows(self) -> QuerySet[Any]:
        """For admins."""
        return access.rows(self.request.user, Job).select_related("started_by")

    def href(self, row: Job) -> str:
        """Its page."""
        return reverse("job", args=[row.uuid])


def job(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """One job; the middle of the page refreshes itself while it runs."""
    row = access.one(request.user, Job, uuid=key)
    events = Event.objects.filter(subject_type="job", subject=str(row.pk)).select_related("by").order_by("-id")[:10]
    shards = row.shards.exclude(number=engine.CLOSING).order_by("number")
    context = {
        "title": row.title,
        "about": subject_of(row),
        "crumbs": [crumb("Jobs", "jobs")],
        "events": events,
        "shards": shards[:60],
        "asked": job_words.asked(row),
        **live_facts(row),
    }
    return render(request, "chorale/job.html", context)


def live(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """The part of a job's page that changes."""
    row = access.one(request.user, Job, uuid=key)
    return render(request, "chorale/parts/job_live.html", live_facts(row))


def live_facts(row: Job) -> dict[str, Any]:
    """Rate and time left from what was committed so far; the time in which it rested does not count."""
    end = row.finished_at or timezone.now()
    spent = (end - row.started_at).total_seconds() - row.rested if row.started_at else None
    rate = row.done / spent if spent and row.done else None
    left = (row.total - row.done) / rate if rate and row.total and not row.ended else None
    return {
        "job": row,
        "progress": progress(row),
        "where": row.message.partition(SPEED[row.kind])[0] if row.kind in SPEED else row.message,
        "rate": f"{rate:,.{0 if rate >= 100 else 1}f} a second" if rate else words.DASH,
        "left": words.duration(left),
        "spent": words.duration(spent),
        "outcome": outcome(row),
        "spoken": model_progress.spoken(row),
        "trial": model_progress.trial(row),
        "problems": row.result.get("problems") or [],
        "result": job_words.result(row),
    }


@require_POST
def pause(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Let it rest after its next commit."""
    person = access.demand(request.user, Role.ADMIN)
    control.pause(by=person, job=access.one(person, Job, uuid=key))
    messages.info(request, "The job rests after its next commit. Resume goes on from there.")
    return redirect("job", key)


@require_POST
def cancel(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Ask it to stop at its next commit."""
    person = access.demand(request.user, Role.ADMIN)
    control.cancel(by=person, job=access.one(person, Job, uuid=key))
    messages.info(request, "The job stops at its next commit. What is done stays.")
    return redirect("job", key)


@require_POST
def resume(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Go on from the last committed place."""
    person = access.demand(request.user, Role.ADMIN)
    control.resume(by=person, job=access.one(person, Job, uuid=key))
    messages.success(request, "The job goes on from where it stopped.")
    return redirect("job", key)


def launch(request: HttpRequest, kind: str) -> HttpResponse:
    """The form of a kind of job; sent, it starts one and leads to its page."""
    person = access.demand(request.user, Role.ADMIN)
    if kind not in LAUNCHES:
        raise Http404
    offer = LAUNCHES[kind]
    sent = request.method == "POST"
    form = offer.form(request.POST) if sent else offer.form(initial=request.GET.dict())
    if sent and form.is_valid():
        try:
            started = offer.begin(person, form)
        except ChoraleError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Started.")
            return redirect("job", started.uuid)
    context = {"title": offer.title, "word": "Start", "crumbs": [crumb("Jobs", "jobs")], "offer": offer, "form": form}
    return render(request, "chorale/launch.html", context, status=422 if form.errors else 200)
