"""From nothing to a frozen release: choose, write the recipe, preview it, build it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from chorale.jobs import engine
from chorale.jobs.kinds.preview_release import KIND
from chorale.store import access, drawing
from chorale.store import releases as store
from chorale.store.models import Job, Release
from chorale.store.models.jobs import JobState
from chorale.store.models.people import Role
from chorale.store.release_offers import offers
from chorale.web.parts import crumb
from chorale.web.recipe_form import RecipeForm
from chorale.web.release_forms import RecipeText, SourcesForm
from chorale.web.views.jobs import live_facts
from exports.recipe_reader import RecipeError
from harmonize.problems import ChoraleError, Problem

Json = dict[str, Any]
OPEN = ("draft", "building", "failed")


def new(request: HttpRequest) -> HttpResponse:
    """First what to take from, which stands in the address; then what to make of it, which writes the recipe."""
    person = access.demand(request.user, Role.ADMIN)
    given = {"corpora", "collections", "campaigns", "models"} & set(request.GET)
    sources = SourcesForm(request.GET if given else None)
    if not (given and sources.is_valid()):
        context = {
            "title": "New release",
            "word": "Step 1 of 3",
            "crumbs": [crumb("Releases", "releases")],
            "form": sources,
        }
        return render(request, "chorale/releases/sources.html", context, status=422 if sources.errors else 200)
    chosen = _with_all_corpora(sources.cleaned_data)
    found = offers(chosen["corpora"], list(chosen["campaigns"]), list(chosen["models"]))
    form = RecipeForm(request.POST if request.method == "POST" else None, sources=chosen, offers=found)
    problems: list[Problem] = []
    if request.method == "POST" and form.is_valid():
        try:
            told = {name: form.cleaned_data[name] for name in ("access", "terms")}
            row = store.draft_release(by=person, recipe=form.recipe(), **told)
        except RecipeError as error:
            problems = list(error.problems)
        else:
            messages.success(request, "The recipe is written. Preview it, change it, then build.")
            return redirect("release", row.slug, row.version)
    context = {
        "title": "New release", "word": "Step 2 of 3", "crumbs": [crumb("Releases", "releases")],
        "form": form, "problems": problems, "chosen": chosen, "offered": found,
    }  # fmt: skip
    return render(request, "chorale/releases/new.html", context, status=422 if form.errors or problems else 200)


def _with_all_corpora(data: Json) -> Json:
    """The choice, with the corpora that were ``named`` beside all ``corpora`` that items come from."""
    drawn = [*data["collections"], *(row.collection for row in data["campaigns"])]
    return data | {"named": list(data["corpora"]), "corpora": drawing.corpora_of(data["corpora"], drawn)}


def draft(request: HttpRequest, row: Release) -> HttpResponse:
    """A release that is not built: its recipe to edit, its preview, its gates, and the way on."""
    person = access.demand(request.user, Role.ADMIN)
    form = RecipeText(request.POST if request.method == "POST" else None, initial={"recipe": row.recipe})
    problems: list[Problem] = []
    building = _building(row)
    if building["build_live"] and request.method == "POST":
        raise ChoraleError("release-building", f"{row} is being built.", "Wait, or cancel the build first.")
    form.fields["recipe"].disabled = building["build_live"]
    if request.method == "POST" and form.is_valid():
        try:
            saved = store.draft_release(by=person, recipe=form.cleaned_data["recipe"])
        except RecipeError as error:
            problems = list(error.problems)
        else:
            messages.success(request, "Saved.")
            return redirect("release", saved.slug, saved.version)
    context = {
        "title": row.title, "word": f"Release {row.version}, {row.state}", "crumbs": [crumb("Releases", "releases")],
        "release": row, "form": form, "problems": problems, **_preview(row), **building,
    }  # fmt: skip
    return render(request, "chorale/releases/draft.html", context, status=422 if problems else 200)


def _preview(row: Release) -> Json:
    """The last preview of this draft, and whether the recipe has changed since."""
    job = Job.objects.filter(kind=KIND, params__release=row.pk).order_by("-pk").first()
    if job is None:
        return {"preview": None, "previewing": None}
    told = job.result if job.state == JobState.DONE else None
    files = sorted((told or {}).get("files", {}).items())
    return {
        "previewing": None if job.ended else job,
        "preview": told,
        "preview_job": job,
        "preview_old": job.params.get("recipe_sha256") != row.recipe_sha256,
        "preview_files": files,
        "preview_bytes": sum(facts["bytes"] for _, facts in files),
    }


def _building(row: Release) -> Json:
    job = Job.objects.filter(kind="release", params__release=row.pk).order_by("-pk").first()
    if job is None or job.ended:
        return {"build_job": job, "build_live": False}
    return {"build_job": job, "build_live": True, **live_facts(job)}


def over(request: HttpRequest, row: Release) -> bool:
    """Whether a page that follows a build asks anew, and the build has ended."""
    return request.headers.get("HX-Target") == "build" and not _building(row)["build_live"]


@require_POST
def preview(request: HttpRequest, slug: str, version: str) -> HttpResponse:
    """Count what the recipe as saved would give."""
    person = access.demand(request.user, Role.ADMIN)
    row = access.one(person, Release, slug=slug, version=version, state__in=OPEN)
    params = {"release": row.pk, "recipe_sha256": row.recipe_sha256}
    engine.start(KIND, by=person, params=params, title=f"Preview {row}")
    messages.success(request, "The preview is being counted.")
    return redirect("release", slug, version)


@require_POST
def build(request: HttpRequest, slug: str, version: str) -> HttpResponse:
    """Build and freeze what the recipe as saved says."""
    person = access.demand(request.user, Role.ADMIN)
    row = access.one(person, Release, slug=slug, version=version, state__in=OPEN)
    job = engine.start("release", by=person, params={"release": row.pk, "publish": False}, title=f"Build {row}")
    return redirect("job", job.uuid)


@require_POST
def discard(request: HttpRequest, slug: str, version: str) -> HttpResponse:
    """Throw a draft away."""
    person = access.demand(request.user, Role.ADMIN)
    row = access.one(person, Release, slug=slug, version=version, state__in=OPEN)
    store.discard_release(by=person, release=row)
    messages.success(request, "The draft is gone.")
    return redirect("releases")
