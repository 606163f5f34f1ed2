"""A scheme from what a person types, or from the text of a TOML file."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from django import forms

from chorale.web.scheme_tables import read_opposites, read_table, read_texts
from harmonize.problems import ChoraleError
from harmonize.records import Kind
from harmonize.schemes import Scheme

Json = dict[str, Any]
CODE = {"rows": 14, "spellcheck": "false", "class": "wide-code"}
KINDS = [
    (Kind.SINGLE, "one label"),
    (Kind.SET, "any number of labels"),
    (Kind.INTENSITY, "labels with strengths"),
    (Kind.DIMENSION, "numbers on ranges"),
]
RANGE = re.compile(
    r"^(?P<id>[^:]+):\s*(?P<low>-?[\d.]+)\s*(?:to|\.\.)\s*(?P<high>-?[\d.]+)(?:\s+step\s+(?P<step>[\d.]+))?$"
)


class SchemeText(forms.Form):
    """The whole definition as TOML, typed or uploaded."""

    file = forms.FileField(label="TOML file", required=False)
    text = forms.CharField(label="Or its text", required=False, widget=forms.Textarea(attrs=CODE))

    def scheme(self) -> Scheme:
        """The scheme. ChoraleError for what is not TOML, or not a scheme."""
        sent = self.cleaned_data["file"]
        try:
            text = sent.read().decode("utf-8") if sent else self.cleaned_data["text"]
            return Scheme.from_dict(tomllib.loads(text))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ChoraleError(
                "scheme-toml", f"This is no TOML: {error}.", "See a shipped scheme's download."
            ) from None
        except (TypeError, ValueError, AttributeError) as error:
            raise ChoraleError("scheme-definition", f"A field is missing or of a wrong type: {error}.") from None


class SchemeFields(forms.Form):
    """The usual scheme, without writing a file."""

    id = forms.CharField(label="Short name", max_length=60, help_text="Stands in addresses; no spaces, @, : or /.")
    version = forms.CharField(label="Version", max_length=20, initial="1.0.0")
    title = forms.CharField(label="Title", max_length=200)
    kind = forms.ChoiceField(label="An answer holds", choices=KINDS)
    language = forms.CharField(label="Language", max_length=20, initial="en", help_text="A BCP 47 tag, such as en.")
    labels = forms.CharField(
        label="Labels", required=False, widget=forms.Textarea(attrs=CODE),
        help_text="One a line: id, or id: definition, or id = name: definition. Indented: below the label above it.",
    )  # fmt: skip
    table = forms.FileField(
        label="Or their table (CSV)", required=False,
        help_text="A column id; if you like name, definition, parent, opposite, group, role, angle, level, terms.",
    )  # fmt: skip
    opposites = forms.CharField(
        label="Opposites", required=False, widget=forms.Textarea(attrs={**CODE, "rows": 2}),
        help_text="One pair a line: joy - sadness.",
    )  # fmt: skip
    dimensions = forms.CharField(
        label="Dimensions", required=False, widget=forms.Textarea(attrs={**CODE, "rows": 3}),
        help_text="One a line: valence: 1 to 9 step 1. For numbers on ranges alone.",
    )  # fmt: skip
    levels = forms.CharField(
        label="Strengths", required=False, help_text="From 0 up, with commas: absent, low, moderate, high."
    )
    texts = forms.CharField(
        label="Free texts", required=False, widget=forms.Textarea(attrs={**CODE, "rows": 2}),
        help_text="One a line, cause: What brought it about? Only with some labels, cause [anger, fear]: What ...",
    )  # fmt: skip
    neutral = forms.CharField(label="The label that means no emotion", required=False)
    other = forms.CharField(label="The label that means another emotion", required=False)
    source = forms.CharField(label="Source", required=False, help_text="Whose scheme it is: a citation, or yourself.")
    description = forms.CharField(label="Description", required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def scheme(self) -> Scheme:
        """The scheme. ChoraleError for a line that cannot be read."""
        data = self.cleaned_data
        whole: Json = {k: data[k] for k in ("id", "version", "title", "kind", "language", "description")}
        roles = {data["neutral"]: "neutral", data["other"]: "other"}
        rows = read_table(data["table"]) if data.get("table") else read_labels(data["labels"])
        facing = read_opposites(data["opposites"])
        whole["labels"] = [row | _role(row, roles) | facing.get(row["id"], {}) for row in rows]
        whole["texts"] = read_texts(data["texts"])
        whole["dimensions"] = read_dimensions(data["dimensions"])
        whole["levels"] = [part.strip() for part in data["levels"].split(",") if part.strip()]
        whole |= {"neutral": data["neutral"] or None, "other": data["other"] or None}
        whole["sources"] = [{"cite": data["source"]}] if data["source"] else []
        return Scheme.from_dict(whole)


def read_labels(text: str) -> list[Json]:
    """Labels one a line; a line that is indented further than one above it names a label below that one.

    >>> [(row["id"], row.get("parent")) for row in read_labels("joy: gladness\\n  zest\\nfear")]
    [('joy', None), ('zest', 'joy'), ('fear', None)]
    """
    rows: list[Json] = []
    above: list[tuple[int, str]] = []
    for line in text.expandtabs(4).splitlines():
        if not line.strip():
            continue
        depth = len(line) - len(line.lstrip())
        named, _, definition = line.strip().partition(":")
        name, _, shown = (part.strip() for part in named.partition("="))
        above = [step for step in above if step[0] < depth]
        row: Json = {"id": name, "definition": definition.strip()}
        if shown:
            row["name"] = shown
        if above:
            row["parent"] = above[-1][1]
        above.append((depth, name))
        rows.append(row)
    return rows


def read_dimensions(text: str) -> list[Json]:
    """Dimensions one a line, "id: low to high step s". ChoraleError for a line that is none."""
    rows = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        found = RANGE.match(line)
        if not found:
            raise ChoraleError("scheme-range", f"{line!r} is no dimension.", "Write valence: 1 to 9 step 1.")
        row: Json = {"id": found["id"].strip(), "low": float(found["low"]), "high": float(found["high"])}
        rows.append(row | ({"step": float(found["step"])} if found["step"] else {}))
    return rows


def _role(row: Json, roles: dict[str, str]) -> Json:
    return {"role": roles[row["id"]]} if row["id"] in roles else {}
