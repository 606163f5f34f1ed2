"""Lexicons and rules from lines of text: label, term or /pattern/, weight; good lines kept, bad ones told."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable

from annotation.model_raters.lexicon import Lexicon, LexiconRater, Rule
from harmonize.problems import ChoraleError, Problem
from harmonize.schemes import Scheme

LONGEST = 200  # characters of a pattern


def read_lexicon(
    lines: Iterable[str],
    scheme: Scheme,
    *,
    name: str,
    version: str,
    negators: Iterable[str] = (),
    reach: int = 3,
    source: str = "",
) -> tuple[LexiconRater, tuple[Problem, ...]]:
    r"""A rater from lines of CSV ``label,term,weight``; a term between slashes is a regular expression.

    The weight may be missing (1) and must be above 0; empty lines, lines that begin with # and a head line are passed
    over. Raises ChoraleError `lexicon-empty` where no line is good.

    >>> from harmonize import schemes
    >>> told = ["joy,happy", "joy,/yay+/,2", "glee,ha"]
    >>> rater, problems = read_lexicon(told, schemes.load("ekman-6"), name="t", version="1")
    >>> len(rater.rules), [str(p.where) for p in problems]
    (1, ['line 3'])
    """
    terms: dict[str, dict[str, float]] = {}
    rules: list[Rule] = []
    problems: list[Problem] = []
    for number, row in enumerate(csv.reader(lines, skipinitialspace=True), 1):
        cells = [cell.strip() for cell in row]
        if not any(cells) or cells[0].startswith("#") or (number == 1 and cells[:2] == ["label", "term"]):
            continue
        try:
            label, term, weight = _line(cells, scheme)
        except ValueError as fault:
            problems.append(Problem(f"line {number}", f"{fault}.", "Write label,term,weight.", "lexicon-line"))
            continue
        if len(term) > 2 and term.startswith("/") and term.endswith("/"):
            rules.append(Rule(term[1:-1], label, weight))
        else:
            terms.setdefault(label, {})[term] = weight
    if not terms and not rules:
        told = f" The first: {problems[0].where}, {problems[0].what}" if problems else ""
        raise ChoraleError("lexicon-empty", f"No line speaks for a label of {scheme.ref}.{told}", "See the format.")
    made = Lexicon(name, version, terms, tuple(word.casefold() for word in negators), reach, source)
    return LexiconRater(scheme, made, tuple(rules)), tuple(problems)


def _line(cells: list[str], scheme: Scheme) -> tuple[str, str, float]:
    """Label, term and weight; ValueError says what is wrong."""
    if len(cells) < 2 or not cells[1]:
        raise ValueError("a label and a term are needed")
    label, term = cells[0], cells[1]
    if label not in scheme.names:
        raise ValueError(f"'{label}' is no label of {scheme.ref}")
    try:
        weight = float(cells[2]) if len(cells) > 2 and cells[2] else 1.0
    except ValueError as error:
        raise ValueError(f"'{cells[2]}' is no weight") from error
    if not 0 < weight < float("inf"):
        raise ValueError(f"the weight {weight:g} is not above 0")
    if term.startswith("/"):
        _compiles(term)
    elif len(term.split()) > 3:
        raise ValueError("a term is one to three words")
    return label, term, weight


def _compiles(term: str) -> None:
    pattern = term[1:-1]
    if not term.endswith("/") or len(term) < 3 or len(pattern) > LONGEST:
        raise ValueError(f"a pattern stands between two slashes and has at most {LONGEST} characters")
    try:
        if re.compile(pattern).match(""):
            raise ValueError(f"/{pattern}/ matches nothing at all, so it matches everywhere")
    except re.error as error:
        raise ValueError(f"/{pattern}/ is no pattern: {error}") from error
