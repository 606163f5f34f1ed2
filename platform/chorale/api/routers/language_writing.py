"""Schemes, forms and crosswalks by program: defining, proposing, reviewing, taking back, ranking and applying."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from django.http import HttpRequest
from ninja import Body, Router, Schema, Status

from chorale.api.schemas import CrosswalkOut, SchemeOut
from chorale.store import access, form_defining, language_editing, language_withdrawal
from chorale.store.crosswalk_review import review_crosswalk
from chorale.store.crosswalk_uses import of_crosswalk
from chorale.store.crosswalk_ways import ranked
from chorale.store.models import Crosswalk, Form, Scheme, User
from chorale.store.models.people import Role
from harmonize import crosswalks, schemes
from harmonize.crosswalks import map_soft, proportion_bounds, sssom
from harmonize.problems import ChoraleError
from harmonize.records import Semantics, SoftLabels

router = Router(tags=["language"])


class CrosswalkIn(Schema):
    """A map: its definition (as a crosswalk's own) or the text of an SSSOM table, and why this version."""

    reason: str
    definition: dict[str, Any] | None = None
    sssom: str = ""
    before: str = ""


class ReviewIn(Schema):
    """One step of review: reviewed, published, or back to proposed."""

    status: str
    reason: str


class FormOut(Schema):
    """A form version, whole."""

    slug: str
    version: int
    title: str
    guidelines: str
    layers: list[dict[str, Any]]


class WayOut(Schema):
    """One way between two schemes; the list is best first."""

    steps: list[str]
    status: str
    misfit: float | None
    measured_on: str
    lost_bits: float
    unmapped: float
    loss: dict[str, float | None]


class SoftIn(Schema):
    """A soft label: what its numbers mean, and one number a label that is named; the others are 0, null is masked."""

    semantics: str
    values: dict[str, float | None]


class MappedOut(Schema):
    """The mapped label, null where masked; or of merged proportions the bounds [low, high] alone."""

    semantics: str
    values: dict[str, float | None]
    unmapped: float | None
    bounds: dict[str, list[float | None]]


@router.post("/schemes", response={201: SchemeOut})
def define(request: HttpRequest, definition: Body[dict[str, Any]]) -> Any:
    """Register a scheme version (admins); 400 names everything that is wrong with it."""
    person = _admin(request)
    return Status(201, language_editing.define_scheme(by=person, core=schemes.Scheme.from_dict(definition)))


@router.delete("/schemes/{ref}", response={204: None})
def withdraw_scheme(request: HttpRequest, ref: str) -> Any:
    """Take back a scheme version that nothing rests on (admins)."""
    person = _admin(request)
    language_withdrawal.withdraw_scheme(by=person, scheme=access.one(person, Scheme, ref=ref))
    return Status(204, None)


@router.get("/forms/{slug}/{version}", response=FormOut)
def form(request: HttpRequest, slug: str, version: int) -> Any:
    """One form version (admins)."""
    return _form(access.one(request.user, Form, slug=slug, version=version))


@router.post("/forms", response={201: FormOut})
def make_form(request: HttpRequest, definition: Body[dict[str, Any]]) -> Any:
    """Keep a form as the next version of its id (admins); schemes of its own are registered with it."""
    person = _admin(request)
    made = schemes.form_from_dict(definition, form_defining.find)
    return Status(201, _form(form_defining.define_form(by=person, made=made)))


@router.post("/crosswalks", response={201: CrosswalkOut})
def propose(request: HttpRequest, wanted: CrosswalkIn) -> Any:
    """Propose a crosswalk version (admins)."""
    person = _admin(request)
    core = sssom.read(wanted.sssom) if wanted.sssom else crosswalks.Crosswalk.from_dict(wanted.definition or {})
    row = language_editing.propose_crosswalk(by=person, core=core, reason=wanted.reason, before=wanted.before)
    return Status(201, told(row))


@router.post("/crosswalks/{ref}/review", response=CrosswalkOut)
def review(request: HttpRequest, ref: str, step: ReviewIn) -> Any:
    """One step of review (admins, and not the author while another admin is there)."""
    person = _admin(request)
    row = access.one(person, Crosswalk, ref=ref)
    return told(review_crosswalk(by=person, crosswalk=row, status=step.status, reason=step.reason))


@router.delete("/crosswalks/{ref}", response={204: None})
def withdraw_crosswalk(request: HttpRequest, ref: str) -> Any:
    """Take back a crosswalk version that nothing rests on (admins)."""
    person = _admin(request)
    language_withdrawal.withdraw_crosswalk(by=person, crosswalk=access.one(person, Crosswalk, ref=ref))
    return Status(204, None)


@router.get("/crosswalks/{ref}/ways", response=list[WayOut])
def ways(request: HttpRequest, ref: str) -> Any:
    """Every way between the same two schemes: by evidence, then held-out fit, loss breaking ties."""
    row = access.one(request.user, Crosswalk, ref=ref)
    keep = ("status", "misfit", "measured_on", "lost_bits", "unmapped")
    return [
        {
            "steps": list(way.steps),
            **{name: getattr(way, name) for name in keep},
            "loss": {name: figure.value for name, figure in way.loss.figures.items()},
        }
        for way in ranked(row.source, row.target)
    ]


@router.get("/crosswalks/{ref}/uses", response=dict[str, Any])
def uses(request: HttpRequest, ref: str) -> dict[str, Any]:
    """Where a crosswalk version is used."""
    found = of_crosswalk(access.one(request.user, Crosswalk, ref=ref))
    return {
        "used": found.used,
        "scopes": [{"type": s.kind, "scope": s.slug, "perspective": s.perspective} for s in found.scopes],
        "derived": [row.ref for row in found.derived],
        "releases": [str(row) for row in found.releases],
    }


@router.post("/crosswalks/{ref}/apply", response=MappedOut)
def apply(request: HttpRequest, ref: str, given: SoftIn) -> Any:
    """A soft label mapped by the rule of its semantics; nothing is kept."""
    core = access.one(request.user, Crosswalk, ref=ref).core
    source, target = core.source_labels, core.target_labels
    values = np.full(len(source.names), np.nan if source.dimensions else 0.0)
    for name, value in given.values.items():
        values[source.code(name)] = np.nan if value is None else value
    try:
        semantics = Semantics(given.semantics)
    except ValueError:
        known = ", ".join(Semantics)
        raise ChoraleError("unknown-semantics", f"{given.semantics!r} is no meaning.", f"One of {known}.") from None
    count = np.array([-1], dtype=np.int32)
    soft = SoftLabels(semantics, pa.array(["given"]), source.names, values.reshape(1, -1), count, "as given")
    if semantics == Semantics.PROPORTIONS and core.merges:
        found = proportion_bounds(soft, core)
        pairs = zip(target.names, found.low[0], found.high[0], strict=True)
        return {"semantics": semantics, "values": {}, "unmapped": None,
                "bounds": {name: [_number(low), _number(high)] for name, low, high in pairs}}  # fmt: skip
    mapped = map_soft(soft, core)
    rest = None if mapped.unmapped is None else _number(mapped.unmapped[0])
    told_values = {name: _number(v) for name, v in zip(target.names, mapped.values[0], strict=True)}
    return {"semantics": mapped.semantics, "values": told_values, "unmapped": rest, "bounds": {}}


def told(row: Crosswalk) -> dict[str, Any]:
    """A crosswalk as the API tells it."""
    plain = ("ref", "title", "status", "definition", "loss")
    return {name: getattr(row, name) for name in plain} | {"source": row.source.ref, "target": row.target.ref}


def _form(row: Form) -> dict[str, Any]:
    plain = {name: getattr(row, name) for name in ("slug", "version", "title", "guidelines")}
    return plain | {"layers": form_defining.core(row).to_dict()["layers"]}


def _admin(request: HttpRequest) -> User:
    return access.demand(request.user, Role.ADMIN)


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
