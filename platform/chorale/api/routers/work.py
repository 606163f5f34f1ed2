"""Campaigns and jobs."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from ninja import Router, Status

from chorale.api.paging import page
from chorale.api.schemas import BudgetIn, CampaignOut, CampaignPage, ExportOut, JobIn, JobOut, JobPage, RetryIn
from chorale.jobs import budgets, control, engine, retries
from chorale.store import access, campaign_exports, intakes
from chorale.store.models import Campaign, Job
from chorale.store.models.people import Role
from harmonize.problems import ChoraleError

router = Router(tags=["work"])


@router.get("/campaigns", response=CampaignPage)
def campaigns(request: HttpRequest, after: int = 0, limit: int = 100) -> Any:
    """Campaigns: all for admins, one's own open ones for raters."""
    rows, more = page(access.rows(request.user, Campaign).filter(parent=None), after=after, limit=limit)
    return {"rows": rows, "next": more}


@router.get("/campaigns/{slug}", response=CampaignOut)
def campaign(request: HttpRequest, slug: str) -> Any:
    """One campaign."""
    return access.one(request.user, Campaign, slug=slug)


@router.get("/campaigns/{slug}/export", response=ExportOut)
def export(request: HttpRequest, slug: str) -> Any:
    """The newest export of its judgments (admins), by addresses that need no token, serve ranges, and expire.

    A new one is a job: POST /jobs with kind "export_campaign" and params {"campaign": slug}.
    """
    person = access.demand(request.user, Role.ADMIN)
    made = campaign_exports.latest(access.one(person, Campaign, slug=slug))
    if made is None:
        raise ChoraleError("no-export", f"{slug} was not exported yet.", "Start a job of the kind export_campaign.")

    def address(name: str) -> str:
        token = campaign_exports.sign(made, name, person)
        return request.build_absolute_uri(reverse("campaign-export-linked", args=[token, name]))

    files = [{"name": name, "href": address(name), **facts} for name, facts in sorted(made.result["files"].items())]
    return made.result | {"job": made.uuid, "made_at": made.finished_at, "files": files}


@router.get("/jobs", response=JobPage)
def jobs(request: HttpRequest, state: str = "", kind: str = "", after: int = 0, limit: int = 100) -> Any:
    """Jobs (admins)."""
    rows = access.rows(request.user, Job).select_related("spending")
    rows = rows.filter(**{k: v for k, v in {"state": state, "kind": kind}.items() if v})
    found, more = page(rows, after=after, limit=limit)
    return {"rows": found, "next": more}


@router.post("/jobs", response={201: JobOut})
def start(request: HttpRequest, wanted: JobIn) -> Any:
    """Start a job (admins). What is imported lies in an allowed folder or at an allowed address."""
    person = access.demand(request.user, Role.ADMIN)
    if wanted.kind == "import_corpus":
        intakes.allow(str(wanted.params.get("folder", "")))
    return Status(201, engine.start(wanted.kind, by=person, params=wanted.params))


@router.get("/jobs/{key}", response=JobOut)
def job(request: HttpRequest, key: uuid.UUID) -> Any:
    """One job."""
    return access.one(request.user, Job, uuid=key)


@router.post("/jobs/{key}/pause", response=JobOut)
def pause(request: HttpRequest, key: uuid.UUID) -> Any:
    """Let a job rest after its next commit; resume goes on from there."""
    person = access.demand(request.user, Role.ADMIN)
    return control.pause(by=person, job=access.one(person, Job, uuid=key))


@router.post("/jobs/{key}/budget", response=JobOut)
def budget(request: HttpRequest, key: uuid.UUID, wanted: BudgetIn) -> Any:
    """Set what a pre-label job may spend in all; a limit left out is lifted. Resume it if it rests."""
    person = access.demand(request.user, Role.ADMIN)
    return budgets.change(by=person, job=access.one(person, Job, uuid=key), budget=wanted.dict())


@router.post("/jobs/{key}/retry", response={201: JobOut})
def retry(request: HttpRequest, key: uuid.UUID, wanted: RetryIn) -> Any:
    """Ask again about failed items of a pre-label job: those named, or all; a new job."""
    person = access.demand(request.user, Role.ADMIN)
    return Status(201, retries.start(by=person, job=access.one(person, Job, uuid=key), items=wanted.items))


@router.post("/jobs/{key}/cancel", response=JobOut)
def cancel(request: HttpRequest, key: uuid.UUID) -> Any:
    """Ask a job to stop; what is committed stays."""
    person = access.demand(request.user, Role.ADMIN)
    return control.cancel(by=person, job=access.one(person, Job, uuid=key))


@router.post("/jobs/{key}/resume", response=JobOut)
def resume(request: HttpRequest, key: uuid.UUID) -> Any:
    """Go on with a stopped job from its last commit."""
    person = access.demand(request.user, Role.ADMIN)
    return control.resume(by=person, job=access.one(person, Job, uuid=key))
