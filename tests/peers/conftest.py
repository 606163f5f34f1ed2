"""What the peers are shown: texts with people's labels, real ones where they are, and servers of the tiny models."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from chorale.embedded import state
from harmonize import crosswalks, schemes
from tests.peers import environment, servers

MAP = "goemotions-28--ekman-6-neutral@1.0.0"
TRAINING_S = 900  # at most; two passes over 36,000 texts take about 200 s of one core


class Told(NamedTuple):
    """A text and the one label people gave it."""

    text: str
    label: str


class Texts(NamedTuple):
    """Texts to learn from and held-out ones; ``real``: whether they are of a published corpus."""

    learned: list[Told]
    held_out: list[Told]
    real: bool


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.peers)


@pytest.fixture(scope="session")
def texts() -> Texts:
    """GoEmotions' own training and test split where it is ($CHORALE_DATA), else the letters of the samples."""
    folder = Path(os.environ.get("CHORALE_DATA") or state.ROOT.parent / "shared" / "data") / "goemotions"
    if folder.is_dir():
        return Texts(published(folder / "train.tsv"), published(folder / "test.tsv"), real=True)
    letters = shipped(state.ROOT / "samples" / "letters")
    return Texts(letters[:-60], letters[-60:], real=False)


def to_ekman() -> dict[str, str]:
    """The published map of the 28 labels to Ekman's six and neutral."""
    cells = crosswalks.load(MAP).cells
    return {cell.subject: cell.object for cell in cells if cell.weight}


def published(file: Path) -> list[Told]:
    """The texts of a split that carry one label, as Ekman's."""
    names, ekman = schemes.load("goemotions-28@1.0.0").names, to_ekman()
    with file.open(encoding="utf-8", newline="") as source:
        rows = [line.rstrip("\n").split("\t") for line in source]
    return [Told(text, ekman[names[int(codes)]]) for text, codes, _ in rows if "," not in codes]


def shipped(folder: Path) -> list[Told]:
    """The sample letters, with the first rater's first emotion."""
    ekman = to_ekman()
    with (folder / "letters.csv").open(encoding="utf-8", newline="") as source:
        text = {row["letter"]: row["text"] for row in csv.DictReader(source)}
    label: dict[str, str] = {}
    with (folder / "ratings.csv").open(encoding="utf-8", newline="") as source:
        for row in csv.DictReader(source):
            label.setdefault(row["letter"], ekman.get(row["emotions"].split(";")[0].strip(), "neutral"))
    return [Told(text[letter], name) for letter, name in label.items() if letter in text]  # a row is spoiled


@pytest.fixture(scope="session")
def text_model(texts: Texts) -> Path:
    """The tiny text model, trained on the texts to learn from."""
    lines = environment.folder() / "lines"
    lines.mkdir(parents=True, exist_ok=True)
    told = "".join(json.dumps(row._asdict()) + "\n" for row in texts.learned).encode()
    file = lines / f"{environment.digest(told)}.jsonl"
    file.write_bytes(told)
    return environment.model("tiny_text.py", [file], str(TRAINING_S))


@pytest.fixture(scope="module")
def vllm(text_model: Path) -> Iterator[str]:
    """A real vLLM that serves the tiny text model as "tiny"."""
    with servers.vllm(text_model, "tiny") as url:
        yield url


@pytest.fixture(scope="module")
def seeing(text_model: Path) -> Iterator[str]:
    """A real vLLM that serves the tiny model that takes pictures as "sight"."""
    with servers.vllm(environment.model("tiny_sight.py", [text_model]), "sight") as url:
        yield url


@pytest.fixture(scope="module")
def dropping() -> Iterator[str]:
    """`transformers serve`: an OpenAI-compatible server that ignores what it does not know."""
    with servers.transformers_serve() as url:
        yield url
