"""A language as people type it."""

from __future__ import annotations

from typing import Any

from django import forms

from annotation.studio.words import shipped
from harmonize.languages import TAG, proper


class LanguageField(forms.CharField):
    """A BCP 47 tag, as it is written by custom; nothing typed is what stood there first."""

    def __init__(self, **told: Any) -> None:
        kept = {"label": "Language of the form", "initial": "en", "max_length": 20, "help_text": _help()}
        super().__init__(**{**kept, **told})

    def clean(self, value: Any) -> str:
        """The tag. ValidationError for what is none."""
        text = str(super().clean(value)).replace("_", "-") or str(self.initial)
        if text and not TAG.fullmatch(text):
            raise forms.ValidationError(f"{text} is no tag of a language, such as de or pt-BR.")
        return proper(text) if text else ""


def _help() -> str:
    return f"What raters read: fixed sentences and buttons are there in {', '.join(sorted(shipped()))}."
