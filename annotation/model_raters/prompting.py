"""Prompts: versioned, immutable, hashed; templates in, messages out. Stages beside the labelling: `stages`."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from difflib import unified_diff
from functools import cached_property
from importlib.resources import files
from typing import Any

from annotation.model_raters import templates
from annotation.model_raters.items import ShownItem
from annotation.model_raters.stages import SEES, Stage, check_stages, stage_from_dict, stage_to_dict
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
    """Two Jinja templates under an id and a version. Templates see item, question, perspective, language, guidelines,
    and ``told``: the answers of the stages that the labelling ``reads``.

    ``hash`` covers all that can change a message: another hash is another rater. ``stages`` are asked beside the
    labelling, which is asked again up to ``repairs`` times while a stage rejects it. ``sees``: what is shown of the
    item; ``turns``: how many turns of context before (None: all there are) and after it. ``asides``: texts that an
    answer in JSON holds before its numbers, such as a translation.
    """

    id: str
    version: str
    system: str
    user: str
    guidelines: str = ""
    shots: tuple[Shot, ...] = ()
    answer: str = "code"  # what it asks for: "code" or "json"
    stages: tuple[Stage, ...] = ()
    reads: tuple[str, ...] = ()
    sees: tuple[str, ...] = SEES
    turns: tuple[int | None, int] = (None, 0)
    asides: tuple[str, ...] = ()
    repairs: int = 0
    about: str = ""  # what it is for and whose pipeline it follows; not part of the hash

    @cached_property
    def hash(self) -> str:
        """16 hex digits of everything that can change a message."""
        shots = [[s.item.id, s.item.text, s.item.before, s.item.after, s.answers] for s in self.shots]
        parts: list[Any] = [self.system, self.user, self.guidelines, shots]
        if more := _further(self):
            parts.append(more)
        return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()[:16]

    @property
    def ref(self) -> str:
        """Id, version and hash: "choose@1#0123456789abcdef"."""
        return f"{self.id}@{self.version}#{self.hash}"

    def messages(
        self,
        item: ShownItem,
        question: Any,
        *,
        perspective: str,
        language: str = "",
        told: Mapping[str, str] | None = None,
    ) -> tuple[Message, ...]:
        """The chat for one item and question: system, examples as turns of their own, then the item.

        Raises ChoraleError `prompt-template` naming the fault of a template, `perspective-unknown` otherwise.
        """
        if perspective not in PERSPECTIVES:
            raise ChoraleError("perspective-unknown", f"No perspective '{perspective}'.", f"One of {[*PERSPECTIVES]}.")
        seen = self.seen(item)
        shared = {"perspective": PERSPECTIVES[perspective], "guidelines": self.guidelines, "question": question}
        shared |= {"language": language, "told": {name: (told or {}).get(name, "") for name in self.reads}}
        whole: list[Message] = []
        if head := templates.render(self.system, item=seen, **shared):
            whole.append({"role": "system", "content": head})
        for shot in self.shots:
            if (said := shot.answer(question.id)) is not None:
                asked = templates.render(self.user, item=self.seen(shot.item), **shared)
                whole += [{"role": "user", "content": asked}, {"role": "assistant", "content": said}]
        return (
            *whole,
            {"role": "user", "content": _with_media(templates.render(self.user, item=seen, **shared), seen)},
        )

    def seen(self, item: ShownItem) -> ShownItem:
        """What of an item is shown: its text, so many turns around it, its media."""
        first, last = self.turns
        if self.sees == SEES and len(item.after) <= last and (first is None or len(item.before) <= first):
            return item
        before = item.before if first is None else item.before[len(item.before) - min(first, len(item.before)) :]
        context: dict[str, Any] = (
            {"before": before, "after": item.after[:last]} if "context" in self.sees else _NO_CONTEXT
        )
        media: dict[str, Any] = {} if "media" in self.sees else {"images": (), "audio": ()}
        return replace(item, text=item.text if "text" in self.sees else "", **context, **media)


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
    """A prompt from a file's values; templates are compiled once so that a faulty one is refused here.

    Raises ChoraleError `prompt-template`, `prompt-stage`.
    """
    lists = {name: tuple(data[name]) for name in ("reads", "sees", "asides") if name in data}
    prompt = Prompt(
        str(data["id"]),
        str(data["version"]),
        data["system"].strip(),
        data["user"].strip(),
        data.get("guidelines", ""),
        tuple(_shot(row) for row in data.get("shots", ())),
        data.get("answer", "code"),
        tuple(stage_from_dict(row) for row in data.get("stages", ())),
        **lists,
        turns=_turns(data.get("turns", (None, 0))),
        repairs=int(data.get("repairs", 0)),
        about=data.get("about", ""),
    )
    check_stages(prompt.stages, prompt.reads, prompt.sees, repairs=prompt.repairs)
    if prompt.reads and prompt.shots:
        raise ChoraleError("shots-staged", "Examples hold no answers of earlier stages.", "Leave the examples out.")
    if prompt.asides and prompt.answer != "json":
        raise ChoraleError("prompt-asides", "Only an answer in JSON can hold further texts.", "Use a stage that tells.")
    for source in (prompt.system, prompt.user):
        templates.compiled(source)
    return prompt


def _turns(given: Any) -> tuple[int | None, int]:
    """How many turns before (all: None, or below 0) and after. Raises ChoraleError `prompt-turns`."""
    try:
        first, last = given
        before = None if first is None or int(first) < 0 else int(first)
        if 0 <= int(last) <= 50:
            return before, int(last)
    except (TypeError, ValueError):
        pass
    raise ChoraleError("prompt-turns", f"{given!r} is no window of turns.", "Two numbers: before (-1: all) and after.")


def difference(old: Prompt, new: Prompt) -> str:
    """What changed between two prompts, as a unified diff of their parts; empty if nothing did."""
    before, after = (_lines(prompt) for prompt in (old, new))
    return "\n".join(unified_diff(before, after, old.ref, new.ref, lineterm=""))


def _lines(prompt: Prompt) -> list[str]:
    parts = to_dict(prompt)
    shots = [f"example {row['item']['id']}: {row['answers']}" for row in parts.pop("shots")]
    stages = parts.pop("stages", [])
    for number, row in enumerate(stages, start=1):
        parts |= {f"stage {number}, {row['id']}: {name}": text for name, text in row.items() if name != "id"}
    named = [line for name, told in parts.items() for line in (f"[{name}]", *_plain(told).splitlines())]
    return [*named, "[shots]", *shots]


def _plain(told: Any) -> str:
    return ", ".join(map(str, told)) if isinstance(told, list | tuple) else str(told)


def to_dict(prompt: Prompt) -> dict[str, Any]:
    """Inverse of `from_dict`; what a prompt makes no use of is left out."""
    shots = [{"item": asdict(shot.item), "answers": dict(shot.answers)} for shot in prompt.shots]
    names = ("id", "version", "system", "user", "guidelines", "answer")
    whole = {name: getattr(prompt, name) for name in names} | {"shots": shots} | _further(prompt)
    return whole | ({"about": prompt.about} if prompt.about else {})


def _further(prompt: Prompt) -> dict[str, Any]:
    """What goes beyond two templates, guidelines and examples; empty for a prompt without."""
    more: dict[str, Any] = {"stages": [stage_to_dict(stage) for stage in prompt.stages]} if prompt.stages else {}
    plain = {"reads": (), "sees": SEES, "turns": (None, 0), "asides": ()}
    more |= {name: list(getattr(prompt, name)) for name, usual in plain.items() if getattr(prompt, name) != usual}
    return more | ({"repairs": prompt.repairs} if prompt.repairs else {})


def _shot(row: Mapping[str, Any]) -> Shot:
    fields: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in row["item"].items()
    }
    return Shot(ShownItem(**fields), tuple(sorted(row["answers"].items())))


_NO_CONTEXT: dict[str, Any] = {"before": (), "after": ()}


def _with_media(text: str, item: ShownItem) -> str | list[Message]:
    """The text alone, or as the last part behind pictures and sounds."""
    parts: list[Message] = [{"type": "image_url", "image_url": {"url": url}} for url in item.images]
    parts += [{"type": "input_audio", "input_audio": {"data": data, "format": "wav"}} for data in item.audio]
    return [*parts, {"type": "text", "text": text}] if parts else text
