"""A campaign's judgments as Parquet, at any time: start the export, take its files by links that expire."""

from __future__ import annotations

import base64

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from chorale.jobs import engine
from chorale.store import access, audit, campaign_exports
from chorale.store.models import Campaign
from chorale.store.models.people import Role
from chorale.web import kept_files


@require_POST
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """Export it as a job; one that is under way is shown instead."""
    person = access.demand(request.user, Role.ADMIN)
    row = access.one(person, Campaign, slug=slug)
    job = campaign_exports.under_way(row)
    if job is None:
        job = engine.start(campaign_exports.KIND, by=person, params={"campaign": row.slug})
    else:
        messages.info(request, "This campaign is being exported already.")
    return redirect("job", job.uuid)


def file(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """On to a link to one file of the newest export, good for some hours."""
    person = access.demand(request.user, Role.ADMIN)
    job = campaign_exports.latest(access.one(person, Campaign, slug=slug))
    if job is None:
        raise Http404
    return redirect("campaign-export-linked", campaign_exports.sign(job, name, person), name)


def linked(request: HttpRequest, token: str, name: str) -> HttpResponseBase:
    """One file to whoever holds a link that has not expired; the name in the address only names what is saved."""
    link = campaign_exports.opened(token)
    response = kept_files.serve(request, link.facts["key"], etag=link.facts["sha256"], attachment=True)
    encoded = base64.b64encode(bytes.fromhex(link.facts["sha256"])).decode()
    response["Repr-Digest"] = f"sha-256=:{encoded}:"  # RFC 9530
    if response.status_code == 200 or response.get("Content-Range", "").startswith("bytes 0-"):
        told = {"job": str(link.job.uuid), "file": link.name}
        audit.record(
            link.by, "campaign.export-download", Campaign.objects.get(slug=link.job.params["campaign"]), **told
        )
    return response
