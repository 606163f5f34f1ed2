"""A zip made while it is sent: the files go through as they are, a block at a time, and nothing is kept."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence

from chorale.store import object_store

BLOCK = 1 << 18
_ALWAYS = (2020, 1, 1, 0, 0, 0)
"""The time of every entry: the same files give the same zip."""


class _Outbox(io.RawIOBase):
    """What the zip writer has written and nobody has taken yet. It cannot be sought, so sizes follow each file."""

    def __init__(self) -> None:
        self._held: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:  # type: ignore[no-untyped-def, override]
        self._held.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        """Everything since the last time."""
        taken = b"".join(self._held)
        self._held.clear()
        return taken


def zipped(files: Sequence[tuple[str, str]]) -> Iterator[bytes]:
    """The bytes of a zip of (name in the zip, key in the object store), stored and not packed again: Parquet is packed.

    Entries may be larger than 4 GiB. A file that is gone when its turn comes raises FileNotFoundError.
    """
    outbox = _Outbox()
    with zipfile.ZipFile(outbox, "w", zipfile.ZIP_STORED) as archive:  # type: ignore[arg-type]
        for name, key in files:
            entry = zipfile.ZipInfo(name, _ALWAYS)
            entry.external_attr = 0o644 << 16
            with object_store.open_key(key) as source, archive.open(entry, "w", force_zip64=True) as sink:
                while block := source.read(BLOCK):
                    sink.write(block)
                    yield outbox.take()
            yield outbox.take()
    yield outbox.take()
