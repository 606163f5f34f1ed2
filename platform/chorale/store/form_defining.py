"""Forms that people make: checked as a whole, their own schemes registered with them, the next version kept."""

from __future__ import annotations

import tomllib
from typing import Any

from django.db import transaction

from annotation import studio
from annotation.studio import words
from annotation.studio.layers import check as check_studio
from chorale.store import forms, registry
from chorale.store.forms import core
from chorale.store.language_editing import define_scheme
from chorale.store.models import Form, Scheme, User
from harmonize import schemes
from harmonize.problems import ChoraleError, Problem
from harmonize.schemes import check_form, form_from_dict
from harmonize.schemes.wording import own_words

__all__ = ["core", "define_form", "find", "form_problems", "from_toml"]

Json = dict[str, Any]


def find(ref: str) -> schemes.Scheme:
    """A scheme by "id@version", or its newest by "id": one of the database, else a shipped one."""
    return registry.scheme(ref).core


def from_toml(text: str) -> schemes.Form:
    """A form from the text of a TOML file. ChoraleError `form-definition` names everything that is wrong."""
    try:
        return form_from_dict(tomllib.loads(text), find)
    except tomllib.TOMLDecodeError as error:
        raise ChoraleError("form-definition", f"This is no TOML: {error}.", "Mend that line.") from None


def form_problems(made: schemes.Form) -> list[Problem]:
    """Everything that forbids a form: its faults, and what raters could not be shown."""
    found = check_form(made)
    if not found:
        try:
            check_studio(made.layers, studio.Options())
        except ChoraleError as error:
            found.append(Problem(made.ref, error.message, error.fix, error.code))
        found += [
            Problem(made.ref, f"wording.{tag}: words: {what}", "A form's page lists them.", "form-definition")
            for tag in made.wording
            for what in words.faults(own_words(made.wording, tag))
        ]
    return found


@transaction.atomic
def define_form(*, by: User, made: schemes.Form) -> Form:
    """Keep a form as the next version of its name; schemes of its own are registered first.

    The same layers again give the version that is there. ChoraleError `form-definition` for a faulty one.
    """
    if problems := form_problems(made):
        raise ChoraleError("form-definition", " ".join(f"{p.what} {p.fix}" for p in problems))
    for layer in made.layers:
        if layer.scheme.ref in made.own and not Scheme.objects.filter(ref=layer.scheme.ref).exists():
            define_scheme(by=by, core=layer.scheme)
    layers = [
        forms.LayerSpec(
            x.name, x.scheme.ref, x.perspective, x.question, x.required, x.when.to_dict() if x.when else {},
            x.spans, x.reason, x.modality,
        )
        for x in made.layers
    ]  # fmt: skip
    return forms.create(
        by=by, slug=made.id, title=made.title, layers=layers, guidelines=made.guidelines,
        language=made.language, translations=made.translations, wording=made.wording, warning=made.warning,
        confidence=made.confidence,
    )  # fmt: skip
