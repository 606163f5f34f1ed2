"""The API described from its own OpenAPI schema, without scripts from another host."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from chorale.api.routes import api


def api_docs(request: HttpRequest) -> HttpResponse:
    """Every operation, by subject."""
    schema = api.get_openapi_schema()
    groups: dict[str, list[dict[str, Any]]] = {}
    for address, methods in schema["paths"].items():
        for method, operation in methods.items():
            told = {
                "method": method.upper(),
                "address": address,
                "text": operation.get("description") or operation.get("summary", ""),
                "parameters": operation.get("parameters", []),
            }
            groups.setdefault(operation["tags"][0], []).append(told)
    context = {
        "title": "API",
        "word": "For programs",
        "groups": sorted(groups.items()),
        "version": schema["info"]["version"],
    }
    return render(request, "chorale/api_docs.html", context)
