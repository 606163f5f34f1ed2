"""Pages behind a corpus's page: groups of near duplicates, and what a new version changed."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse

from chorale.store import access, versions
from chorale.store.models import Corpus
from chorale.web.alike import Group, copies, groups_of, marked
from chorale.web.judgment_words import of_source
from chorale.web.parts import crumb

PAGE = 20


def alike(request: HttpRequest, slug: str, form: str = "html") -> HttpResponse:
    """Groups of items that say nearly the same, twenty a page, each match shown; with ``?versions=all`` those too that
    only another version of the corpus makes."""
    row = access.one(request.user, Corpus, slug=slug)
    asked, whole = request.GET.get("after", ""), request.GET.get("versions") == "all"
    behind = int(asked) if asked.isdigit() and len(asked) < 19 else 0
    found = groups_of(row, after=behind, limit=PAGE + 1, whole=whole)
    after = found[PAGE - 1].leader.pk if len(found) > PAGE else None
    found = found[:PAGE]
    if form == "json":
        return JsonResponse({"rows": [_plain(group) for group in found], "next": after})
    context = {
        "title": "Near duplicates",
        "word": row.title,
        "crumbs": [crumb("Corpora", "corpora"), crumb(row.slug, "corpus", row.slug)],
        "corpus": row,
        "groups": found,
        "after": after,
        "first": not asked,
        "whole": whole,
        "copies": copies(row),
    }
    return render(request, "chorale/corpus/alike.html", context)


def _plain(group: Group) -> dict[str, Any]:
    told = [
        {"item": str(f.item.uuid), "corpus": f.item.corpus.slug, "similarity": f.similarity} for f in group.followers
    ]
    return {"leader": str(group.leader.uuid), "corpus": group.leader.corpus.slug, "followers": told, "more": group.more}


def compare(request: HttpRequest, slug: str) -> HttpResponse:
    """The items that a version added, lost or changed against the one before it."""
    row = access.one(request.user, Corpus, slug=slug)
    old = row.previous
    kind = request.GET.get("kind", "changed")
    kind = kind if kind in versions.KINDS else "changed"
    found = versions.rows(old, row, kind, after=request.GET.get("after", ""), limit=PAGE + 1) if old else []
    shown = [line | {"pieces": marked(line["old_text"] or "", line["new_text"] or "")} for line in found[:PAGE]]
    if kind == "relabelled":
        said = of_source(line[side] for line in shown for side in ("old", "new"))
        shown = [line | {f"{side}_said": said.get(line[side], []) for side in ("old", "new")} for line in shown]
    context = {
        "title": f"Version {row.version} against {old.version}" if old else "The first version",
        "word": row.title,
        "crumbs": [crumb("Corpora", "corpora"), crumb(row.slug, "corpus", row.slug)],
        "corpus": row,
        "old": old,
        "kind": kind,
        "kinds": [(name, row.diff.get(name, 0)) for name in versions.KINDS],
        "lines": shown,
        "next": f"{reverse('corpus-compare', args=[slug])}?kind={kind}&after={found[PAGE - 1]['source_id']}"
        if len(found) > PAGE
        else "",
    }
    return render(request, "chorale/corpus/compare.html", context)
