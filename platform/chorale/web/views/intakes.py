"""The import wizard: files, description, check, import; where a corpus stands is in the database, so one may leave."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from chorale.jobs import bringing_in
from chorale.store import access, intakes, uploads
from chorale.store.models import Corpus, Intake, User
from chorale.store.models.people import Role
from chorale.web import descriptor_form
from chorale.web.foretaste_rows import Trial, tried
from chorale.web.parts import crumb
from chorale.web.views.jobs import live_facts
from harmonize.corpora import archive
from harmonize.corpora.draft.toml_text import to_toml
from harmonize.corpora.opening import SUFFIXES
from harmonize.problems import ChoraleError

STEPS = ("Files", "Description", "Import")
OFFERED = 200


def index(request: HttpRequest) -> HttpResponse:
    """Begin: files of one's own, a folder of the server, an address; and what is on its way already."""
    person = access.demand(request.user, Role.ADMIN)
    error = ""
    if request.method == "POST":
        origin, address = request.POST.get("origin", "upload"), request.POST.get("address", "").strip()
        try:
            if origin not in ("upload", "path", "address") or (origin != "upload" and not address):
                raise ChoraleError("import-missing", "Nothing was named.", "Choose a folder, or give an address.")
            begun = intakes.begin(by=person, origin=origin, address=address)
            if origin != "upload":
                bringing_in.describe(by=person, intake=begun)
        except ChoraleError as refused:
            error = str(refused)
        else:
            return redirect("intake", begun.uuid)
    context = {
        "title": "Bring a corpus in",
        "word": "Material",
        "crumbs": [crumb("Corpora", "corpora")],
        "folders": _folders(),
        "addresses": settings.IMPORT_ADDRESSES,
        "waiting": _waiting(person),
        "error": error,
    }
    return render(request, "chorale/intake/index.html", context, status=422 if error else 200)


def _waiting(person: User) -> list[Intake]:
    rows = access.rows(person, Intake).select_related("job", "created_by").prefetch_related("uploads")
    return list(rows.order_by("-updated_at")[:20])


def _folders() -> list[str]:
    """What lies in the allowed folders and may be a corpus: folders, archives, tables."""
    found: list[str] = []
    for root in map(Path, settings.IMPORT_PATHS):
        inside = sorted(root.iterdir()) if root.is_dir() else []
        found += [str(place) for place in inside if _may_be_corpus(place)]
    return found[:OFFERED]


def _may_be_corpus(place: Path) -> bool:
    if place.name.startswith("."):
        return False
    return place.is_dir() or archive.is_archive(place) or place.suffix.lower() in SUFFIXES


def intake(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Where this corpus stands on its way in."""
    row = access.one(request.user, Intake, uuid=key)
    if row.job is not None:
        return _page(request, row, "running", **_running(row))
    if row.descriptor and not intakes.drafting(row):
        return _page(request, row, "describe", **_editor(row, tried(row.descriptor, intakes.root(row))))
    told = [(upload, uploads.here(upload)) for upload in row.uploads.order_by("name")]
    live = live_facts(row.drafting) if row.drafting else {}
    running = intakes.drafting(row)
    return _page(request, row, "files", uploads=told, csrf=get_token(request), running=running, **live)


def _page(request: HttpRequest, row: Intake, step: str, **more: Any) -> HttpResponse:
    names = dict(zip(("files", "describe", "running"), STEPS, strict=True))
    context = {
        "title": names[step],
        "word": "Bring a corpus in",
        "crumbs": [crumb("Corpora", "corpora"), crumb("Bring a corpus in", "intakes")],
        "intake": row,
        "steps": [(name, name == names[step]) for name in STEPS],
    }
    return render(request, f"chorale/intake/{step}.html", context | more)


def live(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """What changes while a job of this intake runs; at its end the page is asked for anew."""
    row = access.one(request.user, Intake, uuid=key)
    if row.job is not None:
        return render(request, "chorale/intake/running_live.html", {"intake": row} | _running(row))
    if row.drafting is None or (row.descriptor and not intakes.drafting(row)):
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "chorale/intake/drafting_live.html", {"intake": row} | live_facts(row.drafting))


def _running(row: Intake) -> dict[str, Any]:
    assert row.job is not None
    told = row.job.result
    read = row.job.shards.exclude(range__corpus=None).values_list("range__corpus", flat=True).first()
    parts = [told.get(name, 0) for name in ("imported", "duplicates", "quarantined")]
    return live_facts(row.job) | {
        "told": told,
        "closes": told.get("read") == sum(parts),
        "corpus": Corpus.objects.filter(slug=told.get("corpus", read)).first(),
        "files": list(told.get("files", {}).items()),
    }


@require_POST
def describe(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """All files are here: gather them and draft a descriptor."""
    person = access.demand(request.user, Role.ADMIN)
    bringing_in.describe(by=person, intake=access.one(person, Intake, uuid=key))
    return redirect("intake", key)


@require_POST
def check(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Keep the descriptor, as a form or as text, and try it again on the first rows."""
    person = access.demand(request.user, Role.ADMIN)
    row = access.one(person, Intake, uuid=key)
    folder = intakes.root(row)
    toml = request.POST.get("toml", "")
    if request.POST.get("way") != "text":
        before = tried(row.descriptor, folder).values if row.descriptor else {}
        values = descriptor_form.edited(before, request.POST.dict())
        toml = to_toml(descriptor_form.acted(values, request.POST.get("act", "")), [])
    trial = tried(toml, folder)
    if not trial.broken:
        intakes.describe(by=person, intake=row, toml=toml)
    context = {"intake": row} | _editor(row, trial, toml=toml)
    if request.headers.get("HX-Request"):
        return render(request, "chorale/intake/editor.html", context)
    return _page(request, row, "describe", **context) if trial.broken else redirect("intake", key)


def _editor(row: Intake, trial: Trial, *, toml: str = "") -> dict[str, Any]:
    return {
        "toml": toml or row.descriptor,
        "notes": row.told.get("notes", []),
        "trial": trial,
        "known": Corpus.objects.filter(slug=str(trial.values.get("corpus", {}).get("slug", ""))).first(),
        "about": descriptor_form.about(trial.values),
        "layers": descriptor_form.layers(trial.values),
        "file_forms": descriptor_form.files(trial.values, trial.columns),
    }


@require_POST
def bring_in(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Import under the descriptor as it was last checked."""
    person = access.demand(request.user, Role.ADMIN)
    bringing_in.bring_in(by=person, intake=access.one(person, Intake, uuid=key))
    return redirect("intake", key)


@require_POST
def again(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Back to the description, once an import has ended."""
    person = access.demand(request.user, Role.ADMIN)
    intakes.reopen(by=person, intake=access.one(person, Intake, uuid=key))
    return redirect("intake", key)


@require_POST
def drop(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Give it up; the files go, what was imported stays."""
    person = access.demand(request.user, Role.ADMIN)
    intakes.drop(by=person, intake=access.one(person, Intake, uuid=key))
    messages.info(request, "Given up. Its files are gone; what was imported stays.")
    return redirect("intakes")
