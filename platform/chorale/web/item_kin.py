"""What an item's page shows beside its voices: media with preview or waveform, items like it, the line it came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from annotation.studio.together import LETTERS
from chorale.store import previews, studio_push
from chorale.store.models import Item, NearDuplicate
from chorale.web.alike import Follower, Group, followers
from harmonize.corpora.media import cues

SHOWN = 10
TOLD = {"source": "File name", "bytes": "Size", "format": "Format", "width": "Width", "height": "Height",
        "duration": "Duration", "sample_rate": "Sample rate", "channels": "Channels", "audio_codec": "Sound",
        "video_codec": "Film", "frames_per_second": "Frames a second"}  # fmt: skip
UNITS = {"width": " px", "height": " px", "duration": " s", "sample_rate": " Hz", "bytes": " bytes"}


@dataclass(frozen=True)
class Peak:
    """One bar of a waveform in a box of 100 units' height."""

    x: int
    y: float
    height: float


def picture(item: Item) -> str:
    """The address of the picture to label, where the item is one."""
    return reverse("item-media", args=[item.uuid]) if item.modality == "image" and item.media else ""


@dataclass(frozen=True)
class Line:
    """One caption: seconds on the recording's clock, the beginning as shown, and what is said by whom."""

    start: float
    end: float
    at: str
    speaker: str
    text: str


def media(item: Item) -> dict[str, Any]:
    """Player, preview and facts of an item's media; empty for a text."""
    peaks = previews.waveform(item)
    facts = [(TOLD[name], _fact(name, item.media_facts[name])) for name in TOLD if item.media_facts.get(name)]
    clip = item.media_facts.get("clip")
    facts += [("Clip", f"{_short(clip[0])} to {_short(clip[1])}")] if clip else []
    said = [Line(cue["start"], cue["end"], _short(cue["start"]), cue.get("speaker", ""), cue["text"])
            for cue in item.media_facts.get("cues", [])]  # fmt: skip
    if not item.media:
        return {"facts": facts, "player": "", "peaks": (), "width": 0, "cues": said, "members": members(item)}
    kind = next((kind for kind in ("video", "audio") if f"{kind}_codec" in item.media_facts), "")
    return {
        "player": kind,
        "attached": not kind and "width" not in item.media_facts,
        "poster": reverse("item-preview", args=[item.uuid]) if previews.thumbnail(item) else "",
        "peaks": [Peak(n * 3, 50 - max(p, 2) / 2, max(p, 2)) for n, p in enumerate(peaks)],
        "width": len(peaks) * 3,
        "facts": facts,
        "cues": said,
        "transcript": item.text == " ".join(line.text for line in said),
        "fragment": f"#t={clip[0]:g},{clip[1]:g}" if clip else "",
    }


def members(item: Item) -> list[tuple[str, Item, str | None]]:
    """What a tuple of a comparison shows together: letter, item, address of its preview; empty for any other item."""
    found = studio_push.members_of([item])
    shown = [found[key] for key in studio_push.member_keys(item) if key in found]
    return [(letter, one, preview_of(one)) for letter, one in zip(LETTERS, shown, strict=False)]


def _short(seconds: float) -> str:
    """Seconds as people read them: 1:02.5."""
    whole, _, rest = cues.clock(seconds).removeprefix("00:").removeprefix("0").partition(".")
    return f"{whole}.{rest.rstrip('0')}".removesuffix(".")


def _fact(name: str, value: Any) -> str:
    shown = f"{value:,.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else value
    return f"{shown:,}{UNITS.get(name, '')}" if isinstance(shown, int) else f"{shown}{UNITS.get(name, '')}"


def near(item: Item) -> Group | None:
    """The group of near duplicates that an item leads, or the leader that it follows and its fellows."""
    own = NearDuplicate.objects.filter(item=item).select_related("leader__corpus").first()
    leader = own.leader if own else item
    rows = NearDuplicate.objects.filter(leader=leader).select_related("item__corpus").order_by("-similarity", "item")
    if own is None and not rows.exists():
        return None
    found: list[Follower] = list(followers(leader, rows[:SHOWN]))
    return Group(leader, found, max(rows.count() - SHOWN, 0))


def preview_of(item: Item) -> str | None:
    """Where a small picture of the item is served, if it has one."""
    return reverse("item-preview", args=[item.uuid]) if item.media and previews.thumbnail(item) else None
