"""What of pictures, videos and sound a model rater is shown, and pictures as data URLs.

`image_url` opens the bytes in this process, for notebooks and files one trusts; the service decodes uploads in a
limited process of their own (`chorale.store.shown`), with the same budget.
"""

from __future__ import annotations

import base64
import io
from dataclasses import asdict, dataclass, fields
from typing import Any

from PIL import Image, ImageOps, UnidentifiedImageError

from annotation.model_raters.chat import ItemFailure
from harmonize.problems import ChoraleError

MOST = {"image_side": 4096, "frames": 64, "audio_seconds": 1800}


@dataclass(frozen=True, slots=True)
class MediaBudget:
    """``image_side``: pixels of the longer side of a picture or frame, 0 for none; ``frames`` of a video, evenly
    spaced; ``audio_seconds`` of sound from the beginning, 0 for none."""

    image_side: int = 0
    frames: int = 0
    audio_seconds: int = 0

    def __post_init__(self) -> None:
        for part in fields(self):
            value = getattr(self, part.name)
            if not isinstance(value, int) or not 0 <= value <= MOST[part.name]:
                raise ChoraleError("media-budget", f"{part.name} is {value}.", f"0 to {MOST[part.name]}.")
        if self.frames and not self.image_side:
            raise ChoraleError("media-budget", "Frames need a size.", "State image_side too.")

    def needs(self) -> frozenset[str]:
        """Abilities that an endpoint must have."""
        wanted = {"images": self.image_side, "audio": self.audio_seconds}
        return frozenset(name for name, amount in wanted.items() if amount)

    def describe(self) -> dict[str, Any]:
        """The budget as recorded with a rater; frames and sound only where there are any."""
        return {name: value for name, value in asdict(self).items() if value or name == "image_side"}


NO_MEDIA = MediaBudget()


def image_url(data: bytes, *, side: int) -> str:
    """A picture as a JPEG data URL whose longer side is at most ``side`` pixels; never enlarged.

    Turned upright by its EXIF mark, transparency on white, first frame of an animation. The same bytes give the same
    URL. Raises `ItemFailure` (`image-unreadable`) for what is no picture.
    """
    try:
        with Image.open(io.BytesIO(data)) as opened:
            upright = ImageOps.exif_transpose(opened).convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise ItemFailure("image-unreadable", f"The picture cannot be read: {error}.", "Replace the file.") from error
    plain = Image.new("RGB", upright.size, "white")
    plain.paste(upright, mask=upright.getchannel("A"))
    plain.thumbnail((side, side), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    plain.save(buffer, "JPEG", quality=85)
    return jpeg_url(buffer.getvalue())


def jpeg_url(data: bytes) -> str:
    """JPEG bytes as a data URL."""
    return "data:image/jpeg;base64," + base64.b64encode(data).decode()
