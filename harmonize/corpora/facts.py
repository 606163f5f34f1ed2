"""What a row says about its item and its rater, apart from the answers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from mimetypes import guess_type
from pathlib import Path
from typing import Any

from harmonize.corpora.amiss import Amiss
from harmonize.corpora.cells import number_of, text_of
from harmonize.corpora.clips import Clips
from harmonize.corpora.columns import Header
from harmonize.corpora.identity import hashed, text_id
from harmonize.corpora.layout import Descriptor, Shape, SourceTable
from harmonize.corpora.media import opener
from harmonize.corpora.record import Person
from harmonize.corpora.screening.personal import EMAIL, mask
from harmonize.corpora.tables.embedded import FOLDER
from harmonize.corpora.within import file_within, one_name

EMBEDDED = f"{FOLDER}/"
LONGEST_ID = 200
LONGEST = {"group": 200, "speaker": 80, "language": 20, "split": 20, "media": 250}  # characters
LONGEST_TIME = 1e9  # seconds
MEDIA = ("image", "audio", "video")
SCORES = (".mid", ".midi", ".musicxml", ".mxl", ".abc", ".krn")  # music as symbols: kept as it is, nothing to play
PRIVATE = {"group", "speaker"}  # names that may be e-mail addresses, as ids may


class Facts:
    """The item's columns of one table, found once and read for every row.

    Authors and raters share one space of hashed names, as one person may be both.
    """

    def __init__(
        self,
        descriptor: Descriptor,
        table: SourceTable,
        header: Header,
        stem: str,
        key: bytes,
        folder: Path,
        into: Path,
    ) -> None:
        self.table, self.stem, self.root, self.into = table, stem, folder.resolve(), into.resolve()
        self.modality, self.mask, self.region = descriptor.modality, descriptor.mask, descriptor.region
        self.language = table.language or descriptor.language
        columns = table.columns
        self.at = {
            name: header.index(getattr(columns, name))
            for name in ("id", "text", "media", "author", "language", "split", "group", "position", "speaker")
            if getattr(columns, name)
        }
        self.rater_at = header.optional(columns.rater)
        self.lead_at = header.optional(columns.lead_time)
        self.facets = [(facet, header.index(column)) for facet, column in columns.facets.items()]
        clips = Clips(table, header, self.root, descriptor.mask, descriptor.region)
        self.clips = clips if clips else None
        self.texts = [(name, at) for name, at in self.at.items() if name not in ("id", "position", "author", "media")]
        self.media_at, self.beside = self.at.get("media"), self.root / table.media_root
        self.longest = [(name, most) for name, most in LONGEST.items() if name in self.at]
        self.makes_item = table.shape not in (Shape.FACTS, Shape.PERSONS) and bool(
            {"text", "media"} & self.at.keys() or columns.parts
        )
        if table.shape == Shape.ITEMS or (table.id_from != "column"):
            self.makes_item = True
        self.parts = [(name, header.index(column)) for name, column in columns.parts.items()]
        self.traits = [(trait, header.index(column)) for trait, column in columns.traits.items()]
        self.hashed = lru_cache(maxsize=65536)(lambda person: hashed(key, descriptor.slug, person))

    def source_id(self, cells: Sequence[Any], line: int) -> str:
        """The item's id in its corpus. Refuses a missing or overlong one."""
        table = self.table
        if table.id_from == "text":
            found = text_id(text_of(cells[self.at["text"]]))
        elif table.id_from == "line":
            found = f"{self.stem}:{line}"
        else:
            found = self._private(text_of(cells[self.at["id"]]).strip())
            if not found and table.id_missing == "line":
                found = f"{self.stem}:{line}"
        if not found:
            raise Amiss("missing-id", "has no id.", 'Give it one, or set id_missing = "line".')
        found = table.id_prefix + found
        if len(found) > LONGEST_ID:
            raise Amiss("long-id", f"has an id of {len(found)} characters.", f"At most {LONGEST_ID} are kept.")
        return found

    def rater(self, cells: Sequence[Any]) -> str | None:
        """The rater's keyed hash; None if the table names no raters. Refuses a blank one."""
        if self.rater_at is None:
            return None
        person = text_of(cells[self.rater_at]).strip()
        if not person:
            raise Amiss("missing-rater", "has no rater id.", "Fill it in.")
        return self.hashed(person)

    def lead_time(self, cells: Sequence[Any]) -> float | None:
        """Seconds that the answer took, None if not told."""
        if self.lead_at is None:
            return None
        value = number_of(cells[self.lead_at], self.table.columns.lead_time)
        if value < 0 or value > LONGEST_TIME:
            raise Amiss("bad-lead-time", f"has {value:g} s of lead time.", "Give seconds from 0, or leave it blank.")
        return None if math.isnan(value) else value

    def of_item(self, cells: Sequence[Any]) -> dict[str, Any]:
        """The fields of `Record` that describe the item."""
        found: dict[str, Any] = {name: text_of(cells[at]) for name, at in self.texts}
        if self.media_at is not None:
            found["media"] = one_name(cells[self.media_at], self.beside)
        if self.parts:
            found["text"] = self._joined(cells)
        for name, most in self.longest:
            if len(found[name]) > most:
                what = f"has {len(found[name])} characters in {name}."
                raise Amiss("too-long", what, f"At most {most}; is it the right column?")
        if self.makes_item and self.modality not in MEDIA and not found.get("text", "").strip():
            raise Amiss("missing-text", "has no text.", "Fill it in, or remove the row.")
        if self.makes_item and self.modality in MEDIA and "media" in self.at and not found["media"].strip():
            raise Amiss("missing-media", f"names no {self.modality} file.", "Name the file, or remove the row.")
        if self.mask and "text" in found:
            found["text"] = mask(found["text"], self.mask, region=self.region)
        for name in PRIVATE & self.at.keys():
            found[name] = self._private(found[name])
        if "position" in self.at:
            found["position"] = self._position(cells[self.at["position"]])
        if "author" in self.at:
            person = text_of(cells[self.at["author"]]).strip()
            found["author"] = self.hashed(person) if person else ""
        found["language"] = found.get("language") or self.language
        found["split"] = found.get("split") or self.table.split
        found["modality"] = self.modality
        media = found.get("media", "")
        if media and (self.table.media_root or media.startswith(EMBEDDED)):
            found["media"], found["media_facts"] = self._media(media)
        if self.clips is not None:
            self._add_clip(found, self.clips, cells)
        if self.facets:
            values = {facet: _facet(cells[at]) for facet, at in self.facets}
            found["facets"] = {facet: value for facet, value in values.items() if value != ""}
        return found

    def _private(self, name: str) -> str:
        """A name as the source has it, or its keyed hash where it is an e-mail address."""
        return self.hashed(name) if "@" in name and EMAIL.search(name) else name

    def _joined(self, cells: Sequence[Any]) -> str:
        """The parts of a pair or group as one text, each under its name. Refuses a part that is missing."""
        said = [(name, text_of(cells[at]).strip()) for name, at in self.parts]
        if missing := [name for name, text in said if not text]:
            raise Amiss("missing-text", f"has no {', '.join(missing)}.", "Fill it in, or remove the row.")
        return "\n\n".join(f"{name}: {text}" for name, text in said)

    def persons(self, cells: Sequence[Any]) -> tuple[Person, ...]:
        """What the row tells of its rater, of its author, or of the person that it is about."""
        if not self.traits:
            return ()
        if self.table.shape == Shape.PERSONS:
            named = text_of(cells[self.at["id"]]).strip()
        else:
            named = text_of(cells[self.at["author"] if self.rater_at is None else self.rater_at]).strip()
        traits = {trait: value for trait, at in self.traits if (value := _facet(cells[at])) != ""}
        return (Person(self.hashed(named), traits),) if named and traits else ()

    def of_person(self, cells: Sequence[Any]) -> tuple[Person, ...]:
        """The person of a row that tells of nothing else. Refuses one without an id or a trait."""
        found = self.persons(cells)
        if not found:
            raise Amiss("missing-person", "has no id or no trait.", "Fill them in, or remove the row.")
        return found

    def _media(self, name: str) -> tuple[str, dict[str, Any]]:
        """The path of a media file within the corpus's folder, where it must be, and what the file is."""
        embedded = name.startswith(EMBEDDED)
        root = self.into if embedded else self.root
        path = file_within(root, root if embedded else self.beside, name, what="media")
        if path.suffix.lower() in SCORES and self.modality not in ("image", "video"):
            return path.relative_to(root).as_posix(), {"bytes": path.stat().st_size}
        kind = self.modality if self.modality in MEDIA else (guess_type(path.name)[0] or "").partition("/")[0]
        facts = opener().look(path, kind) if kind in MEDIA else {"bytes": path.stat().st_size}
        return path.relative_to(root).as_posix(), facts

    def _add_clip(self, found: dict[str, Any], clips: Clips, cells: Sequence[Any]) -> None:
        """The stretch and the captions join the media's facts; what they say is the text where the row has none."""
        facts = found.get("media_facts", {})
        told = clips.of(cells, found.get("media", ""), facts.get("duration"))
        found["media_facts"] = {**facts, **told}
        if not found.get("text", "").strip() and told.get("cues"):
            found["text"] = " ".join(cue["text"] for cue in told["cues"])

    def _position(self, cell: Any) -> int | None:
        value = number_of(cell, self.table.columns.position)
        if math.isnan(value):
            return None
        if value != int(value) or abs(value) > 2**31 - 1:
            raise Amiss("not-a-position", f"has position {value:g}.", "Give a whole number.")
        return int(value)


def _facet(cell: Any) -> Any:
    if isinstance(cell, (bool, int)):
        return cell
    return text_of(cell).strip()
