"""Label Studio's buttons in the rater's words: which of its own sentences mean what, and what stands there instead.

Its page is English whatever the campaign speaks. `buttons.js` puts our words where its own stand, in what is read aloud
too; its code, and the keys that it obeys, stay as they are.
"""

from __future__ import annotations

import json
from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from annotation.studio.words import ENGLISH, Words
from harmonize.languages import right_to_left

SCRIPT = Path(__file__).with_name("buttons.js")
STUDIO = {  # by our key, what Label Studio writes; a key of the keyboard may follow in brackets
    "submit": ("Submit", "submit", "Submit annotation", "Submit current annotation", "Submit this task"),
    "update": ("Update", "Update annotation", "Update this task"),
    "skip": ("Skip", "skip-task", "Cancel (skip) task"),
    "unskip": ("Cancel skip", "cancel-skip"),
    "skipped": ("Was skipped",),
    "undo": ("Undo",),
    "redo": ("Redo",),
    "reset": ("Reset",),
    "settings": ("Settings", "Audio settings", "Video settings"),
    "previous": ("Previous task", "Go to Previous Task"),
    "next": ("Next task",),
    "later": ("Postpone task",),
    "no-previous": ("No previous task",),
    "no-next": ("No next task available",),
    "answer-first": ("Submit an annotation to continue",),
    "unchanged": ("No changes were made",),
    "unfinished": ("Complete all regions before submitting", "Complete all regions before updating"),
    "warning": ("Warning",),
    "error": ("Error",),
    "ok": ("OK",),
    "step": ("star",),
    "of": ("of",),
    "play": ("Play",),
    "pause": ("Pause",),
    "forward": ("Step forward",),
    "backward": ("Step backward",),
    "zoom-in": ("zoom-in", "Zoom in"),
    "zoom-out": ("zoom-out", "Zoom out"),
    "move": ("pan", "move-tool", "Pan"),
}


def buttons(words: Words) -> str:
    """What `buttons.js` works with, and the script itself; nothing where the page speaks as it is."""
    if words.texts == ENGLISH.texts:
        return ""
    ours, written = words.part("buttons"), {"TextArea Input": words("form.own-words")}
    told = {
        "lang": words.language,
        "dir": "rtl" if right_to_left(words.language) else "ltr",
        "words": {theirs: ours[key] for key, sentences in STUDIO.items() for theirs in sentences} | written,
        "end": words("page.end"),
        "more": words("page.end-more"),
    }
    data = escape(json.dumps(told, ensure_ascii=False), quote=True)
    return f'<div id="chorale-words" hidden data-told="{data}"></div><script src="/chorale/buttons.js" defer></script>'


async def script(request: Request) -> Response:
    """What puts the words in their places."""
    return Response(SCRIPT.read_text("utf-8"), media_type="text/javascript")
