"""Each password of the tests is hashed once a process, by the real hasher, which is slow on purpose."""

from __future__ import annotations

from functools import cache

from django.contrib.auth import models
from django.contrib.auth.hashers import make_password

_once = cache(make_password)


def install() -> None:
    """For people who are made with a password; whoever changes it has it hashed anew."""
    models.make_password = _hashed  # type: ignore[attr-defined]


def _hashed(password: str | None) -> str:
    return make_password(None) if password is None else _once(password)
