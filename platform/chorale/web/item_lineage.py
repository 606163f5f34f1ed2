"""Where an item's labels go and come from: the releases that hold it, and the crosswalk cells behind a mapped label."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow.parquet as pq
from django.http import Http404
from django.urls import reverse

from chorale.store import access, object_store, registry
from chorale.store.models import Item, Release
from chorale.store.release_versions import version_number
from chorale.web.softlabels import SoftLabelView
from harmonize.crosswalks import Cell

MOST = 6
"""Release lines looked into; one page should not open dozens of files."""


@dataclass(frozen=True)
class Step:
    """One cell that a mapped label passed through, its labels by name."""

    source: str
    target: str
    cell: Cell


@dataclass(frozen=True)
class Mapped:
    """A soft label in another scheme with the cells that feed what it shows."""

    view: SoftLabelView
    steps: tuple[Step, ...]


def mapped(views: Iterable[SoftLabelView]) -> list[Mapped]:
    """Each harmonised soft label with the cells behind its labels above 0."""
    return [Mapped(view, tuple(_steps(view))) for view in views]


def _steps(view: SoftLabelView) -> list[Step]:
    if not view.crosswalk:
        return []
    walk = registry.crosswalk(view.crosswalk).core
    near, far = (registry.scheme(ref).core for ref in (walk.source_scheme, walk.target_scheme))
    names = [{part.id: part.name for part in (*core.labels, *core.dimensions)} for core in (near, far)]
    shown = {row.name for row in view.rows if row.value or view.dimensional}
    found = [
        Step(names[0].get(cell.subject, cell.subject), names[1].get(cell.object, cell.object), cell)
        for cell in walk.cells
        if cell.weight or cell.intercept
    ]
    return sorted((s for s in found if s.target in shown), key=lambda s: (s.target, -s.cell.weight, s.source))


def releases_of(person: access.Person, item: Item) -> list[tuple[Release, str]]:
    """The newest release of each line that this person may see and that holds the item, with its page there."""
    newest: dict[str, Release] = {}
    for row in access.releases_of(person).filter(state__in=["frozen", "published"]).order_by("pk"):
        if item.corpus.slug not in row.summary.get("corpora", {}):
            continue
        if row.slug not in newest or version_number(row) > version_number(newest[row.slug]):
            newest[row.slug] = row
    held = [row for row in sorted(newest.values(), key=lambda row: row.title)[:MOST] if _holds(row, str(item.uuid))]
    return [(row, reverse("release-item", args=[row.slug, row.version, item.uuid])) for row in held]


def _holds(release: Release, uuid: str) -> bool:
    """Whether a release has the item: its rows are in uuid order, so one row group can hold it and is read."""
    try:
        with object_store.open_key(f"{release.folder}/items.parquet") as file, pq.ParquetFile(file) as table:
            column = table.schema_arrow.get_field_index("uuid")
            for group in range(table.num_row_groups):
                span = table.metadata.row_group(group).column(column).statistics
                if span is None or span.min <= uuid <= span.max:
                    return uuid in table.read_row_group(group, columns=["uuid"])["uuid"].to_pylist()
    except (FileNotFoundError, Http404):
        return False
    return False
