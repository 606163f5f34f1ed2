"""What licences ask, and whether a release may carry a corpus under the licence it names."""

from __future__ import annotations

import re
from dataclasses import dataclass

_CC = re.compile(r"CC-BY(-NC)?(-SA|-ND)?(-\d\.\d)?(-[A-Z]+)?", re.IGNORECASE)
_FREE = {"CC0-1.0", "PDDL-1.0", "UNLICENSE", "PUBLIC-DOMAIN"}
_CREDIT = {"ODC-BY-1.0", "MIT", "APACHE-2.0", "BSD-3-CLAUSE", "BSD-2-CLAUSE"}
_SHARE = {"ODBL-1.0", "GPL-3.0-ONLY", "GPL-3.0-OR-LATER"}


@dataclass(frozen=True, slots=True)
class Terms:
    """What a licence asks of whoever passes the work on; ``known`` is False where nobody can tell."""

    known: bool = True
    credit: bool = False
    share_alike: bool = False
    non_commercial: bool = False
    no_derivatives: bool = False


def terms(licence: str) -> Terms:
    """The terms of an SPDX id (Creative Commons, Open Data Commons, the common code licences).

    >>> terms("CC-BY-NC-SA-4.0").non_commercial
    True
    """
    name = licence.strip().upper()
    if name in _FREE:
        return Terms()
    if match := _CC.fullmatch(name):
        kind = match.group(2) or ""
        return Terms(
            credit=True,
            share_alike=kind == "-SA",
            non_commercial=bool(match.group(1)),
            no_derivatives=kind == "-ND",
        )
    if name in _CREDIT:
        return Terms(credit=True)
    return Terms(credit=True, share_alike=True) if name in _SHARE else Terms(known=False)


def refusals(release: str, corpus: str, *, without_text: bool = False) -> list[str]:
    """Why a release under one licence may not hold a corpus under another; empty if it may.

    ``release`` may be empty: then every part stays under its own licence and nothing is promised over it. A corpus
    ``without_text`` gives its labels and ids alone, which may go out where nobody can tell what holds for the texts;
    what a known licence asks holds for labels too, as they are the corpus's work.
    """
    asked, given = terms(corpus), terms(release)
    found = []
    if not asked.known and not without_text:
        found.append(f"nobody can tell what its licence {corpus or '(none stated)'!r} allows")
    if asked.no_derivatives:
        found.append(f"{corpus} allows no derived work, and soft labels are one")
    if release and asked.non_commercial and not given.non_commercial:
        found.append(f"{corpus} forbids commercial use, and {release} would allow it")
    if release and asked.share_alike and release.upper() != corpus.upper():
        found.append(f"{corpus} must be passed on under the same licence, not {release}")
    return found
