"""What each column of a sample may hold, told from its name and its values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from harmonize import schemes
from harmonize.corpora.cells import blank
from harmonize.corpora.draft.sniff import Sample
from harmonize.corpora.listing import ENDINGS
from harmonize.records import Kind
from harmonize.schemes import Scheme

IDS = (
    "@key",
    "id",
    "item_id",
    "text_id",
    "comment_id",
    "utterance_id",
    "uid",
    "idx",
    "index",
    "image name",
    "image",
    "file",
    "file_name",
    "filename",
)
RATERS = ("rater", "rater_id", "annotator", "annotator_id", "worker", "worker_id", "coder", "user_id")
TEXTS = ("text", "sentence", "utterance", "comment", "tweet", "content", "text_content", "message", "post")
SPLITS = ("split", "usage", "partition", "set", "subset", "fold")
GROUPS = ("dialogue_id", "dialog_id", "conversation_id", "thread_id", "document", "story_id", "dialogue")
SPEAKERS = ("speaker", "role")
STARTS, ENDS = ("start", "start_time", "begin", "onset"), ("end", "end_time", "stop", "offset")
MEDIA = {kind: re.compile(f"({'|'.join(map(re.escape, ends))})$", re.I) for kind, ends in ENDINGS.items()}
SIDECARS = re.compile(r"\.(srt|vtt)$", re.I)
RATER_COLUMN = re.compile(r"^(annotator|rater|coder|worker|judge|a|r)[-_ ]?\d+$", re.I)
AXES = {
    "valence": ("v", "valence", "val"), "arousal": ("a", "arousal", "aro"), "dominance": ("d", "dominance", "dom"),
}  # fmt: skip


@dataclass
class Roles:
    """The columns of a sample by what they seem to hold; "" or empty for none. ``schemes``: those that may be meant."""

    sample: Sample
    schemes: Sequence[Scheme] = field(default_factory=schemes.shipped)
    taken: set[str] = field(default_factory=set)

    def named(self, names: Sequence[str]) -> str:
        """The first column with one of these names that is not taken yet."""
        plain = [column for column in reversed(self.sample.columns) if column not in self.sample.held]
        low = {column.casefold().split(".")[-1]: column for column in plain} | {c.casefold(): c for c in plain}
        return next((low[name] for name in names if name in low and low[name] not in self.taken), "")

    def filled(self, column: str) -> list[Any]:
        """The column's cells that say something."""
        return [cell for cell in self.sample.values(column) if not blank(cell)]

    @cached_property
    def text(self) -> str:
        """The column of the text: by name, or the one with the longest values of several words."""
        if found := self.named(TEXTS):
            return found
        lengths = {
            column: sum(len(str(cell)) for cell in self.filled(column)) / max(len(self.filled(column)), 1)
            for column in self.sample.columns
            if any(isinstance(cell, str) and " " in cell.strip() for cell in self.filled(column)[:50])
        }
        best = max(lengths, key=lambda column: lengths[column], default="")
        return best if best and lengths[best] >= 12 else ""

    @cached_property
    def id(self) -> str:
        """The column of the id: by name, or one of short values of which each stands for one text."""
        if (found := self.named(IDS)) and (not self.sample.table.each or self._distinct(found)):
            return found
        for column in self.sample.columns:
            values = [str(cell) for cell in self.filled(column)]
            plain = bool(column) and column != self.text and column.split(".")[0] not in self.sample.held
            if plain and len(values) == len(self.sample.rows) and self._one_text_each(values):
                return column
        return ""

    def _distinct(self, column: str) -> bool:
        values = [str(cell) for cell in self.filled(column)]
        return len(set(values)) == len(self.sample.rows)

    def _one_text_each(self, values: list[str]) -> bool:
        distinct = len(set(values))
        if distinct < max(0.95 * len(values), 2) or any(len(value) > 80 or " " in value for value in values):
            return False
        if best_scheme(Counter(values), (Kind.SINGLE,), self.schemes):  # labels that happen to differ in a short file
            return False
        return not all(re.fullmatch(r"-?\d+(\.\d+)?", value) for value in values) or distinct == len(values)

    @cached_property
    def rater_columns(self) -> list[str]:
        """Columns such as annotator_1, annotator_2."""
        found = [column for column in self.sample.columns if RATER_COLUMN.match(column)]
        return found if len(found) > 1 else []

    def axes_of(self, scheme: Scheme) -> dict[str, str]:
        """Each dimension of a scheme -> its column, if every one is there with numbers; empty for other schemes."""
        low = {column.casefold().split(".")[-1]: column for column in self.sample.columns}
        found = {}
        for axis in scheme.dimensions:
            names = (axis.id, axis.name, *AXES.get(axis.id, ()))
            found[axis.id] = next((low[name.casefold()] for name in names if name.casefold() in low), "")
        return found if all(column and _numbers(self.filled(column)) for column in found.values()) else {}

    @cached_property
    def media(self) -> tuple[str, str]:
        """The column that holds or names pictures, sound or film, and which of them; empty for none."""
        for column, modality in self.sample.held.items():
            return column, modality
        for modality, ending in MEDIA.items():
            if column := self._ending(ending):
                return column, modality
        return "", ""

    @cached_property
    def further_media(self) -> list[str]:
        """Other columns that hold or name media, such as Hugging Face's ``target_file_name``: an item has one."""
        first, kind = self.media
        named = [
            column for column in self.sample.columns if column not in self.sample.held and self._ends(column, kind)
        ]
        return [column for column in (*self.sample.held, *named) if column != first]

    @cached_property
    def clock(self) -> dict[str, str]:
        """Columns of a recording's caption file and of the stretch that is meant, where there are any."""
        if self.media[1] not in ("audio", "video"):
            return {}
        start, end = self.named(STARTS), self.named(ENDS)
        return {"captions": self._ending(SIDECARS), **({"start": start, "end": end} if start and end else {})}

    def _ending(self, pattern: re.Pattern[str]) -> str:
        """The first column of which all values match."""
        return next((column for column in self.sample.columns if self._all_match(column, pattern)), "")

    def _ends(self, column: str, kind: str) -> bool:
        return kind in MEDIA and self._all_match(column, MEDIA[kind])

    def _all_match(self, column: str, pattern: re.Pattern[str]) -> bool:
        values = [str(cell) for cell in self.filled(column)[:100]]
        return bool(values) and all(pattern.search(value) for value in values)


def _numbers(cells: list[Any]) -> bool:
    try:
        return bool(cells) and all(float(cell) == float(cell) for cell in cells)
    except (TypeError, ValueError):
        return False


def whole_numbers(cells: list[Any]) -> list[int] | None:
    """The cells as whole numbers of at least 0, or None if one is none."""
    try:
        values = [float(cell) for cell in cells]
    except (TypeError, ValueError):
        return None
    return [int(value) for value in values] if all(v >= 0 and v == int(v) for v in values) else None


def words_of(scheme: Scheme) -> dict[str, str]:
    """Every word for a label of the scheme, folded, -> its id."""
    return {word.casefold(): label.id for label in scheme.labels for word in (label.id, label.name, *label.terms)}


def best_scheme(
    names: Counter[str], kinds: Sequence[Kind], among: Sequence[Scheme]
) -> tuple[Scheme, dict[str, str]] | None:
    """The scheme of one of these kinds that knows at least 9 in 10 of the labels seen, by occurrence; of those
    the one that knows most, then the smallest, then the kind named first. With native name -> label id."""
    total = sum(names.values())
    found: list[tuple[tuple[float, int, int], Scheme, dict[str, str]]] = []
    for scheme in among:
        if scheme.kind not in kinds or not total:
            continue
        words = words_of(scheme)
        known = {name: words[name.casefold()] for name in names if name.casefold() in words}
        share = sum(names[name] for name in known) / total
        if share >= 0.9 and len(known) > 1:
            found.append(((-share, len(scheme.names), list(kinds).index(scheme.kind)), scheme, known))
    if not found:
        return None
    _, scheme, known = min(found, key=lambda entry: (entry[0], entry[1].ref))
    return scheme, {name: label for name, label in known.items() if name.casefold() != label}
