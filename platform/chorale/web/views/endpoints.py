"""Endpoints: the list, one with what it was seen to do, registering, changing and probing."""

from __future__ import annotations

import os
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.forms.models import model_to_dict
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from chorale.jobs import engine
from chorale.store import access, endpoints
from chorale.store.models import Endpoint, Event, Job, Rater
from chorale.store.models.people import Role
from chorale.web.lists import Column, Listing
from chorale.web.model_forms import EndpointForm
from chorale.web.parts import action, crumb
from harmonize.problems import ChoraleError

FEATURES = {
    "chat": ("Chat", "answers at all"),
    "logprobs": ("Token log-probabilities", "soft labels read off the first token"),
    "label_strings": ("Label strings", "labels of any number of tokens, scored by their own words"),
    "token_ids": ("Tokens by their ids", "up to 50 labels in one question"),
    "n": ("Several answers a request", "samples at one prompt's price"),
    "seed": ("Seed", "samples that can be drawn again"),
    "json_schema": ("JSON schema", "stated probabilities, always well-formed"),
    "images": ("Pictures", "items with images"),
    "audio": ("Sound", "items with audio"),
    "context": ("Context length", "tokens of prompt and answer"),
}


def _can(row: Endpoint) -> str:
    return ", ".join(name for name in FEATURES if row.abilities.get(name, {}).get("works")) if row.abilities else ""


def _price(row: Endpoint) -> str:
    return "" if row.price_in is None or row.price_out is None else f"{row.price_in:g} in, {row.price_out:g} out"


class Endpoints(Listing):
    """Every server of language models, with what it can do."""

    title = "Endpoints"
    word = "Models"
    lead = "OpenAI-compatible servers, each with one model. What they can do is found by real requests, not by promise."
    columns = (
        Column("slug", "Endpoint", kind="link", sort="slug", under=lambda e: e.url),
        Column("model", "Model", sort="model"),
        Column("can", "Can do", value=_can),
        Column("price", "Price a million tokens", value=_price),
        Column("most_at_once", "At once", kind="count"),
        Column("probed_at", "Probed", kind="when"),
    )
    search = ("slug", "url", "model")
    order = "slug"
    empty_title = "No endpoint yet"
    empty_text = "Register a vLLM or any OpenAI-compatible server; Chorale asks it what it can do."

    def rows(self) -> QuerySet[Any]:
        """For admins."""
        return access.rows(self.request.user, Endpoint)

    def href(self, row: Endpoint) -> str:
        """Its page."""
        return reverse("endpoint", args=[row.slug])

    def more(self) -> dict[str, Any]:
        """Registering one."""
        new = reverse("endpoint-new")
        return {
            "actions": [action("Register an endpoint", new)],
            "empty_href": new,
            "empty_action": "Register an endpoint",
        }


def endpoint(request: HttpRequest, slug: str) -> HttpResponse:
    """Address, model, price, and each ability with what was seen."""
    row = access.one(request.user, Endpoint, slug=slug)
    raters = access.rows(request.user, Rater).filter(model__url=row.url, model__name=row.model).order_by("-pk")
    probes = access.rows(request.user, Job).filter(kind="probe_endpoint", params__endpoint=slug).order_by("-pk")
    context = {
        "title": row.title or row.slug, "word": "Endpoint", "endpoint": row,
        "crumbs": [crumb("Endpoints", "endpoints")],
        "features": [(name, *told, row.abilities.get(name)) for name, told in FEATURES.items()],
        "key_there": bool(settings.LLM_KEY if slug == endpoints.ENVIRONMENT else os.environ.get(row.key_variable)),
        "fixed": slug == endpoints.ENVIRONMENT, "raters": raters[:20], "probe": probes.first(),
        "events": Event.objects.filter(subject_type="endpoint", subject=slug).select_related("by").order_by("-pk")[:8],
    }  # fmt: skip
    return render(request, "chorale/models/endpoint.html", context)


def new(request: HttpRequest) -> HttpResponse:
    """Register one; it is probed at once."""
    access.demand(request.user, Role.ADMIN)
    return _edit(request, None)


def change(request: HttpRequest, slug: str) -> HttpResponse:
    """Change one; another server or model is probed anew."""
    return _edit(request, access.one(request.user, Endpoint, slug=slug))


def _edit(request: HttpRequest, row: Endpoint | None) -> HttpResponse:
    person = access.demand(request.user, Role.ADMIN)
    known = model_to_dict(row) if row else {}
    form = EndpointForm(request.POST if request.method == "POST" else None, initial=known, row=row)
    if request.method == "POST" and form.is_valid():
        try:
            kept = endpoints.register(by=person, **form.cleaned_data)
        except ChoraleError as error:
            form.add_error(None, str(error))
        else:
            if kept.abilities:
                messages.success(request, "Kept.")
                return redirect("endpoint", kept.slug)
            messages.success(request, "Kept. It is being asked what it can do.")
            return redirect("job", engine.start("probe_endpoint", by=person, params={"endpoint": kept.slug}).uuid)
    context = {
        "title": f"Change {row.slug}" if row else "Register an endpoint", "word": "Models", "form": form, "row": row,
        "crumbs": [crumb("Endpoints", "endpoints"), *([crumb(row.slug, "endpoint", row.slug)] if row else [])],
    }  # fmt: skip
    return render(request, "chorale/models/endpoint_form.html", context, status=422 if form.errors else 200)


@require_POST
def probe(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask it again; the job's page says what came."""
    person = access.demand(request.user, Role.ADMIN)
    row = access.one(person, Endpoint, slug=slug)
    return redirect("job", engine.start("probe_endpoint", by=person, params={"endpoint": row.slug}).uuid)
