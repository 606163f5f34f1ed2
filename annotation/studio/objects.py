"""What a rater sees of an item: the object tag by modality, and the data that fills it."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET  # written here, never parsed

from annotation.studio import names
from annotation.studio.layers import FRAME_RATE, Options
from annotation.studio.shown import Shown, captions
from annotation.studio.together import cards

MEDIA_TAG = {"image": "Image", "audio": "Audio", "video": "Video"}
SOMEBODY = "·"  # who speaks, where it is not known


def add_object(parent: ET.Element, options: Options) -> None:
    """The object that is judged (`names.OBJECT`), under the context where the form shows one."""
    if options.together:
        ET.SubElement(parent, "HyperText", name=names.OBJECT, value=f"${names.TOGETHER}", inline="true")
        return
    words = options.words
    if options.context:
        ET.SubElement(parent, "Header", value=words("item.before"), size="5")
        _add_turns(parent, names.CONTEXT)
    if tag := MEDIA_TAG.get(options.modality):
        if options.clip:
            ET.SubElement(parent, "Header", value=words("item.clip", stretch="$clip"), size="4")
        media = ET.SubElement(parent, tag, name=names.OBJECT, value="$media")
        if options.modality == "image":
            media.attrib |= {"zoom": "true", "maxWidth": "420px"}
        elif options.modality == "video":
            media.attrib |= {"frameRate": str(FRAME_RATE), "height": "360"}
        if options.captions:
            ET.SubElement(parent, "Header", value=words("item.said"), size="5")
            _add_turns(parent, names.CAPTION)
        elif options.caption:
            ET.SubElement(parent, "Text", name=names.CAPTION, value="$text")
        return
    if options.modality == "dialogue":
        ET.SubElement(parent, "Header", value=words("item.turn", speaker="$speaker"), size="4")
    elif options.modality == "pair":
        ET.SubElement(parent, "Header", value=words("item.together"), size="4")
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
    words = options.words
    if options.together:
        return data | {names.TOGETHER: cards(shown.members, options.modality, words), "text": shown.text}
    nothing = [{"speaker": SOMEBODY, "text": words("item.nothing")}]  # a list of turns may not be empty
    if options.modality in MEDIA_TAG:
        data["media"] = shown.media_address
        if options.clip:
            data["clip"] = shown.stretch(words)
        if options.captions:
            data[names.CAPTION] = captions(shown) or nothing
    if options.modality not in MEDIA_TAG or (options.caption and not options.captions):
        data["text"] = shown.text
    if options.modality == "dialogue":
        data["speaker"] = shown.speaker or words("item.last-speaker")
    if options.context:
        told = [{"speaker": turn.get("speaker") or SOMEBODY, "text": turn.get("text", "")} for turn in shown.context]
        data[names.CONTEXT] = told or nothing
    return data
