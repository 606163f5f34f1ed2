"""The postcards: short texts with valence, arousal and dominance from 1 to 9 by four raters."""

from __future__ import annotations

import json
import random
from typing import Any

from samples.make.voices import phrases

CARDS = 120
# Name, shift of the scale and noise of each rater.
RATERS = [("harbour", 0.3, 0.8), ("island", -0.3, 1.0), ("jetty", 0.0, 0.7), ("keel", 0.1, 1.4)]


def texts(rng: random.Random, book: dict[str, Any]) -> list[tuple[str, tuple[float, float, float]]]:
    """All cards, each with the mean place of its lines; no two are alike."""
    found: dict[str, tuple[float, float, float]] = {}
    while len(found) < CARDS:
        chosen = rng.sample(book["lines"], 1 if rng.random() < 0.45 else 2)
        town = rng.choice(book["towns"])
        parts = [
            rng.choice(book["greet"]).replace("{town}", town),
            *[line[0] for line in chosen],
            rng.choice(book["end"]),
        ]
        mean = [sum(line[axis] for line in chosen) / len(chosen) for axis in (1, 2, 3)]
        found.setdefault(" ".join(part for part in parts if part), (mean[0], mean[1], mean[2]))
    return list(found.items())


def make() -> dict[str, bytes]:
    """The file of the postcards, by path."""
    rng = random.Random(88)  # noqa: S311
    rows = []
    for number, (text, point) in enumerate(texts(rng, phrases("postcards")), 1):
        for name, shift, noise in RATERS:
            v, a, d = (min(9, max(1, round(p + rng.gauss(shift, noise)))) for p in point)
            rows.append({"card": f"P{number:03}", "text": text, "rater": name, "rating": {"v": v, "a": a, "d": d}})
    return {"postcards/ratings.jsonl": "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()}
