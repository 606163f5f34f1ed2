"""What a row tells of its recording's clock: the stretch that is meant, and the captions or transcript beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harmonize.corpora.amiss import Amiss
from harmonize.corpora.cells import text_of
from harmonize.corpora.columns import Header
from harmonize.corpora.layout import SourceTable
from harmonize.corpora.media.cues import LATE, Cue, read_cues, seconds_of
from harmonize.corpora.screening.personal import mask
from harmonize.corpora.within import file_within

FIX = "Give seconds, or h:mm:ss, within the recording."


class Clips:
    """The columns ``captions``, ``start`` and ``end`` of one table, and its ``caption_suffix``."""

    def __init__(self, table: SourceTable, header: Header, root: Path, kinds: Sequence[str], region: str) -> None:
        self.suffix, self.encoding = table.caption_suffix, table.caption_encoding
        self.root, self.folder = root, root / table.media_root
        self.captions_at = header.optional(table.columns.captions)
        self.bounds = [(name, header.optional(getattr(table.columns, name))) for name in ("start", "end")]
        self.kinds, self.region = tuple(kinds), region

    def __bool__(self) -> bool:
        return bool(self.suffix) or self.captions_at is not None or any(at is not None for _, at in self.bounds)

    def of(self, cells: Sequence[Any], media: str, duration: float | None) -> dict[str, Any]:
        """{"clip": [start, end], "cues": [{"start", "end", "text", "speaker"}]} in seconds, each where there is any.

        ``media``: path of the recording in the corpus's folder. Refuses a stretch or a cue that cannot stand.
        """
        found: dict[str, Any] = {}
        clip = self._clip(cells, duration)
        if clip:
            found["clip"] = list(clip)
        path = self._captions(cells, media)
        if path is not None:
            low, high = clip or (0.0, math.inf)
            cues = read_cues(path, duration=duration, encoding=self.encoding)
            found["cues"] = [self._plain(cue) for cue in cues if cue.end > low and cue.start < high]
        return found

    def _clip(self, cells: Sequence[Any], duration: float | None) -> tuple[float, float] | None:
        told = {name: self._time(cells[at], name) for name, at in self.bounds if at is not None}
        start, end = told.get("start"), told.get("end")
        if start is None and end is None:
            return None
        low, high = start or 0.0, end if end is not None else duration
        if high is None:
            raise Amiss("bad-clip", "tells where its clip begins but not where it ends.", "Fill in the end.")
        if low < 0 or high <= low:
            raise Amiss("bad-clip", f"runs from {low:g} s to {high:g} s.", "An end comes after its start.")
        if duration is not None and high > duration + LATE:
            raise Amiss("bad-clip", f"runs to {high:g} s of a recording of {duration:g} s.", FIX)
        return low, high

    def _time(self, cell: Any, name: str) -> float | None:
        text = text_of(cell).strip()
        if not text:
            return None
        try:
            value = seconds_of(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise Amiss("bad-clip", f"has {text[:40]!r} as its {name}.", FIX)
        return value

    def _captions(self, cells: Sequence[Any], media: str) -> Path | None:
        """The caption file that the row names, or the one beside its recording; None for none."""
        name = text_of(cells[self.captions_at]).strip() if self.captions_at is not None else ""
        if not name:
            beside = (self.root / media).with_suffix(self.suffix) if self.suffix and media else None
            return beside if beside is not None and beside.is_file() else None
        return file_within(self.root, self.folder, name, what="captions")

    def _plain(self, cue: Cue) -> dict[str, Any]:
        text = mask(cue.text, self.kinds, region=self.region) if self.kinds else cue.text
        told: dict[str, Any] = {"start": cue.start, "end": cue.end, "text": text}
        return {**told, "speaker": cue.speaker} if cue.speaker else told
