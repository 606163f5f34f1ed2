"""Where Label Studio tells that an answer changed. It is believed in nothing but that something changed."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from chorale.jobs import hints

MOST_BYTES = 2_000_000


@csrf_exempt  # the secret in the header stands for it; no cookie is looked at
@require_POST
def label_studio(request: HttpRequest, project: int) -> HttpResponse:
    """Take a hint and answer at once: a slow receiver would hold up the rater who has just submitted."""
    if int(request.headers.get("Content-Length") or 0) > MOST_BYTES:
        return HttpResponse(status=413)
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        return HttpResponse(status=400)
    secret = request.headers.get(hints.HEADER, "")
    if not isinstance(body, dict) or not hints.take_hint(project, secret, body):
        return HttpResponse(status=403)
    return HttpResponse(status=204)
