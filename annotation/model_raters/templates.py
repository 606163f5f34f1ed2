"""Jinja templates of prompts: compiled once, sandboxed, and a name that nobody gave is an error."""

from __future__ import annotations

from typing import Any

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from harmonize.problems import ChoraleError

_environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=False)
_cache: dict[str, Any] = {}


def compiled(source: str) -> Any:
    """The template. Raises ChoraleError `prompt-template` naming its fault."""
    if source not in _cache:
        try:
            _cache[source] = _environment.from_string(source)
        except TemplateError as error:
            raise ChoraleError("prompt-template", f"The template is faulty: {error}.") from error
    return _cache[source]


def render(source: str, **values: Any) -> str:
    """The text that a template makes of these values, stripped. Raises ChoraleError `prompt-template`."""
    try:
        return str(compiled(source).render(**values)).strip()
    except TemplateError as error:
        raise ChoraleError("prompt-template", f"The template cannot be rendered: {error}.") from error
