"""Releases and their files."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from ninja import Router

from chorale.api.auth import OPEN
from chorale.api.paging import page
from chorale.api.schemas import FileOut, ReleaseOut, ReleasePage
from chorale.store import access
from chorale.store.models import Release

router = Router(tags=["releases"], auth=OPEN)


@router.get("/releases", response=ReleasePage)
def releases(request: HttpRequest, after: int = 0, limit: int = 100) -> Any:
    """Releases that you may see."""
    rows, more = page(access.releases_of(request.user), after=after, limit=limit)
    return {"rows": [_release(row) for row in rows], "next": more}


@router.get("/releases/{slug}/{version}", response=ReleaseOut)
def release(request: HttpRequest, slug: str, version: str) -> Any:
    """One release."""
    return _release(access.one(request.user, Release, slug=slug, version=version))


@router.get("/releases/{slug}/{version}/manifest")
def manifest(request: HttpRequest, slug: str, version: str) -> Any:
    """The manifest as it was sealed."""
    return access.one(request.user, Release, slug=slug, version=version).manifest


@router.get("/releases/{slug}/{version}/files", response=list[FileOut])
def files(request: HttpRequest, slug: str, version: str) -> Any:
    """Every file with its size, hash and address."""
    row = access.one(request.user, Release, slug=slug, version=version)
    return [
        {"name": name, "href": _address(request, row, name), **{k: facts.get(k) for k in ("bytes", "sha256", "rows")}}
        for name, facts in sorted(row.manifest.get("files", {}).items())
    ]


def _address(request: HttpRequest, row: Release, name: str) -> str:
    return request.build_absolute_uri(reverse("release-file", args=[row.slug, row.version, name]))


def _release(row: Release) -> dict[str, Any]:
    plain = ("slug", "version", "title", "state", "access", "recipe_sha256", "created_at")
    return {name: getattr(row, name) for name in plain} | {"digest": row.manifest.get("digest")}
