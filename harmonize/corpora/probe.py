"""Looking into a media file without trusting it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PIL import Image, UnidentifiedImageError

from harmonize.corpora.amiss import Amiss

MOST_PIXELS = 80_000_000
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "PPM")


def probe(path: Path) -> dict[str, Any]:
    """Width, height and format of an image, checked without decoding its pixels.

    Raises `Amiss`: image-unreadable, image-too-large (what the header claims, before any memory is taken).
    """
    try:
        with Image.open(path, formats=FORMATS) as picture:
            width, height = picture.size
            if width * height > MOST_PIXELS:
                fix = f"At most {MOST_PIXELS:,} pixels; scale it down."
                raise Amiss("image-too-large", f"names {path.name}, an image of {width} x {height}.", fix)
            form = str(picture.format)
            picture.verify()
    except Image.DecompressionBombError:
        fix = f"At most {MOST_PIXELS:,} pixels; scale it down."
        raise Amiss("image-too-large", f"names {path.name}, an image that claims too many pixels.", fix) from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        what = f"names {path.name}, which cannot be read as an image ({type(error).__name__})."
        raise Amiss("image-unreadable", what, "Replace the file, or remove the row.") from None
    return {"width": width, "height": height, "format": form.lower(), "bytes": path.stat().st_size}
