"""The process that opens media files: a script of its own, with little memory, no network and nothing to lose.

It reads requests from standard input, a JSON object a line: {"path", "modality", "picture": where to write a preview or
null, "seconds": how long it may decode}, and answers each with a line: {"facts": {...}} or {"code", "what", "fix"}.
With "show" ({"folder", "side", "frames", "heard"}) it writes there what a model is to be shown instead: "0.jpg" and
on, and "sound.wav", and answers {"shown": {"images": how many, "times": of frames, "heard": seconds}}.
Nothing of Chorale is imported, so that it starts at once and holds no secret.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from itertools import chain, pairwise
from typing import Any

MEMORY = 3 * 1024**3  # bytes of addresses, which are more than bytes of memory
WRITTEN = 64 * 1024**2
MOST_PIXELS = 80_000_000
ORIENTATION, QUARTERS = 0x112, (5, 6, 7, 8)  # the EXIF tag, and those of its values that stand for a quarter turn
UPRIGHT = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}  # its value: the `PIL.Image.Transpose` that undoes it
SIDE = 512  # pixels of a preview's longer side
PEAKS = 200  # bars of a waveform
RATE = 8000  # samples a second from which it is drawn
SPEECH = 16_000  # samples a second of what a model hears
IMAGES = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "PPM")
CONTAINERS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpeg,mpegts,flv,asf,ogg,mp3,wav,flac,aac,aiff,au,amr,caf,w64,wv,gif"
)


class Unfit(Exception):
    """What is wrong with a file: a stable code, words, a remedy."""


def too_large(name: str, what: str) -> Unfit:
    return Unfit("image-too-large", f"names {name}, {what}.", f"At most {MOST_PIXELS:,} pixels; scale it down.")


def image(path: str, picture: str | None) -> dict[str, Any]:
    """Width and height as it is shown, upright, and format; decoded whole, so that a picture cut short is found."""
    from PIL import Image, UnidentifiedImageError

    name = os.path.basename(path)
    try:
        with Image.open(path, formats=IMAGES) as found:
            width, height = found.size
            if width * height > MOST_PIXELS:
                raise too_large(name, f"an image of {width} x {height}")
            form = str(found.format).lower()
            found.draft("RGB", (SIDE, SIDE))
            found.load()
            turn = orientation(found)
            if turn in QUARTERS:
                width, height = height, width
            if picture:
                shown = levelled(found).convert("RGBA" if "A" in found.getbands() else "RGB")
                shown.thumbnail((SIDE, SIDE))
                shown = shown.transpose(UPRIGHT[turn]) if turn in UPRIGHT else shown
                shown.save(picture, "WEBP", quality=80)
    except Image.DecompressionBombError:
        raise too_large(name, "an image that claims too many pixels") from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, IndexError) as error:
        what = f"names {name}, which cannot be read as an image ({type(error).__name__})."
        raise Unfit("image-unreadable", what, "Replace the file, or remove the row.") from None
    return {"width": width, "height": height, "format": form}


def orientation(found: Any) -> int:
    """How a camera was held, by its EXIF tag, 1 to 8; 1 where there is none, or none that can be read."""
    try:
        return int(found.getexif().get(ORIENTATION, 1))
    except Exception:  # EXIF is a format of its own, and as often broken; the picture is none the worse
        return 1


def levelled(found: Any) -> Any:
    """A picture of more than 8 bits a pixel in the 8 that a preview has, from its darkest to its brightest."""
    if not found.mode.startswith(("I", "F")):
        return found
    low, high = found.getextrema()
    scale = 255 / (high - low) if high > low else 1.0
    return found.convert("F").point(lambda value: value * scale - low * scale)


def recording(path: str, modality: str, picture: str | None, seconds: float) -> dict[str, Any]:
    """Container, duration in seconds, codecs, sample rate, channels, size, frames a second, and the waveform."""
    import av

    av.logging.set_level(av.logging.PANIC)
    name = os.path.basename(path)
    try:
        whitelist = {"format_whitelist": CONTAINERS, "protocol_whitelist": "file"}
        with av.open(path, options=whitelist, metadata_errors="replace") as found:
            facts = streams(found, modality, name)
            if modality == "video":
                first_frame(found, picture)
                found.seek(0)
            if found.streams.audio:
                facts |= waveform(found, facts.get("duration"), time.monotonic() + seconds)
    except (av.FFmpegError, OSError, ValueError, EOFError, StopIteration, MemoryError) as error:
        what = f"names {name}, which cannot be read as {modality} ({type(error).__name__})."
        raise Unfit(f"{modality}-unreadable", what, "Replace the file, or remove the row.") from None
    return {key: value for key, value in facts.items() if value is not None}


def streams(found: Any, modality: str, name: str) -> dict[str, Any]:
    """What the container says of itself; refused if it lacks the stream it was named for."""
    if not (found.streams.video if modality == "video" else found.streams.audio):
        what = f"names {name}, a file without {'a picture' if modality == 'video' else 'sound'}."
        raise Unfit(f"{modality}-unreadable", what, f"Name the {modality} file; check the corpus's modality.")
    facts: dict[str, Any] = {"format": found.format.name.split(",")[0]}
    facts["duration"] = round(found.duration / 1_000_000, 3) if found.duration and found.duration > 0 else None
    if found.streams.video and modality == "video":
        stream = found.streams.video[0]
        if stream.width * stream.height > MOST_PIXELS or not stream.width:
            raise too_large(name, f"a video of {stream.width} x {stream.height}")
        rate = float(stream.average_rate) if stream.average_rate else None
        facts |= {"width": stream.width, "height": stream.height, "video_codec": stream.codec_context.name}
        facts["frames_per_second"] = round(rate, 3) if rate else None
    if found.streams.audio:
        stream = found.streams.audio[0]
        facts |= {"audio_codec": stream.codec_context.name, "sample_rate": stream.sample_rate}
        facts["channels"] = stream.channels
    return facts


def first_frame(found: Any, picture: str | None) -> None:
    """Decode one frame, a little into the video where that can be reached, and keep it as the preview."""
    stream = found.streams.video[0]
    stream.thread_type = "NONE"
    if found.duration and found.duration > 3_000_000:
        found.seek(found.duration // 10)
    frame = next(found.decode(stream))
    if picture:
        shown = frame.to_image()
        shown.thumbnail((SIDE, SIDE))
        shown.save(picture, "WEBP", quality=80)


def waveform(found: Any, duration: float | None, end: float) -> dict[str, Any]:
    """The largest swing in each of `PEAKS` equal stretches, 0..100; without it where decoding takes too long.

    The duration is what was decoded where the container does not tell one.
    """
    import av

    narrow = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    swings: list[int] = []  # a tenth of a second each
    left = b""
    for frame in found.decode(found.streams.audio[0]):
        for part in narrow.resample(frame):
            left += bytes(part.planes[0])[: part.samples * 2]
        step = RATE // 10 * 2
        while len(left) >= step:
            block, left = memoryview(left[:step]).cast("h"), left[step:]
            swings.append(max(max(block), -min(block)))
        if time.monotonic() > end:
            return {}
    if left:
        block = memoryview(left[: len(left) // 2 * 2]).cast("h")
        swings.append(max(max(block), -min(block)))
    if not swings:
        raise ValueError("no sound could be decoded")
    counts = min(PEAKS, len(swings))
    bounds = [len(swings) * i // counts for i in range(counts + 1)]
    peaks = [max(swings[low:high]) * 100 // 32768 for low, high in pairwise(bounds)]
    return {"waveform": peaks, "duration": duration or round(len(swings) / 10, 3)}


def smaller(picture: Any, folder: str, number: int, side: int) -> None:
    """A picture on white as JPEG, its longer side at most ``side`` pixels; never enlarged."""
    from PIL import Image

    whole = picture.convert("RGBA")
    plain = Image.new("RGB", whole.size, "white")
    plain.paste(whole, mask=whole.getchannel("A"))
    plain.thumbnail((side, side), Image.Resampling.LANCZOS)
    plain.save(os.path.join(folder, f"{number}.jpg"), "JPEG", quality=85)


def show_image(path: str, show: dict[str, Any]) -> dict[str, Any]:
    """The picture, turned upright; the first frame of an animation."""
    from PIL import Image

    image(path, None)  # says what is wrong with it
    with Image.open(path, formats=IMAGES) as found:
        found.load()
        plain, turn = levelled(found), orientation(found)
        plain = plain.convert("L") if plain.mode == "F" else plain
        smaller(plain.transpose(UPRIGHT[turn]) if turn in UPRIGHT else plain, show["folder"], 0, show["side"])
    return {"images": 1}


def show_recording(path: str, modality: str, show: dict[str, Any], seconds: float) -> dict[str, Any]:
    """Frames at even distances, and sound from the beginning as mono WAV of 16 kHz, each where it is asked for."""
    import av

    av.logging.set_level(av.logging.PANIC)
    told: dict[str, Any] = {}
    end = time.monotonic() + seconds
    try:
        with av.open(path, options={"format_whitelist": CONTAINERS, "protocol_whitelist": "file"}) as found:
            streams(found, modality, os.path.basename(path))
            if modality == "video" and show["frames"] and show["side"]:
                told |= frames(found, show, end)
            if show["heard"] and found.streams.audio:
                found.seek(0)
                told["heard"] = sound(found, show, end)
    except (av.FFmpegError, OSError, ValueError, EOFError, StopIteration) as error:
        what = f"names {os.path.basename(path)}, which cannot be shown as {modality} ({type(error).__name__})."
        raise Unfit(f"{modality}-unreadable", what, "Replace the file, or remove the row.") from None
    return told


def frames(found: Any, show: dict[str, Any], end: float) -> dict[str, Any]:
    """The frame that stands in the middle of each of so many equal stretches, with its time in seconds."""
    stream = found.streams.video[0]
    stream.thread_type = "NONE"
    whole = (found.duration or 0) / 1_000_000
    wanted = [whole * (k + 0.5) / show["frames"] for k in range(show["frames"])] if whole > 0 else [0.0]
    times: list[float] = []
    for at in wanted:
        found.seek(int(at * 1_000_000), backward=True)
        near = None
        for frame in found.decode(stream):
            late = frame.time is not None and frame.time > at + 1e-3
            near = frame if near is None or not late else near
            if late or frame.time is None:
                break
            if time.monotonic() > end:
                raise ValueError("decoding took too long")
        if near is not None and (not times or near.time is None or near.time > times[-1]):
            smaller(near.to_image(), show["folder"], len(times), show["side"])
            times.append(round(near.time or 0.0, 3))
    if not times:
        raise ValueError("no frame could be decoded")
    return {"images": len(times), "times": times}


def sound(found: Any, show: dict[str, Any], end: float) -> float:
    """Writes so many seconds of the sound; returns how many there were."""
    import wave

    import av

    narrow, most, written = av.AudioResampler(format="s16", layout="mono", rate=SPEECH), show["heard"] * SPEECH, 0
    with wave.open(os.path.join(show["folder"], "sound.wav"), "wb") as sink:
        sink.setparams((1, 2, SPEECH, 0, "NONE", ""))
        for frame in chain(found.decode(found.streams.audio[0]), [None]):  # None: what the resampler still holds
            for part in narrow.resample(frame):
                kept = min(part.samples, most - written)
                sink.writeframes(bytes(part.planes[0])[: kept * 2])
                written += kept
            if written >= most:
                break
            if time.monotonic() > end:
                raise ValueError("decoding took too long")
    if not written:
        raise ValueError("no sound could be decoded")
    return round(written / SPEECH, 3)


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """What a request comes to."""
    path, modality, picture = request["path"], request["modality"], request.get("picture")
    try:
        if show := request.get("show"):
            seconds = float(request.get("seconds", 20))
            told = show_image(path, show) if modality == "image" else show_recording(path, modality, show, seconds)
            return {"shown": told}
        if modality == "image":
            facts = image(path, picture)
        else:
            facts = recording(path, modality, picture, float(request.get("seconds", 20)))
        return {"facts": {**facts, "bytes": os.path.getsize(path)}}
    except Unfit as unfit:
        return dict(zip(("code", "what", "fix"), unfit.args))  # noqa: B905
    except MemoryError:
        what = f"names {os.path.basename(path)}, which takes too much memory to open."
        return {"code": f"{modality}-too-large", "what": what, "fix": "Scale it down, or remove the row."}


def main() -> None:
    """Take on the limits, then answer until the other side is gone."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (WRITTEN, WRITTEN))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
