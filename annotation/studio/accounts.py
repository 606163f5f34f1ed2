"""Raters' accounts in Label Studio: made by invitation over HTTP, with passwords that nobody knows.

A password is derived from a server secret whenever it is needed, so none is stored and none can be shown.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from types import TracebackType
from typing import Any

import httpx

from harmonize.problems import ChoraleError

DOMAIN = "raters.chorale.invalid"  # RFC 2606: no such mail can ever be sent


def email(secret: str, rater: int) -> str:
    """The address of a rater's account: says nothing about the person, and differs between two Chorales."""
    return f"r-{_derive(secret, 'address', str(rater)).hex()[:20]}@{DOMAIN}"


def password(secret: str, address: str) -> str:
    """The password of an account, 43 characters."""
    return base64.urlsafe_b64encode(_derive(secret, "password", address)).decode().rstrip("=")


def _derive(secret: str, purpose: str, subject: str) -> bytes:
    if len(secret) < 16:
        raise ChoraleError("studio-secret", "The secret for raters' accounts is too short.", "Use 32 random bytes.")
    return hmac.new(secret.encode(), f"chorale label studio {purpose}: {subject}".encode(), hashlib.sha256).digest()


class RaterSession:
    """One rater signed in to Label Studio by this server; the rater's browser never sees these cookies."""

    def __init__(self, url: str, address: str, word: str, *, invite: str = "", timeout: float = 60.0) -> None:
        """Sign in, or sign up with the ``invite`` word where the account does not exist yet."""
        self.url, self.email = url.rstrip("/"), address
        ours = {"Referer": f"{self.url}/", "Origin": self.url}
        self.http = httpx.Client(base_url=self.url, headers=ours, timeout=timeout, trust_env=False)
        if not self._enter("/user/login/", {"email": address, "password": word, "persist_session": "on"}, {}) and not (
            invite
            and self._enter(
                "/user/signup/",
                {"email": address, "password": word, "allow_newsletters": "", "how_find_us": ""},
                {"token": invite},
            )
        ):
            self.close()
            raise ChoraleError(
                "studio-account", "Label Studio let no such rater in.", "Was the secret changed? Invite the rater anew."
            )
        who = self.http.get("/api/current-user/whoami").json()
        self.ls_id = int(who["id"])

    def submit(self, task: int, result: Sequence[Any], *, lead_time: float | None = None, skipped: bool = False) -> int:
        """Post an answer as this rater; its id. Raises `ChoraleError("studio-refused")`."""
        body: dict[str, Any] = {"result": list(result), "was_cancelled": skipped}
        if lead_time is not None:
            body["lead_time"] = lead_time
        answer = self.http.post(f"/api/tasks/{task}/annotations/", json=body, headers=self.guard)
        if answer.status_code != 201:
            raise ChoraleError("studio-refused", f"Label Studio refused an answer: {answer.status_code}.")
        return int(answer.json()["id"])

    @property
    def guard(self) -> dict[str, str]:
        """The header by which Label Studio knows that a write comes from its own page."""
        return {"X-CSRFToken": self.http.cookies.get("csrftoken") or ""}

    def close(self) -> None:
        """Let go of the connection."""
        self.http.close()

    def __enter__(self) -> RaterSession:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _enter(self, path: str, form: dict[str, str], params: dict[str, str]) -> bool:
        """Send a sign-in or sign-up form; whether it was taken (it answers with a redirect then)."""
        self.http.get(path, params=params)
        form |= {"csrfmiddlewaretoken": self.http.cookies.get("csrftoken") or ""}
        return self.http.post(path, params=params, data=form).status_code == 302
