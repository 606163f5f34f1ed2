"""Judgments in words and chips, as the item page shows them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from chorale.store.models import Judgment
from chorale.web import palette, words
from chorale.web.softlabels import SoftLabelView, view
from harmonize.records import Status
from harmonize.schemes import Scheme

STATUS = {
    Status.ANSWERED: "answered",
    Status.NONE_APPLIES: "none applies",
    Status.CANNOT_TELL: "cannot tell",
    Status.SKIPPED: "skipped",
    Status.BROKEN: "broken item",
}

CHIPS = 8  # of an item that are shown beside another version


@dataclass(frozen=True)
class Chip:
    """One label said, with its strength or number."""

    name: str
    family: str
    strength: str = ""


@dataclass(frozen=True)
class Spoken:
    """One judgment, ready to show."""

    judgment: Judgment
    chips: tuple[Chip, ...]
    status: str
    soft: SoftLabelView | None = None
    alias: str = ""  # stands for the rater where names are hidden

    @property
    def beside(self) -> str:
        """What else came with it: confidence, time taken, words, and for models whether the fit had seen the item."""
        row = self.judgment
        if self.alias:  # reasons alone: the rest tells machines from people, and quick raters from slow ones
            return "; ".join(_words(row))
        said = [f"confidence {words.figure(row.confidence, 2)}"] if row.confidence is not None else []
        if row.response.lead_time is not None:
            said.append(f"took {words.duration(row.response.lead_time)}")
        if row.out_of_fold is not None:
            said.append("by a fit that had not seen it" if row.out_of_fold else "by a fit that was trained on it")
        if row.response.suggestion is not None:
            said.append("a suggestion was shown")
        return "; ".join([*said, *_words(row)])


def spoken(judgments: Iterable[Judgment]) -> list[Spoken]:
    """Each judgment with its labels in words; retired ones last, as they came."""
    cores: dict[int, Scheme] = {}
    said = []
    for row in judgments:
        core = cores.setdefault(row.scheme_id, row.scheme.core)
        soft = _belief(row, core) if row.probabilities else None
        said.append(Spoken(row, _chips(row, core), STATUS[Status(row.status)], soft))
    return said


def _words(row: Judgment) -> list[str]:
    """What was written beside the answer."""
    if not isinstance(row.texts, dict):
        return []
    return [text for text in row.texts.values() if text and isinstance(text, str)]


def nameless(said: list[Spoken]) -> list[Spoken]:
    """The same under letters, in an order that tells nothing of who or what spoke."""
    mixed = sorted(said, key=lambda one: hashlib.sha256(str(one.judgment.key).encode()).digest())
    return [replace(one, alias=f"Rater {_letters(n)}") for n, one in enumerate(mixed)]


def _letters(number: int) -> str:
    """A, B, ... Z, AA, AB, ..."""
    rest, last = divmod(number, 26)
    return (_letters(rest - 1) if rest else "") + chr(ord("A") + last)


def _chips(row: Judgment, core: Scheme) -> tuple[Chip, ...]:
    if row.values is not None:
        pairs = zip(core.dimensions, row.values, strict=False)
        return tuple(Chip(d.name, palette.family(d.id), words.figure(v, 2)) for d, v in pairs)
    strengths = row.intensities or []
    chips = []
    for i, code in enumerate(row.labels or []):
        label = core.labels[code]
        chips.append(Chip(label.name, palette.family(label.id), f"{strengths[i]:g}" if i < len(strengths) else ""))
    return tuple(chips)


def _belief(row: Judgment, core: Scheme) -> SoftLabelView:
    return view(
        core, row.probabilities or [], semantics="posterior", perspective=row.perspective, unmapped=row.off_scheme
    )


def votes(items: Iterable[int]) -> dict[int, list[Chip]]:
    """For each item the labels most often said in its current judgments by people and the source, with how often."""
    rows = Judgment.objects.filter(item__in=list(items), retired_at=None).exclude(rater__kind="model")
    cores: dict[int, Scheme] = {}
    counts: dict[int, Counter[tuple[int, int]]] = {}
    for row in rows.select_related("scheme").order_by("pk"):
        cores.setdefault(row.scheme_id, row.scheme.core)
        counts.setdefault(row.item_id, Counter()).update((row.scheme_id, code) for code in row.labels or [])
    return {
        item: [
            Chip(label.name, palette.family(label.id), f"{n}" if n > 1 else "")
            for (scheme, code), n in said.most_common(3)
            for label in [cores[scheme].labels[code]]
        ]
        for item, said in counts.items()
    }


def of_source(items: Iterable[UUID]) -> dict[UUID, list[Chip]]:
    """For each item (by uuid) what its corpus came with: labels and statuses with how often, or numbers as they are."""
    rows = Judgment.objects.filter(item__uuid__in=list(items), response__origin="imported", retired_at=None)
    found: dict[UUID, Counter[Chip]] = {}
    for one in spoken(rows.select_related("scheme", "item", "response").order_by("pk")):
        chips = one.chips or (Chip(one.status, ""),)
        found.setdefault(one.judgment.item.uuid, Counter()).update(chips)
    return {item: [_counted(chip, n) for chip, n in said.most_common(CHIPS)] for item, said in found.items()}


def _counted(chip: Chip, times: int) -> Chip:
    return chip if times == 1 else Chip(chip.name, chip.family, f"{chip.strength} × {times}".strip())
