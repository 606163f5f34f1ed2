"""Imagined raters: each sees an emotion more or less clearly, in a way of their own."""

from __future__ import annotations

import random
import tomllib
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
SAMPLES = HERE.parent

# Which labels are mistaken for which: groups of neighbours among GoEmotions' labels, our own grouping.
NEIGHBOURS = [
    ["admiration", "approval", "pride", "gratitude"], ["amusement", "joy", "excitement"],
    ["anger", "annoyance", "disapproval", "disgust"], ["caring", "love", "gratitude"],
    ["confusion", "curiosity", "realization", "surprise"], ["desire", "optimism", "love"],
    ["disappointment", "sadness", "grief", "remorse"], ["embarrassment", "remorse", "nervousness"],
    ["fear", "nervousness"], ["relief", "joy", "optimism"], ["neutral", "approval", "realization"],
]  # fmt: skip

# Valence, arousal and dominance from 1 to 9 of each label: our own estimates, made for these samples only.
VAD = {
    "admiration": (7.2, 5.0, 4.8), "amusement": (7.6, 5.9, 6.0), "anger": (2.2, 7.6, 6.2),
    "annoyance": (3.0, 5.8, 5.4), "approval": (6.6, 4.2, 5.9), "caring": (6.8, 4.4, 5.6),
    "confusion": (4.0, 5.2, 3.4), "curiosity": (6.0, 5.7, 5.4), "desire": (6.0, 6.2, 4.6),
    "disappointment": (2.9, 4.0, 3.4), "disapproval": (3.3, 4.9, 5.7), "disgust": (2.1, 6.0, 4.8),
    "embarrassment": (3.0, 6.0, 2.8), "excitement": (7.9, 7.8, 6.2), "fear": (2.1, 7.4, 2.6),
    "gratitude": (7.7, 4.8, 5.0), "grief": (1.6, 5.0, 2.6), "joy": (8.2, 6.6, 6.6), "love": (8.3, 6.2, 5.8),
    "nervousness": (3.4, 6.9, 3.1), "optimism": (7.1, 5.1, 6.0), "pride": (7.8, 6.2, 7.4),
    "realization": (5.2, 5.1, 5.0), "relief": (7.0, 3.6, 5.6), "remorse": (2.6, 4.7, 3.0),
    "sadness": (2.1, 3.6, 3.0), "surprise": (6.0, 7.2, 4.4), "neutral": (5.0, 3.0, 5.2),
}  # fmt: skip


@dataclass(frozen=True)
class Voice:
    """One imagined rater. ``clear``: how often the main emotion is seen; ``second``: how often a second one is;
    ``stray``: how often a neighbour is added or taken instead; ``offset``: shift of the 1 to 9 scales."""

    name: str
    clear: float
    second: float
    stray: float
    offset: float = 0.0
    seconds: float = 14.0


def near(rng: random.Random, label: str) -> str:
    """A label that may be taken for this one."""
    groups = [group for group in NEIGHBOURS if label in group]
    others = [other for group in groups for other in group if other != label]
    return rng.choice(others) if others else "neutral"


def see(rng: random.Random, voice: Voice, labels: list[str]) -> list[str]:
    """The labels that a rater gives to a text written with ``labels``, the main one first."""
    seen: list[str] = []
    for place, label in enumerate(labels):
        if rng.random() < (voice.second if place else voice.clear):
            seen.append(label)
        elif rng.random() < voice.stray * 2:
            seen.append(near(rng, label))
    if rng.random() < voice.stray / 2:
        seen.append(near(rng, labels[0]))
    return sorted(set(seen)) or ["neutral"]


def place(rng: random.Random, voice: Voice, labels: list[str], spread: float = 1.0) -> tuple[int, int, int]:
    """Valence, arousal and dominance, whole numbers from 1 to 9, that a rater gives to a text of these labels."""
    weights = [2.0, *[1.0] * (len(labels) - 1)]
    point = []
    for axis in range(3):
        mean = sum(w * VAD[label][axis] for w, label in zip(weights, labels, strict=True)) / sum(weights)
        noise = rng.gauss(voice.offset if axis else 0.0, spread * (1.0 if axis else 0.7))
        point.append(min(9, max(1, round(mean + noise))))
    return point[0], point[1], point[2]


def time_taken(rng: random.Random, voice: Voice) -> float:
    """Seconds that an answer took."""
    return round(voice.seconds * rng.lognormvariate(0.0, 0.4), 1)


def phrases(name: str) -> dict[str, object]:
    """The sentences of one sample, from its TOML file."""
    return tomllib.loads((HERE / f"{name}.toml").read_text(encoding="utf-8"))
