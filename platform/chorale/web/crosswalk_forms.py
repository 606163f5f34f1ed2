"""A crosswalk from an editor's table, or from an SSSOM file."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict

from chorale.store.models import Scheme
from harmonize.crosswalks import NO_TERM, Cell, Crosswalk, CrosswalkKind, sssom
from harmonize.crosswalks.crosswalk import MANUAL
from harmonize.problems import ChoraleError, Problem
from harmonize.records import Kind

COLUMNS = ("subject", "predicate", "object", "weight", "justification", "confidence", "source", "comment", "intercept")
NUMBERS = ("weight", "confidence", "intercept")
SPARE = 4
MOST_BYTES = 16_000_000


class Ends(forms.Form):
    """The two schemes of a new map."""

    source = forms.ModelChoiceField(queryset=Scheme.objects.order_by("ref"), to_field_name="ref", label="From")
    target = forms.ModelChoiceField(queryset=Scheme.objects.order_by("ref"), to_field_name="ref", label="To")


class CrosswalkHead(forms.Form):
    """What stands above the cells."""

    id = forms.CharField(label="Short name", max_length=100)
    version = forms.CharField(label="Version", max_length=20)
    title = forms.CharField(label="Title", max_length=200)
    origin = forms.CharField(label="Source of the map", required=False, widget=forms.Textarea(attrs={"rows": 2}))
    note = forms.CharField(label="Description", required=False, widget=forms.Textarea(attrs={"rows": 2}))
    reason = forms.CharField(label="Why this version", widget=forms.Textarea(attrs={"rows": 2}))


class CrosswalkFile(forms.Form):
    """A whole map as an SSSOM table; its fields have ids of their own, as it stands beside the head of an editor."""

    file = forms.FileField(label="SSSOM table (TSV)", help_text="As the page of a crosswalk offers it for download.")
    reason = forms.CharField(label="Why this version", widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *given: Any) -> None:
        super().__init__(*given, auto_id="file-%s")

    def clean_file(self) -> UploadedFile:
        """A table of a size that a map can have: it is read whole."""
        sent: UploadedFile = self.cleaned_data["file"]
        if sent.size and sent.size > MOST_BYTES:
            raise forms.ValidationError(f"This is {sent.size:,} bytes; a map has at most {MOST_BYTES:,}.")
        return sent

    def crosswalk(self) -> Crosswalk:
        """The map. ChoraleError with the line that cannot be read."""
        sent = self.cleaned_data["file"]
        try:
            return sssom.read(sent.read().decode("utf-8"), sent.name)
        except UnicodeDecodeError as error:
            raise ChoraleError("crosswalk-definition", f"{sent.name} is no UTF-8 text: {error}.") from None


def blank(source: Scheme, target: Scheme, version: str) -> Crosswalk:
    """A map with no cell yet."""
    dimensional = source.kind == target.kind == Kind.DIMENSION
    name = f"{source.core.id}--{target.core.id}"
    return Crosswalk(
        id=name, version=version, source_scheme=source.ref, target_scheme=target.ref, cells=(),
        title=f"{source.title} to {target.title}",
        kind=CrosswalkKind.RESCALE if dimensional else CrosswalkKind.LABELS,
    ).bind(source.core, target.core)  # fmt: skip


def rows(core: Crosswalk) -> list[dict[str, Any]]:
    """The editor's lines: every cell, a line for each source label that is not looked at yet, and a few spare ones."""
    shown = [{name: _text(getattr(cell, name)) for name in COLUMNS} for cell in core.cells]
    seen = {cell.subject for cell in core.cells}
    empty = dict.fromkeys(COLUMNS, "") | {"predicate": "skos:relatedMatch", "justification": MANUAL}
    shown += [empty | {"subject": name} for name in core.source_labels.names if name not in seen]
    return shown + [dict(empty) for _ in range(SPARE)]


def read_cells(data: QueryDict) -> tuple[tuple[Cell, ...], list[Problem]]:
    """Cells of the lines that were sent, and what is wrong with them. A line without an object is left out."""
    columns = [data.getlist(name) for name in COLUMNS]
    if len({len(column) for column in columns}) > 1:
        return (), [Problem("table", "Its columns differ in length.", "Send the whole table.", "crosswalk-table")]
    cells, problems = [], []
    for number, line in enumerate(zip(*columns, strict=True), 1):
        said = {name: text.strip() for name, text in zip(COLUMNS, line, strict=True)}
        if not said["object"]:
            continue
        try:
            values: dict[str, Any] = {k: v for k, v in said.items() if k not in NUMBERS}
            values |= {k: float(said[k]) for k in NUMBERS if said[k]}
            values.setdefault("weight", 0.0 if said["object"] == NO_TERM else 1.0)
            cells.append(Cell(**values))
        except ValueError as error:
            problems.append(Problem(f"line {number}", f"Line {number}: {error}.", "Write a number.", "crosswalk-cell"))
    return tuple(cells), problems


def with_cells(start: Crosswalk, cells: tuple[Cell, ...]) -> Crosswalk:
    """The map that the editor started from with other cells."""
    return replace(start, cells=cells)


def made(head: CrosswalkHead, start: Crosswalk, cells: tuple[Cell, ...]) -> Crosswalk:
    """The map that was sent, between the schemes and of the kind of the one it started from."""
    data = head.cleaned_data
    return replace(
        start, id=data["id"], version=data["version"], title=data["title"], source=data["origin"],
        comment=data["note"], cells=cells,
    )  # fmt: skip


def _text(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.10g}" if isinstance(value, float) else str(value)
