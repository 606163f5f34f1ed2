"""Filters of the items list that other pages link to: each stands in the address, and as a chip that takes it away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Length
from django.http import HttpRequest

from chorale.store.item_filter import facet_is
from chorale.store.models import Item, Judgment, Scheme
from harmonize.problems import ChoraleError

Rows = QuerySet[Item]


@dataclass(frozen=True)
class Chip:
    """A filter in force, in words, and the address without it."""

    text: str
    href: str


def _language(rows: Rows, value: str) -> Rows:
    return rows.filter(Q(language=value) | Q(language="", corpus__language=value))


def _length(rows: Rows, value: str) -> Rows:
    low, _, high = value.partition("-")
    if not low.isdigit() or (high and not high.isdigit()):
        raise ChoraleError("length", f"{value!r} is no span of lengths.", "Write it as 40-79 or 40-.")
    rows = rows.annotate(characters=Length("text")).filter(characters__gte=int(low[:9]))
    return rows.filter(characters__lte=int(high[:9])) if high else rows


def _facet(rows: Rows, value: str) -> Rows:
    """By the facet as text, and as the number or truth value that its text is."""
    name, _, text = value.partition(":")
    return rows.filter(facet_is(name, text))


def _label(rows: Rows, value: str) -> Rows:
    """Items on which some voice, no model, said this label of this scheme."""
    ref, _, label = value.rpartition(":")
    scheme = Scheme.objects.filter(ref=ref).first()
    if scheme is None or label not in scheme.core.names:
        return rows.none()
    said = Judgment.objects.filter(
        item=OuterRef("pk"), scheme=scheme, retired_at=None, labels__contains=[scheme.core.names.index(label)]
    ).exclude(rater__kind="model")
    return rows.filter(Exists(said))


def _pii(rows: Rows, value: str) -> Rows:
    return rows.filter(screening__pii__contains=[value])


CHIPS: dict[str, tuple[str, Callable[[Rows, str], Rows]]] = {
    "language": ("language", _language),
    "length": ("characters", _length),
    "facet": ("", _facet),
    "label": ("said", _label),
    "pii": ("holds", _pii),
}


def narrowed(rows: Rows, request: HttpRequest) -> Rows:
    """The rows that pass every such filter in the address."""
    for name, (_, narrow) in CHIPS.items():
        for value in request.GET.getlist(name):
            rows = narrow(rows, value.replace("\x00", ""))
    return rows


def chips(request: HttpRequest) -> list[Chip]:
    """One chip a filter in force."""
    found = []
    for name, (title, _) in CHIPS.items():
        values = request.GET.getlist(name)
        for value in values:
            state = request.GET.copy()
            state.setlist(name, [other for other in values if other != value])
            for place in ("after", "before"):
                state.pop(place, None)
            said = value.replace(":", ": ", 1) if name == "facet" else value.rpartition(":")[2]
            found.append(Chip(f"{title} {said}".strip(), f"{request.path}?{state.urlencode()}"))
    return found
