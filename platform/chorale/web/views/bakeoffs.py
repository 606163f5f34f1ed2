"""Bake-offs: models beside people in one table, each label apart, and which one is taken."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from chorale.store import access, bakeoffs
from chorale.store.models import Event, Job, Rater
from chorale.store.models.people import Role
from chorale.web import rater_names
from chorale.web.lists import Column, Listing
from chorale.web.parts import action, crumb
from harmonize.problems import ChoraleError

KIND = "bake_off"
TONES = {"may stand in for a person": "good", "may assist": "live", "may not": "bad"}
FIGURES = ("alpha with people", "Brier", "log loss", "Jensen-Shannon", "ECE")
WORDS = {"may stand in for a person": "may stand in"}


class BakeOffs(Listing):
    """Every comparison of models with people."""

    title = "Bake-offs"
    word = "Models"
    lead = "Several models on the same items that people labelled: agreement, scores over votes, stand-in test, cost."
    columns = (
        Column("collection", "Collection", value=lambda j: j.params.get("collection", ""), kind="link"),
        Column("scheme", "Scheme", value=lambda j: j.params.get("scheme", ""), under=lambda j: j.params["perspective"]),
        Column("models", "Models", value=lambda j: _models(j), kind="count"),
        Column("items", "Common items", value=lambda j: j.result.get("table", {}).get("items"), kind="count"),
        Column("state", "State", kind="state"),
        Column("created_at", "Started", kind="when", sort="created_at"),
    )
    order = "-created_at"
    empty_title = "No bake-off yet"
    empty_text = "Let several models pre-label a collection that people labelled, then compare them."

    def rows(self) -> QuerySet[Any]:
        """For admins."""
        return access.rows(self.request.user, Job).filter(kind=KIND)

    def href(self, row: Job) -> str:
        """Its report, or its job while there is none."""
        return reverse("bake-off" if row.result.get("table") else "job", args=[row.uuid])

    def more(self) -> dict[str, Any]:
        """Starting one."""
        new = reverse("launch", args=[KIND])
        return {"actions": [action("Compare models", new)], "empty_href": new, "empty_action": "Compare models"}


def _models(job: Job) -> int | None:
    """How many are compared; None while that is all who have spoken, until the table says."""
    named = len(job.params.get("raters") or []) + len(job.params.get("ask") or [])
    return len(job.result.get("table", {}).get("rows", [])) or named or None


class ChoiceForm(forms.Form):
    """Which contender is taken, and why."""

    rater = forms.ChoiceField(label="Take")
    reason = forms.CharField(label="Because", max_length=500, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, data: Any, names: list[tuple[str, str]]) -> None:
        super().__init__(data)
        self.fields["rater"].choices = names  # type: ignore[attr-defined]


def bake_off(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """The table with its intervals, each label apart, and the choice, which is an Event."""
    job = access.one(request.user, Job, uuid=key, kind=KIND, result__has_key="table")
    table = job.result["table"]
    names = [row["name"] for row in table["rows"]]
    raters = {r.pseudonym: r for r in access.rows(request.user, Rater).filter(pseudonym__in=names)}
    told = [(name, f"{rater_names.about(raters[name])} ({name})") for name in names if name in raters]
    form = ChoiceForm(request.POST if request.method == "POST" else None, told)
    if request.method == "POST" and form.is_valid():
        try:
            taken = raters[form.cleaned_data["rater"]]
            bakeoffs.choose(
                by=access.demand(request.user, Role.ADMIN), job=job, rater=taken, reason=form.cleaned_data["reason"]
            )
        except ChoraleError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"{taken.pseudonym} is taken. The choice is an event.")
            return redirect("bake-off", key)
    chosen = Event.objects.filter(action="bake_off.choose", detail__job=str(job.uuid)).select_related("by")
    context = {
        "title": f"Models on {job.params['collection']}", "word": "Bake-off", "job": job, "table": table, "form": form,
        "crumbs": [crumb("Bake-offs", "bake-offs")], "chosen": chosen.order_by("-pk"),
        "rows": [_row(row, raters.get(row["name"])) for row in table["rows"]],
        "labels": _labels(table["rows"]), "people": _people(table["rows"]), "gaps": _gaps(table["rows"], raters),
    }  # fmt: skip
    return render(request, "chorale/models/bake_off.html", context, status=422 if form.errors else 200)


def _row(row: dict[str, Any], rater: Rater | None) -> dict[str, Any]:
    return {
        "rater": rater, "name": row["name"], "about": rater_names.about(rater) if rater else "",
        "answered": row["answered"],
        "prompt": (rater.model.get("prompt_version") or "").partition("#")[0] if rater else "",
        "figures": list(zip(FIGURES, _figures(row), strict=True)),
        "stand_in": row["stand_in"], "seconds": _mean(row["seconds"]), "cost": _mean(row["cost"]),
    }  # fmt: skip


def _gaps(rows: list[dict[str, Any]], raters: dict[str, Rater]) -> list[tuple[str, str]]:
    """What is missing from the table: (the rater's figures, why they are refused or not tested)."""
    found: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        who = rater_names.about(raters[row["name"]]) if row["name"] in raters else row["name"]
        test = row["stand_in"]
        why = [(name, (one or {}).get("refused")) for name, one in zip(FIGURES, _figures(row), strict=True)]
        why.append(("stand-in test", test.get("refused") or ("" if test["testable"] else test.get("reason"))))
        for name, reason in why:
            if reason:
                found.setdefault((who, str(reason)), []).append(name)
    return [(f"{who}: {', '.join(names)}", reason) for (who, reason), names in found.items()]


def _mean(told: Any) -> Any:
    """What an item takes; tables made before intervals were kept hold a bare number."""
    return {"value": told} if isinstance(told, int | float) else told


def _figures(row: dict[str, Any]) -> list[Any]:
    """The estimates of `FIGURES`; one that was refused says why."""
    votes, fitted = row["votes"], row["calibration"]
    return [
        row["agreement"].get("model_person", row["agreement"]),
        votes.get("Brier", votes),
        votes.get("log loss", votes),
        row["divergence"].get("model", row["divergence"]),
        {"value": fitted.get("ece"), "refused": fitted.get("refused")},
    ]


def _people(rows: list[dict[str, Any]]) -> list[tuple[str, list[Any]]]:
    """What the figures are held against, in the columns of `_row`: other people, and base rates."""
    first = rows[0]
    votes, spread = first["votes"], first["divergence"]
    among = [
        first["agreement"].get("person_person"),
        votes.get("Brier, other people"),
        None,
        spread.get("people"),
        None,
    ]
    base = [None, votes.get("Brier, base rates"), None, None, None]
    return [
        ("People among themselves", list(zip(FIGURES, among, strict=True))),
        ("Base rates alone", list(zip(FIGURES, base, strict=True))),
    ]


def _labels(rows: list[dict[str, Any]]) -> list[tuple[str, list[Any]]]:
    """(label, what each contender's row says of it), in the scheme's order."""
    told = [{one["label"]: one for one in row["by_label"] if "label" in one} for row in rows]
    names = list(dict.fromkeys(name for found in told for name in found))
    return [(name, [_standing(found.get(name)) for found in told]) for name in names]


def _standing(one: dict[str, Any] | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return one | {"tone": TONES.get(one["standing"], ""), "words": WORDS.get(one["standing"], one["standing"])}
