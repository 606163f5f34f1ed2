"""What changed between two releases: items, their labels, sides, agreement, crosswalks; as data and as Markdown."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from exports.manifest import digest, read_manifest
from exports.reading import ReleaseFolder, rectangle

Json = dict[str, Any]
SHOWN = 100
"""Ids listed of each kind of change; the counts are whole."""

TOLERANCE = 1e-6


@dataclass(frozen=True)
class ReleaseDiff:
    """What one release has that the other has not.

    ``items``: counts added, removed, kept; ``changed``: column to number of kept items in which it differs; ``ids``:
    the first `SHOWN` ids of each. ``layers``: mean soft label before and after. ``agreement``: alpha before and after.
    ``definitions``: schemes and crosswalks added, removed, changed under the same version.
    """

    before: str
    after: str
    items: dict[str, int]
    changed: dict[str, int]
    ids: dict[str, list[str]]
    judgments: dict[str, list[int]]
    layers: dict[str, Json]
    agreement: list[Json]
    definitions: dict[str, dict[str, list[str]]]
    recipe: dict[str, list[Any]] = field(default_factory=dict)

    def to_dict(self) -> Json:
        """Plain JSON values."""
        return asdict(self)

    @property
    def empty(self) -> bool:
        """Whether nothing that a user of the data would meet has changed."""
        moved = self.items["added"] or self.items["removed"] or self.changed or self.definitions
        return not moved and all(old == new for old, new in self.judgments.values())


def diff(before: Path, after: Path) -> ReleaseDiff:
    """Compare two release folders. Judgments are compared by count: their keys differ from release to release.

    Raises `ChoraleError` if either is no release.
    """
    old, new = ReleaseFolder(before), ReleaseFolder(after)
    stated = [read_manifest(folder) for folder in (before, after)]
    reports = [json.loads((folder / "report.json").read_bytes()) for folder in (before, after)]
    items, changed, ids = _items(old, new)
    return ReleaseDiff(
        before=f"{stated[0]['name']}@{stated[0]['version']}",
        after=f"{stated[1]['name']}@{stated[1]['version']}",
        items=items,
        changed=changed,
        ids=ids,
        judgments=_judgments(*reports),
        layers=_layers(*reports),
        agreement=_agreement(*reports),
        definitions=_definitions(old, new),
        recipe=_recipe(old, new),
    )


def _items(old: ReleaseFolder, new: ReleaseFolder) -> tuple[dict[str, int], dict[str, int], dict[str, list[str]]]:
    one, two = (folder.table("items", ["uuid"])["uuid"].combine_chunks() for folder in (old, new))
    place = pc.index_in(one, value_set=two)
    kept = pc.is_valid(place).to_numpy(zero_copy_only=False)
    rows, others = np.flatnonzero(kept), place.drop_null().to_numpy()
    added = pc.is_null(pc.index_in(two, value_set=one))
    counts = {"added": int(pc.sum(added).as_py() or 0), "removed": int((~kept).sum()), "kept": len(rows)}
    ids = {"added": two.filter(added)[:SHOWN].to_pylist(), "removed": one.filter(pa.array(~kept))[:SHOWN].to_pylist()}
    changed: dict[str, int] = {}
    for name in _shared_columns(old, new):
        differs = _differs(old, new, name, rows, others)
        if differs.any():
            changed[name] = int(differs.sum())
            ids[name] = one.take(pa.array(rows[differs][:SHOWN])).to_pylist()
    return counts, changed, ids


def _shared_columns(old: ReleaseFolder, new: ReleaseFolder) -> list[str]:
    """Columns of both that mean something by themselves; pseudonyms differ by design."""
    plain = ["corpus", "language", "text", "media_sha256", "split", "reserved"]
    layers = {layer.name for layer in old.recipe.layers} & {layer.name for layer in new.recipe.layers}
    same = [name for name in sorted(layers) if _labels(old, name) == _labels(new, name)]
    return plain + same


def _labels(release: ReleaseFolder, layer: str) -> tuple[str, ...]:
    scheme = next(part.scheme for part in release.recipe.layers if part.name == layer)
    return release.schemes[scheme].names


def _differs(
    old: ReleaseFolder, new: ReleaseFolder, name: str, rows: npt.NDArray[np.int64], others: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    one, two = old.table("items", [name])[name], new.table("items", [name])[name]
    first, second = one.take(pa.array(rows)), two.take(pa.array(others))
    if pa.types.is_fixed_size_list(one.type):
        width = one.type.list_size
        close = np.isclose(rectangle(first, width), rectangle(second, width), atol=TOLERANCE, rtol=0, equal_nan=True)
        return np.asarray(~close.all(axis=1))
    same = pc.fill_null(pc.equal(first, second), False).to_numpy()
    both_null = pc.and_(pc.is_null(first), pc.is_null(second)).to_numpy()
    return np.asarray(~(same | both_null))


def _judgments(old: Json, new: Json) -> dict[str, list[int]]:
    counts: dict[str, list[int]] = {}
    for place, report in enumerate((old, new)):
        for row in report["judgments_by"]:
            key = f"{row['scheme']}, {row['perspective']}, {row['kind']}"
            counts.setdefault(key, [0, 0])[place] += row["judgments"]
        for row in report.get("rulings", ()):
            counts.setdefault(f"{row['scheme']}, {row['perspective']}, ruling", [0, 0])[place] += row["rulings"]
    return dict(sorted(counts.items()))


def _layers(old: Json, new: Json) -> dict[str, Json]:
    found = [{layer["name"]: layer for layer in report["layers"]} for report in (old, new)]
    keep = ("scheme", "method", "rated", "mean_n", "mean_entropy", "mean")
    return {
        name: {
            side: {key: layers[name][key] for key in keep} if name in layers else None
            for side, layers in zip(("before", "after"), found, strict=True)
        }
        for name in sorted(found[0].keys() | found[1].keys())
    }


def _agreement(old: Json, new: Json) -> list[Json]:
    sides: list[dict[tuple[str, str, str, str], Any]] = [{}, {}]
    for place, report in enumerate((old, new)):
        for entry in report["agreement"]:
            named = {"all": entry["alpha"]} if entry["alpha"] else entry["parts"]
            for part, found in named.items():
                sides[place][(entry["corpus"], entry["scheme"], entry["perspective"], part)] = found["value"]
    keys = sorted(sides[0].keys() | sides[1].keys())
    names = ("corpus", "scheme", "perspective", "part")
    return [
        dict(zip(names, key, strict=True)) | {"before": sides[0].get(key), "after": sides[1].get(key)} for key in keys
    ]


def _definitions(old: ReleaseFolder, new: ReleaseFolder) -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = {}
    for kind in ("schemes", "crosswalks"):
        one, two = ({ref: digest(d.to_dict()) for ref, d in getattr(side, kind).items()} for side in (old, new))
        changes = {
            "added": sorted(two.keys() - one.keys()),
            "removed": sorted(one.keys() - two.keys()),
            "changed": sorted(ref for ref in one.keys() & two.keys() if one[ref] != two[ref]),
        }
        if kept := {name: refs for name, refs in changes.items() if refs}:
            found[kind] = kept
    return found


def _recipe(old: ReleaseFolder, new: ReleaseFolder) -> dict[str, list[Any]]:
    one, two = old.recipe.to_dict(), new.recipe.to_dict()
    return {key: [one[key], two[key]] for key in sorted(one) if one[key] != two[key]}


def markdown(found: ReleaseDiff) -> str:
    """The diff as a page: counts first, then labels, agreement and definitions."""
    lines = [f"# {found.before} to {found.after}", ""]
    lines.append(", ".join(f"{n:,} items {what}" for what, n in found.items.items()) + ".")
    lines += [f"- {name}: differs in {n:,} kept items" for name, n in found.changed.items()]
    lines += ["", "## Judgments", "", "| | before | after |", "|---|---:|---:|"]
    lines += [f"| {name} | {old:,} | {new:,} |" for name, (old, new) in found.judgments.items()]
    lines += ["", "## Soft labels", "", "| layer | label | before | after |", "|---|---|---:|---:|"]
    for name, sides in found.layers.items():
        means = [side["mean"] if side else {} for side in (sides["before"], sides["after"])]
        for label in {**means[0], **means[1]}:
            lines.append(f"| {name} | {label} | {_figure(means[0].get(label))} | {_figure(means[1].get(label))} |")
    lines += [
        "",
        "## Agreement",
        "",
        "| corpus | scheme | whose | part | before | after |",
        "|---|---|---|---|---:|---:|",
    ]
    for row in found.agreement:
        told = " | ".join(str(row[key]) for key in ("corpus", "scheme", "perspective", "part"))
        lines.append(f"| {told} | {_figure(row['before'])} | {_figure(row['after'])} |")
    lines += ["", "## Schemes and crosswalks", ""]
    lines += [
        f"- {kind} {what}: {', '.join(refs)}" for kind, c in found.definitions.items() for what, refs in c.items()
    ]
    return "\n".join(lines if found.definitions else [*lines, "The same."]) + "\n"


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
