"""Word norms: where emotion words lie on valence, arousal and dominance, means alone (SCIENCE rule 9)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np

from harmonize import schemes
from harmonize.problems import ChoraleError
from harmonize.records import Float64
from harmonize.schemes import Scheme

FOLDER = Path(str(files("harmonize") / "data" / "norms"))


@dataclass(frozen=True)
class Norms:
    """A table of points. ``terms``: word to one number a dimension of ``scheme``.

    ``labels``: scheme id to label to word. ``status`` and ``note`` say what of it was verified.
    """

    id: str
    title: str
    scheme: str
    cite: str
    status: str
    note: str
    terms: Mapping[str, tuple[float, ...]]
    labels: Mapping[str, Mapping[str, str]]

    def points(self, scheme_id: str) -> Float64:
        """The point of each label of a scheme, float64[L, D], NaN where the norms have none.

        Raises `ChoraleError("norms-scheme")` if no words are stated for that scheme.
        """
        if scheme_id not in self.labels:
            known = ", ".join(self.labels)
            raise ChoraleError(
                "norms-scheme", f"{self.id} states no words for {scheme_id}.", f"Map to one of: {known}."
            )
        names, words = schemes.load(scheme_id).names, self.labels[scheme_id]
        width = len(schemes.load(self.scheme).names)
        return np.array([self.terms[words[n]] if n in words else (np.nan,) * width for n in names], dtype=np.float64)

    def scheme_of(self, labels: tuple[str, ...]) -> str:
        """The id of the scheme, of those the norms speak of, whose labels are exactly these in this order."""
        for scheme_id in self.labels:
            if schemes.load(scheme_id).names == labels:
                return scheme_id
        known = ", ".join(self.labels)
        shown = ", ".join(labels[:6])
        raise ChoraleError(
            "norms-scheme", f"{self.id} states no words for labels {shown} ...", f"Map to one of: {known}."
        )


def norms_of(scheme: Scheme) -> tuple[Norms, ...]:
    """The shipped tables that have words for a scheme's labels; empty where none has.

    A version with other labels than the one the words were stated for has none.
    """
    told = [norms for norms in shipped_norms() if scheme.id in norms.labels]
    return tuple(norms for norms in told if schemes.load(scheme.id).names == scheme.names)


@cache
def shipped_norms() -> tuple[Norms, ...]:
    """Every table under ``harmonize/data/norms``, by id."""
    return tuple(read_norms(path) for path in sorted(FOLDER.glob("*.toml")))


def load_norms(norms_id: str) -> Norms:
    """A shipped table by id. Raises `ChoraleError("norms-unknown")`."""
    for norms in shipped_norms():
        if norms.id == norms_id:
            return norms
    known = ", ".join(norms.id for norms in shipped_norms())
    raise ChoraleError("norms-unknown", f"There are no norms {norms_id!r}.", f"Shipped: {known}.")


def read_norms(path: Path) -> Norms:
    """One file of norms. Raises `ChoraleError("norms-definition")` for a label or word that does not exist."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    terms = {word: tuple(float(x) for x in point) for word, point in data["terms"].items()}
    width = len(schemes.load(data["scheme"]).names)
    faults = [f"{word} has {len(point)} numbers" for word, point in terms.items() if len(point) != width]
    for scheme_id, words in data["labels"].items():
        names = schemes.load(scheme_id).names
        faults += [f"{scheme_id} has no label {label!r}" for label in words if label not in names]
        faults += [f"no word {word!r}" for word in words.values() if word not in terms]
    if faults:
        raise ChoraleError("norms-definition", f"{path.name}: {'; '.join(faults)}.")
    texts = {key: str(data[key]) for key in ("id", "title", "scheme", "cite", "status", "note")}
    return Norms(**texts, terms=terms, labels=data["labels"])
