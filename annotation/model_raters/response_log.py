"""Where raw responses are kept under their request's key, and looked up before anything is asked."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Kept:
    """A raw response as it is kept: ``packed`` is zlib-compressed JSON; tokens as the server counted them."""

    item: str
    packed: bytes
    prompt_tokens: int
    completion_tokens: int
    tries: int
    seconds: float

    @property
    def body(self) -> Mapping[str, Any]:
        """The response, unpacked."""
        whole: Mapping[str, Any] = json.loads(zlib.decompress(self.packed))
        return whole


def pack(raw: bytes) -> bytes:
    """Compress a response body."""
    return zlib.compress(raw, 6)


class ResponseLog(Protocol):
    """Keeps every response by key. Both calls may block briefly; `put` may buffer until `flush`."""

    def get(self, key: str) -> Kept | None:
        """The response of that key, if it was ever asked."""

    def put(self, key: str, kept: Kept) -> None:
        """Keep a response."""

    def flush(self) -> None:
        """Make everything that was put durable."""


@dataclass
class MemoryLog:
    """Responses of this process only: for notebooks and tests."""

    kept: dict[str, Kept] = field(default_factory=dict)

    def get(self, key: str) -> Kept | None:
        """The response of that key, if there is one."""
        return self.kept.get(key)

    def put(self, key: str, kept: Kept) -> None:
        """Keep a response; a key that is there stays as it is."""
        self.kept.setdefault(key, kept)

    def flush(self) -> None:
        """Nothing to do."""


class FolderLog(MemoryLog):
    """Responses in one append-only file of a folder, a line each; a half-written last line is dropped when read."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / "responses.jsonl"
        good = 0
        for line in self._path.read_bytes().splitlines(keepends=True) if self._path.exists() else []:
            if not line.endswith(b"\n"):
                break
            row = json.loads(line)
            key = row.pop("key")
            self.kept[key] = Kept(**(row | {"packed": bytes.fromhex(row["packed"])}))
            good += len(line)
        self._sink = self._path.open("ab")
        self._sink.truncate(good)

    def put(self, key: str, kept: Kept) -> None:
        """Append a response and hand it to the operating system, so that it outlives this process."""
        if key in self.kept:
            return
        super().put(key, kept)
        row = {"key": key, "packed": kept.packed.hex(), "item": kept.item, "tries": kept.tries}
        row |= {"prompt_tokens": kept.prompt_tokens, "completion_tokens": kept.completion_tokens}
        self._sink.write(json.dumps(row | {"seconds": kept.seconds}).encode() + b"\n")
        self._sink.flush()

    def close(self) -> None:
        """Close the file."""
        self._sink.close()
