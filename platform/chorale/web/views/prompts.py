"""Prompts: the list, one with its preview, the difference of two, and making a version."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from annotation.model_raters import prompting, stage_text
from annotation.model_raters.chat import ChatRequest, ItemFailure
from annotation.model_raters.stages import LABEL, Stage, ordered
from chorale.store import access, prompts
from chorale.store.models import Item, Prompt, Rater
from chorale.store.models.people import Role
from chorale.web.lists import Column, Listing
from chorale.web.parts import action, crumb
from chorale.web.prompt_forms import PreviewForm, PromptForm
from harmonize.problems import ChoraleError

ROLES = {
    "tell": "tells, for the stages that read it",
    "label": "labels",
    "explain": "explains: a reason, and words of the text that are the cause",
}
ANSWERS = {"code": "one code", "json": "numbers as JSON"}
SHOWN = 3  # requests of a preview


def _name(row: Prompt) -> str:
    return row.ref.partition("#")[0]


class Prompts(Listing):
    """Every version of every prompt."""

    title = "Prompts"
    word = "Models"
    lead = "What models are asked. A version never changes; its hash covers templates, guidelines and examples."
    columns = (
        Column("name", "Prompt", value=_name, kind="link", sort="ref", under=lambda p: p.ref.partition("#")[2]),
        Column("about", "For", value=lambda p: p.definition.get("about", "")),
        Column("answer", "Asks for", value=lambda p: ANSWERS.get(p.definition["answer"], p.definition["answer"])),
        Column("stages", "Stages", value=lambda p: 1 + len(p.definition.get("stages", ())), kind="count"),
        Column("shots", "Examples", value=lambda p: len(p.definition["shots"]), kind="count"),
        Column("guidelines", "Guidelines", value=lambda p: "yes" if p.definition["guidelines"] else ""),
        Column("created_by", "By", value=lambda p: p.created_by.username if p.created_by else "shipped"),
        Column("created_at", "Made", kind="when", sort="created_at"),
    )
    search = ("ref",)
    order = "-created_at"
    empty_title = "No prompt yet"
    empty_text = "The prompts that come with Chorale are registered by manage.py register_shipped."

    def rows(self) -> QuerySet[Any]:
        """For admins."""
        return access.rows(self.request.user, Prompt).select_related("created_by")

    def href(self, row: Prompt) -> str:
        """Its page."""
        return reverse("prompt", args=[row.pk])


def prompt(request: HttpRequest, pk: int) -> HttpResponse:
    """Templates, guidelines, examples, versions, and what a model would be sent about an item."""
    row = access.one(request.user, Prompt, pk=pk)
    made = prompts.core(row)
    raters = access.rows(request.user, Rater).filter(model__prompt_version=row.ref).order_by("-pk")
    context = {
        "title": _name(row), "word": "Prompt", "crumbs": [crumb("Prompts", "prompts")], "row": row, "prompt": made,
        "lead": made.about or "It never changes; a rater is named by its hash.",
        "stages": _stages(made), "asks": ANSWERS.get(made.answer, made.answer), "raters": raters[:20],
        "versions": [one for one in prompts.versions(row) if one.pk != row.pk],
        "actions": [action("Make a version from it", reverse("prompt-new", args=[pk]))], **_previewed(request, made),
    }  # fmt: skip
    return render(request, "chorale/models/prompt.html", context)


def _previewed(request: HttpRequest, made: prompting.Prompt) -> dict[str, Any]:
    items = access.rows(request.user, Item)
    asked = "scheme" in request.GET
    initial = {"scheme": "ekman-6@1.0.0", "perspective": "reader"}
    form = PreviewForm(request.GET if asked else None, initial=initial)
    found: dict[str, Any] = {"form": form}
    if asked and form.is_valid():
        try:
            seen = form.shown(items, made)
            sent = prompts.preview(made, form.cleaned_data["scheme"], form.cleaned_data["perspective"], seen)
        except forms.ValidationError as error:
            form.add_error("item", error)
        except ItemFailure as failure:
            form.add_error("item", failure.what)
        except ChoraleError as error:
            form.add_error(None, str(error))
        else:
            few = _few(sent)
            found |= {"requests": [_request(one) for one in few], "more": len(sent) - len(few)}
    return found


def _few(sent: list[ChatRequest]) -> list[ChatRequest]:
    """Some requests of each stage, in order: the labelling may take one for every label."""
    taken: Counter[str] = Counter()
    few = []
    for one in sent:
        taken[one.stage] += 1
        few += [one] if taken[one.stage] <= SHOWN else []
    return few


def _request(sent: ChatRequest) -> dict[str, Any]:
    parameters = json.dumps(dict(sent.parameters) | dict(sent.extra), ensure_ascii=False, indent=2)
    return {"messages": sent.messages, "parameters": parameters, "stage": sent.stage}


def _stages(made: prompting.Prompt) -> list[dict[str, Any]]:
    """What is asked in order, the labelling among them; empty where that is all."""
    before, after = ordered(made.stages)
    main = {"id": LABEL, "does": ROLES[LABEL], "system": made.system, "user": made.user, "reads": made.reads,
            "sees": made.sees, "main": True}  # fmt: skip
    earlier, later = ([asdict(stage) | {"does": _does(stage)} for stage in part] for part in (before, after))
    return [*earlier, main, *later] if made.stages else []


def _does(stage: Stage) -> str:
    if stage.role == "verify":
        return "verifies the label; what it rejects is an abstention" if stage.rejects else "verifies, and only notes"
    return "labels too, as a rater of its own" if stage.role == "label" else ROLES[stage.role]


def new(request: HttpRequest, pk: int) -> HttpResponse:
    """A version from an existing one."""
    person = access.demand(request.user, Role.ADMIN)
    row = access.one(person, Prompt, pk=pk)
    start = {name: row.definition[name] for name in ("system", "user", "guidelines")}
    start["stages"] = stage_text.to_text(prompts.core(row))
    form = PromptForm(
        request.POST if request.method == "POST" else None,
        initial=start | {"version": prompts.next_version(row), "shots": "keep" if row.definition["shots"] else "none"},
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = prompts.make_version(by=person, prompt=form.prompt(row))
        except ChoraleError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"{made.ref} is registered. It never changes.")
            return redirect("prompt", made.pk)
    context = {
        "title": f"A version from {_name(row)}", "word": "Prompts", "form": form, "row": row,
        "crumbs": [crumb("Prompts", "prompts"), crumb(_name(row), "prompt", pk)],
    }  # fmt: skip
    return render(request, "chorale/models/prompt_new.html", context, status=422 if form.errors else 200)


def compare(request: HttpRequest, pk: int, other: int) -> HttpResponse:
    """What changed from the older to the newer of two prompts, line by line."""
    old, new_ = sorted((access.one(request.user, Prompt, pk=key) for key in (pk, other)), key=lambda row: row.pk)
    lines = prompting.difference(prompts.core(old), prompts.core(new_)).splitlines()[2:]
    tones = {"+": "added", "-": "removed", "@": "place"}
    context = {
        "title": "What changed", "word": "Prompts", "old": old, "new": new_,
        "crumbs": [crumb("Prompts", "prompts"), crumb(_name(new_), "prompt", new_.pk)],
        "lines": [(tones.get(line[:1], ""), line) for line in lines],
    }  # fmt: skip
    return render(request, "chorale/models/prompt_compare.html", context)
