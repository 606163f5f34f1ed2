"""Releases and their files."""

from __future__ import annotations

import hashlib
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from ninja import Router

from chorale.api.auth import OPEN
from chorale.api.paging import page
from chorale.api.schemas import FileOut, ReleaseOut, ReleasePage, TermsIn, TermsOut
from chorale.store import access, object_store, release_access
from chorale.store import releases as store
from chorale.store.models import Release
from chorale.store.models.people import Role
from chorale.store.release_versions import version_number
from exports.manifest import MANIFEST
from harmonize.problems import ChoraleError

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


@router.get("/releases/{slug}/{version}/files", response=list[FileOut], url_name="release_files")
def files(request: HttpRequest, slug: str, version: str) -> Any:
    """Every file with its size, hash and an address that needs no token, serves ranges, and expires."""
    row = access.one(request.user, Release, slug=slug, version=version)
    release_access.admit(request.user, row)
    if row.state == "withdrawn":
        raise ChoraleError("release-withdrawn", f"{row} is withdrawn.", "See its page for why, and the next version.")
    stated = row.manifest.get("files", {}) | _manifest(row)
    return [
        {"name": name, "href": _address(request, row, name), **{k: facts.get(k) for k in ("bytes", "sha256", "rows")}}
        for name, facts in sorted(stated.items())
    ]


@router.get("/releases/{slug}/{version}/terms", response=TermsOut)
def terms(request: HttpRequest, slug: str, version: str) -> Any:
    """The terms of a release, their hash, and whether you accepted them."""
    row = access.one(request.user, Release, slug=slug, version=version)
    return _terms(request, row)


@router.post("/releases/{slug}/{version}/terms", response=TermsOut)
def accept(request: HttpRequest, slug: str, version: str, body: TermsIn) -> Any:
    """Accept the terms that have this hash; needs a token that may write."""
    row = access.one(request.user, Release, slug=slug, version=version)
    release_access.accept_terms(by=access.demand(request.user, *Role), release=row, sha256=body.sha256)
    return _terms(request, row)


@router.get("/releases/{slug}/{version}/diff/{other}")
def diff(request: HttpRequest, slug: str, version: str, other: str) -> Any:
    """What changed between two versions, from the older to the newer."""
    rows = [access.one(request.user, Release, slug=slug, version=v) for v in (version, other)]
    return store.diff_releases(*sorted(rows, key=version_number)).to_dict()


def _manifest(row: Release) -> dict[str, Any]:
    """The manifest itself, which names all files but itself; it is small, so its hash is taken here."""
    try:
        with object_store.open_key(f"{row.folder}/{MANIFEST}") as file:
            raw = file.read()
    except FileNotFoundError:
        return {}
    return {MANIFEST: {"bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}}


def _terms(request: HttpRequest, row: Release) -> dict[str, Any]:
    return {
        "terms": row.terms,
        "sha256": release_access.terms_sha256(row),
        "accepted": release_access.accepted(request.user, row),
    }


def _address(request: HttpRequest, row: Release, name: str) -> str:
    token = release_access.sign(row, name, request.user)
    return request.build_absolute_uri(reverse("release-linked", args=[token, name]))


def _release(row: Release) -> dict[str, Any]:
    plain = ("slug", "version", "title", "state", "access", "recipe_sha256", "created_at")
    return {name: getattr(row, name) for name in plain} | {"digest": row.manifest.get("digest")}
