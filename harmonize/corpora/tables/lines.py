"""Physical lines of a text file, one at a time, whatever they hold: no line can break the reader or fill the memory."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

from harmonize.corpora.tables.row import MAX_ROW

BLOCK = 1 << 16
HEAD = 1 << 20  # bytes in which a file shows how its lines end
_BOMS = {"utf-8": codecs.BOM_UTF8}
_MARK = "\ufdd0"  # stands for no character; put before bytes that could not be decoded
_MARKED = "chorale-marked"


def _marked(error: UnicodeError) -> tuple[str, int]:
    """Bytes that could not be decoded, as escapes behind `_MARK`."""
    assert isinstance(error, UnicodeDecodeError)
    wrong = error.object[error.start : error.end]
    return _MARK + "".join(f"\\x{byte:02x}" for byte in wrong), error.end


codecs.register_error(_MARKED, _marked)


class Line(NamedTuple):
    """A line's text without its end, the byte offset after it, and what is wrong with it ("" for nothing)."""

    text: str
    offset: int
    fault: str = ""


def ascii_compatible(encoding: str) -> bool:
    """Whether a line feed is the single byte 10 in this encoding, so that lines can be cut before decoding."""
    try:
        return "a,\n".encode(encoding) == b"a,\n"
    except LookupError:
        return False


def known_encoding(encoding: str) -> bool:
    """Whether Python can decode text in this encoding."""
    try:
        return codecs.lookup(encoding)._is_text_encoding
    except LookupError:
        return False


def old_mac(path: Path) -> bool:
    """Whether the lines of a file end with a carriage return alone, as on Macs before 2001."""
    with path.open("rb") as stream:
        head = stream.read(HEAD)
    return b"\r" in head and b"\n" not in head


def lines(path: Path, encoding: str, *, offset: int = 0, limit: int = MAX_ROW) -> Iterator[Line]:
    """The lines of a file from a byte offset on. Faults: encoding, nul-byte, row-too-long (its text is cut)."""
    if not ascii_compatible(encoding):
        yield from _wide_lines(path, encoding, offset, limit)
        return
    bom = _BOMS.get(codecs.lookup(encoding).name, b"")
    mac = old_mac(path)
    with path.open("rb") as stream:
        stream.seek(offset)
        at = offset
        if mac:
            for data, end, fault in _mac_lines(stream, at, limit):
                yield _decoded(data if at else data.removeprefix(bom), encoding, end, fault)
                at = end
            return
        while data := stream.readline(limit + 1):
            at += len(data)
            fault = ""
            if len(data) > limit and not data.endswith(b"\n"):
                fault = "row-too-long"
                while (rest := stream.readline(BLOCK)) and not rest.endswith(b"\n"):
                    at += len(rest)
                at += len(rest)
            if at == len(data) and bom and data.startswith(bom):
                data = data[len(bom) :]
            yield _decoded(data, encoding, at, fault)


def _mac_lines(stream: IO[bytes], at: int, limit: int) -> Iterator[tuple[bytes, int, str]]:
    """Lines that end with a carriage return, without it: bytes, the offset after it, and what is wrong with it."""
    held, fault = b"", ""
    while block := stream.read(BLOCK):
        *whole, rest = (held + block).split(b"\r")
        for data in whole:
            at += len(data) + 1
            long = fault or len(data) > limit
            yield data[:limit], at, "row-too-long" if long else ""
            fault = ""
        if len(rest) > limit:  # the rest of such a line is passed by
            at, rest, fault = at + len(rest) - limit, rest[:limit], "row-too-long"
        held = rest
    if held:
        yield held, at + len(held), fault


def _decoded(data: bytes, encoding: str, at: int, fault: str) -> Line:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = data.decode(encoding, errors="backslashreplace")
        fault = fault or "encoding"
    if "\0" in text:
        text, fault = text.replace("\0", "\\x00"), fault or "nul-byte"
    return Line(text.removesuffix("\n").removesuffix("\r"), at, fault)


def _wide_lines(path: Path, encoding: str, skip: int, limit: int) -> Iterator[Line]:
    """Lines of an encoding such as UTF-16; offsets count lines, as bytes cannot be cut before they are decoded."""
    with path.open(encoding=encoding, errors=_MARKED, newline="") as stream:
        head = stream.read(HEAD)
    end = "\r" if "\r" in head and "\n" not in head else "\n"
    with path.open(encoding=encoding, errors=_MARKED, newline=end) as stream:
        number = 0
        while text := stream.readline(limit + 1):
            number += 1
            fault = ""
            if number == 1:
                text = text.removeprefix("\ufeff")  # UTF-16-LE and -BE keep the mark that UTF-16 takes away
            if _MARK in text:
                text, fault = text.replace(_MARK, ""), "encoding"
            if len(text) > limit and not text.endswith(end):
                fault = fault or "row-too-long"
                while (rest := stream.readline(BLOCK)) and not rest.endswith(end):
                    pass
            if "\0" in text:
                text, fault = text.replace("\0", "\\x00"), fault or "nul-byte"
            if number > skip:
                yield Line(text.removesuffix("\n").removesuffix("\r"), number, fault)


WHAT = {
    "encoding": ("holds bytes that are not {encoding}.", "State the file's encoding in corpus.toml, or mend the row."),
    "nul-byte": ("holds a NUL byte, which no text has.", "Remove it; the file may be damaged or UTF-16."),
    "row-too-long": ("is longer than {limit:,} characters.", "Split it, or check for a missing line end or quote."),
}
