"""Collections, schemes, crosswalks, events: lists that need no more than their columns."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from chorale.store import access
from chorale.store.models import Collection, Crosswalk, Event, Scheme
from chorale.store.models.people import Role
from chorale.web import words
from chorale.web.lists import Column, Filter, Listing, plain
from chorale.web.parts import Action


def _for_admins(person: access.Person, title: str, route: str) -> list[Action]:
    return [Action(title, reverse(route))] if Role.ADMIN in access.roles(person) else []


def _size(scheme: Scheme) -> int:
    """Labels, or dimensions."""
    return len(scheme.definition.get("labels") or scheme.definition.get("dimensions", []))


def _schemes(side: str) -> list[tuple[str, str]]:
    """The schemes at one end of some crosswalk."""
    rows = Scheme.objects.filter(**{f"{side}__isnull": False}).distinct().order_by("ref")
    return [(ref, ref) for ref in rows.values_list("ref", flat=True)]


class Collections(Listing):
    """Saved filters with seeded samples."""

    title = "Collections"
    word = "Material"
    lead = "Saved filters over items, drawn once by a seed. Each item keeps its chance of having been drawn."
    columns = (
        Column("slug", "Collection", kind="link", sort="slug", under=lambda c: c.title),
        Column("items", "Items", kind="count", sort="items"),
        Column("matched", "Matched", kind="count", sort="matched"),
        Column("seed", "Seed", value=lambda c: c.seed if c.size else None, kind="code"),
        Column("created_at", "Drawn", kind="when", sort="created_at"),
    )
    search = ("slug", "title")
    order = "slug"
    empty_title = "No collection yet"
    empty_text = "A collection is drawn from items by a filter and a seed; campaigns and pre-label jobs take one."

    def rows(self) -> QuerySet[Any]:
        """For admins and researchers."""
        return access.rows(self.request.user, Collection)

    def href(self, row: Collection) -> str:
        """Its page."""
        return reverse("collection", args=[row.slug])

    def more(self) -> dict[str, Any]:
        """Drawing one."""
        from chorale.store.access import roles
        from chorale.web.parts import action

        return {
            "actions": [action("Draw a collection", reverse("collection-new"))]
            if "admin" in roles(self.request.user)
            else []
        }


class Schemes(Listing):
    """Versioned label schemes."""

    title = "Schemes"
    word = "Language"
    lead = "Versioned label schemes. A version never changes once it is used; a code is never reused."
    columns = (
        Column("ref", "Scheme", kind="link", sort="ref", under=lambda s: s.title),
        Column("kind", "Kind", sort="kind"),
        Column(
            "size",
            "Labels",
            value=lambda s: _size(s),
            kind="count",
        ),
        Column("language", "Language", value=lambda s: s.definition.get("language", "en")),
    )
    filters = (Filter("kind", "Kind", plain(["single", "set", "intensity", "dimension"])),)
    search = ("ref", "title")
    order = "ref"
    empty_title = "No scheme registered"
    empty_text = "Shipped schemes are registered when a corpus first uses them."

    def rows(self) -> QuerySet[Any]:
        """For admins and researchers."""
        return access.rows(self.request.user, Scheme)

    def href(self, row: Scheme) -> str:
        """Its page."""
        return reverse("scheme", args=[row.ref])

    def more(self) -> dict[str, Any]:
        """Defining one."""
        return {"actions": _for_admins(self.request.user, "Define a scheme", "scheme-new")}


class Crosswalks(Listing):
    """Versioned maps between schemes."""

    title = "Crosswalks"
    word = "Language"
    lead = "Versioned weighted maps between schemes: each cell with its source, each map with what it loses."
    columns = (
        Column("title", "Crosswalk", kind="link", sort="title", under=lambda c: c.ref),
        Column("labels", "Labels", value=lambda c: f"{_size(c.source)}\u00a0→\u00a0{_size(c.target)}"),
        Column("status", "Status", kind="state", sort="status"),
        Column("applied", "Applied", value=lambda c: len(c.loss), kind="count"),
    )
    filters = (
        Filter("from", "From", lambda: _schemes("maps_from"), "source__ref"),
        Filter("to", "To", lambda: _schemes("maps_to"), "target__ref"),
        Filter("status", "Status", plain(["proposed", "reviewed", "published"])),
        Filter("made", "Made by", [("learned", "learning")], lambda rows, _: rows.filter(ref__contains="--learned")),
    )
    search = ("ref", "title")
    order = "ref"
    empty_title = "No crosswalk registered"
    empty_text = "Shipped crosswalks are registered when they are first used."

    def rows(self) -> QuerySet[Any]:
        """For admins and researchers."""
        return access.rows(self.request.user, Crosswalk).select_related("source", "target")

    def href(self, row: Crosswalk) -> str:
        """Its page."""
        return reverse("crosswalk", args=[row.ref])

    def more(self) -> dict[str, Any]:
        """Proposing and learning one."""
        person = self.request.user
        propose = _for_admins(person, "Propose a crosswalk", "crosswalk-new")
        return {"actions": propose + _for_admins(person, "Learn one from data", "crosswalk-learn")}


class Events(Listing):
    """The audit trail."""

    title = "Events"
    word = "Workshop"
    lead = "The audit trail: who did what to which thing. Lines are added, never changed."
    columns = (
        Column("at", "When", kind="when"),
        Column("by", "Who", value=lambda e: e.by.username if e.by else "system"),
        Column("action", "What", kind="code"),
        Column("subject", "To which", value=lambda e: f"{e.subject_type} {e.subject}"),
        Column(
            "detail",
            "Particulars",
            value=lambda e: words.listed(e.detail)[:200] if e.detail else None,
            kind="wide",
        ),
    )
    filters = (
        Filter(
            "type",
            "Of",
            lambda: plain(
                ["corpus", "campaign", "collection", "crosswalk", "form", "job", "release", "scheme", "user"]
            ),
            "subject_type",
        ),
    )
    search = ("action", "subject")
    order = "-id"
    empty_title = "No event yet"

    def rows(self) -> QuerySet[Any]:
        """For admins."""
        return access.rows(self.request.user, Event).select_related("by")
