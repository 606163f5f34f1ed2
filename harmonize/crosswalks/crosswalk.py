"""What a crosswalk is: cells that say which label becomes which, with the evidence for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np

from harmonize import schemes
from harmonize.problems import ChoraleError
from harmonize.records import Bool, Float64
from harmonize.schemes import Scheme

NO_TERM = "sssom:NoTermFound"
MANUAL = "semapv:ManualMappingCuration"
CHAINED = "semapv:MappingChaining"
LEARNED = "semapv:InstanceBasedMatching"


class CrosswalkKind(StrEnum):
    """How the cells are read."""

    LABELS = "labels"  # label to labels; weight is the share of the label's mass
    RESCALE = "rescale"  # dimension to dimension; target = intercept + weight * source


class Review(StrEnum):
    """How far a crosswalk has been accepted, weakest first."""

    PROPOSED = "proposed"
    REVIEWED = "reviewed"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class Cell:
    """One line of a crosswalk.

    ``weight``: share of the subject's mass that the object gets, 0..1; 0 keeps a line as evidence that is not used. For
    RESCALE it is the slope, with ``intercept`` in target units. ``object`` is `NO_TERM` where the subject was looked at
    and has no counterpart. ``confidence`` 0..1 or None where the source states none.
    """

    subject: str
    predicate: str
    object: str
    weight: float = 1.0
    justification: str = MANUAL
    confidence: float | None = None
    source: str = ""
    comment: str = ""
    intercept: float = 0.0
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Crosswalk:
    """A versioned weighted map from one scheme to another.

    ``source_scheme`` and ``target_scheme`` are scheme refs. A subject's weights sum to at most 1; what is missing is
    unmapped mass. For set-valued judgments every cell with weight above 0 marks its object (the union of the marks).
    ``derived_from`` names the crosswalks, or the data, it was made of; ``bound`` is set by `bind` alone.
    """

    id: str
    version: str
    source_scheme: str
    target_scheme: str
    title: str
    cells: tuple[Cell, ...]
    status: str = Review.PROPOSED
    kind: CrosswalkKind = CrosswalkKind.LABELS
    source: str = ""
    comment: str = ""
    derived_from: tuple[str, ...] = ()
    facts: Mapping[str, Any] | None = None
    bound: tuple[Scheme, Scheme] | None = field(default=None, repr=False, compare=False)

    @property
    def ref(self) -> str:
        """The crosswalk and its version, "id@version"."""
        return f"{self.id}@{self.version}"

    @cached_property
    def source_labels(self) -> Scheme:
        """The scheme mapped from."""
        return schemes.load(self.source_scheme) if self.bound is None else self.bound[0]

    @cached_property
    def target_labels(self) -> Scheme:
        """The scheme mapped to."""
        return schemes.load(self.target_scheme) if self.bound is None else self.bound[1]

    def matrix(self) -> Float64:
        """Weights float64[Ls, Lt] in code order; rows sum to 1 minus what is unmapped. LABELS alone."""
        if self.kind != CrosswalkKind.LABELS:
            raise ChoraleError("crosswalk-kind", f"{self.ref} rescales dimensions and has no label weights.")
        source, target = self.source_labels, self.target_labels
        weights = np.zeros((len(source.names), len(target.names)))
        for cell in self.cells:
            if cell.object != NO_TERM:
                weights[source.code(cell.subject), target.code(cell.object)] += cell.weight
        return weights

    def bind(self, source: Scheme, target: Scheme) -> Crosswalk:
        """The same crosswalk reading its labels from the schemes given, for schemes that are not shipped."""
        if (source.ref, target.ref) != (self.source_scheme, self.target_scheme):
            wanted = f"{self.source_scheme} and {self.target_scheme}"
            raise ChoraleError("crosswalk-schemes", f"{self.ref} needs {wanted}, not {source.ref} and {target.ref}.")
        return replace(self, bound=(source, target))

    @property
    def merges(self) -> bool:
        """Whether two labels share a target: then published proportions give bounds only."""
        return bool(((self.matrix() > 0).sum(axis=0) > 1).any())

    @property
    def expressible(self) -> Bool:
        """bool[Lt]: targets that some source label reaches; the others stay masked, as the source cannot say them."""
        return np.asarray((self.matrix() > 0).any(axis=0), dtype=np.bool_)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; inverse of `from_dict`."""
        whole = asdict(replace(self, bound=None)) | {"status": str(self.status), "kind": str(self.kind)}
        whole["cells"] = [{k: v for k, v in cell.items() if v not in (None, "")} for cell in whole["cells"]]
        return {key: value for key, value in whole.items() if value not in (None, "", ())}

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> Crosswalk:
        """From JSON values. Raises `ChoraleError("crosswalk-definition")` for unknown fields or a faulty cell."""
        known = {f.name for f in fields(Crosswalk)} - {"bound"}
        if unknown := sorted(set(data) - known):
            raise ChoraleError("crosswalk-definition", f"Unknown fields: {', '.join(unknown)}.")
        try:
            cells = tuple(cell if isinstance(cell, Cell) else Cell(**cell) for cell in data.get("cells", ()))
            kind = CrosswalkKind(data.get("kind", CrosswalkKind.LABELS))
            review = Review(data.get("status", Review.PROPOSED))
            made = {"cells": cells, "kind": kind, "status": review}
            return Crosswalk(**{**data, **made, "derived_from": tuple(data.get("derived_from", ()))})
        except (TypeError, ValueError) as error:
            raise ChoraleError("crosswalk-definition", f"Crosswalk {data.get('id', '?')}: {error}.") from None
