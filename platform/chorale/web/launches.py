"""What an admin can start from a page: each kind of job with its form, and the acts that come before the job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse

from chorale.jobs import engine
from chorale.store import campaigns, releases
from chorale.store.access import roles
from chorale.store.models import Job, User
from chorale.store.models.people import Role
from chorale.web import launch_forms as forms
from chorale.web.model_asks import BakeOffForm, CalibrateForm
from chorale.web.parts import Action
from chorale.web.prelabel_form import PrelabelForm


def _plain(kind: str) -> Callable[[User, Any], Job]:
    def begin(by: User, form: forms.Ask) -> Job:
        return engine.start(kind, by=by, params=form.params())

    return begin


@transaction.atomic
def _campaign(by: User, form: forms.CampaignForm) -> Job:
    """Plan the campaign, invite its raters, and start carrying it into Label Studio."""
    made = campaigns.open_campaign(by=by, **form.planned())
    campaigns.invite_raters(by=by, campaign=made, people_=form.cleaned_data["raters"])
    return engine.start("open_campaign", by=by, params={"campaign": made.slug})


@transaction.atomic
def _release(by: User, form: forms.ReleaseForm) -> Job:
    """Draft the release that the recipe describes, and start building it."""
    row = releases.draft_release(by=by, recipe=form.cleaned_data["recipe"])
    return engine.start("release", by=by, params={"release": row.pk, "publish": form.cleaned_data["publish"]})


@dataclass(frozen=True)
class Launch:
    """A kind of job as a page offers it: the word on the button, the page's title and text, its form, its beginning."""

    kind: str
    verb: str
    title: str
    text: str
    form: type[forms.Ask]
    begin: Callable[[User, Any], Job]


LAUNCHES: dict[str, Launch] = {
    launch.kind: launch
    for launch in (
        Launch(
            "import_corpus",
            "Import a corpus",
            "Import a corpus",
            "Every row is imported, a duplicate, or quarantined with what is wrong. Again adds only what is new.",
            forms.ImportForm,
            _plain("import_corpus"),
        ),
        Launch(
            "prelabel",
            "Pre-label",
            "Pre-label a collection",
            "A model rater speaks about every item; what it was trained on is stored and kept out of its evaluation.",
            PrelabelForm,
            _plain("prelabel"),
        ),
        Launch(
            "bake_off",
            "Compare models",
            "Compare models with people",
            "Models that judged one collection, on the items people labelled: which may be trusted, at what cost.",
            BakeOffForm,
            _plain("bake_off"),
        ),
        Launch(
            "calibrate",
            "Calibrate a model",
            "Calibrate a model on people's votes",
            "A map from what the model says to how often people agree, fitted on one half of the items they share and "
            "reported on the other. It is kept as a version that later jobs of this rater may speak through.",
            CalibrateForm,
            _plain("calibrate"),
        ),
        Launch(
            "open_campaign",
            "Open a campaign",
            "Open a campaign",
            "The form becomes a project in Label Studio and the items go there; raters enter through Chorale alone.",
            forms.CampaignForm,
            _campaign,
        ),
        Launch(
            "measure",
            "Measure agreement",
            "Measure agreement",
            "Alpha with a bootstrap interval, in all and for each label: people alone, and models against people.",
            forms.MeasureForm,
            _plain("measure"),
        ),
        Launch(
            "settle",
            "Settle",
            "Settle votes into soft labels",
            "Recomputes soft labels under the named aggregations, side by side, and tests where people split.",
            forms.ScopeForm,
            _plain("settle"),
        ),
        Launch(
            "harmonize",
            "Harmonize",
            "Harmonize by crosswalks",
            "Maps each judgment to other schemes and aggregates there, and keeps what each map loses.",
            forms.HarmonizeForm,
            _plain("harmonize"),
        ),
        Launch(
            "across_crosswalk",
            "Compare agreement",
            "Agreement before and after a crosswalk",
            "The same people on the same units, natively and mapped, beside random merges of the same shape.",
            forms.AcrossForm,
            _plain("across_crosswalk"),
        ),
        Launch(
            "release",
            "Build a release",
            "Build a release",
            "The recipe says what it contains. The same recipe and the same data give the same bytes.",
            forms.ReleaseForm,
            _release,
        ),
    )
}


def may(request: HttpRequest) -> bool:
    """Whether this person may start jobs."""
    return Role.ADMIN in roles(request.user)


def offered(request: HttpRequest, *kinds: str, **given: Any) -> list[Action]:
    """Links to the forms of these kinds, filled with what is known here; none for those who may not start jobs."""
    if not may(request):
        return []
    query = f"?{urlencode(given)}" if given else ""
    road = "measure" in kinds and "scope" in given  # measuring and settling a known scope have a road of their own
    rest = [kind for kind in kinds if not (road and kind in ("measure", "settle"))]
    found = [Action("Measure or settle", reverse("agreement-start") + query)] if road else []
    return [*found, *(Action(LAUNCHES[kind].verb, reverse("launch", args=[kind]) + query) for kind in rest)]
