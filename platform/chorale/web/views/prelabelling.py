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

from chorale.jobs import engine
from chorale.store import access
from chorale.store.models import Endpoint, Job, ModelFailure
from chorale.store.models.people import Role
from chorale.web import model_progress
from chorale.web.lists import Column, Listing
from chorale.web.parts import crumb
from chorale.web.prelabel_form import PrelabelForm, of_params
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
                raise ChoraleError("dry-run-chat", "Only a language model is tried.", "A classifier costs nothing.")
            job = engine.start("dry_run" if trying else "prelabel", by=person, params=form.params())
        except ChoraleError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Started.")
            return redirect("job", job.uuid)
    context = {
        "title": "Pre-label a collection", "word": "Start", "form": form, "crumbs": [crumb("Jobs", "jobs")],
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
    return _begun(request, tried, tried.params)


@require_POST
def retry(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Ask again about the items that failed in a job, and about no others."""
    person = access.demand(request.user, Role.ADMIN)
    job = access.one(person, Job, uuid=key, kind="prelabel")
    failed = model_progress.failures(job).values_list("item__uuid", flat=True)
    if one := request.POST.get("item"):
        failed = failed.filter(item__uuid=uuid.UUID(one))
    only = [str(name) for name in failed[: model_progress.MOST_RETRIED]]
    if not only:
        messages.info(request, "Nothing failed that has not been mended.")
        return redirect("job", key)
    return _begun(request, job, job.params | {"only": only}, "Ask again about failed items")


def _begun(request: HttpRequest, former: Job, params: dict[str, Any], title: str = "") -> HttpResponse:
    person = access.demand(request.user, Role.ADMIN)
    try:
        job = engine.start("prelabel", by=person, params=params, title=title)
    except ChoraleError as error:
        messages.error(request, str(error))
        return redirect("job", former.uuid)
    return redirect("job", job.uuid)


class Failures(Listing):
    """The items a job got no judgment on."""

    title = "Failed items"
    word = "Pre-labelling"
    lead = "Items without a judgment, each with its reason; the list shortens as later tries succeed."
    columns = (
        Column("item", "Item", value=lambda f: (f.item.text or f.item.source_id)[:160], kind="link"),
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
        return allowed.filter(pk__in=model_progress.failures(self._job()).values("pk")).select_related("item")

    def href(self, row: ModelFailure) -> str:
        """What was sent and what came."""
        return reverse("model-requests", args=[row.item.uuid, row.rater_id])

    def more(self) -> dict[str, Any]:
        """The way back to the job."""
        job = self._job()
        return {"crumbs": [crumb("Jobs", "jobs"), crumb(job.title, "job", job.uuid)]}
