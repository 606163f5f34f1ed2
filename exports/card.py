"""The dataset card: Hugging Face front matter and prose, filled from the report, so that nothing is typed twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from exports.recipe import RULED, Recipe
from exports.source import CorpusFacts, ReleaseSource

Json = dict[str, Any]
RATERS = {
    "person": ("person", "people"),
    "model": ("model", "models"),
    "source": ("published label", "published labels"),
}
SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
MEANINGS = {
    "distribution": "`distribution`: one choice a rater, so a row sums to 1.",
    "proportions": "`proportions`: the share of raters who marked each label; they need not sum to 1.",
    "intensity": "`intensity`: the mean ordinal strength of each label.",
    "dimension": "`dimension`: the mean over raters in the scheme's own range, with the SD over raters in `_sd`.",
    "posterior": "`posterior`: a belief about one latent truth; not to be averaged with votes or compared by entropy.",
}


def cards() -> Environment:
    """The templates of what a release says in words, with the words they share."""
    # They are Markdown, not HTML: whoever shows one on a page sanitises it there.
    environment = Environment(loader=PackageLoader("exports"), undefined=StrictUndefined, autoescape=False)  # noqa: S701
    environment.filters["plaintext"] = cell
    environment.globals.update(number=number, figure=figure, cell=cell, quoted=quoted)
    environment.globals.update(
        code=code, leading=leading, changes=changes, raters=raters, rule_words=rule_words, subset_words=subset_words
    )
    return environment


def card(folder: Path, recipe: Recipe, source: ReleaseSource, report: Json) -> str:
    """The text of `README.md` for the release in ``folder``; ``report`` is what `exports.figures.figures` gave."""
    corpora = sorted(source.corpora, key=lambda corpus: corpus.slug)
    semantics = sorted({layer["semantics"] for layer in report["layers"]})
    return (
        cards()
        .get_template("card.md")
        .render(
            recipe=recipe,
            report=report,
            corpora=corpora,
            configs=configs(folder),
            charts=sorted(f"charts/{path.name}" for path in (folder / "charts").glob("*.svg")),
            licence=licence(recipe, corpora),
            languages=[quoted(language) for language in report["languages"] if language],
            creators=[quoted(word) for word in creators(report)],
            size=next((name for limit, name in SIZES if report["items"] < limit), "n>1M"),
            meanings="\n".join(MEANINGS[name] for name in semantics),
            agreement=agreement_rows(report),
            tables=label_tables(report),
            refused=[entry for entry in report["agreement"] if entry["refused"]],
            ruled=list(RULED),
        )
        .rstrip("\n")
        + "\n"
    )


def configs(folder: Path) -> list[Json]:
    """What `datasets.load_dataset` offers: the three tables, then each view with its splits."""
    found: list[Json] = [
        {"name": name, "default": name == "items", "files": [("full", f"{name}.parquet")]}
        for name in ("items", "judgments", "raters", "rulings", "derived", "counts")
        if (folder / f"{name}.parquet").is_file()
    ]
    for subset in sorted((folder / "subsets").glob("*.parquet")):
        files = [("full", f"subsets/{subset.name}")]
        found.append({"name": f"subset-{subset.stem}", "default": False, "files": files})
    for view in sorted(path for path in (folder / "views").glob("*") if path.is_dir()):
        # A JSON Lines file without lines has no columns, which `datasets` refuses.
        sides = [side for side in sorted(view.iterdir()) if side.stat().st_size]
        files = [(side.stem, f"views/{view.name}/{side.name}") for side in sides]
        found.append({"name": view.name, "default": False, "files": files})
    return found


def licence(recipe: Recipe, corpora: list[CorpusFacts]) -> str:
    """The front matter's licence: the one of all, or `other` (then `LICENSES` tells)."""
    named = {corpus.licence.lower() for corpus in corpora} | ({recipe.licence.lower()} if recipe.licence else set())
    return quoted(named.pop()) if len(named) == 1 and "" not in named else "other"


def creators(report: Json) -> list[str]:
    """Who annotated, in the hub's words."""
    words = {"person": "crowdsourced", "model": "machine-generated", "source": "found"}
    return sorted(words[kind] for kind in report["raters"]) or ["found"]


def agreement_rows(report: Json) -> list[Json]:
    """The agreement entries as rows of one table: the whole, then each dimension; labels stand in a line below it."""
    rows = []
    for entry in report["agreement"]:
        where = {key: entry[key] for key in ("corpus", "scheme", "perspective")}
        named = [("all", entry["alpha"])] if entry["alpha"] else sorted(entry["parts"].items())
        for part, found in named:
            interval = "" if found["low"] is None else f"{found['low']:.3f} to {found['high']:.3f}"
            counts = {"units": found["units"], "ratings": found["ratings"]}
            rows.append(where | counts | {"part": part, "value": found["value"], "interval": interval})
    return rows


def raters(kind: str, count: int) -> str:
    """So many of a kind of rater, in words.

    >>> raters("model", 1)
    '1 model'
    """
    return f"{count:,} {RATERS[kind][count != 1]}"


def leading(layer: Json, *, most: int = 3) -> str:
    """The labels of the greatest mean, or every dimension, with their means.

    >>> leading({"semantics": "proportions", "mean": {"joy": 0.25, "fear": 0.5, "anger": None}})
    'fear 0.500, joy 0.250'
    """
    known = [(label, value) for label, value in layer["mean"].items() if value is not None]
    if layer["semantics"] != "dimension":
        known = sorted(known, key=lambda pair: -pair[1])[:most]
    return ", ".join(f"{cell(label)} {value:.3f}" for label, value in known)


def changes(mean: dict[str, float | None], *, most: int = 3) -> str:
    """The greatest of some differences, either way, with their sign.

    >>> changes({"joy": -0.25, "fear": 0.5, "anger": None})
    'fear +0.500, joy -0.250'
    """
    known = sorted(((label, v) for label, v in mean.items() if v is not None), key=lambda pair: -abs(pair[1]))
    return ", ".join(f"{cell(label)} {value:+.3f}" for label, value in known[:most])


def label_tables(report: Json) -> list[Json]:
    """One table a scheme: every label with its mean in each column of that scheme and its alpha in each corpus."""
    columns: dict[str, list[tuple[str, dict[str, float | None]]]] = {}
    for layer in report["layers"]:
        columns.setdefault(layer["scheme"], []).append((f"mean of `{layer['name']}`", layer["mean"]))
    for entry in report["agreement"]:
        alphas = {label: found["value"] for label, found in entry["parts"].items()}
        if alphas:
            head = f"alpha, {cell(entry['corpus'])}, {entry['perspective']}"
            columns.setdefault(entry["scheme"], []).append((head, alphas))
    tables = []
    for scheme, parts in columns.items():
        labels = dict.fromkeys(label for _, known in parts for label in known)
        rows = [(label, [known.get(label) for _, known in parts]) for label in labels]
        tables.append({"scheme": scheme, "heads": [head for head, _ in parts], "rows": rows})
    return tables


def rule_words(rule: Json) -> str:
    """The rule that leaves people out, as a sentence without its full stop."""
    parts = []
    if rule["fewest_judgments"]:
        parts.append(f"fewer than {rule['fewest_judgments']:,} judgments")
    if rule["least_agreement"] is not None:
        parts.append(
            f"agreement with others beyond chance below {rule['least_agreement']:g} in a scheme with at least "
            f"{rule['shared_items']:,} shared items"
        )
    return "or ".join(f"{part} " for part in parts).strip()


def subset_words(row: Json) -> str:
    """The rule of a subset and what it was asked of, as a table cell."""
    if row["rule"] == "conflict":
        told = ", ".join(f"{word} {n:,}" for word, n in row["verdicts"].items())
        return f"{row['rule']} in `{row['layer']}`, at least {row['least']} votes: {told}"
    named = cell(", ".join([*row["labels"], *row["languages"]]))
    return f"{row['rule']}: {named}" if named else str(row["rule"])


def number(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


def figure(value: float | None, decimals: int) -> str:
    return "" if value is None else f"{value:.{decimals}f}"


def cell(text: str) -> str:
    """Text that cannot break out of a Markdown table cell."""
    return " ".join(str(text).split()).replace("|", "\\|").replace("<", "&lt;")


def code(text: str) -> str:
    """A name as code in a table cell; nothing stays nothing."""
    plain = cell(text).replace("`", "'")
    return f"`{plain}`" if plain else ""


def quoted(text: str) -> str:
    """A YAML string (JSON strings are)."""
    return json.dumps(" ".join(str(text).split()), ensure_ascii=False)
