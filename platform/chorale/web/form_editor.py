"""A form from what a person types, layer by layer, or from the text of a TOML file."""

from __future__ import annotations

import re
import secrets
import tomllib
from typing import Any

from django import forms
from django.core.validators import validate_slug
from django.http import QueryDict

from chorale.store.form_defining import find, from_toml
from chorale.store.models import Scheme
from chorale.web.language_field import LanguageField
from chorale.web.scheme_forms import CODE
from harmonize.problems import ChoraleError
from harmonize.schemes import Form, Layer, When
from harmonize.schemes.form import MODALITIES, PERSPECTIVES

TEXTS = ("name", "scheme", "perspective", "question", "when_layer", "when_labels", "modality")
FLAGS = ("required", "reason", "spans")
HEADING = re.compile(r"^---[ \t]*([A-Za-z]{2,3}(?:-[A-Za-z0-9]+)*)[ \t]*$", re.MULTILINE)
Row = dict[str, Any]


class FormHead(forms.Form):
    """What stands above the layers."""

    slug = forms.CharField(label="Short name", max_length=80, validators=[validate_slug])
    title = forms.CharField(label="Title", max_length=200)
    guidelines = forms.CharField(
        label="Guidelines",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Markdown; raters see it beside every item.",
    )
    translations = forms.CharField(
        label="Guidelines in other languages",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "--- de\nZuerst, was die Person fühlt."}),
        help_text="Each after a line of three hyphens and its language. A campaign shows that of its own language.",
    )
    language = LanguageField(
        label="Written in", required=False, help_text="The language of the questions, as a tag such as en."
    )
    wording = forms.CharField(
        label="Questions and names in other languages",
        required=False,
        widget=forms.Textarea(
            attrs=CODE | {"rows": 5, "placeholder": '[de.questions]\nemotion = "Was fühlt die Person?"'}
        ),
        help_text="TOML, one table a language: warning, questions by layer, schemes with labels by id. A form's page "
        "has a blank to fill in. Buttons and fixed sentences are there in many languages; words replaces them.",
    )
    read_in = LanguageField(label="Show the preview in", initial="", required=False, help_text="Empty: as written.")
    warning = forms.CharField(
        label="Content warning",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="What raters should know before they see the first item.",
    )
    confidence = forms.BooleanField(label="Ask how sure they are, 1 to 5", required=False)

    def clean_translations(self) -> dict[str, str]:
        """The guidelines by language."""
        parts = HEADING.split(self.cleaned_data["translations"].replace("\r\n", "\n"))
        if parts[0].strip():
            raise forms.ValidationError("Begin with a line such as --- de, which tells the language.")
        return {tag: text.strip() for tag, text in zip(parts[1::2], parts[2::2], strict=True) if text.strip()}

    def clean_wording(self) -> dict[str, Any]:
        """The tables by language; `check_form` looks into them."""
        try:
            return tomllib.loads(self.cleaned_data["wording"])
        except tomllib.TOMLDecodeError as error:
            raise forms.ValidationError(f"This is no TOML: {error}.") from None


class FormText(forms.Form):
    """The whole form as TOML, typed or uploaded; schemes of its own may stand in it."""

    file = forms.FileField(label="TOML file", required=False)
    text = forms.CharField(label="Or its text", required=False, widget=forms.Textarea(attrs=CODE))

    def form(self) -> Form:
        """The form. ChoraleError for what is not TOML, or no form."""
        sent = self.cleaned_data["file"]
        try:
            return from_toml(sent.read().decode("utf-8") if sent else self.cleaned_data["text"])
        except UnicodeDecodeError as error:
            raise ChoraleError("form-definition", f"{sent.name} is no UTF-8 text: {error}.") from None


def choices() -> dict[str, Any]:
    """What a layer may be made of."""
    return {
        "schemes": list(Scheme.objects.order_by("ref").values_list("ref", "title")),
        "perspectives": PERSPECTIVES,
        "modalities": MODALITIES,
    }


def rows(made: Form | None) -> list[Row]:
    """The editor's layers: those of the form, or an empty one to begin with. A row's key names its boxes."""
    found = [
        {
            "key": str(place), "name": x.name,
            "scheme": x.scheme.ref, "perspective": x.perspective, "question": x.question,
            "when_layer": x.when.layer if x.when else "", "when_labels": ", ".join(x.when.labels) if x.when else "",
            "modality": x.modality,
            **{flag: getattr(x, flag) for flag in FLAGS},
        }
        for place, x in enumerate(made.layers if made else ())
    ]  # fmt: skip
    return found or [empty_row("0")]


def empty_row(key: str = "") -> Row:
    """A layer of which nothing is said yet."""
    begun: Row = {"key": key or f"n{secrets.token_hex(4)}", "perspective": "writer", "required": True}
    return dict.fromkeys(TEXTS, "") | dict.fromkeys(FLAGS, False) | begun


def sent_rows(data: QueryDict) -> list[Row]:
    """The layers that were sent, in order; a flag is the list of the rows whose box is ticked."""
    columns = [data.getlist(name) for name in TEXTS]
    columns[-1] = columns[-1] or [""] * len(columns[0])  # most forms judge items as they are shown
    keys = data.getlist("row")
    if len({len(column) for column in [keys, *columns]}) > 1 or len(set(keys)) < len(keys):
        raise ChoraleError("form-table", "The layers' fields differ in number.", "Send the whole form.")
    ticked = {flag: set(data.getlist(flag)) for flag in FLAGS}
    return [
        {name: text.strip() for name, text in zip(TEXTS, line, strict=True)}
        | {flag: key in ticked[flag] for flag in FLAGS}
        | {"key": key}
        for key, *line in zip(keys, *columns, strict=True)
    ]


def made_of(head: FormHead, sent: list[Row]) -> Form:
    """The form that was sent; a layer without a name is left out. ChoraleError for a scheme that does not exist."""
    layers = []
    for row in sent:
        if not row["name"]:
            continue
        labels = tuple(part.strip() for part in row["when_labels"].split(",") if part.strip())
        when = When(row["when_layer"], labels) if row["when_layer"] or labels else None
        flags = {flag: row[flag] for flag in FLAGS}
        asked = (row["name"], find(row["scheme"]), row["perspective"], row["question"])
        layers.append(Layer(*asked, when=when, modality=row["modality"], **flags))
    told = head.cleaned_data
    beside = {name: told[name] for name in ("language", "translations", "wording", "warning", "confidence")}
    return Form(told["slug"], "next", told["title"], tuple(layers), told["guidelines"], **beside)
