"""What went wrong, said in the look of the other pages. One of the two places where a ChoraleError becomes HTTP."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from harmonize.problems import ChoraleError

Respond = Callable[[HttpRequest], HttpResponseBase]


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: signed in, but not for this. Whoever has not signed in is asked to."""
    if not request.user.is_authenticated and not request.path.startswith("/api/"):
        return redirect_to_login(request.get_full_path())
    return _apology(request, 403, "This page is not yours to open", "Your roles do not include it. Ask an admin.")


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form was too old, or was not ours."""
    return _apology(request, 403, "This form has expired", "Go back, reload the page and send it again.")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: nothing here, or nothing for this person."""
    return _apology(request, 404, "There is nothing here", "The address may be mistyped, or the thing may be gone.")


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our fault; the page needs no database."""
    return _apology(request, 500, "Something broke on our side", "It was written to the log. Try again in a moment.")


def _apology(request: HttpRequest, code: int, title: str, text: str) -> HttpResponse:
    if request.path.startswith("/api/v1/"):  # what never reached the API's own errors
        body = {"type": f"urn:chorale:problem:http-{code}", "status": code, "title": title, "code": f"http-{code}"}
        return JsonResponse({**body, "fix": text}, status=code, content_type="application/problem+json")
    context = {"code": code, "title": title, "text": text}
    return render(request, "chorale/apology.html", context, status=code)


class Misuse:
    """Middleware: a ChoraleError from a form becomes a message on the page the person came from, else a 400 page; a
    method that an address does not take, a page of its own."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Hand on; an address that only takes forms says so to whoever opens it, where it would answer with nothing."""
        response = self.respond(request)
        opened = "text/html" in request.headers.get("Accept", "")  # by a browser
        if opened and isinstance(response, HttpResponseNotAllowed) and not response.content:
            told = _apology(request, 405, "This address only takes forms", "Go back, and use the button there.")
            told["Allow"] = response["Allow"]
            return told
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Say what was refused and what to do instead."""
        if not isinstance(error, ChoraleError) or request.path.startswith("/api/"):
            return None
        back = request.POST.get("back", "")
        if request.method == "POST" and back and url_has_allowed_host_and_scheme(back, allowed_hosts=None):
            messages.error(request, str(error))
            return redirect(back)
        return _apology(request, 400, error.message, error.fix)
