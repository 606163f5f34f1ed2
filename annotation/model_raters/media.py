"""Pictures as a model rater is shown them: resized to a stated budget, as data URLs."""

from __future__ import annotations

import base64
import io

from PIL import Image, ImageOps, UnidentifiedImageError

from annotation.model_raters.chat import ItemFailure


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
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()
