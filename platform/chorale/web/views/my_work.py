"""A rater's page of a campaign: what is left today, time and pay, how it goes, and the answers so far."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from chorale.store import access, campaigns, check_items, offers, recruitment, rounds, sheets, studio_push
from chorale.store import my_work as store
from chorale.store.models import Assignment, Campaign, Judgment, Response, User
from chorale.store.models.people import Role
from chorale.store.people import rater_of, tell_languages
from chorale.web.judgment_words import spoken
from chorale.web.parts import crumb, meter


def mine(request: HttpRequest, slug: str) -> tuple[User, Campaign]:
    """The person and a campaign that they have or had a part in; `Http404` otherwise."""
    person = access.demand(request.user, Role.ANNOTATOR)
    row = access.taken_part(person).select_related("form").filter(slug=slug).first()
    if row is None:
        raise Http404
    return person, row


def campaign(request: HttpRequest, slug: str) -> HttpResponse:
    """Everything a rater has in one campaign."""
    person, row = mine(request, slug)
    rater = rater_of(person)
    place = Assignment.objects.get(rater=rater, campaign=row)
    answered, left = offers.answered(rater, row), offers.left(rater, row)
    link = recruitment.of_person(person, row)
    context = {
        "title": row.title,
        "word": "My work",
        "campaign": row,
        "place": place,
        "agreed": campaigns.may_rate(rater, row),
        "standing": offers.standing_now(rater, row),
        "answered": answered,
        "left": left,
        "today": offers.answered(rater, row, today=True),
        "left_today": offers.left_today(rater, row, left),
        "meter": meter(answered, answered + left, "done"),
        "spent": store.spent(row, rater).get(rater.pk),
        "plan": rounds.plan_of(row),
        "link": link,
        "link_done": bool(link and link.state == "working" and recruitment.done(link)),
        "tries": row.qualifications.filter(rater=rater).order_by("attempt"),
        "checks": [(kind, _told(found)) for kind, found in store.checks(rater, row).items()],
        "agreement": store.agreement_in_words(rater, row),
        "answers": _answers(store.answers(rater, row)),
        "reports": row.item_reports.filter(rater=rater).select_related("item").order_by("-pk")[:10],
        "sheet": sheets.current(row),
    }
    return render(request, "chorale/work/campaign.html", context)


def _answers(rows: list[Response]) -> list[tuple[Response, list[Any]]]:
    said = Judgment.objects.filter(response__in=rows, retired_at=None).select_related("scheme", "response")
    by_response: dict[int, list[Any]] = {}
    for one in spoken(said.order_by("layer")):
        by_response.setdefault(one.judgment.response_id, []).append(one)
    return [(row, by_response.get(row.pk, [])) for row in rows]


def _told(found: list[check_items.Checked]) -> list[dict[str, Any]]:
    """Check items in words: what was said, what is known, and why."""
    rows = []
    for one in found:
        known = Judgment(scheme=one.layer.scheme, labels=one.known.labels, values=one.known.values, status=0)
        known.response = Response()
        said = spoken([one.said])[0] if one.said else None
        rows.append({"one": one, "said": said, "known": spoken([known])[0]})
    return rows


def guidelines(request: HttpRequest, slug: str) -> HttpResponse:
    """The guidelines alone, to keep open beside the items."""
    _, row = mine(request, slug)
    context = {"title": "Guidelines", "word": row.title, "crumbs": [crumb(row.title, "work", slug)], "campaign": row}
    return render(request, "chorale/work/guidelines.html", context)


def support(request: HttpRequest, slug: str) -> HttpResponse:
    """Whom to turn to."""
    _, row = mine(request, slug)
    context = {
        "title": "Find support",
        "word": row.title,
        "crumbs": [crumb(row.title, "work", slug)],
        "campaign": row,
        "sheet": sheets.current(row),
    }
    return render(request, "chorale/work/support.html", context)


@require_POST
def take_back(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Take an answer back, or change it: it is taken back and its item comes next."""
    person, row = mine(request, slug)
    response = Response.objects.filter(pk=pk, campaign=row, rater=rater_of(person)).select_related("campaign").first()
    if response is None:
        raise Http404
    again = request.POST.get("again") == "yes"
    store.take_back(by=person, response=response, again=again, connect=studio_push.connect)
    if again:
        messages.success(
            request, "The item comes next, with an empty form. Your earlier answer does not count any more."
        )
    else:
        messages.success(request, "Your answer was taken back. Somebody else may answer the item.")
    return redirect("work", slug)


@require_POST
def join(request: HttpRequest, slug: str) -> HttpResponse:
    """Take part in a campaign that is open to any annotator."""
    person = access.demand(request.user, Role.ANNOTATOR)
    row = access.open_to(person).filter(slug=slug).first()
    if row is None:
        raise Http404
    campaigns.invite_raters(by=person, campaign=row, people_=[person])
    return redirect("campaign-sheet", slug)


@require_POST
def languages(request: HttpRequest) -> HttpResponse:
    """Say which languages one reads well."""
    person = access.demand(request.user, Role.ANNOTATOR)
    kept = tell_languages(by=person, told=request.POST.get("languages", "").replace(";", ",").split(","))
    messages.success(request, f"Languages you read well: {', '.join(kept) or 'none told'}.")
    return redirect("home")
