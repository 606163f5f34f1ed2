"""What a release page reads from the release's own files: card, report, sample rows. The database only points there."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.urls import reverse
from django.utils.safestring import SafeString

from chorale.store import object_store
from chorale.store.models import Release
from chorale.web.markdown import rendered
from chorale.web.parts import Action, action
from chorale.web.softlabels import SoftLabelView, view
from exports.reading import ReleaseFolder
from exports.withdrawal import TOMBSTONES
from harmonize.schemes import Scheme

Json = dict[str, Any]
SAMPLE = 6
BESIDE = ("README.md", "DATA_STATEMENT.md", "LICENSES", "CITATION.cff", "recipe.toml")


def _read(release: Release, name: str) -> bytes | None:
    if not release.folder:
        return None
    try:
        with object_store.open_key(f"{release.folder}/{name}") as file:
            return file.read()
    except FileNotFoundError:
        return None


def report(release: Release) -> Json:
    """`report.json`: every figure of the card; empty where the files are gone (a withdrawn release)."""
    raw = _read(release, "report.json")
    return json.loads(raw) if raw else {}


def card(release: Release) -> SafeString:
    """The dataset card as HTML: front matter left out, no raw HTML, no pictures."""
    raw = _read(release, "README.md")
    return rendered(_body(raw.decode())) if raw else SafeString("")


def _body(text: str) -> str:
    """The card without its front matter and its title, which the page has."""
    if text.startswith("---"):
        text = text.partition("\n---\n")[2]
    text = re.sub(r"^!\[.*\]\(.*\)$\n?", "", text, flags=re.MULTILINE).strip()  # the page draws its own charts
    return text.partition("\n")[2] if text.startswith("# ") else text


def parts(release: Release) -> dict[str, list[str]]:
    """What can be taken as one zip: name to the files in it. Each comes with what says how it may be used."""
    names = sorted(release.manifest.get("files", {}))
    beside = [name for name in names if name in BESIDE] + ["manifest.json"]
    found = {"all": [*names, "manifest.json"]}
    for name in names:
        kind, _, rest = name.partition("/")
        if kind == "views" and rest:
            found.setdefault(rest.partition("/")[0], [*beside]).append(name)
        elif kind == "subsets":
            found[f"subset-{rest.removesuffix('.parquet')}"] = [*beside, name]
    return found


def sizes(release: Release) -> list[tuple[str, int, int]]:
    """(part, files, bytes) of every zip, the whole first."""
    files = release.manifest.get("files", {})
    return [
        (part, len(names), sum(files[name]["bytes"] for name in names if name in files))
        for part, names in parts(release).items()
    ]


def tombstones(release: Release) -> Json:
    """What was withdrawn and why, by file."""
    raw = _read(release, TOMBSTONES)
    return json.loads(raw) if raw else {}


def schema(release: Release) -> dict[str, str]:
    """Column to type of `items.parquet`, in the file's own order, which the manifest's sorted keys have lost."""
    try:
        with object_store.open_key(f"{release.folder}/items.parquet") as file:
            return {field.name: str(field.type) for field in pq.read_schema(file)}
    except FileNotFoundError:
        told: dict[str, str] = release.manifest.get("files", {}).get("items.parquet", {}).get("schema", {})
        return told


def item_row(folder: Path, key: str) -> Json:
    """One row of `items.parquet`; empty if there is none."""
    rows = ReleaseFolder(folder).table("items", None, pc.field("uuid") == key).to_pylist()
    return dict(rows[0]) if rows else {}


def links(*titled: tuple[str, str], args: list[str]) -> list[Action]:
    """Actions that lead to named routes with the same arguments."""
    return [action(title, reverse(route, args=args)) for title, route in titled]


def schemes(release: Release) -> dict[str, Scheme]:
    """The schemes exactly as released, by ref."""
    found = {}
    for name in release.manifest.get("files", {}):
        if name.startswith("schemes/") and name.endswith(".json") and (raw := _read(release, name)):
            core = Scheme.from_dict(json.loads(raw))
            found[core.ref] = core
    return found


def samples(
    release: Release, layers: list[Json], known: dict[str, Scheme]
) -> Iterator[tuple[Json, list[tuple[str, SoftLabelView]]]]:
    """The first rated items with each layer's soft label, read from the first row group alone."""
    wanted = [layer for layer in layers if layer["scheme"] in known]
    if not release.folder or not wanted:
        return
    try:
        with object_store.open_key(f"{release.folder}/items.parquet") as file, pq.ParquetFile(file) as table:
            batch = next(table.iter_batches(batch_size=400), None)
            rows = batch.to_pylist() if batch is not None else []
    except FileNotFoundError:
        return
    rows = [row for row in rows if row.get("text") and any(row.get(layer["name"]) for layer in wanted)]
    for row in rows[:: max(1, len(rows) // SAMPLE)][:SAMPLE]:
        row["href"] = reverse("release-item", args=[release.slug, release.version, row["uuid"]]) if _uuid(row) else ""
        yield row, [(layer["name"], drawn(row, layer, known)) for layer in wanted if row.get(layer["name"])]


def _uuid(row: Json) -> bool:
    try:
        uuid.UUID(row["uuid"])
    except ValueError:
        return False
    return True


def drawn(row: Json, layer: Json, known: dict[str, Scheme]) -> SoftLabelView:
    name = layer["name"]
    via = row.get(f"{name}_via")
    return view(
        known[layer["scheme"]],
        row[name],
        semantics=layer["semantics"],
        spread=row.get(f"{name}_sd"),
        method=layer["method"],
        perspective=layer["perspective"],
        n=row.get(f"{name}_n"),
        entropy=row.get(f"{name}_entropy"),
        unmapped=row.get(f"{name}_unmapped"),
        crosswalk=via if via and via != "native" else "",
    )


def means(layer: Json, known: dict[str, Scheme]) -> SoftLabelView:
    """The mean soft label of a column, ready to draw."""
    values = [layer["mean"].get(name) for name in known[layer["scheme"]].names]
    return view(known[layer["scheme"]], values, semantics=layer["semantics"], perspective=layer["perspective"],
                method=layer["method"])  # fmt: skip
