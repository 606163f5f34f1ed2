"""A corpus of as many rows as wanted, written by a seed: short texts with an id and labels of 28."""

from __future__ import annotations

import csv
import random
from itertools import accumulate
from pathlib import Path

from harmonize import schemes

TEXT = """and the letter that came on a grey morning said we would never see the harbour again because of what happened
there to my sister who laughed so loudly at everything except the weather she could not forgive for staying"""
WORDS = TEXT.split()
DESCRIPTOR = """
[corpus]
slug = "bench"
title = "Bench"
licence = "CC0-1.0"
citation = "none"
source_url = "none"
language = "en"
[[layers]]
name = "emotion"
scheme = "goemotions-28"
perspective = "writer"
[[files]]
path = "rows.csv"
shape = "aggregated"
columns = { id = "id", text = "text" }
answers = [{ column = "labels", separator = ";" }]
"""


def vocabulary(size: int, seed: int = 6) -> list[str]:
    """Made-up words of one to four syllables."""
    rng = random.Random(seed)  # noqa: S311
    syllables = [a + b + c for a in "bdfgklmnprstv" for b in "aeiou" for c in ("", "l", "n", "r", "s")]
    return ["".join(rng.choices(syllables, k=rng.randint(1, 4))) for _ in range(size)]


def texts(count: int, seed: int = 4, alike: float = 0.0) -> list[str]:
    """Sentences of 6 to 24 words of 20,000, the k-th with a weight of 1 / k (Zipf); a share ``alike`` of them are
    earlier ones with a word changed."""
    rng = random.Random(seed)  # noqa: S311
    words = vocabulary(20_000)
    shares = list(accumulate(1 / rank for rank in range(1, len(words) + 1)))
    found: list[str] = []
    for _ in range(count):
        if found and rng.random() < alike:
            said = found[rng.randrange(len(found))].split()
            said[rng.randrange(len(said))] = rng.choice(words)
        else:
            said = rng.choices(words, cum_weights=shares, k=rng.randint(6, 24))
        found.append(" ".join(said))
    return found


def write_corpus(folder: Path, rows: int) -> Path:
    """A folder with corpus.toml and ``rows`` rows."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(8)  # noqa: S311
    labels = schemes.load("goemotions-28").names
    (folder / "corpus.toml").write_text(DESCRIPTOR, encoding="utf-8")
    with (folder / "rows.csv").open("w", encoding="utf-8", newline="") as stream:
        out = csv.writer(stream)
        out.writerow(["id", "labels", "text"])
        for number in range(rows):
            words = rng.choices(WORDS, k=rng.randint(6, 24))
            out.writerow([f"i{number}", ";".join(rng.sample(labels, rng.choice((1, 1, 2)))), " ".join(words)])
    return folder
