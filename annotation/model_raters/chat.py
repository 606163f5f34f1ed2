"""One request to a chat model and its answer, each known by a key, so that nothing is asked or paid twice."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from annotation.model_raters.prompting import Message
from harmonize.problems import Problem


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """What is sent: messages and parameters (max_tokens, temperature, logprobs, n, seed ...).

    ``item`` and ``prompt`` (a ref with hash) say what it is for; ``extra`` are fields that only some servers know.
    """

    item: str
    prompt: str
    messages: tuple[Message, ...]
    parameters: Mapping[str, Any]
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def stage(self) -> str:
        """The stage that this request belongs to; empty for the labelling itself."""
        return self.prompt.partition("#")[2].partition("/")[2].partition(":")[0]

    def going_on(self, words: str) -> ChatRequest:
        """The same request with the beginning of the answer already there."""
        return replace(self, messages=(*self.messages, {"role": "assistant", "content": words}))

    def key(self, url: str, model: str) -> str:
        """64 hex digits over server, model, prompt, item, messages and parameters."""
        whole = [url, model, self.prompt, self.item, self.messages, dict(self.parameters), dict(self.extra)]
        return hashlib.sha256(json.dumps(whole, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class ChatAnswer:
    """The server's answer as it came. ``paid`` is False where it was kept from an earlier request."""

    key: str
    body: Mapping[str, Any]
    paid: bool

    @property
    def choices(self) -> list[Mapping[str, Any]]:
        """The alternatives, at least one (checked on arrival)."""
        return list(self.body["choices"])

    @property
    def text(self) -> str:
        """The text of the first alternative, stripped; empty if there is none."""
        return str(self.choices[0].get("message", {}).get("content") or "").strip()

    @property
    def finished(self) -> bool:
        """Whether the first alternative ended by itself, not by the token limit."""
        return self.choices[0].get("finish_reason") in ("stop", None)


class ItemFailure(Exception):
    """This item gets no judgment; the others go on. ``problem.where`` is filled in by the rater."""

    def __init__(self, code: str, what: str, fix: str = "", *, keys: tuple[str, ...] = ()) -> None:
        super().__init__(what)
        self.code, self.what, self.fix, self.keys = code, what, fix, keys

    def problem(self, item: str) -> Problem:
        """The failure as a value: which item, what, and how to mend it."""
        return Problem(where=item, what=self.what, fix=self.fix or "Retry the item alone.", code=self.code)
