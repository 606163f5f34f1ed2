"""Faces: 48 small pictures, each drawn from a few numbers (mouth, brows, eyes), and what three raters see in them."""

from __future__ import annotations

import io
import random

from PIL import Image, ImageDraw

SIZE = 96
# Curve of the mouth (up is positive), how far it opens, tilt and height of the brows, eyes, tears, wrinkled nose.
LOOKS: dict[str, tuple[float, float, float, float, float, bool, bool]] = {
    "joy": (1.0, 0.3, 0.0, 0.1, 1.0, False, False),
    "sadness": (-0.9, 0.0, -0.8, 0.2, 0.9, True, False),
    "anger": (-0.5, 0.1, 1.0, -0.3, 0.9, False, False),
    "fear": (-0.4, 0.5, -0.7, 0.6, 1.4, False, False),
    "surprise": (0.0, 1.0, 0.0, 0.8, 1.5, False, False),
    "disgust": (-0.7, 0.0, 0.5, -0.1, 0.7, False, True),
    "neutral": (0.0, 0.0, 0.0, 0.0, 1.0, False, False),
}
SKIN = [(244, 208, 174), (222, 171, 127), (141, 95, 62), (88, 57, 39), (255, 224, 120), (160, 200, 170)]
GROUND = [(214, 226, 240), (240, 230, 214), (222, 240, 220), (236, 218, 236), (60, 70, 90)]
RATERS = [("north", 0.90), ("south", 0.82), ("west", 0.74)]
MISTAKEN = {
    "joy": ["surprise", "neutral"], "sadness": ["fear", "neutral"], "anger": ["disgust", "sadness"],
    "fear": ["surprise", "sadness"], "surprise": ["fear", "joy"], "disgust": ["anger", "sadness"],
    "neutral": ["sadness", "joy"],
}  # fmt: skip


def draw(rng: random.Random, emotion: str) -> bytes:
    """One face as PNG."""
    curve, opened, tilt, height, eyes, tears, wrinkled = LOOKS[emotion]
    curve, opened, tilt = (value + rng.uniform(-0.15, 0.15) for value in (curve, opened, tilt))
    picture = Image.new("RGB", (SIZE, SIZE), rng.choice(GROUND))
    pen = ImageDraw.Draw(picture)
    pen.ellipse((12, 8, 84, 90), fill=rng.choice(SKIN), outline=(40, 30, 30))
    for side in (-1, 1):
        x, y, r = 48 + side * 15, 40, 5 * eyes
        pen.ellipse((x - r, y - r, x + r, y + r), fill="white", outline=(40, 30, 30))
        pen.ellipse((x - 2, y - 2, x + 2, y + 2), fill=(30, 30, 40))
        top = 29 - 5 * height
        pen.line((x - side * 7, top + 4 * tilt, x + side * 7, top - 4 * tilt), fill=(40, 30, 30), width=3)
        if tears:
            pen.ellipse((x - 2, y + 9, x + 2, y + 17), fill=(90, 150, 230))
    if wrinkled:
        for step in range(3):
            pen.line((43, 47 + 3 * step, 53, 45 + 3 * step), fill=(90, 60, 50), width=1)
    mouth(pen, curve, max(0.0, opened))
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def mouth(pen: ImageDraw.ImageDraw, curve: float, opened: float) -> None:
    """A mouth: corners raised by ``curve``, lips apart by ``opened``."""
    upper = [
        (34 + 2 * i, 68 - 8 * curve * (1 - (1 - ((i - 7) / 7) ** 2) * 1.6) - 9 * opened * (1 - ((i - 7) / 7) ** 2))
        for i in range(15)
    ]
    lower = [(x, y + 18 * opened * (1 - ((x - 48) / 14) ** 2)) for x, y in reversed(upper)]
    if opened > 0.25:
        pen.polygon([*upper, *lower], fill=(120, 30, 40), outline=(60, 20, 20))
    else:
        pen.line(upper, fill=(120, 30, 40), width=3)


def make() -> dict[str, bytes]:
    """The pictures and their table, by path."""
    rng = random.Random(12)  # noqa: S311
    files: dict[str, bytes] = {}
    rows = ["\t".join(["picture", "style", *[name for name, _ in RATERS]])]
    for number in range(1, 49):
        emotion = list(LOOKS)[(number - 1) % len(LOOKS)]
        name = f"face-{number:02}.png"
        files[f"faces/pictures/{name}"] = draw(rng, emotion)
        seen = [emotion if rng.random() < clear else rng.choice(MISTAKEN[emotion]) for _, clear in RATERS]
        rows.append("\t".join([name, "drawn", *seen]))
    files["faces/faces.tsv"] = ("\n".join(rows) + "\n").encode()
    return files
