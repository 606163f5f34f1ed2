"""Tokens of the word model: pieces of four letters, scored one after another as a language model scores its prompt."""

from __future__ import annotations

import math
from typing import Any

SPACE = 1000  # added to the id of a letter with a space before it


def tokenized(text: str) -> list[int]:
    """A letter, with or without a space before it, is one token; other texts are pieces of four letters."""
    bare = text.strip()
    if len(bare) == 1:
        return [ord(bare) + SPACE * (text != bare)]
    return [10_000 + sum(map(ord, piece)) for piece in pieces(text)]


def token_of(one: int) -> str:
    """The token of an id, as far as letters go."""
    return f" {chr(one - SPACE)}" if one >= SPACE else chr(one)


def pieces(text: str) -> list[str]:
    """The text in pieces of four letters."""
    return [text[start : start + 4] for start in range(0, len(text), 4)]


def begun(body: dict[str, Any]) -> tuple[list[dict[str, Any]], str | None]:
    """The messages that are answered, and the beginning of the answer where the server is to score it."""
    messages = body["messages"]
    if body.get("prompt_logprobs") is None or not body.get("continue_final_message"):
        return messages, None
    return messages[:-1], str(messages[-1]["content"])


def scored(prompt: str, answer: str, options: dict[str, float]) -> list[dict[str, Any] | None]:
    """For every token of what was sent its id and log-probability; the first has none."""
    rows: list[dict[str, Any] | None] = [None]
    rows += [{str(tokenized(word)[0]): {"logprob": -1.0, "rank": 1, "decoded_token": word}} for word in prompt.split()]
    mass, whole = 1.0, pieces(answer)
    for count, piece in enumerate(whole, start=1):
        inside = sum(share for code, share in options.items() if pieces(code)[:count] == whole[:count]) or 1e-9
        row = {"logprob": math.log(inside / mass), "rank": 1, "decoded_token": piece}
        rows.append({piece: row})
        mass = inside
    return rows
