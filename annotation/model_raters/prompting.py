"""Prompts: versioned, immutable, hashed; templates in, messages out."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from difflib import unified_diff
from functools import cached_property
from importlib.resources import files
from typing import Any

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from annotation.model_raters.items import ShownItem
from harmonize.problems import ChoraleError

Message = dict[str, Any]

PERSPECTIVES: Mapping[str, str] = {
    "writer": "Judge what the writer of the text feels or expresses.",
    "reader": "Judge what a typical reader feels on reading the text.",
    "self": "Judge what the speaker would report about their own feeling.",
    "partner": "Judge what the other person in the conversation would say that the speaker feels.",
    "actor-intended": "Judge which emotion the actor means to show.",
    "perceived": "Judge which emotion an observer perceives.",
    "evoked": "Judge which emotion is evoked in the person who sees or reads this.",
    "platform-native": "Judge as the users of the platform mark such posts.",
}


@dataclass(frozen=True, slots=True)
class Shot:
    """A worked example in a prompt: an item people verified, and the answer to each question id ("*": any question).

    The item is recorded and enters no evaluation of the rater (SCIENCE rule 17).
    """

    item: ShownItem
    answers: tuple[tuple[str, str], ...]

    def answer(self, question: str) -> str | None:
        """The answer to a question, or None where the example says nothing about it."""
        told = dict(self.answers)
        return told.get(question, told.get("*"))


@dataclass(frozen=True)
class Prompt:
    """Two Jinja templates under an id and a version. Templates see item, question, perspective, language, guidelines.

    ``hash`` covers the templates, the guidelines and the examples: another hash is another rater.
    """

    id: str
    version: str
    system: str
    user: str
    guidelines: str = ""
    shots: tuple[Shot, ...] = ()
    answer: str = "code"  # what it asks for: "code" or "json"

    @cached_property
    def hash(self) -> str:
        """16 hex digits of everything that can change a message."""
        shots = [[s.item.id, s.item.text, s.item.before, s.item.after, s.answers] for s in self.shots]
        whole = json.dumps([self.system, self.user, self.guidelines, shots], ensure_ascii=False)
        return hashlib.sha256(whole.encode()).hexdigest()[:16]

    @property
    def ref(self) -> str:
        """Id, version and hash: "choose@1#0123456789abcdef"."""
        return f"{self.id}@{self.version}#{self.hash}"

    def messages(self, item: ShownItem, question: Any, *, perspective: str, language: str = "") -> tuple[Message, ...]:
        """The chat for one item and question: system, examples as turns of their own, then the item.

        Raises ChoraleError `prompt-template` naming the fault of a template, `perspective-unknown` otherwise.
        """
        if perspective not in PERSPECTIVES:
            raise ChoraleError("perspective-unknown", f"No perspective '{perspective}'.", f"One of {[*PERSPECTIVES]}.")
        shared = {"perspective": PERSPECTIVES[perspective], "guidelines": self.guidelines, "question": question}
        whole: list[Message] = []
        if head := _render(self.system, item=item, language=language, **shared):
            whole.append({"role": "system", "content": head})
        for shot in self.shots:
            if (told := shot.answer(question.id)) is not None:
                asked = _render(self.user, item=shot.item, language=language, **shared)
                whole += [{"role": "user", "content": asked}, {"role": "assistant", "content": told}]
        text = _render(self.user, item=item, language=language, **shared)
        return (*whole, {"role": "user", "content": _with_images(text, item.images)})


def load(ref: str) -> Prompt:
    """A shipped prompt by "id@version". Raises ChoraleError `prompt-unknown`."""
    source = files("annotation.model_raters").joinpath("prompts", f"{ref}.toml")
    if not source.is_file():
        raise ChoraleError("prompt-unknown", f"No prompt '{ref}'.", f"Shipped: {', '.join(shipped())}.")
    return from_dict(tomllib.loads(source.read_text(encoding="utf-8")))


def shipped() -> tuple[str, ...]:
    """Refs of the prompts that come with Chorale, sorted."""
    folder = files("annotation.model_raters").joinpath("prompts")
    return tuple(sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml")))


def from_dict(data: Mapping[str, Any]) -> Prompt:
    """A prompt from a file's values; templates are compiled once so that a faulty one is refused here."""
    prompt = Prompt(
        str(data["id"]),
        str(data["version"]),
        data["system"].strip(),
        data["user"].strip(),
        data.get("guidelines", ""),
        tuple(_shot(row) for row in data.get("shots", ())),
        data.get("answer", "code"),
    )
    for source in (prompt.system, prompt.user):
        _compiled(source)
    return prompt


def difference(old: Prompt, new: Prompt) -> str:
    """What changed between two prompts, as a unified diff of their parts; empty if nothing did."""
    before, after = (_lines(prompt) for prompt in (old, new))
    return "\n".join(unified_diff(before, after, old.ref, new.ref, lineterm=""))


def _lines(prompt: Prompt) -> list[str]:
    parts = to_dict(prompt)
    shots = [f"example {row['item']['id']}: {row['answers']}" for row in parts.pop("shots")]
    named = [line for name, text in parts.items() for line in (f"[{name}]", *str(text).splitlines())]
    return [*named, "[shots]", *shots]


def to_dict(prompt: Prompt) -> dict[str, Any]:
    """Inverse of `from_dict`."""
    shots = [{"item": asdict(shot.item), "answers": dict(shot.answers)} for shot in prompt.shots]
    names = ("id", "version", "system", "user", "guidelines", "answer")
    return {name: getattr(prompt, name) for name in names} | {"shots": shots}


def _shot(row: Mapping[str, Any]) -> Shot:
    fields: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in row["item"].items()
    }
    return Shot(ShownItem(**fields), tuple(sorted(row["answers"].items())))


_environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=False)
_cache: dict[str, Any] = {}


def _compiled(source: str) -> Any:
    if source not in _cache:
        try:
            _cache[source] = _environment.from_string(source)
        except TemplateError as error:
            raise ChoraleError("prompt-template", f"The template is faulty: {error}.") from error
    return _cache[source]


def _render(source: str, **values: Any) -> str:
    try:
        return str(_compiled(source).render(**values)).strip()
    except TemplateError as error:
        raise ChoraleError("prompt-template", f"The template cannot be rendered: {error}.") from error


def _with_images(text: str, images: Sequence[str]) -> str | list[Message]:
    if not images:
        return text
    parts = [{"type": "image_url", "image_url": {"url": url}} for url in images]
    return [*parts, {"type": "text", "text": text}]
