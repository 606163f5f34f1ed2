"""Items shown together, each on a card under its letter.

Drawn by us as one object: Label Studio's own players take a row of buttons and half a window each, too much for six.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from annotation.studio.shown import Shown, captions
from annotation.studio.words import ENGLISH, Words

LETTERS = "ABCDEFGH"
PLAYED = ("audio", "video")  # with a key for each card; the page beside obeys it


def cards(members: Sequence[Shown], modality: str, words: Words = ENGLISH) -> str:
    """HTML of all members; every word of theirs is escaped.

    >>> cards([Shown("k", text="1 < 2")], "text")
    '<div class="chorale-cards chorale-of-text"><figure class="chorale-card"><figcaption>A</figcaption><blockquote dir="auto">1 &lt; 2</blockquote></figure></div>'
    """  # noqa: E501 - one line of HTML
    drawn = ""
    for place, one in enumerate(members):
        key = f" <kbd>Shift {LETTERS[place]}</kbd>" if modality in PLAYED else ""
        inside = f"<figcaption>{LETTERS[place]}{key}</figcaption>{_inside(one, modality, place, words)}"
        drawn += f'<figure class="chorale-card">{inside}</figure>'
    return f'<div class="chorale-cards chorale-of-{modality}">{drawn}</div>'


def tuple_text(members: Sequence[Shown]) -> str:
    """The members' words alone, each under its letter: for pages and files that hold text.

    >>> tuple_text([Shown("k", text="Hello."), Shown("l", text="Bye.", speaker="Ann")])
    'A: Hello.\\n\\nB: Ann: Bye.'
    """
    return "\n\n".join(f"{LETTERS[place]}: {_plain(one)}" for place, one in enumerate(members))


def _plain(one: Shown) -> str:
    said = [*(_turn(turn) for turn in one.context), _turn({"speaker": one.speaker, "text": one.text})]
    return " / ".join(" ".join(text.split()) for text in said if text.strip()) or one.key


def _turn(turn: Mapping[str, str]) -> str:
    speaker, text = turn.get("speaker") or "", turn.get("text") or ""
    return f"{speaker}: {text}" if speaker and text else text


def _inside(one: Shown, modality: str, place: int, words: Words) -> str:
    if modality not in ("image", *PLAYED):
        return _lines(one.context) + _quote(one.speaker, one.text)
    source, name = escape(one.media_address), escape(words(f"item.{modality}", letter=LETTERS[place]))
    if modality == "image":
        return f'<img src="{source}" alt="{name}">' + _quote("", one.text)
    stretch = f"<p>{escape(one.stretch(words))}</p>" if one.clip else ""
    player = f'<{modality} controls preload="metadata" src="{source}" aria-label="{name}"></{modality}>'
    return player + stretch + _lines(captions(one))


def _lines(turns: Iterable[Mapping[str, str]]) -> str:
    told = [(escape(turn.get("speaker") or ""), escape(turn.get("text") or "")) for turn in turns]
    drawn = "".join(f"<li><b>{who}</b> <span dir='auto'>{text}</span></li>" for who, text in told)
    return f"<ol>{drawn}</ol>" if told else ""


def _quote(speaker: str, text: str) -> str:
    if not text:
        return ""
    who = f"<b>{escape(speaker)}</b> " if speaker else ""
    return f'<blockquote dir="auto">{who}{escape(text)}</blockquote>'
