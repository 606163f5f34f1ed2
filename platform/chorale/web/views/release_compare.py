"""What changed between two releases, and where one soft label comes from."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse

from chorale.store import access, drawing, release_access
from chorale.store import releases as store
from chorale.store.models import Item, Release
from chorale.store.models.people import Role
from chorale.store.release_folders import local_folder
from chorale.store.release_versions import version_number
from chorale.web import release_charts, release_files
from chorale.web.charts import Chart
from chorale.web.parts import crumb
from exports.diff import markdown
from exports.lineage import trace

Json = dict[str, Any]


def diff(request: HttpRequest, slug: str, version: str, other: str, form: str = "html") -> HttpResponse:
    """From the older to the newer of two versions: items, labels, agreement, definitions; page, JSON or Markdown."""
    rows = [access.one(request.user, Release, slug=slug, version=v) for v in (version, other)]
    old, new = sorted(rows, key=version_number)
    found = store.diff_releases(old, new)
    if form == "json":
        return JsonResponse(found.to_dict(), json_dumps_params={"ensure_ascii": False})
    if form == "md":
        response = HttpResponse(markdown(found), content_type="text/markdown; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{slug}-{old.version}-to-{new.version}.md"'
        return response
    context = {
        "title": f"{old.version} to {new.version}", "word": old.title, "old": old, "new": new, "diff": found,
        "counts": found.items, "recipe": _recipe(found.recipe),
        "crumbs": [crumb("Releases", "releases"), crumb(new.title, "release", slug, new.version)],
        "changed": [(name, n, found.ids.get(name, [])) for name, n in found.changed.items()],
        "pictures": [_means(n, both, [old.version, new.version]) for n, both in found.layers.items() if _both(both)],
        "alone": [(name, sides) for name, sides in found.layers.items() if not _both(sides)],
        "actions": release_files.links(("As JSON", "release-diff-json"), ("As Markdown", "release-diff-md"),
                                       args=[slug, version, other]),
    }  # fmt: skip
    return render(request, "chorale/releases/diff.html", context)


def _recipe(changes: dict[str, list[Any]]) -> list[tuple[str, str, str]]:
    """(key, before, after) of every value of the recipe that changed, tables opened, in words."""
    lines = []
    for key, (old, new) in changes.items():
        if isinstance(old, dict) and isinstance(new, dict):
            parts = [name for name in new if old.get(name) != new[name]]
            lines += [(f"{key}.{name}", _words(old.get(name)), _words(new[name])) for name in parts]
        else:
            lines.append((key, _words(old), _words(new)))
    return lines


def _words(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(str(part["name"]) if isinstance(part, dict) else str(part) for part in value) or "none"
    return "none" if value in (None, "") else str(value)


def _both(sides: Json) -> bool:
    return bool(sides["before"] and sides["after"])


def _means(name: str, sides: Json, versions: list[str]) -> Chart:
    before, after = sides["before"]["mean"], sides["after"]["mean"]
    return release_charts.before_and_after(before, after, name=f"diff-{name}", title=name, versions=versions)


def lineage(request: HttpRequest, slug: str, version: str, key: uuid.UUID) -> HttpResponse:
    """One item of a release: every judgment and crosswalk cell behind its soft label in a layer."""
    row = access.one(request.user, Release, slug=slug, version=version)
    release_access.admit(request.user, row)
    found = release_files.report(row)
    names = [layer["name"] for layer in found.get("layers", [])]
    if row.state == "withdrawn":
        raise Http404
    with local_folder(row) as folder:
        item = release_files.item_row(folder, str(key))
        layer = request.GET.get("layer") or next((name for name in names if item.get(name)), next(iter(names), ""))
        if not item or layer not in names:
            raise Http404
        told = trace(folder, str(key), layer)
    for ruling in told["rulings"]:
        ruling["said"] = _said({"probabilities": None, "intensities": None, "status": "no label"} | ruling)
    _worded(told["judgments"], admin=Role.ADMIN in access.roles(request.user))
    facts = next(part for part in found["layers"] if part["name"] == layer)
    known = release_files.schemes(row)
    context = {
        "title": told["item"]["source_id"], "word": f"{row}, where a label comes from", "layers": names, "layer": layer,
        "crumbs": [crumb("Releases", "releases"), crumb(row.title, "release", slug, version)],
        "trace": told, "text": item.get("text"), "counts_only": bool(found.get("counts")),
        "item_href": _item_page(request, key),
        "view": release_files.drawn(item, facts, known) if item.get(layer) else None,
    }  # fmt: skip
    return render(request, "chorale/releases/lineage.html", context)


def _worded(judgments: list[Json], *, admin: bool) -> None:
    """Put what each rater said in words, and for admins the way to the job it came from."""
    jobs = drawing.jobs_named({j["job"] for j in judgments if j.get("job")}) if admin else {}
    for judgment in judgments:
        judgment["said"] = _said(judgment)
        if key := jobs.get(judgment.get("job") or ""):
            judgment["job_href"] = reverse("job", args=[key])


def _item_page(request: HttpRequest, key: uuid.UUID) -> str:
    """The page of the item itself, for those who may see it, while the item is there."""
    if not access.roles(request.user) & {Role.ADMIN, Role.RESEARCHER}:
        return ""
    return reverse("item", args=[key]) if Item.objects.filter(uuid=key).exists() else ""


def _said(judgment: Json) -> str:
    """What one rater said, in a line."""
    if judgment["probabilities"]:
        return "a belief over all labels"
    if judgment["values"]:
        return ", ".join("–" if value is None else f"{value:g}" for value in judgment["values"])
    if judgment["intensities"]:
        pairs = zip(judgment["labels"] or [], judgment["intensities"], strict=False)
        return ", ".join(f"{label} {strength:g}" for label, strength in pairs)
    return ", ".join(judgment["labels"] or []) or judgment["status"].replace("-", " ")
