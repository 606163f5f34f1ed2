"""Adjudication: settled layers, their items one after the other, the rulings made, and the acts of ruling."""

from __future__ import annotations

import uuid
from types import EllipsisType
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from chorale.store import access, rounds, rulings
from chorale.store.adjudication import PICKS, Queue
from chorale.store.models import AggregationReport, Campaign, Item, Judgment, Ruling, Scheme
from chorale.store.models.people import Role
from chorale.web import item_kin, item_voices, ruling_forms
from chorale.web.judgment_words import nameless, spoken
from chorale.web.lists import Column, Filter, Listing
from chorale.web.parts import action, crumb
from chorale.web.scoped_lists import OF, SCHEME, ScopedList
from harmonize.problems import ChoraleError


def _verdict(name: str) -> Any:
    return lambda report: (report.body.get("verdicts") or {}).get(name)


class Layers(ScopedList):
    """What was settled and can be adjudicated."""

    table = AggregationReport
    title = "Adjudication"
    lead = "A ruling decides on an item over all aggregations, with a reason. The votes stay as they are."
    columns = (
        OF,
        SCHEME,
        Column("items", "Items", value=lambda r: r.body.get("items"), kind="count"),
        Column("split", "People split", value=_verdict("people split"), kind="count"),
        Column("undecidable", "Undecidable", value=_verdict("undecidable"), kind="count"),
        Column("settled_at", "Settled", kind="when", sort="settled_at"),
    )
    order = "-settled_at"
    empty_title = "Nothing to adjudicate"
    empty_text = "Settle a corpus or a campaign, and its hardest items stand here."

    def rows(self) -> QuerySet[Any]:
        """For admins."""
        access.demand(self.request.user, Role.ADMIN)
        return super().rows()

    def href(self, row: AggregationReport) -> str:
        """Its hardest item."""
        return reverse("adjudicate", args=[row.pk])

    def more(self) -> dict[str, Any]:
        """What was decided so far."""
        return {"actions": [action("Rulings", reverse("rulings"))]}


class Rulings(Listing):
    """Every ruling, those replaced or taken back too."""

    title = "Rulings"
    word = "Voices"
    lead = "What adjudicators decided and why. A ruling that was replaced or taken back stays here."
    columns = (
        Column("item", "Item", kind="link", value=lambda r: r.item.text or r.item.source_id),
        Column("ruling", "Ruling", value=item_voices.ruled, under=lambda r: f"{r.scheme.ref}, {r.perspective}"),
        Column("reason", "Reason", kind="wide"),
        Column("decided_by", "By", value="decided_by.username"),
        Column("standing", "State", kind="state", value=lambda r: "stands" if r.retired_at is None else "replaced"),
        Column("created_at", "When", kind="when", sort="created_at"),
    )
    filters = (Filter("corpus", "Corpus", item_voices.ruled_corpora, "item__corpus__slug"),)
    search = ("reason", "item__text", "item__source_id")
    order = "-id"
    empty_title = "No ruling yet"
    empty_text = "A ruling is made on an item's page, or from the queue of the hardest items."

    def rows(self) -> QuerySet[Any]:
        """For those who may see items."""
        return access.rows(self.request.user, Ruling).select_related("item", "scheme", "decided_by")

    def href(self, row: Ruling) -> str:
        """The item."""
        return reverse("item", args=[row.item.uuid])

    def more(self) -> dict[str, Any]:
        """The way to the queue."""
        may = Role.ADMIN in access.roles(self.request.user)
        return {"actions": [action("Adjudicate", reverse("adjudication"))] if may else []}


def one(request: HttpRequest, pk: int) -> HttpResponse:
    """The next item of a layer that waits for a ruling, with its votes, its aggregates and the form."""
    person = access.demand(request.user, Role.ADMIN)
    report = access.one(person, AggregationReport, pk=pk)
    picked = request.GET.get("pick", "")
    queue = Queue(report, picked if picked in PICKS else "hardest")
    after = request.GET.get("after", "")
    waiting = queue.waiting(int(after) if after.isdigit() and len(after) < 19 else None).first()
    fixed = report.scope_type == "campaign" and _hides_names(report.scope)
    hidden = fixed or request.GET.get("names") == "hidden"
    context: dict[str, Any] = {
        "names_fixed": fixed,
        "names_hidden": hidden,
        "title": f"{report.scope_type} {report.scope}",
        "word": "Adjudication",
        "lead": f"{report.scheme.ref}, {report.perspective}: {PICKS[queue.pick]}.",
        "crumbs": [crumb("Adjudication", "adjudication")],
        "report": report,
        "queue": queue,
        "ruled": queue.decided(),
        "skipped": bool(after),
    }
    if waiting is not None:
        context |= _waiting(waiting.item_id, queue, reasons_of=person.pk, hidden=hidden)
        context["onward"] += "&names=hidden" if hidden and not fixed else ""
    return render(request, "chorale/adjudicate.html", context)


def _hides_names(slug: str) -> bool:
    """Whether the plan of a campaign keeps adjudicators from seeing who said what."""
    row = Campaign.objects.filter(slug=slug).first()
    return bool(row and rounds.plan_of(row).hides_names)


def _waiting(key: int, queue: Queue, *, reasons_of: int, hidden: bool) -> dict[str, Any]:
    item, report = Item.objects.select_related("corpus").get(pk=key), queue.report
    said = Judgment.objects.filter(item=item, scheme=report.scheme, perspective=report.perspective, retired_at=None)
    said = said.select_related("rater", "scheme", "response__campaign", "response__job", "response__source_file")
    judged = spoken(said.order_by("-rater__kind", "pk"))  # people before models
    onward = f"{reverse('adjudicate', args=[report.pk])}?pick={queue.pick}&after={key}"
    return {
        "item": item,
        "media": item_kin.media(item),
        "picture": item_kin.picture(item),
        "groups": []  # they tell people and models apart
        if hidden
        else [g for g in item_voices.of_item(item) if g.of(report.scheme.ref, report.perspective)],
        "judged": nameless(judged) if hidden else judged,
        "asked": ruling_forms.asked(report.scheme.core, report.perspective),
        "reasons": ruling_forms.reasons(reasons_of),
        "onward": onward,
    }


@require_POST
def rule(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Make a ruling on an item, and go on to where the form says."""
    person = access.demand(request.user, Role.ADMIN)
    item = access.one(person, Item, uuid=key)
    scheme = access.one(person, Scheme, ref=request.POST.get("scheme", ""))
    answer = ruling_forms.sent(scheme.core, request.POST)
    place = {"item": item, "scheme": scheme, "perspective": request.POST.get("perspective", "")}
    try:
        made = rulings.rule(by=person, **place, reason=request.POST.get("reason", ""), seen=_seen(request), **answer)
    except ChoraleError as error:
        if error.code != "ruling-meanwhile":
            raise
        messages.error(request, f"{error.message} {error.fix}")
        return redirect("item", item.uuid)
    messages.success(request, f"Ruled on {item.source_id}: {item_voices.ruled(made)}.")
    return redirect(_onward(request, item))


def _seen(request: HttpRequest) -> int | EllipsisType | None:
    """Which ruling the form stood beside; ... where it does not say."""
    given = request.POST.get("seen")
    return ... if given is None else int(given) if given.isdigit() and len(given) < 19 else None


@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a standing ruling back."""
    person = access.demand(request.user, Role.ADMIN)
    row = access.one(person, Ruling, pk=pk)
    rulings.take_back(by=person, ruling=row, reason=request.POST.get("reason", ""))
    messages.info(request, f"{row.item.source_id}: the ruling was taken back. Its votes speak again.")
    return redirect(_onward(request, row.item))


def _onward(request: HttpRequest, item: Item) -> str:
    given = request.POST.get("onward", "")
    safe = given and url_has_allowed_host_and_scheme(given, allowed_hosts=None)
    return given if safe else reverse("item", args=[item.uuid])
