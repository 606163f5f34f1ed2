"""A small source made by program: two corpora, three schemes, people with and without ids, one model."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from exports.recipe import Recipe
from exports.recipe_reader import read_recipe
from exports.source import ITEMS, JUDGMENTS, RATERS, CorpusFacts, ReleaseSource
from harmonize import crosswalks, schemes

SALT = b"a salt of sixteen bytes or more"
WALK = "goemotions-28--plutchik-8@1.0.0"
SHOWN = '{"modality": "image", "image_side": 512, "images": 1}'  # what the model saw
SCHEMES = ("goemotions-28@1.0.0", "plutchik-8@1.0.0", "vad-5@1.0.0")

LAYERS = f"""[[layers]]
name = "goemotions"
scheme = "goemotions-28@1.0.0"
perspective = "reader"
method = "vote-proportions"

[[layers]]
name = "plutchik"
scheme = "plutchik-8@1.0.0"
perspective = "reader"
method = "vote-proportions"
  [[layers.sources]]
  scheme = "goemotions-28@1.0.0"
  crosswalk = "{WALK}"

[[layers]]
name = "belief"
scheme = "goemotions-28@1.0.0"
perspective = "reader"
method = "dawid-skene"

"""
"""One scheme natively, through a crosswalk, and by a model of the raters."""

RECIPE = f"""
views = [
  "classification-soft", "classification-hard:goemotions", "classification-hard:model", "regression",
  "entailment:plutchik", "instruction:goemotions", "preference:goemotions", "dialogue:goemotions",
]
[release]
slug = "made"
version = "0.1.0"
title = "Made by program"
changes = "First."
summary = "Rows drawn at random, for tests."
authors = ["A. Nobody"]
licence = "CC0-1.0"

[data]
corpora = ["letters", "tales"]
models = ["echo-1"]

{LAYERS}[[layers]]
name = "vad"
scheme = "vad-5@1.0.0"
perspective = "writer"
method = "dimension-mean"

[[layers]]
name = "model"
scheme = "goemotions-28@1.0.0"
perspective = "reader"
method = "model-confidence"
raters = "model"
"""


HEAD, FIRST, HARMONISED, *_ = RECIPE.split("[[layers]]\n")
ONE_LAYER = "views = []\n" + HEAD[HEAD.index("[release]") :] + "[[layers]]\n" + FIRST
"""The same recipe with its first layer alone and no view."""


def item_id(number: int) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"made:{number}"))


def items(count: int, seed: int) -> list[dict[str, Any]]:
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(count):
        text = f"Line {i // 2 if i % 10 == 0 else i}: größe, 愛, كتاب 😀 {rng.integers(1000)}"
        context = [{"speaker": "B", "text": "before"}] if i % 4 == 0 else []
        rows.append(
            {
                "uuid": item_id(i),
                "corpus": "letters" if i % 3 else "tales",
                "source_id": f"s{i}",
                "modality": "text",
                "text": text,
                "context": json.dumps(context),
                "group": f"d{i // 4}" if i % 2 else "",
                "position": i % 4 if i % 2 else None,
                "author": f"author{i % 7}",
                "language": "en" if i % 5 else "de",
                "facets": json.dumps({"domain": "post"}),
                "source_split": ["", "train", "dev", "test"][i % 4],
                "reserved": "gold" if i % 50 == 7 else "",
                "duplicate": text,
                "source_file": "made.csv",
                "line": i + 2,
            }
        )
    return rows


def judgments(count: int, seed: int) -> list[dict[str, Any]]:
    rng = np.random.default_rng(seed + 1)
    rows = []
    for i in range(count):
        for r in range(int(rng.integers(2, 5))):
            marks = sorted(rng.choice(28, size=rng.integers(0, 3), replace=False).tolist())
            rows.append(_row(i, f"r{r}", SCHEMES[0], "reader", labels=marks, status=0 if marks else 1))
        if i % 3 == 0:  # no rater ids, as in some published corpora
            for v in range(3):
                values = [float(x) for x in rng.integers(1, 6, size=3)]
                rows.append(_row(i, None, SCHEMES[2], "writer", values=values, extra=v))
        weights = rng.dirichlet(np.ones(28)).tolist()
        rows.append(_row(i, "echo-1", SCHEMES[0], "reader", probabilities=weights, labels=[int(np.argmax(weights))]))
    return rows


def _row(i: int, rater: str | None, scheme: str, perspective: str, extra: int = 0, **more: Any) -> dict[str, Any]:
    model = rater == "echo-1"
    return {
        "key": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{i}/{rater}/{scheme}/{extra}")),
        "item": item_id(i),
        "rater": rater,
        "scheme": scheme,
        "perspective": perspective,
        "status": 0,
        "origin": "model" if model else "imported",
        "arm": "blind",
        "shown": SHOWN if model else None,
        "top_up": False,
        "submitted_at": 1_700_000_000_000_000 + i * 86_400_000_000,
        "source_file": None if model else "made.csv",
        "line": None if model else i + 2,
    } | more


def raters() -> list[dict[str, Any]]:
    people = [
        {"key": f"r{r}", "kind": "person", "corpus": "letters", "traits": json.dumps({"age": "20-29"})}
        for r in range(5)
    ]
    model = {"engine": "echo", "name": "echo", "version": "1", "prompt_version": "p1", "parameters": {"t": 0}}
    return [*people, {"key": "echo-1", "kind": "model", "model": json.dumps(model), "trained_items": 3}]


def source(count: int = 240, seed: int = 0, *, shuffle: int | None = None, batch: int = 97) -> ReleaseSource:
    """The made source; with ``shuffle`` the same rows in another order and other batches."""
    tables = [
        pa.Table.from_pylist(items(count, seed), schema=ITEMS),
        pa.Table.from_pylist(judgments(count, seed), schema=JUDGMENTS),
        pa.Table.from_pylist(raters(), schema=RATERS),
    ]
    if shuffle is not None:
        rng = np.random.default_rng(shuffle)
        tables = [table.take(pa.array(rng.permutation(table.num_rows))) for table in tables]
        batch = int(rng.integers(5, 400))

    def batches(table: pa.Table) -> Any:
        def draw() -> Iterator[pa.RecordBatch]:
            yield from table.to_batches(max_chunksize=batch)

        return draw

    facts = [("letters", "Letters", "CC0-1.0"), ("tales", "Tales | told", "CC-BY-4.0")]
    return ReleaseSource(
        *(batches(table) for table in tables),
        corpora=tuple(CorpusFacts(slug, title, licence, citation=f"{title} (2026).") for slug, title, licence in facts),
        schemes={ref: schemes.load(ref) for ref in SCHEMES},
        crosswalks={WALK: crosswalks.load(WALK)},
    )


def recipe(text: str = RECIPE) -> Recipe:
    return read_recipe(text)
