"""What a rater is to see of an item, whichever way it is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from annotation.studio.words import ENGLISH, Words


@dataclass(frozen=True)
class Shown:
    """An item as it is sent: our own id, its text, the units before it, where its media is fetched; of a recording the
    ``captions`` as {start, end, text, speaker} and the ``clip`` that is judged, both in seconds on its clock; the
    ``members`` where it is several items that are shown together."""

    key: str
    text: str = ""
    speaker: str = ""
    context: Sequence[Mapping[str, str]] = field(default_factory=tuple)
    media: str = ""
    captions: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    clip: tuple[float, float] | None = None
    members: Sequence[Shown] = field(default_factory=tuple)

    @property
    def media_address(self) -> str:
        """Where the media is fetched, with the stretch that is judged: a player begins and ends there."""
        return self.media + (f"#t={self.clip[0]:g},{self.clip[1]:g}" if self.clip else "")

    def stretch(self, words: Words = ENGLISH) -> str:
        """The clip in words: 0:02.5 to 0:04."""
        if self.clip is None:
            return words("item.whole")
        return words("item.stretch", start=clock(self.clip[0]), end=clock(self.clip[1]))


def captions(shown: Shown) -> list[dict[str, str]]:
    """What is said within the clip, each line under its time; the item's text where it has no captions."""
    low, high = shown.clip or (0.0, float("inf"))
    found = []
    for cue in shown.captions:
        if cue["end"] > low and cue["start"] < high:
            name = f"{clock(cue['start'])} {cue.get('speaker') or ''}".strip()
            found.append({"speaker": name, "text": str(cue["text"])})
    return found or ([{"speaker": shown.speaker or "·", "text": shown.text}] if shown.text else [])


def clock(seconds: float) -> str:
    """Minutes and seconds.

    >>> clock(62.5)
    '1:02.5'
    """
    whole, tenths = divmod(round(seconds * 10), 10)
    return f"{whole // 60}:{whole % 60:02}" + (f".{tenths}" if tenths else "")
