"""What a language model was asked about an item, what came, and what was read from it."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from chorale.store import access, registry, replays
from chorale.store.models import Item, ModelFailure, ModelRequest, Prompt, Rater
from chorale.web import model_progress
from chorale.web.parts import crumb
from harmonize.records import Status


def asked(request: HttpRequest, key: uuid.UUID, rater: int) -> HttpResponse:
    """Each request and raw response of one rater about one item."""
    row = access.one(request.user, Item, uuid=key)
    access.rows(request.user, ModelRequest)
    who = access.one(request.user, Rater, pk=rater)
    if who.model.get("engine") != "chat":
        raise Http404
    found = replays.replay(who, row)
    scheme = registry.scheme(who.model["scheme"]).core
    failure = access.rows(request.user, ModelFailure).filter(rater=who, item=row).select_related("job").first()
    context = {
        "title": "What it was asked", "word": f"{who.model['name']} about {row.source_id}", "item": row, "rater": who,
        "crumbs": [crumb("Items", "items"), crumb(row.source_id, "item", row.uuid)],
        "exchanges": [_exchange(one) for one in found.exchanges], "refused": found.refused, "row": found.row,
        "changed": found.changed, "failure": failure,
        "label": model_progress.drawn(scheme, found.row.values, n=1) if found.row else None,
        "status": Status(found.row.status).name.lower().replace("_", " ") if found.row else "",
        "prompt": Prompt.objects.filter(ref=who.model["prompt_version"]).first(),
    }  # fmt: skip
    return render(request, "chorale/models/asked.html", context)


def _exchange(one: replays.Exchange) -> dict[str, Any]:
    body = replays.body_of(one.kept) if one.kept else None
    choices = body.get("choices", []) if body else []
    return {
        "key": one.key, "sent": one.sent, "kept": one.kept,
        "parameters": _pretty(dict(one.sent.parameters)) if one.sent else "",
        "body": _pretty(body) if body else "",
        "texts": [((c.get("message") or {}).get("content"), c.get("finish_reason")) for c in choices],
    }  # fmt: skip


def _pretty(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
