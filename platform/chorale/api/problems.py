"""Errors as RFC 9457 problem details. The API's one place where a ChoraleError becomes HTTP."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from harmonize.problems import ChoraleError

# Codes of ChoraleError that are not simply a bad request.
_STATUS = {
    "job-ended": 409, "job-not-stopped": 409, "collection-exists": 409, "unknown-scope": 404, "import-not-allowed": 403,
    "upload-too-large": 413, "upload-too-long": 413, "upload-quota": 413, "upload-disk": 507, "upload-locked": 423,
    "upload-offset": 409, "upload-open": 409, "upload-exists": 409, "intake-closed": 409, "upload-version": 412,
    "scheme-used": 409, "crosswalk-used": 409, "review-step": 409, "review-own": 403,
    "terms-not-accepted": 403, "release-withdrawn": 410, "link-expired": 410,
}  # fmt: skip


def problem(status: int, code: str, title: str, fix: str = "", **more: Any) -> HttpResponse:
    """`application/problem+json` with a stable code and what to do instead."""
    body = {"type": f"urn:chorale:problem:{code}", "status": status, "title": title, "code": code, "fix": fix, **more}
    return JsonResponse(body, status=status, content_type="application/problem+json")


def install(api: NinjaAPI) -> None:
    """Map every kind of error of this API."""

    @api.exception_handler(ChoraleError)
    def misuse(request: HttpRequest, error: ChoraleError) -> HttpResponse:
        return problem(_STATUS.get(error.code, 400), error.code, error.message, error.fix)

    @api.exception_handler(ValidationError)
    def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        faults = [{"where": ".".join(map(str, e["loc"])), "what": e["msg"]} for e in error.errors]
        return problem(422, "invalid-request", "The request does not fit the schema.", "See `faults`.", faults=faults)

    @api.exception_handler(AuthenticationError)
    def unknown(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        response = problem(
            401, "not-signed-in", "This needs a token or a session.", "Make a token on the page /tokens/."
        )
        response["WWW-Authenticate"] = "Bearer"
        return response

    @api.exception_handler(PermissionDenied)
    def refused(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
        return problem(403, "forbidden", str(error) or "Your roles do not include this.", "Ask an admin.")

    @api.exception_handler(Http404)
    def missing(request: HttpRequest, error: Http404) -> HttpResponse:
        return problem(404, "not-found", "There is nothing here for you.")

    @api.exception_handler(HttpError)
    def other(request: HttpRequest, error: HttpError) -> HttpResponse:
        return problem(error.status_code, "http-error", str(error))
