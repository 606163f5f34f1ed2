"""What a rater sees of an item: the object tag by modality, and the data that fills it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree as ET  # written here, never parsed

from annotation.studio import names
from annotation.studio.layers import Options

MEDIA_TAG = {"image": "Image", "audio": "Audio", "video": "Video"}


@dataclass(frozen=True)
class Shown:
    """An item as it is sent: our own id, its text, the units before it, and where its media is fetched."""

    key: str
    text: str = ""
    speaker: str = ""
    context: Sequence[Mapping[str, str]] = field(default_factory=tuple)
    media: str = ""


def add_object(parent: ET.Element, options: Options) -> None:
    """The object that is judged (`names.OBJECT`), under the context where the form shows one."""
    if options.context:
        ET.SubElement(parent, "Header", value="What came before", size="5")
        attributes = {"value": "$context", "nameKey": "speaker", "textKey": "text", "layout": "dialogue"}
        ET.SubElement(parent, "Paragraphs", attributes, name=names.CONTEXT)
    if tag := MEDIA_TAG.get(options.modality):
        media = ET.SubElement(parent, tag, name=names.OBJECT, value="$media")
        if options.modality == "image":
            media.attrib |= {"zoom": "true", "maxWidth": "420px"}
        if options.caption:
            ET.SubElement(parent, "Text", name="caption", value="$text")
        return
    if options.modality == "dialogue":
        ET.SubElement(parent, "Header", value="Judge this turn: $speaker", size="4")
    text = ET.SubElement(parent, "Text", name=names.OBJECT, value="$text")
    if options.right_to_left:
        text.set("style", "direction: rtl; text-align: right")


def item_data(shown: Shown, options: Options) -> dict[str, Any]:
    """The data of one Label Studio task; our id travels in ``ext_id`` and comes back with every answer."""
    data: dict[str, Any] = {"ext_id": shown.key}
    if options.modality in MEDIA_TAG:
        data["media"] = shown.media
    if options.modality not in MEDIA_TAG or options.caption:
        data["text"] = shown.text
    if options.modality == "dialogue":
        data["speaker"] = shown.speaker or "the last speaker"
    if options.context:
        data["context"] = [
            {"speaker": turn.get("speaker") or "·", "text": turn.get("text", "")} for turn in shown.context
        ]
    return data
