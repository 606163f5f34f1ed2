"""What every page gets: who is here, where they may go, and where they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from chorale.store.access import roles
from chorale.store.models.people import Role


@dataclass(frozen=True)
class Place:
    """One entry of the rail."""

    title: str
    icon: str
    route: str
    roles: frozenset[Role]
    here: bool = False

    @property
    def href(self) -> str:
        """Its address."""
        return reverse(self.route)


_ALL = frozenset(Role)
_STAFF = frozenset({Role.ADMIN, Role.RESEARCHER})
_ADMIN = frozenset({Role.ADMIN})
_EVERYBODY: frozenset[Role] = frozenset()

RAIL: tuple[tuple[str, tuple[Place, ...]], ...] = (
    ("", (Place("Home", icon="home", route="home", roles=_ALL),)),
    (
        "Material",
        (
            Place("Corpora", icon="books", route="corpora", roles=_STAFF),
            Place("Items", icon="quote", route="items", roles=_STAFF),
            Place("Collections", icon="stack-2", route="collections", roles=_STAFF),
        ),
    ),
    (
        "Voices",
        (
            Place("Forms", icon="clipboard-list", route="forms", roles=_ADMIN),
            Place("Campaigns", icon="users-group", route="campaigns", roles=_ADMIN),
            Place("Raters", icon="user-circle", route="raters", roles=_ADMIN),
            Place("Agreement", icon="chart-dots", route="agreement", roles=_STAFF),
            Place("Adjudication", icon="gavel", route="adjudication", roles=_ADMIN),
            Place("Verification", icon="checks", route="verification", roles=_ADMIN),
        ),
    ),
    (
        "Language",
        (
            Place("Schemes", icon="palette", route="schemes", roles=_STAFF),
            Place("Crosswalks", icon="arrows-split-2", route="crosswalks", roles=_STAFF),
            Place("Gaussians", icon="chart-bubble", route="gaussians", roles=_STAFF),
            Place("Derived columns", icon="math-function", route="derived", roles=_STAFF),
        ),
    ),
    (
        "Models",
        (
            Place("Endpoints", icon="server-2", route="endpoints", roles=_ADMIN),
            Place("Prompts", icon="message-2", route="prompts", roles=_ADMIN),
            Place("Bake-offs", icon="scale", route="bake-offs", roles=_ADMIN),
            Place("Calibration", icon="adjustments", route="calibrations", roles=_ADMIN),
        ),
    ),
    ("Results", (Place("Releases", icon="package-export", route="releases", roles=_EVERYBODY),)),
    (
        "Workshop",
        (
            Place("Jobs", icon="progress", route="jobs", roles=_ADMIN),
            Place("Events", icon="history", route="events", roles=_ADMIN),
            Place("Erasures", icon="eraser", route="erasures", roles=_ADMIN),
            Place("People", icon="users", route="people", roles=_ADMIN),
        ),
    ),
)


def frame(request: HttpRequest) -> dict[str, Any]:
    """The rail for this person, their roles, and the theme's needs."""
    held = roles(request.user) if hasattr(request, "user") else frozenset()
    root = request.path.strip("/").split("/")[0].split(".")[0]
    sections = []
    for title, places in RAIL:
        open_to = [p for p in places if not p.roles or p.roles & held]
        marked = [Place(p.title, icon=p.icon, route=p.route, roles=p.roles, here=_is_here(p, root)) for p in open_to]
        if marked:
            sections.append((title, marked))
    known = {"held_roles": sorted(r.value for r in held), "is_admin": Role.ADMIN in held}
    return {"rail": sections, **known, "mails": settings.MAILS}


def _is_here(place: Place, root: str) -> bool:
    return place.route == (root or "home")
