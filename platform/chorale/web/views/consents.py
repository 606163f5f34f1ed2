"""What a rater agreed to, each purpose with its way back, and what then happens."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from chorale.jobs import engine
from chorale.store import consents as store
from chorale.store import sheets
from chorale.store.models import Assignment
from chorale.store.people import rater_of
from chorale.web.parts import crumb
from chorale.web.views.my_work import mine


def consent(request: HttpRequest, slug: str) -> HttpResponse:
    """Every purpose as it stands; a posted one is taken back."""
    person, row = mine(request, slug)
    rater = rater_of(person)
    if request.method == "POST":
        purpose, take_out = request.POST.get("purpose", ""), request.POST.get("answers") == "out"
        gone = store.withdraw(by=person, campaign=row, purpose=purpose, take_out=take_out)
        if gone:
            engine.start("take_out_answers", by=person, params={"campaign": row.slug, "rater": rater.pseudonym})
            messages.success(request, f"You left, and your {gone} answers with you. They count nowhere from now on.")
        elif purpose == "rating":
            messages.success(request, "You left the campaign. Your answers so far stay.")
        else:
            messages.success(request, "Taken back. It holds from now on.")
        return redirect("work-consent", slug)
    now = store.given(rater, row)
    answered = sheets.of_version(row, now.sheet_version) if now else sheets.current(row)  # what was asked of them
    asked = {f"{store.TRAIT}{one['name']}": one["question"] for one in answered.traits}
    effect = "What you told is deleted here and enters no release from now on."
    purposes = [
        (name, words, bool(now and now.purposes.get(name)), store.EFFECTS.get(name, effect))
        for name, words in {**store.WORDS, **asked}.items()
    ]
    context = {
        "title": "What I agreed to",
        "word": row.title,
        "crumbs": [crumb(row.title, "work", slug)],
        "campaign": row,
        "now": now,
        "purposes": purposes,
        "traits": {name: rater.traits.get(name.removeprefix(store.TRAIT)) for name in asked},
        "place": Assignment.objects.get(rater=rater, campaign=row),
        "sheet": sheets.current(row),
    }
    return render(request, "chorale/work/consent.html", context)


@require_POST
def come_back(request: HttpRequest, slug: str) -> HttpResponse:
    """Take part again; the sheet is asked anew."""
    person, row = mine(request, slug)
    store.come_back(by=person, campaign=row)
    return redirect("campaign-sheet", slug)
