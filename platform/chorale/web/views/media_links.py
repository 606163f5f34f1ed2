"""Media under signed links: to whoever holds the link, from any origin, in ranges, until it expires."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_http_methods

from chorale.store import media_links
from chorale.web import kept_files
from harmonize.problems import ChoraleError

OPEN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "Range, If-Range",
    "Access-Control-Expose-Headers": "Accept-Ranges, Content-Range, Content-Length, ETag",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


@require_http_methods(["GET", "HEAD", "OPTIONS"])
def media(request: HttpRequest, token: str, name: str) -> HttpResponseBase:
    """The file that the link is good for; 403 for a false link, 410 for one that has expired."""
    response: HttpResponseBase
    try:
        found = media_links.kept(token)
    except ChoraleError as error:
        status = 410 if error.code == "link-expired" else 403
        response = HttpResponse(str(error), status=status, content_type="text/plain")
    else:
        if request.method == "OPTIONS":
            response = HttpResponse(status=204)
        else:
            response = kept_files.serve(request, found.key, etag=found.etag, attachment=False)
            response["Cache-Control"] = "private, max-age=3600"
    for header, value in OPEN.items():
        response[header] = value
    return response
