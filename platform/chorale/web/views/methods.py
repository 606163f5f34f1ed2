"""How every number is made: the pages of methods."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from chorale.web import methods as documents


def methods(request: HttpRequest, name: str = "methods") -> HttpResponse:
    """One page of methods; open to everybody, as the releases that they explain may be."""
    if name not in documents.PAGES:
        raise Http404
    html, sections = documents.page(name)
    context = {
        "title": documents.PAGES[name],
        "word": "Methods",
        "name": name,
        "pages": documents.PAGES.items(),
        "html": html,
        "sections": sections,
    }
    return render(request, "chorale/methods.html", context)
