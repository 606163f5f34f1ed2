"""Sound and moving pictures made on the spot."""

from __future__ import annotations

import io
import math
import struct
import wave

import av
from PIL import Image


def sound(seconds: float = 1.0, rate: int = 16_000, channels: int = 1) -> bytes:
    """A WAV file of a tone that grows from silence to full strength."""
    out = io.BytesIO()
    count = int(seconds * rate)
    with wave.open(out, "wb") as sink:
        sink.setnchannels(channels)
        sink.setsampwidth(2)
        sink.setframerate(rate)
        tone = (int(32_000 * i / count * math.sin(i * 440 * 2 * math.pi / rate)) for i in range(count))
        sink.writeframes(b"".join(struct.pack("<h", value) * channels for value in tone))
    return out.getvalue()


def video(seconds: float = 1.0, size: tuple[int, int] = (64, 48), *, loud: bool = True, form: str = "mp4") -> bytes:
    """A video of a plain colour at 10 frames a second, with a tone."""
    out = io.BytesIO()
    with av.open(out, "w", format=form) as sink:
        pictures = sink.add_stream("mpeg4", rate=10)
        pictures.width, pictures.height, pictures.pix_fmt = *size, "yuv420p"
        tone = sink.add_stream("aac", rate=16_000, layout="mono") if loud else None
        for _ in range(int(seconds * 10)):
            frame = av.VideoFrame.from_image(Image.new("RGB", size, (200, 60, 30)))
            sink.mux(pictures.encode(frame))
        sink.mux(pictures.encode(None))
        if tone is not None:
            with av.open(io.BytesIO(sound(seconds))) as source:
                for part in source.decode(audio=0):
                    part.pts = None
                    sink.mux(tone.encode(part))
            sink.mux(tone.encode(None))
    return out.getvalue()
