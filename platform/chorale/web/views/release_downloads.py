"""The files of a release: one by one, as a zip of a view, by links that expire; terms before the first of them."""

from __future__ import annotations

import base64
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header, url_has_allowed_host_and_scheme

from chorale.store import access, release_access
from chorale.store.models import Release, User
from chorale.store.models.people import Role
from chorale.web import kept_files, zip_stream
from chorale.web.markdown import rendered
from chorale.web.parts import crumb
from chorale.web.release_files import parts
from chorale.web.streams import flowing


def file(request: HttpRequest, slug: str, version: str, name: str) -> HttpResponseBase:
    """One file to somebody signed in (or anybody, where the release is public)."""
    row = access.one(request.user, Release, slug=slug, version=version)
    if turned := _turned_away(request, row):
        return turned
    by = request.user if isinstance(request.user, User) else None
    return _sent(request, release_access.Link(row, name, by))


def linked(request: HttpRequest, token: str, name: str) -> HttpResponseBase:
    """One file to whoever holds a link that has not expired; the name in the address only names what is saved."""
    return _sent(request, release_access.opened(token))


def _sent(request: HttpRequest, link: release_access.Link) -> HttpResponseBase:
    facts = release_access.file_facts(link.release, link.name)
    sha256 = facts.get("sha256") or link.release.manifest.get("digest", "")
    response = kept_files.serve(request, f"{link.release.folder}/{link.name}", etag=sha256, attachment=True)
    if facts.get("sha256"):
        encoded = base64.b64encode(bytes.fromhex(sha256)).decode()
        response["Repr-Digest"] = f"sha-256=:{encoded}:"  # RFC 9530
    asked = response.get("Content-Range", "bytes 0-")
    release_access.record_download(link, part=response.status_code == 416 or not asked.startswith("bytes 0-"))
    return response


def _turned_away(request: HttpRequest, row: Release) -> HttpResponse | None:
    """To sign in, or to the terms, and back here; None for who may go on."""
    if row.access != "public" and not request.user.is_authenticated:
        return redirect(f"{reverse('account_login')}?next={request.get_full_path()}")
    try:
        release_access.admit(request.user, row)
    except release_access.TermsNotAccepted:
        if not request.user.is_authenticated:
            return redirect(f"{reverse('account_login')}?next={request.get_full_path()}")
        return redirect(f"{reverse('release-terms', args=[row.slug, row.version])}?next={request.get_full_path()}")
    return None


def zipped(request: HttpRequest, slug: str, version: str, part: str) -> HttpResponseBase:
    """A view, a subset or all of a release as one zip, made while it is sent."""
    row = access.one(request.user, Release, slug=slug, version=version)
    if turned := _turned_away(request, row):
        return turned
    names = parts(row).get(part)
    if not names or row.state == "withdrawn":
        raise Http404
    by = request.user if isinstance(request.user, User) else None
    release_access.record_download(release_access.Link(row, f"{part}.zip", by), part=False)
    inside = f"{row.slug}-{row.version}"
    pieces = zip_stream.zipped([(f"{inside}/{name}", f"{row.folder}/{name}") for name in names])
    response = StreamingHttpResponse(flowing(request, pieces), content_type="application/zip")
    saved = f"{inside}.zip" if part == "all" else f"{inside}-{part}.zip"
    response["Content-Disposition"] = content_disposition_header(True, saved) or "attachment"
    return response


def terms(request: HttpRequest, slug: str, version: str) -> HttpResponse:
    """The terms of a release; sent, they are accepted, and the download goes on."""
    row = access.one(request.user, Release, slug=slug, version=version, access="terms")
    person = access.demand(request.user, *Role)
    onward = request.POST.get("next") or request.GET.get("next", "")
    if request.method == "POST":
        release_access.accept_terms(by=person, release=row, sha256=request.POST.get("sha256", ""))
        messages.success(request, f"You accepted the terms of {row}.")
        safe = url_has_allowed_host_and_scheme(onward, allowed_hosts=None)
        # A download leaves the page where it is, so the way leads to the release, which now offers its files.
        return redirect(onward if safe and "/files/" not in onward else reverse("release", args=[slug, version]))
    context: dict[str, Any] = {
        "title": "Terms", "word": str(row), "release": row, "next": onward, "terms": rendered(row.terms),
        "sha256": release_access.terms_sha256(row),
        "crumbs": [crumb("Releases", "releases"), crumb(row.title, "release", slug, version)],
    }  # fmt: skip
    return render(request, "chorale/releases/terms.html", context)
