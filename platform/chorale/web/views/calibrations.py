"""Calibration maps: the list, and one with its reliability before and after."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from chorale.store import access, calibrations
from chorale.store.models import Calibration
from chorale.web import reliability
from chorale.web.lists import Column, Listing
from chorale.web.parts import action, crumb
from chorale.web.prelabel_form import of_params

SIDES = ("before", "after")
FIGURES = ("Brier", "log loss")


def _ece(row: Calibration, side: str) -> float:
    return float(row.report[side]["reliability"]["ece"])


class Calibrations(Listing):
    """Every map that was fitted."""

    title = "Calibration"
    word = "Models"
    lead = "Maps from what a model says to how often people agree, each fitted on one half and reported on the other."
    columns = (
        Column("ref", "Map", kind="link"),
        Column("model", "Model", value=lambda c: c.rater.model.get("name", ""), under=lambda c: c.rater.pseudonym),
        Column("scheme", "Scheme", value=lambda c: c.rater.model.get("scheme", "")),
        Column("before", "Error before", value=lambda c: _ece(c, "before"), kind="figure"),
        Column("after", "Error after", value=lambda c: _ece(c, "after"), kind="figure"),
        Column("worse", "Made worse", value=lambda c: ", ".join(calibrations.worsened(c))),
        Column("items", "Items", value=lambda c: c.report["items"], kind="count"),
        Column("created_at", "Made", kind="when", sort="created_at"),
    )
    search = ("ref", "rater__pseudonym")
    order = "-created_at"
    empty_title = "No map yet"
    empty_text = "Let a model pre-label items that people labelled, then fit a map on half of them."

    def rows(self) -> QuerySet[Any]:
        """For admins."""
        return access.rows(self.request.user, Calibration).select_related("rater")

    def href(self, row: Calibration) -> str:
        """Its page."""
        return reverse("calibration", args=[row.pk])

    def more(self) -> dict[str, Any]:
        """Fitting one."""
        new = reverse("launch", args=["calibrate"])
        return {"actions": [action("Calibrate a model", new)], "empty_href": new, "empty_action": "Calibrate a model"}


def calibration(request: HttpRequest, pk: int) -> HttpResponse:
    """One map: the half it was not fitted on, before and after."""
    row = access.one(request.user, Calibration, pk=pk)
    told = row.report
    errors = [("calibration error", [(side, {"value": _ece(row, side)}) for side in SIDES])]
    context = {
        "title": f"Calibration of {row.rater.model.get('name') or row.rater.pseudonym}",
        "word": "Calibration",
        "crumbs": [crumb("Calibration", "calibrations")],
        "row": row,
        "report": told,
        "chart": reliability.diagram({side: told[side]["reliability"]["bins"] for side in SIDES}),
        "figures": [(name, [(side, told[side][name]) for side in SIDES]) for name in FIGURES] + errors,
        "worse": calibrations.worsened(row),
        "again": _again(row),
    }
    return render(request, "chorale/models/calibration.html", context)


def _again(row: Calibration) -> str:
    """The form of a job of this rater, the map chosen; nothing for raters that spoke through a file."""
    spoke = row.rater.response_set.exclude(job=None).order_by("-pk").select_related("job").first()
    if spoke is None or spoke.job is None or spoke.job.kind != "prelabel":
        return ""
    given = {
        name: value for name, value in of_params(spoke.job.params).items() if value and isinstance(value, str | int)
    }
    return f"{reverse('prelabel-start')}?{urlencode(given | {'calibration': row.ref})}"
