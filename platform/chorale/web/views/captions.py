"""Captions of an item's recording, for the player on its page."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpRequest, HttpResponse

from chorale.store import access
from chorale.store.models import Item
from harmonize.corpora.media.cues import Cue, to_vtt


def captions(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """What is said in an item's recording, as WebVTT, to those who may see the item."""
    row = access.one(request.user, Item, uuid=key)
    found = [Cue(**cue) for cue in row.media_facts.get("cues", [])]
    if not found:
        raise Http404
    return HttpResponse(to_vtt(found), content_type="text/vtt; charset=utf-8")
