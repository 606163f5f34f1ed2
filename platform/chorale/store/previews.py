"""Previews of media: small pictures of images and videos, kept in the object store; waveforms stand with the facts.

`Item.media_facts` of an item whose file is here: {"source": its name in the corpus, "bytes", "format", "width",
"height", "duration" (s), "sample_rate" (Hz), "channels", "audio_codec", "video_codec", "frames_per_second", "waveform":
up to 200 peaks 0..100, "thumbnail": key in the object store}, each where it applies.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from chorale.store import object_store
from chorale.store.models import Item
from harmonize.corpora import Record
from harmonize.corpora.amiss import Amiss
from harmonize.corpora.media import opener

SMALL = 320  # pixels; a smaller image is its own preview


def made(path: Path, record: Record) -> dict[str, str]:
    """{"thumbnail": key} of a new file's preview; nothing for sound, for a small image, or if none can be made."""
    facts = record.media_facts
    width, height = facts.get("width", 0), facts.get("height", 0)
    modality = "video" if "video_codec" in facts else "image"
    if not width or (modality == "image" and max(width, height) <= SMALL):
        return {}
    with TemporaryDirectory() as place:
        picture = Path(place) / "preview.webp"
        try:
            opener().look(path, modality, picture)
        except Amiss:
            return {}
        return {"thumbnail": object_store.put_file(picture, prefix="thumbnail")[0]} if picture.exists() else {}


def thumbnail(item: Item) -> str:
    """The key of an item's preview picture: its own, the file itself for a small image, "" for none."""
    own = item.media_facts.get("thumbnail", "")
    return own or (item.media if item.media and "width" in item.media_facts and not _moves(item) else "")


def waveform(item: Item) -> list[int]:
    """The peaks of an item's sound, 0..100, at equal distances over its duration; empty for none."""
    return list(item.media_facts.get("waveform", []))


def _moves(item: Item) -> bool:
    return "video_codec" in item.media_facts
