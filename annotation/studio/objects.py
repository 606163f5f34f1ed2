"""What a rater sees of an item: the object tag by modality, and the data that fills it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree as ET  # written here, never parsed

from annotation.studio import names
from annotation.studio.layers import FRAME_RATE, Options

MEDIA_TAG = {"image": "Image", "audio": "Audio", "video": "Video"}
JUDGED = {"dialogue": "Judge this turn: $speaker", "pair": "Compare these"}
NOTHING = {"speaker": "·", "text": "(nothing)"}  # a list of turns may not be empty


@dataclass(frozen=True)
class Shown:
    """An item as it is sent: our own id, its text, the units before it, where its media is fetched; of a recording the
    ``captions`` as {start, end, text, speaker} and the ``clip`` that is judged, both in seconds on its clock."""

    key: str
    text: str = ""
    speaker: str = ""
    context: Sequence[Mapping[str, str]] = field(default_factory=tuple)
    media: str = ""
    captions: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    clip: tuple[float, float] | None = None


def add_object(parent: ET.Element, options: Options) -> None:
    """The object that is judged (`names.OBJECT`), under the context where the form shows one."""
    if options.context:
        ET.SubElement(parent, "Header", value="What came before", size="5")
        _add_turns(parent, names.CONTEXT)
    if tag := MEDIA_TAG.get(options.modality):
        if options.clip:
            ET.SubElement(parent, "Header", value="Judge $clip", size="4")
        media = ET.SubElement(parent, tag, name=names.OBJECT, value="$media")
        if options.modality == "image":
            media.attrib |= {"zoom": "true", "maxWidth": "420px"}
        elif options.modality == "video":
            media.attrib |= {"frameRate": str(FRAME_RATE), "height": "360"}
        if options.captions:
            ET.SubElement(parent, "Header", value="What is said", size="5")
            _add_turns(parent, names.CAPTION)
        elif options.caption:
            ET.SubElement(parent, "Text", name=names.CAPTION, value="$text")
        return
    if told := JUDGED.get(options.modality):
        ET.SubElement(parent, "Header", value=told, size="4")
    if options.right_to_left:
        parent = ET.SubElement(parent, "View", className="chorale-rtl")
    ET.SubElement(parent, "Text", name=names.OBJECT, value="$text")


def _add_turns(parent: ET.Element, name: str) -> None:
    """Lines under one another, each with who says it."""
    attributes = {"value": f"${name}", "nameKey": "speaker", "textKey": "text", "layout": "dialogue"}
    ET.SubElement(parent, "Paragraphs", attributes, name=name)


def item_data(shown: Shown, options: Options) -> dict[str, Any]:
    """The data of one Label Studio task; our id travels in ``ext_id`` and comes back with every answer."""
    data: dict[str, Any] = {"ext_id": shown.key}
    if options.modality in MEDIA_TAG:
        low, high = shown.clip or (0.0, 0.0)
        data["media"] = shown.media + (f"#t={low:g},{high:g}" if shown.clip else "")
        if options.clip:
            data["clip"] = f"{_clock(low)} to {_clock(high)}" if shown.clip else "the whole recording"
        if options.captions:
            data[names.CAPTION] = _captions(shown) or [NOTHING]
    if options.modality not in MEDIA_TAG or (options.caption and not options.captions):
        data["text"] = shown.text
    if options.modality == "dialogue":
        data["speaker"] = shown.speaker or "the last speaker"
    if options.context:
        told = [{"speaker": turn.get("speaker") or "·", "text": turn.get("text", "")} for turn in shown.context]
        data[names.CONTEXT] = told or [NOTHING]
    return data


def _captions(shown: Shown) -> list[dict[str, str]]:
    """What is said within the clip, each line under its time; the item's text where it has no captions."""
    low, high = shown.clip or (0.0, float("inf"))
    found = []
    for cue in shown.captions:
        if cue["end"] > low and cue["start"] < high:
            name = f"{_clock(cue['start'])} {cue.get('speaker') or ''}".strip()
            found.append({"speaker": name, "text": str(cue["text"])})
    return found or ([{"speaker": shown.speaker or "·", "text": shown.text}] if shown.text else [])


def _clock(seconds: float) -> str:
    """Minutes and seconds: 0:02.5."""
    whole, tenths = divmod(round(seconds * 10), 10)
    return f"{whole // 60}:{whole % 60:02}" + (f".{tenths}" if tenths else "")
