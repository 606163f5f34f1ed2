"""The texts of a release that no number depends on: definitions as used, recipe, licences, citation."""

from __future__ import annotations

import json
from pathlib import Path

from exports import masks
from exports.manifest import canonical
from exports.recipe import Recipe
from exports.source import CorpusFacts, ReleaseSource


def write_definitions(folder: Path, recipe: Recipe, source: ReleaseSource) -> None:
    """The recipe as written; schemes, crosswalks and what corpora could not express, exactly as used."""
    (folder / "recipe.toml").write_bytes(recipe.text.encode())
    masks.write(folder, source.masks)
    for name, definitions in (("schemes", source.schemes), ("crosswalks", source.crosswalks)):
        (folder / name).mkdir()
        for ref, definition in definitions.items():
            (folder / name / f"{ref}.json").write_bytes(canonical(definition.to_dict()))


def write_licences(folder: Path, recipe: Recipe, source: ReleaseSource) -> None:
    """`LICENSES`: what applies to the release and to each corpus in it."""
    lines = [f"{recipe.title} {recipe.version}", ""]
    if recipe.licence:
        lines += [f"The compilation (selection, soft labels, crosswalks): {recipe.licence}", ""]
    lines += ["Each item and its judgments stay under the licence of their corpus (column `corpus`):", ""]
    for corpus in _in_order(source):
        lines.append(f"{corpus.slug}: {corpus.licence or 'not stated'}")
        lines += [f"    {line}" for line in (corpus.title, corpus.licence_url, corpus.source_url) if line]
    (folder / "LICENSES").write_text("\n".join(lines) + "\n", "utf-8", newline="\n")


def write_citation(folder: Path, recipe: Recipe, source: ReleaseSource) -> None:
    """`CITATION.cff` 1.2.0; JSON strings are valid YAML, so no value can break out of its place."""
    quote = _quoted
    lines = [
        "cff-version: 1.2.0",
        "type: dataset",
        f"title: {quote(recipe.title)}",
        f"version: {quote(recipe.version)}",
    ]
    lines.append(f"message: {quote('Cite this release and the corpora it is made from.')}")
    lines += ["authors:", *(f"  - name: {quote(name)}" for name in recipe.authors or (recipe.title,))]
    if recipe.licence:
        lines.append(f"license: {quote(recipe.licence)}")
    if recipe.summary:
        lines.append(f"abstract: {quote(recipe.summary)}")
    if source.corpora:
        lines.append("references:")
        for corpus in _in_order(source):
            lines += ["  - type: dataset", f"    title: {quote(corpus.title)}", "    authors:"]
            lines.append(f"      - name: {quote(corpus.title)}")
            lines += [f"    notes: {quote(corpus.citation)}"] if corpus.citation else []
            lines += [f"    url: {quote(corpus.source_url)}"] if corpus.source_url else []
    (folder / "CITATION.cff").write_text("\n".join(lines) + "\n", "utf-8", newline="\n")


def _in_order(source: ReleaseSource) -> list[CorpusFacts]:
    return sorted(source.corpora, key=lambda corpus: corpus.slug)


def _quoted(text: str) -> str:
    return json.dumps(" ".join(text.split()), ensure_ascii=False)
