"""What the word model says to stages of a prompt: it translates three words, describes, asks, judges and explains."""

from __future__ import annotations

import base64
import io
import json
import re
import wave
from typing import Any

GLOSSARY = {"khush": "happy", "gussa": "furious", "udas": "sad"}
KNOWN = {
    "happy": "joy", "glad": "joy", "delighted": "joy", "furious": "anger", "rage": "anger", "scared": "fear",
    "sad": "sadness", "tears": "sadness",
}  # fmt: skip
TURN = "? no,"  # what stands before it is taken back
_TEXT = re.compile(r"<text>\n(.*?)\n</text>", re.DOTALL)
_TOLD = re.compile(
    r"^(?:In English|What was seen[^\n]*|What you asked[^\n]*):\n(.*?)(?:\n\n|\Z)", re.DOTALL | re.MULTILINE
)
_MEDIA = re.compile(r"(?:picture|sound): ([^;]*);")


def read(prompt: str) -> str:
    """All that bears on emotion: the text, what earlier stages told, what is seen and heard."""
    found = _TEXT.search(prompt)
    parts = [found.group(1) if found else prompt, *_TOLD.findall(prompt), *_MEDIA.findall(prompt)]
    text = " ".join(parts)
    return text.split(TURN)[-1] if "An earlier label was rejected" in prompt else text


def translated(text: str) -> str:
    """The text with the words of the glossary in English."""
    return " ".join(GLOSSARY.get(word, word) for word in text.split())


def answer(prompt: str, schema: bool) -> str | None:
    """The answer to a stage, or None where the prompt is no stage's."""
    if "Begin with HOLDS or FAILS" in prompt:
        return _judged(prompt)
    if '"causes"' in prompt and schema:
        return _explained(prompt)
    if found := re.search(r"^Translate[^\n]*:\n(.*)", prompt, re.DOTALL | re.MULTILINE):
        return translated(found.group(1))
    if "Describe the clues" in prompt:
        return "words and looks: " + (" ".join(_words(prompt)) or "nothing")
    if "Write at most five short questions" in prompt:
        return "What happened?\nWhat is felt?"
    if "Answer each in one line" in prompt:
        return "It shows " + (" ".join(_words(prompt.split("Questions:")[0])) or "nothing")
    return None


def heard(content: Any) -> str:
    """What a hearing model makes of sounds: loud is anger, quiet is sadness."""
    words = []
    for part in content if isinstance(content, list) else []:
        if part.get("type") == "input_audio" and part["input_audio"]["format"] == "wav":
            with wave.open(io.BytesIO(base64.b64decode(part["input_audio"]["data"]))) as sound:
                loud = max(memoryview(sound.readframes(sound.getnframes())).cast("h"), default=0)
            words.append("furious rage" if loud > 8000 else "sad tears")
    return f"sound: {' '.join(words)};\n" if words else ""


def _words(text: str) -> list[str]:
    return [word for word in re.findall(r"\w+", text.casefold()) if word in KNOWN]


def _judged(prompt: str) -> str:
    """A label holds if a word for it stands in the text, and was not taken back."""
    label = prompt.split("Proposed: ")[1].split(" (")[0].split("\n")[0].casefold()
    text = prompt.split("Proposed: ")[0]
    if any(KNOWN[word] == label for word in _words(text.split(TURN)[-1])):
        return f"HOLDS: {label} is said."
    return f"FAILS: nothing says {label}."


def _explained(prompt: str) -> str:
    """The first known word is the cause; a text with a ghost gets one more that does not stand there."""
    text = _TEXT.search(prompt)
    words = _words(text.group(1) if text else "")[:1]
    causes = [{"quote": word, "nth": 1} for word in words] + (
        [{"quote": "boo!", "nth": 1}] if "ghost" in prompt else []
    )
    return json.dumps({"reason": f"It says {words or 'nothing'}.", "causes": causes})
