"""Archives that are not trusted: nothing leaves the target folder, nothing grows beyond what was declared."""

from __future__ import annotations

import lzma
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

from harmonize.problems import ChoraleError

MOST_BYTES = 20 * 1024**3
MOST_FILES = 1_000_000
MOST_RATIO = 250.0  # unpacked bytes a packed byte; text compresses about 10-fold, a bomb 1000-fold
FREE = 64 * 1024**2  # below this size no ratio is asked for
BROKEN = (
    zipfile.BadZipFile, tarfile.TarError, OSError, EOFError, zlib.error, lzma.LZMAError, ValueError, RuntimeError,
)  # fmt: skip
ENDINGS = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")


class Member(NamedTuple):
    """A plain file in an archive."""

    name: str
    size: int
    packed: int


def is_archive(path: Path) -> bool:
    """Whether a file's name says that it is an archive."""
    return path.name.lower().endswith(ENDINGS)


def check_zip(path: Path) -> None:
    """Refuse a ZIP (or .xlsx) that is broken or claims to unpack to too much. Raises `ChoraleError`."""
    try:
        with zipfile.ZipFile(path) as packed:
            _check([Member(i.filename, i.file_size, i.compress_size) for i in packed.infolist()], path)
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise _broken(path, error) from None


def unpack(path: Path, target: Path, *, most: int = MOST_BYTES) -> list[Path]:
    """Unpack the plain files of a ZIP or tar under ``target``; returns their paths. A hard link becomes a copy of the
    file it names in the archive; symbolic links, devices and what macOS puts beside the files (``__MACOSX``,
    ``._name``) are left out.

    Raises `ChoraleError`: archive-outside (a name that leads out of the target), archive-bomb (too many files, bytes,
    or too much growth, as claimed or as met), archive-broken.
    """
    try:
        return [
            _write(target, name, source, size) for name, size, source in _files(path, target, most) if not beside(name)
        ]
    except BROKEN as error:
        raise _broken(path, error) from None


def beside(name: str) -> bool:
    """Whether a path is no file of its own, but what macOS keeps beside one."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return "__MACOSX" in parts or (bool(parts) and parts[-1].startswith("._")) or parts[-1:] == (".DS_Store",)


def _files(path: Path, target: Path, most: int) -> Iterator[tuple[str, int, IO[bytes]]]:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            plain = [info for info in packed.infolist() if not info.is_dir() and (info.external_attr >> 28) != 0xA]
            _check([Member(i.filename, i.file_size, i.compress_size) for i in plain], path, most)
            for info in plain:
                with packed.open(info) as source:
                    yield _named(info), info.file_size, source
        return
    with tarfile.open(path, encoding="utf-8", errors="surrogateescape") as tar:
        yield from _of_tar(tar, path, target, most)


def _of_tar(tar: tarfile.TarFile, path: Path, target: Path, most: int) -> Iterator[tuple[str, int, IO[bytes]]]:
    left, packed_bytes = most, path.stat().st_size
    known: dict[str, tuple[str, int]] = {}  # a hard link is a second name of a file that came before it
    for count, entry in enumerate(tar, 1):
        name, size = known.get(entry.linkname, ("", 0)) if entry.islnk() else (in_characters(entry.name), entry.size)
        if not name or not (entry.isfile() or entry.islnk()):
            continue
        known[entry.name] = name, size
        left -= size
        _check([Member(entry.name, size, 0)], path, most)
        unpacked = most - left
        if left < 0 or count > MOST_FILES or (unpacked > FREE and unpacked > MOST_RATIO * packed_bytes):
            raise _bomb(path)
        if not entry.islnk():
            if (inside := tar.extractfile(entry)) is not None:
                yield name, size, inside
        elif (first := _place(target, name)).is_file():  # copied from where it was unpacked: seeking back takes long
            with first.open("rb") as copied:
                yield in_characters(entry.name), size, copied


def _named(info: zipfile.ZipInfo) -> str:
    """A member's name: macOS writes UTF-8 without the flag that says so, and it is read as code page 437."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


def in_characters(name: str) -> str:
    """A name that was made of bytes: where they are not UTF-8 they are read as Windows-1252."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return name.encode("utf-8", "surrogateescape").decode("cp1252", "replace")
    return name


def _check(members: list[Member], path: Path, most: int = MOST_BYTES) -> None:
    for name in (member.name for member in members):
        place = PurePosixPath(name.replace("\\", "/"))
        if place.is_absolute() or ".." in place.parts or ":" in "".join(place.parts[:1]) or "\0" in name:
            what = f"{path.name} holds {name[:80]!r}, which leads out of its folder."
            raise ChoraleError("archive-outside", what, "Do not trust this archive.")
    size, packed = sum(m.size for m in members), sum(m.packed for m in members)
    if size > most or len(members) > MOST_FILES or (packed and size > FREE and size > MOST_RATIO * packed):
        raise _bomb(path)


def _write(target: Path, name: str, source: IO[bytes], size: int) -> Path:
    place = _place(target, name)
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("wb") as sink:
        shutil.copyfileobj(_Limited(source, size), sink, 1 << 20)
    return place


def _place(target: Path, name: str) -> Path:
    return target.joinpath(*PurePosixPath(name.replace("\\", "/")).parts)


class _Limited:
    """A stream that refuses to give more than its header claimed."""

    def __init__(self, source: IO[bytes], size: int) -> None:
        self.source, self.left = source, size

    def read(self, count: int = -1) -> bytes:
        """At most what is left of the claim."""
        data = self.source.read(count)
        self.left -= len(data)
        if self.left < 0:
            raise ValueError("a member is larger than it claims")
        return data


def _bomb(path: Path) -> ChoraleError:
    return ChoraleError("archive-bomb", f"{path.name} would unpack to far too much.", "Do not trust this archive.")


def _broken(path: Path, error: Exception) -> ChoraleError:
    why = (str(error).splitlines() or [""])[0].rstrip(" :")[:120]  # tarfile goes on about every compression it tried
    what = f"{path.name} cannot be unpacked ({type(error).__name__}: {why})."
    return ChoraleError("archive-broken", what, "Fetch it again; it may be cut short or need a password.")
