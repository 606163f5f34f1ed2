"""The page of a crosswalk: weights with their evidence, the flow, losses, agreement across it, other ways, a trial."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from chorale.store import access, across
from chorale.store.access import roles
from chorale.store.crosswalk_ways import ranked
from chorale.store.models import Aggregate, Crosswalk, Event
from chorale.store.models.people import Role
from chorale.store.scheme_uses import versions
from chorale.web import flows, launches, palette, trials
from chorale.web.parts import action, crumb
from harmonize.crosswalks import NO_TERM, Cell, CrosswalkKind, sssom
from harmonize.crosswalks import Crosswalk as CoreCrosswalk

MEASURES = {
    "coverage": "Coverage",
    "unmapped": "Unmapped",
    "one_to_many": "One to many",
    "source_bits": "Source, bits",
    "kept_bits": "Kept, bits",
    "kept_share": "Kept",
    "round_trip_jsd": "Round trip, JSD",
}


def crosswalk(request: HttpRequest, ref: str) -> HttpResponse:
    """Everything known about one version of a map."""
    row = access.one(request.user, Crosswalk, ref=ref)
    core = row.core
    categorical = core.kind == CrosswalkKind.LABELS
    events = Event.objects.filter(subject_type="crosswalk", subject=str(row.pk)).select_related("by").order_by("id")
    context = {
        "title": core.title,
        "word": "Crosswalk",
        "crumbs": [crumb("Crosswalks", "crosswalks")],
        "crosswalk": row,
        "core": core,
        "no_term": NO_TERM,
        "matrix": _matrix(core) if categorical else None,
        "flow": flows.flow(core) if categorical else None,
        "losses": [_loss(scope, report) for scope, report in sorted(row.loss.items())],
        "across": across.reports(row),
        "versions": [other for other in versions(Crosswalk, ref) if other != ref],
        "history": [_told(event) for event in events],
        "admin": Role.ADMIN in roles(request.user),
        "actions": _actions(request, row),
        **_offer(row, core),
    }
    return render(request, "chorale/crosswalk.html", context)


def trial(request: HttpRequest, ref: str) -> HttpResponse:
    """A soft label mapped; as a part for htmx, as a page of its own without scripts."""
    row = access.one(request.user, Crosswalk, ref=ref)
    core = row.core
    text, meaning = request.GET.get("label", ""), request.GET.get("meaning", "")
    stored = None
    if (chosen := request.GET.get("item", "")).isdigit():
        access.rows(request.user, Aggregate)
        stored = Aggregate.objects.filter(pk=int(chosen), scheme=row.source, crosswalk=None).first()
    found = trials.of_item(stored, core) if stored else trials.typed(text, meaning, core) if text else trials.Trial()
    context = {
        "trial": found, "crosswalk": row, "core": core, "label": text, "meaning": meaning, "chosen": chosen,
        "beside": _harmonised(stored, row) if stored else None,
        "title": "Try it", "word": core.title,
        "crumbs": [crumb("Crosswalks", "crosswalks"), crumb(row.ref, "crosswalk", ref)],
        **_offer(row, core),
    }  # fmt: skip
    page = "chorale/language/trial.html" if request.htmx else "chorale/language/trial_page.html"  # type: ignore[attr-defined]
    return render(request, page, context)


def ways(request: HttpRequest, ref: str) -> HttpResponse:
    """Every way between the same two schemes, best first."""
    row = access.one(request.user, Crosswalk, ref=ref)
    context = {
        "found": ranked(row.source, row.target), "crosswalk": row, "title": "Other ways", "word": row.title,
        "crumbs": [crumb("Crosswalks", "crosswalks"), crumb(row.ref, "crosswalk", ref)],
    }  # fmt: skip
    page = "chorale/language/ways.html" if request.htmx else "chorale/language/ways_page.html"  # type: ignore[attr-defined]
    return render(request, page, context)


def download(request: HttpRequest, ref: str) -> HttpResponse:
    """The map as an SSSOM table."""
    row = access.one(request.user, Crosswalk, ref=ref)
    name = f"{ref}.sssom.tsv"
    return HttpResponse(
        sssom.write(row.core),
        content_type="text/tab-separated-values; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _offer(row: Crosswalk, core: CoreCrosswalk) -> dict[str, Any]:
    """What one may try: the meanings that the source scheme's labels can have, items, and a first example."""
    source = core.source_labels
    first, second = source.names[0], source.names[1 if len(source.names) > 1 else 0]
    named = "=5, ".join(source.names[:3]) + "=5"
    return {
        "meanings": trials.OFFERED[source.kind],
        "examples": trials.examples(row),
        "hint": named if source.dimensions else f"{first}=0.7, {second}=0.3",
    }


def _harmonised(stored: Aggregate, row: Crosswalk) -> Any:
    """The item's kept soft label under this map, made from each judgment, beside what can be said from shares alone."""
    from chorale.web.parts import soft_views

    kept = Aggregate.objects.filter(
        item=stored.item_id, crosswalk=row, scheme=row.target, perspective=stored.perspective, method=stored.method
    )
    found = soft_views(list(kept[:1]))
    return found[0][1] if found else None


def _actions(request: HttpRequest, row: Crosswalk) -> list[Any]:
    if Role.ADMIN not in roles(request.user):
        return []
    edit = action("Propose a new version", f"{reverse('crosswalk-new')}?from={row.ref}")
    return [*launches.offered(request, "harmonize", crosswalks=row.ref), edit]


def _matrix(core: CoreCrosswalk) -> dict[str, Any]:
    """The weight of each cell with one of five shades and its evidence, and what each source label leaves unmapped."""
    weights = core.matrix()
    evidence: dict[tuple[str, str], list[Cell]] = defaultdict(list)
    for cell in core.cells:
        evidence[cell.subject, cell.object].append(cell)
    targets = core.target_labels.labels
    heads = [(label.name, palette.family(label.id)) for label in targets]
    lines = []
    for i, label in enumerate(core.source_labels.labels):
        cells = [
            (w, _shade(w), heads[j][1], _evidence(evidence[label.id, targets[j].id])) for j, w in enumerate(weights[i])
        ]
        rest = max(0.0, 1 - float(weights[i].sum()))
        lines.append((label.name, palette.family(label.id), cells, rest, _evidence(evidence[label.id, NO_TERM])))
    return {"heads": heads, "lines": lines}


def _evidence(cells: list[Cell]) -> str:
    """What stands behind a weight, in one line a cell."""
    return "\n".join(
        " · ".join(
            [
                f"{cell.subject} {cell.predicate} {cell.object}",
                f"weight {cell.weight:.3g}",
                cell.justification,
                "no confidence stated" if cell.confidence is None else f"confidence {cell.confidence:g}",
                cell.source or "no source",
                *([cell.comment] if cell.comment else []),
            ]
        )
        for cell in cells
    )


def _shade(weight: float) -> str:
    return f"w{min(5, max(1, round(weight * 5)))}" if weight > 0 else ""


def _told(event: Event) -> dict[str, Any]:
    words = {"crosswalk.register": "registered", "crosswalk.propose": "proposed", "crosswalk.review": "reviewed"}
    said = event.detail.get("status") or words.get(event.action, event.action)
    return {"at": event.at, "who": event.by.username if event.by else "system", "what": said, **event.detail}


def _loss(scope: str, report: dict[str, Any]) -> dict[str, Any]:
    """One row: where the map was applied ("corpus:slug:perspective") and each measure with its interval."""
    kind, slug, perspective = [*scope.split(":"), "", ""][:3]
    found = report.get("figures", {})
    figures = [(title, found.get(name, {})) for name, title in MEASURES.items()]
    return {
        "kind": kind, "slug": slug, "perspective": perspective, "items": report.get("items"), "figures": figures,
        "weighting": report.get("weighting", ""),
    }  # fmt: skip
