"""What a language model was asked about an item, what came, and what was read from it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from annotation.model_raters.elicitation import Row
from annotation.model_raters.stages import LABEL
from chorale.store import access, registry, replays
from chorale.store.models import Item, ModelFailure, ModelRequest, Prompt, Rater, Response
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
        "said": _said(found.row, row.text) if found.row else {}, "shown": _shown(who, row),
        "exchanges": [_exchange(one) for one in found.exchanges], "refused": found.refused, "row": found.row,
        "changed": found.changed, "failure": failure,
        "label": model_progress.drawn(scheme, found.row.values, n=1) if found.row else None,
        "status": Status(found.row.status).name.lower().replace("_", " ") if found.row else "",
        "prompt": Prompt.objects.filter(ref=who.model["prompt_version"]).first(),
    }  # fmt: skip
    return render(request, "chorale/models/asked.html", context)


def _said(row: Row, text: str) -> dict[str, Any]:
    """What came beside the label: stages in words, a reason, the places it rests on, what was rejected or lost."""
    notes = dict(row.notes)
    return {
        "stages": [*notes.pop("stages", {}).items(), *notes.pop("asides", {}).items()],
        "reason": notes.get("reason", ""),
        "places": marked(text, row.spans),
        "rejected": notes.get("rejected", []),
        "lost": notes.get("spans_not_found", []),
        "unexplained": notes.get("unexplained", ""),
        "spread": [(name, value) for name, value in notes.get("spread", {}).items()],
    }


def marked(text: str, spans: Sequence[Mapping[str, Any]]) -> list[tuple[str, bool]]:
    """The text in pieces, each with whether it is marked; offsets are code points.

    >>> marked("I am so glad", [{"start": 8, "end": 12}])
    [('I am so ', False), ('glad', True)]
    """
    if not spans:
        return []
    cuts = sorted({0, len(text), *(cut for span in spans for cut in (span["start"], span["end"]))})
    return [(text[a:b], any(span["start"] <= a and b <= span["end"] for span in spans)) for a, b in pairwise(cuts)]


def _shown(who: Rater, row: Item) -> dict[str, Any]:
    """What the rater was shown of the item, as the response records it."""
    response = Response.objects.filter(rater=who, item=row).order_by("-pk").first()
    return (response.shown or {}) if response else {}


def _exchange(one: replays.Exchange) -> dict[str, Any]:
    body = replays.body_of(one.kept) if one.kept else None
    choices = body.get("choices", []) if body else []
    return {
        "key": one.key, "sent": one.sent, "kept": one.kept,
        "stage": (one.sent.stage or LABEL) if one.sent else "",
        "parameters": _pretty(dict(one.sent.parameters) | dict(one.sent.extra)) if one.sent else "",
        "body": _pretty(body) if body else "",
        "texts": [((c.get("message") or {}).get("content"), c.get("finish_reason")) for c in choices],
    }  # fmt: skip


def _pretty(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
