"""A tiny deterministic model: it reads the options and the text out of the prompt and weighs them by known words."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import math
import random
import re
from typing import Any

from PIL import Image

from tests.model_server import scoring, stages

WORDS = {
    "joy": "happy glad delighted sunny wonderful",
    "anger": "furious rage hateful mad angry",
    "fear": "scared dark afraid monster",
    "sadness": "sad tears lonely crying",
    "surprise": "wow suddenly unexpected",
    "disgust": "gross rotten vomit",
    "love": "love darling adore",
    "disappointment": "letdown hoped",
}
_OPTION = re.compile(r"^(\S+) = ([^:\n]+)(?::.*)?$", re.MULTILINE)
_ASK = re.compile(r"Is this present: ([\w-]+)")
_STRONG = re.compile(r"How strong is this: ([\w-]+)")
_TEXT = re.compile(r"<text>\n(.*?)\n</text>", re.DOTALL)
_STRAY = {"The": 0.02, " I": 0.02, "\n": 0.01}  # what a chatty model would say instead

_CHATTER = [word for line in WORDS.values() for word in line.split()]  # said where there is nothing to choose


def weight(name: str, text: str) -> float:
    """How strongly a text speaks for a label, plus a little noise that is the same every time."""
    hits = sum(word in text.casefold() for part in re.findall(r"\w+", name) for word in WORDS.get(part, "").split())
    return 2.5 * hits + int(hashlib.sha256(f"{name}|{text}".encode()).hexdigest()[:4], 16) / 65535


def distribution(prompt: str) -> dict[str, float]:
    """Probability of each first token, given the last user message."""
    text = stages.read(prompt)
    found = _TEXT.search(prompt)
    options = [(code, name.strip()) for code, name in _OPTION.findall(prompt[found.end() :] if found else prompt)]
    if strong := _STRONG.search(prompt):
        found_weight = weight(strong.group(1), text)
        scores = {code: -abs(float(code) - min(found_weight, 3.0)) if code.isdigit() else -3.0 for code, _ in options}
    elif asked := _ASK.search(prompt):
        present = weight(asked.group(1), text)
        scores = {code: present - 1.5 if name == "yes" else 0.0 if name == "no" else -3.0 for code, name in options}
    else:
        scores = {code: weight(name, text) - 2.0 * name.startswith(("none of", "cannot")) for code, name in options}
    if not scores:
        return {word: 1 / len(_CHATTER) for word in _CHATTER}
    top = sum(math.exp(score) for score in scores.values())
    tokens: dict[str, float] = dict(_STRAY)
    for code, score in scores.items():
        share = 0.95 * math.exp(score) / top
        first = code if len(code) < 3 else code[:4]  # words are split into pieces of four letters
        tokens[first] = tokens.get(first, 0.0) + 0.9 * share
        tokens[" " + first] = tokens.get(" " + first, 0.0) + 0.1 * share
    return tokens


def answer(body: dict[str, Any], serial: int, *, sees: bool = False, hears: bool = False) -> dict[str, Any]:
    """A whole chat completion."""
    asked, begun = scoring.begun(body)
    prompt = _last_text(asked)
    if sees:
        prompt = _seen(asked[-1]["content"]) + prompt
    if hears:
        prompt = stages.heard(asked[-1]["content"]) + prompt
    tokens = distribution(prompt)
    schema = (body.get("response_format") or {}).get("json_schema")
    draw = random.Random(f"{prompt}|{body.get('seed')}" if body.get("seed") is not None else None)
    choices = [_one(body, tokens, schema, draw, index, prompt) for index in range(body.get("n") or 1)]
    more = {"prompt_logprobs": scoring.scored(prompt, begun, options_of(prompt))} if begun is not None else {}
    spent = sum(len(str(c["message"]["content"]).split()) for c in choices)
    return more | {
        "id": f"chatcmpl-{serial}",
        "object": "chat.completion",
        "created": 0,
        "model": body["model"],
        "choices": choices,
        "usage": {
            "prompt_tokens": len(prompt.split()),
            "completion_tokens": spent,
            "total_tokens": len(prompt.split()) + spent,
        },
    }


def _one(
    body: dict[str, Any], tokens: dict[str, float], schema: Any, draw: random.Random, index: int, prompt: str
) -> dict[str, Any]:
    heat = body.get("temperature", 1)
    if (told := stages.answer(prompt, bool(schema))) is not None:
        return {"index": index, "message": {"role": "assistant", "content": told}, "logprobs": None,
                "finish_reason": "stop"}  # fmt: skip
    said = max(tokens, key=tokens.__getitem__) if heat == 0 else draw.choices([*tokens], [*tokens.values()])[0]
    content = json.dumps(_filled(schema["schema"], prompt)) if schema else _whole_word(said, prompt)
    logprobs = None
    if body.get("logprobs"):
        ranked = sorted(tokens, key=lambda token: -tokens[token])[: body.get("top_logprobs") or 1]
        if ids := body.get("logprob_token_ids"):
            ranked = [scoring.token_of(one) for one in ids]
        rows = [{"token": token, "logprob": math.log(tokens.get(token, 1e-9)), "bytes": None} for token in ranked]
        logprobs = {"content": [{"token": said, "logprob": math.log(tokens[said]), "top_logprobs": rows}]}
    return {
        "index": index,
        "message": {"role": "assistant", "content": content},
        "logprobs": logprobs,
        "finish_reason": "stop" if schema else "length",
    }


def _whole_word(said: str, prompt: str) -> str:
    codes = [code for code, _ in _OPTION.findall(prompt) if code.startswith(said.strip()) and len(said.strip()) > 2]
    return codes[0] if codes else said


def options_of(prompt: str) -> dict[str, float]:
    """Probability of each option's code as a whole; the rest of 1 lies on stray words."""
    text, found = stages.read(prompt), _TEXT.search(prompt)
    codes = [line.split(" = ")[0] for line in prompt[found.end() if found else 0 :].splitlines() if " = " in line]
    if asked := _ASK.search(prompt):
        scores = {code: {"yes": math.exp(weight(asked[1], text) - 1.5), "no": 1.0}.get(code, 0.05) for code in codes}
    elif strong := _STRONG.search(prompt):
        level = min(weight(strong[1], text), 3.0)
        scores = {code: math.exp(-abs(k - level)) for k, code in enumerate(codes[:-1])} | {codes[-1]: 0.05}
    else:
        scores = {code: math.exp(weight(code, text)) for code in codes or ["yes", "no", "none of these"]}
    return {code: 0.95 * score / sum(scores.values()) for code, score in scores.items()}


def _filled(schema: dict[str, Any], prompt: str) -> dict[str, Any]:
    """Texts, and numbers for every property: weights of the words, deliberately not summing to 1."""
    text, whole = stages.read(prompt), schema.get("properties", {})
    told: dict[str, Any] = {name: stages.translated(text) for name, kind in whole.items() if kind["type"] == "string"}
    raw = {name: math.exp(weight(name.removesuffix("_strength"), text)) for name in whole if name not in told}
    top = max(raw.values(), default=1.0)
    least = {name: whole[name].get("minimum", 0) for name in raw}
    wide = {name: whole[name].get("maximum", 1) - least[name] for name in raw}
    said = {name: round(least[name] + wide[name] * value / top, 3) for name, value in raw.items()}
    return told | said | {name: whole[name]["enum"][0] for name in said if "enum" in whole[name]}


def _last_text(messages: list[dict[str, Any]]) -> str:
    content = messages[-1]["content"]
    if isinstance(content, list):
        return "\n".join(part.get("text", "") for part in content if part.get("type") == "text")
    return str(content)


def _seen(content: Any) -> str:
    """What a seeing model makes of the pictures: a word for the main colour of each."""
    if not isinstance(content, list):
        return ""
    words = []
    for part in content:
        if part.get("type") == "image_url":
            data = base64.b64decode(part["image_url"]["url"].partition(",")[2])
            red, green, blue = Image.open(io.BytesIO(data)).convert("RGB").resize((1, 1)).getpixel((0, 0))
            words.append("happy glad" if min(red, green) > 128 else "furious rage" if red > blue else "sad tears")
    return f"picture: {' '.join(words)};\n" if words else ""
