"""Pre-labelling: asked for on a page, tried on a few items, then started; failed items are seen and asked again."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from chorale.jobs import budgets, control, engine, retries
from chorale.store import access
from chorale.store.models import Endpoint, Job, ModelFailure
from chorale.store.models.jobs import JobState
from chorale.store.models.people import Role
from chorale.web.lists import Column, Listing
from chorale.web.model_asks import PredictionsForm
from chorale.web.parts import crumb
from chorale.web.prelabel_form import BudgetForm, PrelabelForm, of_params
from harmonize.problems import ChoraleError


def start(request: HttpRequest) -> HttpResponse:
    """The form; tried or started, it leads to the job's page. What an endpoint cannot do is refused here."""
    person = access.demand(request.user, Role.ADMIN)
    sent = request.method == "POST"
    form = PrelabelForm(request.POST) if sent else PrelabelForm(initial=_initial(request))
    if sent and form.is_valid():
        trying = request.POST.get("act") == "try"
        try:
            if trying and not form.chat:
                raise ChoraleError(
                    "dry-run-chat", "Only a language model is tried.", "The others cost nothing: start it."
                )
            job = engine.start("dry_run" if trying else "prelabel", by=person, params=form.params())
        except ChoraleError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Started.")
            return redirect("job", job.uuid)
    context = {
        "title": "Pre-label a collection", "word": "Start", "form": form, "parts": form.parts(),
        "crumbs": [crumb("Jobs", "jobs")],
        "servers": access.rows(person, Endpoint).order_by("slug")[:12],
    }  # fmt: skip
    return render(request, "chorale/models/prelabel.html", context, status=422 if form.errors else 200)


def _initial(request: HttpRequest) -> dict[str, Any]:
    if key := request.GET.get("like"):
        try:
            return of_params(access.one(request.user, Job, uuid=uuid.UUID(key)).params)
        except ValueError:
            return {}
    return {"rater": "classifier", **request.GET.dict()}


@require_POST
def whole(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Start on the whole collection what was tried."""
    person = access.demand(request.user, Role.ADMIN)
    tried = access.one(person, Job, uuid=key, kind="dry_run")
    params = {name: value for name, value in tried.params.items() if name != "items"}
    try:
        job = engine.start("prelabel", by=person, params=params)
    except ChoraleError as error:
        messages.error(request, str(error))
        return redirect("job", key)
    return redirect("job", job.uuid)


@require_POST
def retry(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Ask again about the items that failed in a job, and about no others."""
    person = access.demand(request.user, Role.ADMIN)
    job = access.one(person, Job, uuid=key, kind="prelabel")
    one = request.POST.get("item")
    try:
        again = retries.start(by=person, job=job, items=[uuid.UUID(one)] if one else None)
    except (ChoraleError, ValueError) as error:
        messages.error(request, str(error))
        return redirect("job", key)
    return redirect("job", again.uuid)


def budget(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Another budget for a job that works or rests; one that rests for it goes on at once where that is asked."""
    person = access.demand(request.user, Role.ADMIN)
    job = access.one(person, Job, uuid=key, kind__in=("prelabel", "bake_off"))
    form = BudgetForm(request.POST if request.method == "POST" else None, initial=job.budget)
    if request.method == "POST" and form.is_valid():
        try:
            job = budgets.change(by=person, job=job, budget=form.cleaned_data)
            if request.POST.get("act") == "resume" and job.state == JobState.PAUSED:
                control.resume(by=person, job=job)
        except ChoraleError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "The budget is changed.")
            return redirect("job", key)
    endpoint = budgets.endpoint_of(job)
    context = {
        "title": "Budget", "word": "Job", "form": form, "job": job, "endpoint": endpoint,
        "spent": budgets.spent(job, endpoint), "crumbs": [crumb("Jobs", "jobs"), crumb(job.title, "job", key)],
        "resumes": job.state == JobState.PAUSED,
    }  # fmt: skip
    return render(request, "chorale/models/budget.html", context, status=422 if form.errors else 200)


def from_file(request: HttpRequest) -> HttpResponse:
    """Predictions that were made elsewhere: uploaded, then imported by a job."""
    person = access.demand(request.user, Role.ADMIN)
    sent = request.method == "POST"
    form = PredictionsForm(request.POST, request.FILES) if sent else PredictionsForm(initial=request.GET.dict())
    if sent and form.is_valid():
        try:
            job = engine.start("import_predictions", by=person, params=form.params())
        except ChoraleError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Started.")
            return redirect("job", job.uuid)
    context = {"title": "Predictions from a file", "word": "Start", "form": form, "crumbs": [crumb("Jobs", "jobs")]}
    return render(request, "chorale/models/predictions.html", context, status=422 if form.errors else 200)


class Failures(Listing):
    """The items a job got no judgment on."""

    title = "Failed items"
    word = "Pre-labelling"
    lead = (
        "Items without a judgment, each with its reason. Open one to see what was sent and what came, and to ask about "
        "it alone; the list shortens as later tries succeed."
    )
    columns = (
        Column("item", "Item", value=lambda f: (f.item.text or f.item.source_id)[:160], kind="wide"),
        Column("code", "Reason", kind="code", sort="code"),
        Column("what", "What came", under=lambda f: f.fix),
        Column("created_at", "When", kind="when", sort="created_at"),
    )
    search = ("what", "code")
    order = "pk"
    empty_title = "Nothing failed"
    empty_text = "Every item that was asked about has its judgment."

    def _job(self) -> Job:
        return access.one(self.request.user, Job, uuid=self.scope["key"])

    def rows(self) -> QuerySet[Any]:
        """For admins."""
        allowed = access.rows(self.request.user, ModelFailure)
        return allowed.filter(pk__in=retries.failures(self._job()).values("pk")).select_related("item")

    def href(self, row: ModelFailure) -> str:
        """What was sent and what came."""
        return reverse("model-requests", args=[row.item.uuid, row.rater_id])

    def more(self) -> dict[str, Any]:
        """The way back to the job."""
        job = self._job()
        return {"crumbs": [crumb("Jobs", "jobs"), crumb(job.title, "job", job.uuid)]}
