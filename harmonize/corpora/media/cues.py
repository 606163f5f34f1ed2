"""Captions and transcripts on a clock: SubRip (.srt) and WebVTT (.vtt) files beside sound or film.

Libraries for these formats read past what is broken without a word; here every cue that cannot stand is told with its
line, so that it can be mended. What stands is read as `pysubs2` reads it, which a test checks.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from harmonize.corpora.amiss import Amiss

SUFFIXES = (".srt", ".vtt")
LARGEST = 8 * 1024 * 1024  # bytes of a file
MOST = 20_000  # cues of a file
TOLD = 5  # bad cues named in one problem
LATE = 1.0  # seconds that a cue may stand behind the end of a recording, whose container rounds
CLOCK = r"(?:\d+:)?[0-5]?\d:[0-5]\d(?:[.,]\d{1,3})?"
TIMES = re.compile(rf"^\s*({CLOCK})\s*-->\s*({CLOCK})(?:\s.*)?$")
VOICE = re.compile(r"<v(?:\.[^ >]*)?\s+([^>]+)>")
TAGS = re.compile(r"</?[a-zA-Z0-9][^<>]*>|\{\\[^}]*\}")
ASIDE = ("NOTE", "STYLE", "REGION", "WEBVTT")


class Cue(NamedTuple):
    """What is said from ``start`` to ``end``, in seconds on the recording's clock."""

    start: float
    end: float
    text: str
    speaker: str = ""


def read_cues(path: Path, *, duration: float | None = None, encoding: str = "utf-8") -> list[Cue]:
    """The cues of a file in time order; ``duration`` of the recording in seconds, where it is known.

    Raises `Amiss`: captions-unreadable for a file that is none, bad-cue with the line of each cue that cannot stand.
    """
    found: list[Cue] = []
    wrong: list[str] = []
    for line, block in _blocks(_lines(path, encoding)):
        cue = _cue(line, block, duration, wrong)
        if cue is not None and cue.text:
            found.append(cue)
    if wrong:
        more = f"; and {len(wrong) - TOLD} more" if len(wrong) > TOLD else ""
        what = f"names {path.name}, where {'; '.join(wrong[:TOLD])}{more}."
        raise Amiss("bad-cue", what, "Mend these lines of the caption file, then read the row again.")
    if not found or len(found) > MOST:
        what = f"names {path.name}, which holds {len(found):,} captions."
        raise Amiss("captions-unreadable", what, f"Give a .srt or .vtt file of 1 to {MOST:,} captions.")
    return sorted(found)


def seconds_of(text: str) -> float:
    """Seconds of "12.5", "1:02.5" or "1:00:02,5". Raises ValueError for anything else."""
    if ":" in text and not re.fullmatch(CLOCK, text):
        raise ValueError(text)
    whole = 0.0
    for part in text.replace(",", ".").split(":"):
        whole = whole * 60 + float(part)
    return round(whole, 3)


def clock(seconds: float) -> str:
    """Seconds as WebVTT writes them: 00:01:02.500."""
    whole = round(seconds * 1000)
    return f"{whole // 3_600_000:02}:{whole // 60_000 % 60:02}:{whole // 1000 % 60:02}.{whole % 1000:03}"


def to_vtt(cues: list[Cue]) -> str:
    """The cues as a WebVTT file, which browsers show on a player."""
    parts = ["WEBVTT\n"]
    for cue in cues:
        said = html.escape(cue.text, quote=False)
        voice = f"<v {html.escape(cue.speaker)}>" if cue.speaker else ""
        parts.append(f"{clock(cue.start)} --> {clock(cue.end)}\n{voice}{said}\n")
    return "\n".join(parts)


def _lines(path: Path, encoding: str) -> list[str]:
    if path.suffix.lower() not in SUFFIXES or path.stat().st_size > LARGEST:
        what = f"names {path.name}, which is no .srt or .vtt file of at most {LARGEST >> 20} MB."
        raise Amiss("captions-unreadable", what, "Name the caption file.")
    try:
        text = path.read_bytes().decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        what = f"names {path.name}, which holds bytes that are not {encoding} (byte {error.start})."
        raise Amiss("captions-unreadable", what, "Save it as UTF-8.") from None
    if "\0" in text:
        raise Amiss("captions-unreadable", f"names {path.name}, which holds NUL bytes.", "Save it as UTF-8.")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if path.suffix.lower() == ".vtt" and not lines[0].startswith("WEBVTT"):
        raise Amiss("captions-unreadable", f"names {path.name}, which does not begin with WEBVTT.", "Add that line.")
    return lines


def _blocks(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """(number of the first line, lines) of each run of lines between empty ones, leaving out what is no cue."""
    block: list[str] = []
    for number, line in enumerate([*lines, ""], 1):
        if line.strip():
            block.append(line)
        elif block:
            if not block[0].startswith(ASIDE) or "-->" in block[0]:
                yield number - len(block), block
            block = []


def _cue(line: int, block: list[str], duration: float | None, wrong: list[str]) -> Cue | None:
    at = next((i for i, text in enumerate(block[:2]) if "-->" in text), None)
    if at is None:
        wrong.append(f"line {line} belongs to no time")
        return None
    times = TIMES.match(block[at])
    if times is None:
        wrong.append(f"line {line + at} is no time: {block[at].strip()[:60]!r}")
        return None
    start, end = seconds_of(times[1]), seconds_of(times[2])
    if end <= start:
        wrong.append(f"line {line + at} ends before it begins")
    elif duration is not None and start > duration + LATE:
        wrong.append(f"line {line + at} begins at {start:g} s, after the recording's end at {duration:g} s")
    text = " ".join(part.strip() for part in block[at + 1 :])
    voice = VOICE.search(text)
    plain = " ".join(html.unescape(TAGS.sub("", text)).split())
    return Cue(start, end, plain, html.unescape(voice[1]).strip()[:80] if voice else "")
