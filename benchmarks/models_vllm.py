"""The tiny model of `make test-peers` behind a real vLLM on CPU, as a benchmark asks it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.paired import FOLDER
from tests.peers import asked, environment, servers
from tests.peers.conftest import TRAINING_S, published, shipped

ROOT = Path(__file__).resolve().parents[1]
WAY = asked.WAYS["logprobs"]


@contextmanager
def tiny() -> Iterator[tuple[str, list[str]]]:
    """The address of vLLM with the model as "tiny", and texts it has not learned; real ones where they are."""
    folder = Path(os.environ.get("CHORALE_DATA") or ROOT.parent / "shared" / "data") / "goemotions"
    if folder.is_dir():
        learned, held_out = published(folder / "train.tsv"), published(folder / "test.tsv")
    else:
        letters = shipped(ROOT / "samples" / "letters")
        learned, held_out = letters[:-60], letters[-60:]
    told = "".join(json.dumps(row._asdict()) + "\n" for row in learned).encode()
    lines = environment.folder() / "lines" / f"{environment.digest(told)}.jsonl"
    lines.parent.mkdir(parents=True, exist_ok=True)
    lines.write_bytes(told)
    os.environ.setdefault("CHORALE_VAR", str(FOLDER / "var"))
    with servers.vllm(environment.model("tiny_text.py", [lines], str(TRAINING_S)), "tiny") as url:
        yield url, [row.text for row in held_out]


def params() -> dict[str, Any]:
    """What a job says so that the model is asked in the words it learned."""
    from chorale.store import endpoints

    prompt = endpoints.register_prompt(by=None, prompt=asked.PROMPTS["code"])
    return {"scheme": asked.SCHEME, "elicitation": WAY, "prompt": prompt.ref}
