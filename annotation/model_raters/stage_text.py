"""What a prompt does beside its two templates, as text that people edit: TOML, templates on lines of their own."""

from __future__ import annotations

import json
import tomllib
from typing import Any

from annotation.model_raters.prompting import Prompt, to_dict
from harmonize.problems import ChoraleError

KNOWN = ("reads", "sees", "turns", "asides", "repairs", "stages")


def to_text(prompt: Prompt) -> str:
    """TOML of everything beyond templates, guidelines and examples; empty where there is nothing.

    >>> from annotation.model_raters import prompting
    >>> print(to_text(prompting.load("translate-rate@1")))
    asides = ["translation"]
    """
    whole = {name: value for name, value in to_dict(prompt).items() if name in KNOWN}
    stages = whole.pop("stages", [])
    lines = [f"{name} = {_value(name, value)}" for name, value in whole.items()]
    for stage in stages:
        lines += ["", "[[stages]]", *(f"{name} = {_value(name, value)}" for name, value in stage.items())]
    return "\n".join(lines).strip()


def from_text(text: str) -> dict[str, Any]:
    """The values, as `prompting.from_dict` takes them. Raises ChoraleError `prompt-stage` with the faulty line."""
    try:
        found = tomllib.loads(text.replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError as error:
        raise ChoraleError("prompt-stage", f"The stages are no TOML: {error}.", "Mend that line.") from None
    if odd := set(found) - set(KNOWN):
        raise ChoraleError("prompt-stage", f"Not known: {', '.join(sorted(odd))}.", f"One of {', '.join(KNOWN)}.")
    for name in KNOWN:
        kind = int if name == "repairs" else list
        if not isinstance(found.get(name, kind()), kind):
            raise ChoraleError("prompt-stage", f"{name} is of the wrong kind.", "See the shipped prompts.")
    return found


def _value(name: str, value: Any) -> str:
    if name == "turns":
        return json.dumps([-1 if value[0] is None else value[0], value[1]])
    if name in ("system", "user"):
        plain = value.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
        return f'"""\n{plain}"""'
    return json.dumps(value, ensure_ascii=False)
