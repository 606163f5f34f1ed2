"""Releases: the list, the page of one (card first), and its files."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from chorale.store import access, release_access, signed_links, withdrawals
from chorale.store import releases as store
from chorale.store.models import Release
from chorale.store.models.people import Role
from chorale.store.release_versions import FINAL, version_number
from chorale.web import charts, release_charts, release_files
from chorale.web.lists import Column, Filter, Listing, plain
from chorale.web.parts import action, crumb
from chorale.web.release_forms import PublishForm, WithdrawForm
from chorale.web.views import release_recipes
from harmonize.schemes import Scheme

Json = dict[str, Any]


class Releases(Listing):
    """What a person may see of them."""

    title = "Releases"
    word = "Results"
    lead = "Immutable versions of a dataset: Parquet, card, and a manifest that names every byte."
    columns = (
        Column("title", "Release", kind="link", under=lambda r: r.slug),
        Column("version", "Version", kind="code"),
        Column("state", "State", kind="state"),
        Column("items", "Items", value=lambda r: _rows(r, "items"), kind="count"),
        Column("judgments", "Judgments", value=lambda r: _rows(r, "judgments"), kind="count"),
        Column("bytes", "Size", value=lambda r: total_bytes(r), kind="size"),
        Column("access", "Access"),
        Column("created_at", "Made", kind="when", sort="created_at"),
    )
    filters = (Filter("state", "State", plain(["draft", "building", "frozen", "published", "withdrawn", "failed"])),)
    search = ("title", "slug")
    order = "-created_at"
    empty_title = "No release yet"
    empty_text = "A release is built from a recipe: which corpora, which soft labels, which schemes, which filters."

    def rows(self) -> QuerySet[Any]:
        """Published ones; all for admins; the public ones for everybody."""
        return access.releases_of(self.request.user)

    def href(self, row: Release) -> str:
        """Its page."""
        return reverse("release", args=[row.slug, row.version])

    def more(self) -> dict[str, Any]:
        """Build one."""
        if not self.request.user.is_authenticated:
            text = "Sign in to see those for registered readers."
            return {"empty_title": "No public release yet", "empty_text": text}
        if Role.ADMIN not in access.roles(self.request.user):
            return {}
        ways = (("New release", reverse("release-new")), ("From a recipe", reverse("launch", args=["release"])))
        begun = {"empty_action": ways[0][0], "empty_href": ways[0][1]}
        return {"actions": [action(title, href) for title, href in ways], **begun}


def _files(release: Release) -> Json:
    found: Json = release.manifest.get("files", {})
    return found


def _rows(release: Release, table: str) -> int | None:
    rows: int | None = _files(release).get(f"{table}.parquet", {}).get("rows")
    return rows


def total_bytes(release: Release) -> int | None:
    """All files together; unknown before the build."""
    files = _files(release)
    return sum(f["bytes"] for f in files.values()) if files else None


def release(request: HttpRequest, slug: str, version: str) -> HttpResponse:
    """Card first, then charts, samples, schema, agreement, loss, files, and how to use and cite it."""
    row = access.one(request.user, Release, slug=slug, version=version)
    if release_recipes.over(request, row):
        return HttpResponse(headers={"HX-Refresh": "true"})
    if row.state in release_recipes.OPEN:
        return release_recipes.draft(request, row)
    found = release_files.report(row)
    layers, known = found.get("layers", []), release_files.schemes(row)
    context = {
        "title": row.title,
        "word": f"Release {row.version}",
        "crumbs": [crumb("Releases", "releases")],
        "release": row,
        "report": found,
        "lost": not found and row.state in FINAL,
        "card": release_files.card(row),
        "layers": layers,
        "glances": [(layer, release_files.means(layer, known)) for layer in layers if layer["scheme"] in known],
        "pictures": [_mean_chart(layer, known) for layer in layers if layer["rated"]],
        "samples": list(release_files.samples(row, layers, known))
        if release_access.accepted(request.user, row)
        else [],
        "schema": release_charts.column_heads(
            release_files.schema(row), found.get("columns", {}), _rows(row, "items"), layers
        ),
        "agreement": [(a, _alpha_chart(a, i)) for i, a in enumerate(found.get("agreement", []))],
        "losses": found.get("loss", []),
        "rulings": found.get("rulings", []),
        "derived": [(column, release_charts.sizes(column)) for column in found.get("derived", [])],
        "files": sorted(_files(row).items()),
        "bytes": total_bytes(row),
        "items": _rows(row, "items"),
        "judgments": _rows(row, "judgments"),
        "cite": _citation(row),
        **_versions(request, row),
        **_taking(request, row),
    }
    return render(request, "chorale/release.html", context)


def _versions(request: HttpRequest, row: Release) -> Json:
    """Every version of the line that this person may see, newest first, and the one to compare with."""
    rows = list(access.releases_of(request.user).filter(slug=row.slug))
    rows.sort(key=version_number, reverse=True)
    whole = [v for v in rows if v.state in ("frozen", "published") and v.manifest]
    older = [v for v in whole if version_number(v) < version_number(row)]
    return {"versions": rows, "older": older[0] if older and row in whole else None, "comparable": whole}


def _taking(request: HttpRequest, row: Release) -> Json:
    """Whether and how this person may take the files, and what an admin may do."""
    admin = Role.ADMIN in access.roles(request.user)
    entered = row.access == "public" or request.user.is_authenticated
    open_ = entered and release_access.accepted(request.user, row)
    stones = release_files.tombstones(row) if row.state == "withdrawn" else {}
    link = ""
    if open_ and "items.parquet" in _files(row) and row.state != "withdrawn":
        token = release_access.sign(row, "items.parquet", request.user)
        link = request.build_absolute_uri(reverse("release-linked", args=[token, "items.parquet"]))
    return {
        "may_take": open_,
        "zips": release_files.sizes(row) if open_ and row.state != "withdrawn" else [],
        "link": link,
        "link_hours": signed_links.SECONDS // 3600,
        "tombstones": stones,
        "reasons": sorted({stone["reason"] for stone in stones.values()}),
        "api": request.build_absolute_uri(reverse("api:release_files", args=[row.slug, row.version])),
        "publish": PublishForm(initial={"access": row.access, "terms": row.terms})
        if admin and row.state == "frozen"
        else None,
        "mirrors": admin and row.state in ("published", "withdrawn"),
        "withdraw": WithdrawForm() if admin and row.state in ("frozen", "published") else None,
    }


def _mean_chart(layer: Json, known: dict[str, Scheme]) -> charts.Chart:
    """The mean of a soft label column: bars from 0 for shares, points on the range for dimensions."""
    means = [(label, value) for label, value in layer["mean"].items() if value is not None]
    name, title = f"mean-{layer['name']}", f"{layer['name']}: {layer['scheme']}, {layer['perspective']}"
    caption = f"{layer['semantics']}, {layer['method']} of {layer['raters']}, {layer['rated']:,} items"
    if layer["semantics"] == "dimension" and layer["scheme"] in known:
        ranges = known[layer["scheme"]].dimensions
        low, high = min(d.low for d in ranges), max(d.high for d in ranges)
        return charts.places(means, low=low, high=high, name=name, title=title, caption=caption)
    unit = {"posterior": "mean belief", "intensity": "mean strength"}.get(layer["semantics"], "mean share")
    return charts.shares(means, name=name, title=title, unit=unit, caption=caption)


def _alpha_chart(entry: Json, number: int) -> charts.Chart | None:
    parts = entry.get("parts") or {}
    if not any(part.get("value") is not None for part in parts.values()):
        return None
    return charts.agreement(parts, name=f"alpha-{number}")


def _citation(row: Release) -> str:
    year = (row.published_at or row.frozen_at or row.created_at).year
    digest = row.manifest.get("digest", "")[:16]
    sealed = f"manifest {digest}" if digest else "not built yet"
    return f"{row.title}, version {row.version} ({year}). Chorale release {row.slug}, {sealed}."


@require_POST
def publish(request: HttpRequest, slug: str, version: str) -> HttpResponse:
    """Let others see a frozen release."""
    person = access.demand(request.user, Role.ADMIN)
    row = access.one(person, Release, slug=slug, version=version)
    form = PublishForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(said) for errors in form.errors.values() for said in errors))
    else:
        store.publish_release(by=person, release=row, **form.cleaned_data)
        messages.success(request, f"{row} is published.")
    return redirect("release", slug, version)


@require_POST
def withdraw(request: HttpRequest, slug: str, version: str) -> HttpResponse:
    """Take the data of a release away; what it was and why it went stay."""
    person = access.demand(request.user, Role.ADMIN)
    row = access.one(person, Release, slug=slug, version=version)
    withdrawals.withdraw_release(by=person, release=row, reason=request.POST.get("reason", ""))
    messages.success(request, f"{row} is withdrawn. Its card and manifest stay.")
    return redirect("release", slug, version)
