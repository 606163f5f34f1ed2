"""Schemes and crosswalks, read; `language_writing` holds the acts, under the same addresses and so on one router."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from chorale.api.paging import page
from chorale.api.routers.language_writing import router, told
from chorale.api.schemas import CrosswalkOut, CrosswalkPage, SchemeOut, SchemePage
from chorale.store import access
from chorale.store.models import Crosswalk, Scheme
from harmonize import affect
from harmonize.schemes.relations import plain_rows, relations


@router.get("/schemes", response=SchemePage)
def schemes(request: HttpRequest, after: int = 0, limit: int = 100) -> Any:
    """Scheme versions."""
    rows, more = page(access.rows(request.user, Scheme), after=after, limit=limit)
    return {"rows": rows, "next": more}


@router.get("/schemes/{ref}", response=SchemeOut)
def scheme(request: HttpRequest, ref: str) -> Any:
    """One scheme version, "id@version"."""
    return access.one(request.user, Scheme, ref=ref)


@router.get("/schemes/{ref}/relations", response=dict[str, Any])
def scheme_relations(request: HttpRequest, ref: str) -> dict[str, Any]:
    """Words, links, parents, wheel and penalties of a scheme's labels, and the norms that have points for them."""
    core = access.one(request.user, Scheme, ref=ref).core
    norms = [
        {"id": n.id, "scheme": n.scheme, "cite": n.cite, "status": n.status, "points": plain_rows(n.points(core.id))}
        for n in affect.norms_of(core)
    ]
    return {"ref": ref, **relations(core), "norms": norms}


@router.get("/crosswalks", response=CrosswalkPage)
def crosswalks(request: HttpRequest, after: int = 0, limit: int = 100) -> Any:
    """Crosswalk versions."""
    known = access.rows(request.user, Crosswalk).select_related("source", "target")
    rows, more = page(known, after=after, limit=limit)
    return {"rows": [told(row) for row in rows], "next": more}


@router.get("/crosswalks/{ref}", response=CrosswalkOut)
def crosswalk(request: HttpRequest, ref: str) -> Any:
    """One crosswalk version, "id@version"."""
    return told(access.one(request.user, Crosswalk, ref=ref))
