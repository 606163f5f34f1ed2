"""Verification: models whose labels people look at, one label after the other, and the verdicts."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from chorale.store import access
from chorale.store import verification as store
from chorale.store.models import Collection, Judgment, Rater, Scheme
from chorale.store.models.people import Role
from chorale.web import item_kin, ruling_forms
from chorale.web.judgment_words import spoken
from chorale.web.lists import Column, Listing
from chorale.web.parts import crumb
from harmonize.problems import ChoraleError


class Queues(Listing):
    """Models whose labels can be verified."""

    title = "Verification"
    word = "Voices"
    lead = "Labels of machines that a person looks at one by one. Only what people verified or judged may become gold."
    columns = (
        Column("pseudonym", "Model", kind="link", sort="pseudonym", under=lambda r: str(r.model.get("name", ""))),
        Column("scheme", "Scheme", value=lambda r: r.model.get("scheme") or "", kind="code"),
        Column("perspective", "Perspective", value=lambda r: r.model.get("perspective") or ""),
        Column("looked", "Looked at", value=lambda r: r.looked, kind="count"),
        Column("created_at", "Since", kind="when", sort="created_at"),
    )
    search = ("pseudonym",)
    order = "-created_at"
    empty_title = "No machine label yet"
    empty_text = "Pre-label a collection, and its labels wait here for a person."

    def rows(self) -> QuerySet[Any]:
        """Models that spoke, for admins."""
        access.demand(self.request.user, Role.ADMIN)
        spoke = Judgment.objects.filter(rater__kind="model", retired_at=None).order_by().values("rater").distinct()
        return access.rows(self.request.user, Rater).filter(kind="model", pk__in=spoke)

    def prepare(self, rows: list[Any]) -> None:
        """How many labels of each were looked at."""
        for row in rows:
            row.looked = store.looked_at(row)

    def href(self, row: Rater) -> str:
        """Its queue under the scheme it speaks in."""
        first = store.spoken_in(row)
        return reverse("verify", args=[row.pk, *first]) if first else ""


def one(request: HttpRequest, rater: int, scheme: str, perspective: str) -> HttpResponse:
    """The next label of a model that nobody has looked at."""
    person = access.demand(request.user, Role.ADMIN)
    model = access.one(person, Rater, pk=rater, kind="model")
    collection = access.rows(person, Collection).filter(slug=request.GET.get("collection", "")).first()
    queue = store.Queue(model, access.one(person, Scheme, ref=scheme), perspective, collection)
    after = request.GET.get("after", "")
    row = queue.waiting(int(after) if after.isdigit() and len(after) < 19 else None).first()
    context: dict[str, Any] = {
        "title": model.pseudonym,
        "word": "Verification",
        "lead": f"{scheme}, {perspective}. Accept what you would have said yourself; mend or reject the rest.",
        "crumbs": [crumb("Verification", "verification")],
        "queue": queue,
        "tally": queue.tally(),
        "collections": access.rows(person, Collection).order_by("slug")[:50],
        "here": request.path,
    }
    if row is not None:
        context |= {
            "judgment": row,
            "item": row.item,
            "media": item_kin.media(row.item),
            "picture": item_kin.picture(row.item),
            "said": spoken([row])[0],
            "asked": ruling_forms.asked(queue.scheme.core, perspective),
            "own": store.own_words(row),
        }
    return render(request, "chorale/campaigns/verify.html", context)


@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept, mend or reject a label, and go on to the next."""
    person = access.demand(request.user, Role.ADMIN)
    row = access.one(person, Judgment, pk=pk)
    if row.rater is None:
        raise Http404
    verdict = request.POST.get("verdict", "")
    said = ruling_forms.sent(row.scheme.core, request.POST) if verdict == "edited" else {}
    if verdict == "accepted" and (other := _changed(row, request)):
        verdict, said = "edited", other  # Enter pressed after other labels were chosen: what was chosen counts
    store.decide(by=person, judgment=row, verdict=verdict, reason=request.POST.get("reason", ""), **said)
    messages.success(request, f"{row.item.source_id}: {verdict}.")
    back = reverse("verify", args=[row.rater.pk, row.scheme.ref, row.perspective])
    collection = request.POST.get("collection", "")
    return redirect(f"{back}?collection={collection}&after={row.pk}" if collection else f"{back}?after={row.pk}")


def _changed(row: Judgment, request: HttpRequest) -> dict[str, Any]:
    """What the form says where that is not what the machine said."""
    try:
        said = ruling_forms.sent(row.scheme.core, request.POST)
    except ChoraleError:  # nothing was chosen
        return {}
    own = store.own_words(row)
    same = said.get("values") == own.get("values") and set(said.get("labels") or ()) == set(own.get("labels") or ())
    return {} if same else said
