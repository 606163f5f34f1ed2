"""Table talk: 25 dialogues of 8 turns, one choice of Ekman's six or neutral by three raters, one column a rater."""

from __future__ import annotations

import random
from typing import Any

from samples.make.letters import table
from samples.make.voices import phrases

RATERS = [("oak", 0.86), ("pine", 0.80), ("rowan", 0.74)]
MISTAKEN = {
    "joy": ["neutral", "surprise"], "anger": ["disgust", "neutral", "sadness"], "sadness": ["neutral", "fear"],
    "fear": ["sadness", "surprise"], "surprise": ["joy", "neutral", "fear"], "disgust": ["anger", "neutral"],
    "neutral": ["joy", "sadness", "surprise"],
}  # fmt: skip


def dialogue(rng: random.Random, book: dict[str, Any], number: int) -> list[list[str]]:
    """The turns of one dialogue as rows."""
    speakers, topic = rng.choice(book["speakers"]), book["topics"][number - 1]
    rows, said = [], set()
    for turn, emotion in enumerate(rng.choice(book["arcs"]), 1):
        text = rng.choice([line for line in book["turns"][emotion] if line not in said])
        said.add(text)
        seen = [emotion if rng.random() < clear else rng.choice(MISTAKEN[emotion]) for _, clear in RATERS]
        place = [f"T{number:02}-{turn}", f"T{number:02}", str(turn), speakers[(turn - 1) % len(speakers)]]
        rows.append([*place, text.replace("{topic}", topic), *seen])
    return rows


def make() -> dict[str, bytes]:
    """The file of the dialogues, by path."""
    rng, book = random.Random(6), phrases("table_talk")  # noqa: S311
    rows = [["turn", "dialogue", "number", "speaker", "text", *[name for name, _ in RATERS]]]
    for number in range(1, len(book["topics"]) + 1):
        rows += dialogue(rng, book, number)
    return {"table-talk/turns.csv": table(rows).encode()}
