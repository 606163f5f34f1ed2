"""Work on a scope's layers: crosswalks learned, Gaussians fitted, labels placed by norms, columns derived."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from chorale.jobs import engine
from chorale.store import access, vad_fits
from chorale.store.access import roles
from chorale.store.models.people import Role
from chorale.web import fit_forms, gaussian_plot, gaussian_trials
from chorale.web.derive_forms import DeriveForm
from chorale.web.parts import action, crumb
from harmonize.problems import ChoraleError


@dataclass(frozen=True)
class Kind:
    """A kind of learning as its page offers it."""

    job: str
    title: str
    lead: str
    form: type[fit_forms.Layers] | type[fit_forms.PointsForm] | type[DeriveForm]
    verb: str
    crumb: tuple[str, str]
    lacks: str


LEARN = Kind(
    "learn_crosswalk",
    "Learn a crosswalk",
    "From items that carry labels in both schemes: weights with intervals, their fit on items not seen, the noise "
    "floor of two rater halves, and the published map beside it. What comes out is proposed, and waits for a review.",
    fit_forms.LearnForm,
    "Learn it",
    ("Crosswalks", "crosswalks"),
    "Nothing here is labelled in two schemes of labels. Numbers are joined to labels by fitted Gaussians.",
)
FIT = Kind(
    "fit_gaussians",
    "Fit Gaussians",
    "From items that carry categories and numbers: one Gaussian a category on the bounded scale, its error on items "
    "not seen, and the round trip beside k-means with as many groups.",
    fit_forms.FitForm,
    "Fit them",
    ("Gaussians", "gaussians"),
    "Nothing here is labelled both in a scheme of labels and in one of numbers.",
)
POINTS = Kind(
    "harmonize",
    "Place labels by word norms",
    "Each answer becomes the mean point of its labels' words on valence, arousal and dominance; an item the mean of "
    "its answers. Norms give means alone, and what they have no word for is unmapped: an inference, nobody's rating.",
    fit_forms.PointsForm,
    "Place them",
    ("Gaussians", "gaussians"),
    "No word norms speak of the labels that people gave here, nor of what a registered map makes of them.",
)
DERIVE = Kind(
    "derive_columns",
    "Derive columns",
    "Numbers computed from the labels of a corpus, campaign or collection by a versioned rule, kept as a Parquet file.",
    DeriveForm,
    "Derive them",
    ("Derived columns", "derived"),
    "Nobody has judged anything here.",
)


def learn(request: HttpRequest) -> HttpResponse:
    """Learning a crosswalk."""
    return _ask(request, LEARN)


def fit(request: HttpRequest) -> HttpResponse:
    """Fitting Gaussians."""
    return _ask(request, FIT)


def points(request: HttpRequest) -> HttpResponse:
    """Placing labels by word norms."""
    return _ask(request, POINTS)


def derive(request: HttpRequest) -> HttpResponse:
    """Deriving columns."""
    return _ask(request, DERIVE)


def _ask(request: HttpRequest, kind: Kind) -> HttpResponse:
    """First the scope, by address; then two of its layers; sent, the job starts."""
    person = access.demand(request.user, Role.ADMIN)
    place = fit_forms.Place(request.GET or None)
    form = None
    if place.is_bound and place.is_valid():
        sent = request.POST if request.method == "POST" else None
        form = kind.form(place.scope, sent)
        if sent is not None and form.is_valid():
            try:
                job = engine.start(kind.job, by=person, params=form.params())
            except ChoraleError as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, "Started. The result stands here when it is done.")
                return redirect("job", job.uuid)
    context = {"title": kind.title, "word": "Language", "crumbs": [crumb(*kind.crumb)], "kind": kind,
               "place": place, "form": form}  # fmt: skip
    failed = form is not None and bool(form.errors)
    return render(request, "chorale/language/learn.html", context, status=422 if failed else 200)


def gaussians(request: HttpRequest) -> HttpResponse:
    """Every finished fit, every placing by norms, and a way to make one."""
    found = access.results_of(request.user, vad_fits.KIND)
    placed = access.results_of(request.user, POINTS.job).filter(params__points__0__isnull=False)
    admin = Role.ADMIN in roles(request.user)
    offered = [
        action("Fit Gaussians", reverse("gaussians-fit")),
        action("Place by word norms", reverse("points-new")),
    ]
    context = {
        "title": "Gaussians", "word": "Language",
        "fits": [(job, gaussian_plot.plot(job.result)) for job in found],
        "lead": "Between categories and numbers: each fit says on which items, and how far it is off.",
        "placed": [(job, told) for job in placed for told in job.result.get("maps", ()) if "norms" in told],
        "actions": offered if admin else [],
    }  # fmt: skip
    return render(request, "chorale/language/gaussians.html", context)


def one(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """One fit: its ellipses, its figures, and a point to try."""
    job = access.results_of(request.user, vad_fits.KIND).filter(uuid=key).first()
    if job is None:
        raise Http404
    found = vad_fits.rebuilt(job.result)
    point = gaussian_trials.read(request.GET, found)
    context = {
        "title": f"{job.params['scope']}: categories and values", "word": "Gaussians", "job": job,
        "crumbs": [crumb("Gaussians", "gaussians")], "plot": gaussian_plot.plot(job.result, point.place),
        "trial": point, "found": job.result, "rows": gaussian_plot.rows(job.result, found.scheme),
        "scheme": found.scheme, "figures": gaussian_plot.figures(job.result, found.scheme),
        "layers": vad_fits.keys(job.params),
    }  # fmt: skip
    part = bool(request.htmx) and request.headers.get("HX-Target") == "gaussian-trial"  # type: ignore[attr-defined]
    page = "chorale/language/gaussian_trial.html" if part else "chorale/language/gaussian.html"
    return render(request, page, context)
