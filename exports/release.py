"""Building a release: from a recipe and a source to an immutable folder, the same bytes each time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from exports import card, figures, gates, lineage, paperwork
from exports.charts import write_charts
from exports.croissant import write_croissant
from exports.derived import write_derived
from exports.manifest import canonical, digest, write_manifest
from exports.memory import give_back
from exports.publish import appearing
from exports.recipe import Recipe
from exports.rulings import write_rulings
from exports.scratch import scratch_folder
from exports.source import ReleaseSource
from exports.statement import write_statement
from exports.subsets import write_subsets
from exports.tables import Progress, prepare, write_tables
from exports.verify import VerifyReport, verify
from exports.views import write_views
from harmonize.problems import ChoraleError

__all__ = ["VerifyReport", "build", "verify"]


def build(
    folder: Path,
    recipe: Recipe,
    source: ReleaseSource,
    *,
    salt: bytes,
    parents: Sequence[Mapping[str, str]] = (),
    kept: pa.Table | None = None,
    scratch: Path | None = None,
    preview: bool = False,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Build a release into ``folder``, which appears whole or not at all; returns its manifest.

    ``salt`` (16 to 64 bytes, secret, one a release) makes the pseudonyms: with it, the same recipe and the same rows in
    any order give the same bytes. ``parents`` name earlier versions by version and manifest digest; ``kept`` has the
    columns uuid and split of the version before. ``progress`` is called with the number of items just written.
    A ``preview`` is built even where a gate would block (the report tells). Raises `ChoraleError` if a gate blocks, if
    the folder exists, or if the source does not hold what the recipe names.
    """
    if not 16 <= len(salt) <= 64:
        raise ChoraleError("release-salt", f"The salt has {len(salt)} bytes.", "Use 16 to 64 random bytes.")
    check_refs(recipe, source)
    source = licensed(recipe, source)
    with appearing(folder) as here, scratch_folder(scratch) as spill:
        walk = prepare(recipe, source, salt=salt, scratch=spill, kept=kept)
        give_back()  # what one part freed is not on top of what the next one takes
        write_tables(here, recipe, source, walk, salt=salt, progress=progress)
        source = as_used(here, recipe, source)
        give_back()
        paperwork.write_definitions(here, recipe, source)
        lineage.write_cells(here, source)
        write_rulings(here, source.rulings, source.schemes, time=recipe.privacy.time, salt=salt)
        write_derived(here)
        write_views(here)
        write_subsets(here)
        report = figures.figures(here)
        report["splits"]["groups"], report["splits"]["torn_by_source"] = walk.split.groups, walk.split.torn
        report["dropped"] = dict(walk.dropped)
        report["judgments_without_consent"] = int(source.facts.get("without_consent", 0))
        judged = gates.judge(recipe, source, report, walk.split)
        report["gates"] = gates.plain(judged)
        if not preview:
            gates.require_open(judged)
        (here / "report.json").write_bytes(canonical(report))
        paperwork.write_licences(here, recipe, source)
        paperwork.write_citation(here, recipe, source)
        write_charts(here, report)
        write_statement(here, recipe, source, report)
        write_croissant(here, recipe, source, report)
        (here / "README.md").write_text(card.card(here, recipe, source, report), "utf-8", newline="\n")
        return write_manifest(here, _facts(recipe, parents))


def _facts(recipe: Recipe, parents: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    return {
        "name": recipe.slug,
        "version": recipe.version,
        "recipe_sha256": digest(recipe.to_dict()),
        "code": {"chorale": version("chorale"), "pyarrow": version("pyarrow"), "numpy": version("numpy")},
        "parents": [dict(parent) for parent in parents],
    }


def licensed(recipe: Recipe, source: ReleaseSource) -> ReleaseSource:
    """The source without the corpora whose licence the filter does not name; the rest where there is no such filter."""
    if not recipe.filters.licences:
        return source
    kept = tuple(corpus for corpus in source.corpora if corpus.licence in recipe.filters.licences)
    if not kept:
        found = ", ".join(sorted({corpus.licence or "none" for corpus in source.corpora}))
        raise ChoraleError("release-licences", f"No corpus has such a licence; they have {found}.", "Widen the filter.")
    return replace(source, corpora=kept)


def as_used(folder: Path, recipe: Recipe, source: ReleaseSource) -> ReleaseSource:
    """The source with those schemes alone that the recipe names or that judgments in ``folder`` are under."""
    used = {layer.scheme for layer in recipe.layers} | {
        part.scheme for layer in recipe.layers for part in layer.sources
    }
    for path in (folder / "judgments.parquet", folder / "counts.parquet"):
        if path.exists():
            with pq.ParquetFile(path) as file:
                for batch in file.iter_batches(columns=["scheme"]):
                    used.update(batch.column(0).unique().to_pylist())
    kept = {ref: scheme for ref, scheme in source.schemes.items() if ref in used}
    return replace(source, schemes=kept, masks=tuple(mask for mask in source.masks if mask.scheme in used))


def check_refs(recipe: Recipe, source: ReleaseSource) -> None:
    """Refuse a recipe that names a scheme, crosswalk or corpus which the source does not hold, naming them all."""
    schemes = {layer.scheme for layer in recipe.layers} | {p.scheme for layer in recipe.layers for p in layer.sources}
    walks = {part.crosswalk for layer in recipe.layers for part in layer.sources if part.crosswalk}
    missing = sorted(schemes - source.schemes.keys()) + sorted(walks - source.crosswalks.keys())
    missing += sorted(set(recipe.corpora) - {corpus.slug for corpus in source.corpora})
    if missing:
        raise ChoraleError(
            "release-unknown", f"The source does not hold {', '.join(missing)}.", "Import them, or mend the recipe."
        )
    for layer in recipe.layers:
        for part in layer.sources:
            walk = source.crosswalks[part.crosswalk] if part.crosswalk else None
            points = layer.method == "vad-points"  # there the crosswalk leads to a scheme that the norms speak of
            if walk and (walk.source_scheme != part.scheme or (walk.target_scheme != layer.scheme and not points)):
                what = f"{walk.ref} does not map {part.scheme} to {layer.scheme}."
                raise ChoraleError("release-crosswalk", what, f"Mend layer {layer.name}.")
