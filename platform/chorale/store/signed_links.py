"""Links that need no sign-in and end by themselves: a signed token that says what it is for and who asked."""

from __future__ import annotations

from typing import Any

from django.core import signing

from harmonize.problems import ChoraleError

SECONDS = 6 * 3600
"""How long a link is good for."""


def sign(kind: str, *told: Any) -> str:
    """A token for what is ``told`` (plain values); tokens of another ``kind`` do not open as this one."""
    return signing.dumps(list(told), salt=f"chorale.{kind}")


def opened(kind: str, token: str, *, parts: int, source: str) -> list[Any]:
    """What a token tells, ``parts`` values. Raises ChoraleError `link-expired` or `link-broken`.

    ``source`` says where a new one is to be had. Whether what it stands for is still there and still open to whoever
    asked is for the caller to look at.
    """
    fix = f"Take a new one from the {source}."
    try:
        told = signing.loads(token, salt=f"chorale.{kind}", max_age=SECONDS)
    except signing.SignatureExpired as error:
        raise ChoraleError("link-expired", "This link has expired.", fix) from error
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise ChoraleError("link-broken", "This link is damaged.", fix) from error
    if not isinstance(told, list) or len(told) != parts:
        raise ChoraleError("link-broken", "This link is damaged.", fix)
    return told
