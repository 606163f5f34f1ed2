"""The letters: about 300 with five raters' votes, 60 that nobody has rated, and demo raters' answers to those."""

from __future__ import annotations

import csv
import io
import json
import random
from typing import Any

from samples.make.voices import SAMPLES, Voice, phrases, place, see, time_taken

RATED, NEW = 308, 60
RATERS = [
    Voice("amber", 0.92, 0.62, 0.08),
    Voice("birch", 0.88, 0.50, 0.12),
    Voice("cedar", 0.84, 0.66, 0.14),
    Voice("dune", 0.90, 0.40, 0.08),
    Voice("ember", 0.76, 0.50, 0.22),
]
DEMO = [
    Voice("ana", 0.92, 0.60, 0.08, 0.2, 12.0),
    Voice("ben", 0.86, 0.50, 0.14, -0.4, 17.0),
    Voice("chloe", 0.88, 0.62, 0.10, 0.1, 9.5),
]
# What may stand in one letter beside what: the second emotion is another one, picked with a leaning to contrast.
CONTRAST = {
    "joy": "gratitude", "grief": "love", "fear": "relief", "nervousness": "optimism", "anger": "sadness",
    "disappointment": "optimism", "surprise": "joy", "remorse": "love", "pride": "gratitude", "sadness": "caring",
}  # fmt: skip


def compose(rng: random.Random, book: dict[str, Any], main: str, core: str) -> tuple[str, list[str]]:
    """One letter around a sentence of its main emotion, and the emotions that went into it."""
    labels = [main]
    parts = [rng.choice(book["openers"]), core]
    if rng.random() < 0.36 and main != "neutral":
        other = CONTRAST.get(main, "") if rng.random() < 0.5 else ""
        other = other or rng.choice([label for label in book["labels"] if label not in (main, "neutral")])
        labels.append(other)
        join = rng.choice(book["joins"])
        parts += [join, lowered(join, rng.choice(book["labels"][other]))]
    elif rng.random() < 0.25:
        parts.append(rng.choice(book["labels"]["neutral"]))
    parts.append(rng.choice(book["closers"]))
    letter = " ".join(part for part in parts if part)
    if parts[0].endswith((",", "!")):  # a salutation stands on its own line
        letter = f"{parts[0]}\n{letter.removeprefix(parts[0]).lstrip()}"
    return fill(rng, book, letter), labels


def lowered(join: str, sentence: str) -> str:
    """A sentence as it goes on after a comma."""
    if not join.endswith(",") or sentence.startswith(("I ", "{friend}")):
        return sentence
    return (
        sentence[0].lower() + sentence[1:]
        if sentence[0] != "{"
        else sentence.replace("{W", "{w", 1).replace("{T", "{t", 1)
    )


def fill(rng: random.Random, book: dict[str, Any], text: str) -> str:
    """The text with its gaps filled; a person named twice in a letter may be two people, as in life."""
    gaps = {"{who}": "people", "{place}": "places", "{thing}": "things", "{day}": "days", "{time}": "times"}
    for gap, words in {**gaps, "{friend}": "friends"}.items():
        while gap in text:
            text = text.replace(gap, rng.choice(book[words]), 1)
    for gap, words in (("{Who}", "people"), ("{Thing}", "things")):
        while gap in text:
            word = rng.choice(book[words])
            text = text.replace(gap, word[0].upper() + word[1:], 1)
    return text[0].upper() + text[1:]


def written() -> list[tuple[str, list[str]]]:
    """All letters in order, each sentence used before any is used again; no two are alike."""
    rng, book = random.Random(2711), phrases("letters")  # noqa: S311
    pool: list[tuple[str, str]] = []
    found: dict[str, list[str]] = {}
    while len(found) < RATED + NEW:
        if not pool:
            pool = [(label, core) for label, cores in book["labels"].items() for core in cores]
            rng.shuffle(pool)
        text, labels = compose(rng, book, *pool.pop())
        found.setdefault(text, labels)
    return list(found.items())


def table(rows: list[list[Any]]) -> str:
    """Rows as CSV."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def make() -> dict[str, bytes]:
    """Every file of the letters and the answers, by path."""
    rng, all_letters = random.Random(41), written()  # noqa: S311
    items = [["letter", "author", "month", "text"]]
    ratings = [["letter", "rater", "emotions", "seconds"]]
    new = [["letter", "author", "month", "text"]]
    answers = []
    for number, (text, labels) in enumerate(all_letters, 1):
        name, author, month = f"L{number:03}", f"writer{rng.randint(1, 40)}@letters.example", rng.randint(1, 12)
        (items if number <= RATED else new).append([name, author, str(month), text])
        if number <= RATED:
            ratings += [[name, v.name, ";".join(see(rng, v, labels)), str(time_taken(rng, v))] for v in RATERS]
            continue
        for voice in DEMO:
            vad = dict(zip(("valence", "arousal", "dominance"), place(rng, voice, labels), strict=True))
            layers = {"emotion": see(rng, voice, labels), "vad": vad}
            answer = {"item": name, "rater": voice.name, "layers": layers, "lead_time": time_taken(rng, voice)}
            answers.append({**answer, "demo": True})
    return {
        "letters/letters.csv": table(items).encode(),
        "letters/ratings.csv": spoiled(table(ratings)).encode(),
        "letters/new_letters.csv": table(new).encode(),
        "answers/answers.jsonl": "".join(json.dumps(a, ensure_ascii=False) + "\n" for a in answers).encode(),
    }


def spoiled(text: str) -> str:
    """The ratings with five rows that cannot or need not come in, so that quarantine has something to show."""
    lines = text.splitlines()
    lines.insert(120, "L024,amber,joy;hangry,7.5")  # a label that the scheme lacks
    lines.insert(410, "L082,birch,joy,love,9.1")  # a comma where a semicolon belongs: a field too many
    lines.insert(900, "L999,cedar,sadness,8.0")  # a letter that does not exist
    lines.insert(1210, lines[1209])  # the same row once more: a duplicate
    lines.insert(1300, "L007,dune,anger;grief;amusement,3.3")  # a second, other answer of the same rater
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    for path, data in make().items():
        (SAMPLES / path).write_bytes(data)
