"""Lexicons as raters: kept by their hash as they were given, read again by every job that speaks with them."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

from annotation.model_raters.lexicon import LexiconRater
from annotation.model_raters.lexicon_file import read_lexicon
from chorale.store import object_store, registry
from harmonize.problems import ChoraleError, Problem

KEPT = re.compile(r"lexicons/[0-9a-f]{2}/[0-9a-f]{64}\.csv")
LARGEST = 8 << 20  # bytes


def keep(lines: str) -> str:
    """Keep the lines of a lexicon; returns their key. ChoraleError `lexicon-large` above 8 MiB."""
    data = lines.encode()
    if len(data) > LARGEST:
        raise ChoraleError("lexicon-large", f"{len(data):,} bytes are more than {LARGEST:,}.", "Cut the lexicon.")
    with tempfile.NamedTemporaryFile(suffix=".csv") as spare:
        spare.write(data)
        spare.flush()
        return object_store.put_file(Path(spare.name), prefix="lexicons")[0]


def rater(params: dict[str, Any]) -> tuple[LexiconRater, tuple[Problem, ...]]:
    """The rater of a job's parameters, with the lines it could not use.

    ``lexicon``: name, version, negators, reach, source, and its lines as ``file`` (what `keep` returned) or ``lines``.
    """
    given = params.get("lexicon") or {}
    if not given.get("name") or not given.get("version"):
        raise ChoraleError("lexicon-name", "The lexicon has no name and version.", "State both: they name its rater.")
    told = {name: given[name] for name in ("negators", "reach", "source") if given.get(name)}
    scheme = registry.scheme(params["scheme"]).core
    return read_lexicon(lines(given).splitlines(), scheme, name=given["name"], version=str(given["version"]), **told)


def lines(given: dict[str, Any]) -> str:
    """The lines of a job's lexicon, as they were given."""
    key = str(given.get("file") or "")
    if not key:
        return str(given.get("lines") or "")
    if not KEPT.fullmatch(key):
        raise ChoraleError("lexicon-file", f"'{key}' is no kept lexicon.", "Upload it first.")
    with object_store.open_key(key) as source:
        return source.read().decode()
