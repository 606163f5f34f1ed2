"""Corpora: the list, and the page of one."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from chorale.jobs import engine
from chorale.store import access, profiles, versions
from chorale.store.models import (
    AgreementReport,
    Collection,
    Corpus,
    CorpusProfile,
    Event,
    Item,
    Job,
    Quarantine,
    SourceFile,
)
from chorale.store.models.people import Role
from chorale.web import charts, launches
from chorale.web.alike import copies, groups_of
from chorale.web.heads import heads
from chorale.web.judgment_words import votes
from chorale.web.lists import Column, Filter, Listing, plain
from chorale.web.parts import action, crumb, excerpts
from harmonize.corpora.draft.toml_text import to_toml

AT_ONCE = 20_000  # items that are counted while the page waits, once after each import
SAMPLE = 25  # items in the table


def _languages() -> list[tuple[str, str]]:
    return plain(sorted(set(Corpus.objects.values_list("language", flat=True))))


class Corpora(Listing):
    """Every corpus with its counters."""

    title = "Corpora"
    word = "Material"
    lead = "Bodies of raw items, each with its source, licence, language and native scheme."
    columns = (
        Column("slug", "Corpus", kind="link", sort="slug", under=lambda c: c.title),
        Column("version", "Version", kind="code"),
        Column("language", "Language", sort="language", under=lambda c: c.modality),
        Column("licence", "Licence"),
        Column("items", "Items", kind="count", sort="items", under=lambda c: "not whole" if c.partial else ""),
        Column("judgments", "Judgments", kind="count", sort="judgments"),
        Column("rows_quarantined", "Quarantined", kind="count", sort="rows_quarantined"),
        Column("created_at", "Added", kind="when", sort="created_at"),
    )
    filters = (
        Filter("language", "Language", _languages),
        Filter("modality", "Modality", plain(["text", "dialogue", "image", "audio", "video", "pair"])),
    )
    search = ("slug", "title", "description")
    order = "slug"
    empty_title = "No corpus yet"
    empty_text = "A corpus comes in by a descriptor: a small file that says where its rows, raters and labels are."

    def rows(self) -> QuerySet[Any]:
        """All of them, for admins and researchers."""
        unfinished = SourceFile.objects.filter(corpus=OuterRef("pk"), finished_at=None)
        damaged = Quarantine.objects.filter(corpus=OuterRef("pk"), whole_file=True, state="open")
        return access.rows(self.request.user, Corpus).annotate(partial=Exists(unfinished) | Exists(damaged))

    def href(self, row: Corpus) -> str:
        """Its page."""
        return reverse("corpus", args=[row.slug])

    def more(self) -> dict[str, Any]:
        """Bringing one in, for those who may."""
        if not launches.may(self.request):
            return {}
        bring = action("Bring a corpus in", reverse("intakes"))
        return {"actions": [bring], "empty_href": bring.href, "empty_action": bring.title}


def corpus(request: HttpRequest, slug: str) -> HttpResponse:
    """A corpus: its card and row sum, its items under counted heads, what is alike, problems, versions, provenance."""
    row = access.one(request.user, Corpus, slug=slug)
    told = _profile(row)
    body = told.body if told else {}
    known = heads(slug, body, told.items if told else 0)
    context = {
        "title": row.title,
        "word": "Corpus",
        "crumbs": [crumb("Corpora", "corpora")],
        "corpus": row,
        "profile": told,
        "counting": told is None or (told.items, told.judgments) != (row.items, row.judgments),
        "body": body,
        "facets": [head for name, head in known.items() if name not in ("length", "label")],
        **_table(row, known),
        **_sums(row),
        **_layers_shown(body),
        "alike_groups": groups_of(row, limit=3),
        "copies": copies(row),
        "screening": row.screening,
        "versions": versions.of_family(row.family or row.slug),
        "diff_kinds": [(kind, row.diff.get(kind, 0)) for kind in versions.KINDS] if row.diff else [],
        "files": row.files.order_by("name"),
        "layers": _layers(row.descriptor),
        "reports": access.rows(request.user, AgreementReport)
        .filter(scope_type="corpus", scope=slug)
        .select_related("scheme"),
        "collections": access.rows(request.user, Collection).filter(filter__corpus=slug).order_by("slug")[:10],
        "events": Event.objects.filter(subject_type="corpus", subject=slug).order_by("-id")[:8],
        "actions": _actions(request, slug),
    }
    return render(request, "chorale/corpus.html", context)


def _actions(request: HttpRequest, slug: str) -> list[Any]:
    kinds = ("settle", "measure", "harmonize", "prelabel")
    return [
        action("Its items", f"{reverse('items')}?corpus={slug}"),
        *launches.offered(request, *kinds, scope_type="corpus", scope=slug),
    ]


def _profile(row: Corpus) -> CorpusProfile | None:
    """The counts kept of a corpus. Where rows came since, a small one is counted now and a large one by a job."""
    if profiles.stale(row):
        if row.items <= AT_ONCE:
            return profiles.count(row)
        running = Job.objects.filter(kind="profile_corpus", params__corpora=[row.slug], state__in=["queued", "running"])
        if not running.exists():
            engine.start("profile_corpus", by=None, params={"corpora": [row.slug]})
    return CorpusProfile.objects.filter(corpus=row).first()


def _table(row: Corpus, known: dict[str, Any]) -> dict[str, Any]:
    """The first items as a table whose columns are headed by counts."""
    names = [name for name in known if name.startswith("facet:")][:3]
    plain_ones = [name for name in ("language", "split") if name in known and known[name].distinct > 1]
    columns = [*(["label"] if "label" in known else []), *plain_ones, *names]
    found = excerpts(Item.objects.filter(corpus=row).order_by("id")[:SAMPLE])
    said = votes(example.item.pk for example in found if example.leading is None)
    lines = [
        (example, said.get(example.item.pk, []), [_cell(example.item, name, row) for name in columns])
        for example in found
    ]
    return {"examples": lines, "columns": columns, "table_heads": [known[name] for name in columns],
            "text_head": known.get("length")}  # fmt: skip


def _cell(item: Item, name: str, row: Corpus) -> tuple[str, Any]:
    if name.startswith("facet:"):
        return name, item.facets.get(name.removeprefix("facet:"), "")
    return name, {"language": item.language or row.language, "split": item.split}.get(name, "")


def _sums(row: Corpus) -> dict[str, Any]:
    unread = Quarantine.objects.filter(corpus=row, whole_file=True, state="open").order_by("pk").values("what", "fix")
    closed = row.rows_imported + row.rows_duplicate + row.rows_quarantined
    problems = row.quarantine_tally.values("code", "state").annotate(n=Sum("rows")).filter(n__gt=0).order_by("-n")
    return {
        "closed": closed,
        "closes": closed == row.rows_read,
        "problems": list(problems[:30]),
        "unread": list(unread[:5]),
        "unfinished": list(row.files.filter(finished_at=None).order_by("name").values_list("name", flat=True)[:5]),
    }


def _layers_shown(body: dict[str, Any]) -> dict[str, Any]:
    """The charts of each layer that was counted: of its marks, or one of each dimension's values."""
    drawn = []
    for number, layer in enumerate(body.get("labels", [])):
        title, made = f"{layer['scheme']}, {layer['perspective']}", []
        if layer["marks"]:
            rows = [(mark["value"], mark["marks"]) for mark in layer["marks"]]
            made.append(charts.shares(rows, name=f"layer-{number}", title=title, unit="marks"))
        for name, found in layer["dimensions"].items():
            made.append(charts.histogram(found, name=f"layer-{number}-{name}", title=name, unit="judgments"))
        drawn.append((title, layer["judgments"], made))
    return {"drawn": drawn}


def _layers(descriptor: dict[str, Any]) -> list[dict[str, Any]]:
    """The layers that the descriptor declares, whatever it calls them; scheme and perspective of each."""
    found = descriptor.get("layers") or descriptor.get("layer") or []
    rows = list(found.values()) if isinstance(found, dict) else found
    return [row for row in rows if isinstance(row, dict)]


def descriptor(request: HttpRequest, slug: str) -> HttpResponse:
    """The corpus's descriptor as corpus.toml."""
    row = access.one(request.user, Corpus, slug=slug)
    if not row.descriptor:
        raise Http404
    headers = {"Content-Disposition": f'attachment; filename="{slug}.corpus.toml"'}
    return HttpResponse(to_toml(row.descriptor, []), content_type="application/toml; charset=utf-8", headers=headers)


@require_POST
def look_through(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """Start looking for near duplicates (across all corpora) or through the corpus's texts."""
    person = access.demand(request.user, Role.ADMIN)
    row = access.one(person, Corpus, slug=slug)
    params: dict[str, Any] = {} if kind == "find_duplicates" else {"corpora": [row.slug]}
    return redirect("job", engine.start(kind, by=person, params=params).uuid)


@require_POST
def mask(request: HttpRequest, slug: str) -> HttpResponse:
    """Start masking kinds of personal data in the corpus's texts, for good."""
    person = access.demand(request.user, Role.ADMIN)
    row = access.one(person, Corpus, slug=slug)
    params = {"corpus": row.slug, "kinds": request.POST.getlist("kinds")}
    return redirect("job", engine.start("mask_corpus", by=person, params=params).uuid)
