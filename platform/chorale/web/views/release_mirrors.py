"""Copying a release to a hub, a store or a folder: asked for on a page, done by a job."""

from __future__ import annotations

import os
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from chorale.jobs import engine
from chorale.store import access, mirroring
from chorale.store.models import Event, Job, Release
from chorale.store.models.people import Role
from chorale.web.parts import crumb
from harmonize.problems import ChoraleError

Json = dict[str, Any]


class MirrorForm(forms.Form):
    """Where to."""

    address = forms.CharField(max_length=400)

    def __init__(self, data: Any = None, *, release: Release) -> None:
        super().__init__(data)
        self.release = release
        self.fields["address"].help_text = f"Of these: {mirroring.places()}."

    def clean_address(self) -> str:
        """An address that this release may be copied to."""
        address = str(self.cleaned_data["address"]).strip()
        try:
            mirroring.require_allowed(self.release, address)
        except ChoraleError as error:
            raise forms.ValidationError(f"{error.message} {error.fix}") from error
        return address


def mirror(request: HttpRequest, slug: str, version: str) -> HttpResponse:
    """Ask where to, start the job; beside it what was copied before and which keys the server has."""
    person = access.demand(request.user, Role.ADMIN)
    row = access.one(person, Release, slug=slug, version=version, state__in=["published", "withdrawn"])
    form = MirrorForm(request.POST if request.method == "POST" else None, release=row)
    if request.method == "POST" and form.is_valid():
        params = {"release": row.pk, "address": form.cleaned_data["address"]}
        job = engine.start("mirror_release", by=person, params=params, title=f"Mirror {row}")
        return redirect("job", job.uuid)
    made = Event.objects.filter(action="release.mirror", subject=row.slug, detail__version=row.version)
    context = {
        "title": f"Mirror {row}", "word": "Copies elsewhere", "form": form, "release": row,
        "crumbs": [crumb("Releases", "releases"), crumb(row.title, "release", slug, version)],
        "copies": made.order_by("-pk")[:20], "keys": _keys(),
        "running": Job.objects.filter(kind="mirror_release", params__release=row.pk).order_by("-pk")[:5],
    }  # fmt: skip
    return render(request, "chorale/releases/mirror.html", context, status=422 if form.errors else 200)


def _keys() -> list[tuple[str, bool]]:
    """Which keys the environment holds, by name alone."""
    names = ("HF_TOKEN", "HF_ENDPOINT", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL")
    return [(name, bool(os.environ.get(name))) for name in names]
