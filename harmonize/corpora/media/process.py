"""Opening media files without trusting them: in a process of its own, that is ended when it takes too long."""

from __future__ import annotations

import atexit
import json
import os
import selectors
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Any

from harmonize.corpora.amiss import Amiss

CHILD = Path(__file__).with_name("child.py")
SECONDS = 60.0  # that a file may take in all
DECODING = 20.0  # of these for a waveform


class Opener:
    """A process with little memory that opens one file after another; a new one stands in for one that died."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self.seconds = seconds
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def look(self, path: Path, modality: str, picture: Path | None = None) -> dict[str, Any]:
        """What an image, audio or video file is; a preview is written to ``picture`` if named.

        image: {"width", "height", "format"}; audio: {"format", "duration" s, "audio_codec", "sample_rate" Hz,
        "channels", "waveform": up to 200 peaks, 0..100}; video: both, and "video_codec", "frames_per_second". Always
        "bytes". Raises `Amiss`: image-, audio-, video-unreadable, -too-large, media-too-slow.
        """
        return self._told("facts", path, modality, picture=str(picture) if picture else None)

    def show(self, path: Path, modality: str, folder: Path, *, side: int, frames: int, heard: int) -> dict[str, Any]:
        """Write to ``folder`` what a model is shown: "0.jpg" and on, longer side at most ``side`` pixels (an image, or
        ``frames`` of a video), and "sound.wav", the first ``heard`` seconds.

        Returns {"images": how many, "times": of frames in seconds, "heard": seconds}, each where it applies. Raises
        `Amiss` as `look` does.
        """
        budget = {"folder": str(folder), "side": side, "frames": frames, "heard": heard}
        return self._told("shown", path, modality, show=budget)

    def _told(self, name: str, path: Path, modality: str, **more: Any) -> dict[str, Any]:
        request = {"path": str(path), "modality": modality, "seconds": min(DECODING, self.seconds / 2), **more}
        with self._lock:
            told = self._ask(json.dumps(request).encode() + b"\n", path, modality)
        if name in told:
            return dict(told[name])
        raise Amiss(told["code"], told["what"], told["fix"])

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe:
                    pipe.close()
            self._process = None

    def _ask(self, request: bytes, path: Path, modality: str) -> dict[str, Any]:
        process = self._running()
        assert process.stdin
        assert process.stdout
        try:
            process.stdin.write(request)
            process.stdin.flush()
            line = _line(process.stdout, self.seconds)
        except TimeoutError:
            self.close()
            what = f"names {path.name}, which took more than {self.seconds:.0f} s to open."
            raise Amiss("media-too-slow", what, "Replace the file; it may be broken.") from None
        except OSError:
            line = b""
        if not line.endswith(b"\n"):  # it died: of too much memory, or of what the file holds
            self.close()
            what = f"names {path.name}, which cannot be opened within the memory that a file may take."
            raise Amiss(f"{modality}-unreadable", what, "Replace the file, or remove the row.")
        return dict(json.loads(line))

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            few = {"PATH": os.environ.get("PATH", ""), "OMP_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"}
            self._process = subprocess.Popen(  # noqa: S603
                [os.path.abspath(sys.executable), "-I", str(CHILD)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=few, cwd="/",
            )  # fmt: skip
        return self._process


def _line(stream: IO[bytes], seconds: float) -> bytes:
    """The next line, waiting at most so long for each part of it; b"" or a part of one when the other side is gone."""
    line = b""
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while not line.endswith(b"\n"):
            if not selector.select(seconds):
                raise TimeoutError
            part = os.read(stream.fileno(), 1 << 16)
            if not part:
                return line
            line += part
    return line


_openers: dict[int, Opener] = {}


def opener() -> Opener:
    """The opener of this process; a process that was forked off has one of its own."""
    found = _openers.get(os.getpid())
    if found is None:
        found = _openers[os.getpid()] = Opener()
        atexit.register(found.close)
    return found
