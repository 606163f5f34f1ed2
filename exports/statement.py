"""The data statement of a release (Bender and Friedman 2018), filled from its report; what nobody stated is said so."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from exports.card import cards
from exports.raters_table import SUPPRESSED
from exports.reading import ReleaseFolder
from exports.recipe import Recipe
from exports.source import ReleaseSource

Json = dict[str, Any]
FILE = "DATA_STATEMENT.md"


def write_statement(folder: Path, recipe: Recipe, source: ReleaseSource, report: Json) -> None:
    """Write `DATA_STATEMENT.md`; ``report`` is what `exports.figures.figures` gave."""
    signs = {sign: n for found in report["personal_data"].values() for sign, n in found.items() if n}
    text = cards().get_template("data_statement.md").render(
        recipe=recipe,
        report=report,
        corpora=sorted(source.corpora, key=lambda corpus: corpus.slug),
        traits=traits(folder),
        judged=[row for row in report["judgments_by"] if row["status"] == "answered"],
        signs=", ".join(f"{sign} ({n:,})" for sign, n in sorted(signs.items())),
    )  # fmt: skip
    (folder / FILE).write_text(text.rstrip("\n") + "\n", "utf-8", newline="\n")


def traits(folder: Path) -> list[tuple[str, str, int]]:
    """(trait, value, people) of what people gave and the release shows; suppressed cells have no line."""
    counts: Counter[tuple[str, str]] = Counter()
    for raw in ReleaseFolder(folder).table("raters", ["traits"])["traits"].to_pylist():
        counts.update((name, str(value)) for name, value in json.loads(raw or "{}").items() if value != SUPPRESSED)
    return [(name, value, n) for (name, value), n in sorted(counts.items())]
