"""The page of what a finished job made, where it made something with a page."""

from __future__ import annotations

from collections.abc import Callable

from django.urls import reverse

from chorale.store.models import Job
from chorale.store.models.jobs import JobState

PAGES: dict[str, Callable[[Job], str]] = {
    "probe_endpoint": lambda job: reverse("endpoint", args=[job.params["endpoint"]]),
    "import_corpus": lambda job: reverse("corpus", args=[job.result["corpus"]]) if job.result.get("corpus") else "",
    "release": lambda job: reverse("release", args=str(job.result["release"]).split("@", 1)),
    "open_campaign": lambda job: reverse("campaign", args=[job.params["campaign"]]),
    "calibrate": lambda job: reverse("calibration", args=[job.result["calibration"]]),
    "bake_off": lambda job: reverse("bake-off", args=[job.uuid]),
    "learn_crosswalk": lambda job: reverse("crosswalk", args=[job.result["crosswalk"]]),
    "fit_gaussians": lambda job: reverse("gaussians-one", args=[job.uuid]),
    "harmonize": lambda job: reverse("gaussians") + "#h-points" if job.params.get("points") else "",
    "derive_columns": lambda job: reverse("derived-one", args=[job.uuid]),
    "export_campaign": lambda job: reverse("campaign", args=[job.params["campaign"]]) + "#h-export",
    "across_crosswalk": lambda job: reverse("crosswalk", args=[job.params["crosswalk"]]) + "#h-across",
}


def outcome(job: Job) -> str:
    """Its address; nothing while the job runs, or where there is none."""
    found = PAGES.get(job.kind)
    return found(job) if found and job.state == JobState.DONE and job.result else ""
