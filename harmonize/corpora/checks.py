"""What must hold between the parts of a descriptor, beyond each setting's own type."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence

from harmonize.corpora.layout import Answer, Descriptor, Layer, Shape, SourceTable
from harmonize.corpora.media.cues import SUFFIXES
from harmonize.corpora.screening.personal import KINDS
from harmonize.corpora.tables.lines import known_encoding
from harmonize.problems import Problem
from harmonize.records import Kind

LONGEST = {"title": 200, "version": 40, "licence": 80, "licence_url": 300, "source_url": 300, "language": 20}
LONGEST_SIGN = 12  # characters of a delimiter
STATUSES = ("@none-applies", "@cannot-tell", "@skipped", "@broken")
SAYS = {
    Shape.ITEMS: "", Shape.FACTS: "", Shape.PERSONS: "", Shape.AGGREGATED: "column columns constant",
    Shape.RATINGS: "column columns", Shape.RATER_COLUMNS: "raters", Shape.LABEL_ROWS: "label", Shape.VOTES: "columns",
}  # fmt: skip


def check_whole(descriptor: Descriptor, problems: list[Problem]) -> None:
    """Slug, files and layers of the whole."""

    def fault(where: str, what: str, fix: str) -> None:
        problems.append(Problem(where, what, fix, "descriptor"))

    if descriptor.slug and not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,79}", descriptor.slug):
        fault("corpus.slug", f"is {descriptor.slug!r}.", "Use a-z, 0-9 and hyphens, at most 80.")
    for key, most in LONGEST.items():
        if len(getattr(descriptor, key)) > most:
            fault(f"corpus.{key}", f"has {len(getattr(descriptor, key))} characters.", f"Keep it to {most}.")
    for kind in descriptor.mask:
        if kind not in KINDS:
            fault("corpus.mask", f"names {kind!r}.", f"Use: {', '.join(KINDS)}.")
    if not descriptor.files:
        fault("files", "are missing.", "Add a [[files]] table for each file.")
    for path, times in Counter(table.path for table in descriptor.files).items():
        if times > 1:
            fault("files", f"name {path!r} {times} times.", "Describe a file once, with all its answers, or copy it.")
    for name, times in Counter(layer.name for layer in descriptor.layers).items():
        if times > 1:
            fault("layers", f"has {name!r} {times} times.", "Give each layer its own name.")


def check_layer(layer: Layer, problems: list[Problem]) -> None:
    """Native names and masks must speak of labels that the scheme has."""
    known = set(layer.scheme.names)

    def fault(where: str, what: str) -> None:
        some = ", ".join(list(layer.scheme.names)[:12])
        problems.append(
            Problem(f"layers.{layer.name}.{where}", what, f"{layer.scheme.ref} has: {some} ...", "descriptor")
        )

    for native, label in layer.names.items():
        if label not in known and label not in STATUSES:
            fault("names", f"maps {native!r} to {label!r}, which is no label and no status.")
    for label in layer.masked:
        if label not in known:
            fault("masked", f"names {label!r}, which is no label.")


def check_table(table: SourceTable, layers: Sequence[Layer], where: str, problems: list[Problem]) -> None:
    """Settings that exclude or need each other within one file."""

    def fault(key: str, what: str, fix: str) -> None:
        problems.append(Problem(f"{where}.{key}", what, fix, "descriptor"))

    if not known_encoding(table.encoding):
        fault("encoding", f"is {table.encoding!r}.", "Use a name Python knows, such as utf-8 or cp1252.")
    if len(table.delimiter) > LONGEST_SIGN or any(sign in table.delimiter for sign in ('"', "\n", "\r")):
        fault("delimiter", f"is {table.delimiter!r}.", f'Use up to {LONGEST_SIGN} characters, such as ";" or "::".')
    if max(len(table.quote), len(table.escape)) > 1:
        fault("quote", "or escape is longer than one character.", 'Use one; quote = "" for none.')
    if table.path.startswith("/") or ".." in table.path.split("/"):
        fault("path", f"is {table.path!r}.", "Stay within the corpus's own folder.")
    if table.id_from == "column" and not table.columns.id:
        fault("columns.id", "is missing.", 'Name the id column, or set id_from = "text" or "line".')
    if table.shape == Shape.PERSONS and table.id_from != "column":
        fault(
            "id_from", f"is {table.id_from!r}.", "A person needs an id of the source, the column of authors or raters."
        )
    if (table.caption_suffix or table.columns.captions) and not table.media_root:
        fault("media_root", "is missing, but captions are named.", "Name the folder in which they lie.")
    if table.caption_suffix and table.caption_suffix not in SUFFIXES:
        fault("caption_suffix", f"is {table.caption_suffix!r}.", f"Use {' or '.join(SUFFIXES)}.")
    if not known_encoding(table.caption_encoding):
        fault("caption_encoding", f"is {table.caption_encoding!r}.", "Use a name Python knows, such as utf-8.")
    if table.columns.parts and table.columns.text:
        fault("columns.parts", "and text are both named.", "Name the one text, or its parts.")
    if table.columns.traits and table.shape != Shape.PERSONS and not (table.columns.rater or table.columns.author):
        fault("columns.traits", "are nobody's.", "Name the column of the rater or of the author.")
    if table.id_from == "text" and not table.columns.text:
        fault("columns.text", "is missing, but ids are made from the text.", "Name the text column.")
    if bool(SAYS[table.shape]) != bool(table.answers):
        need = "needs at least one [[files.answers]]." if SAYS[table.shape] else "has no answers."
        fault("answers", f"do not go with shape {table.shape}, which {need}", "Add or remove them.")
    elif layers:
        for answer in table.answers:
            _check_answer(answer, layers[answer.layer], table, fault)


def _check_answer(answer: Answer, layer: Layer, table: SourceTable, fault: Callable[[str, str, str], None]) -> None:
    given = [name for name in ("column", "columns", "label", "constant", "raters") if getattr(answer, name)]
    wanted = SAYS[table.shape].split()
    if not set(given) & set(wanted):
        fault("answers", f"for {layer.name} name no {' or '.join(wanted)}.", f"Shape {table.shape} needs one.")
    if table.shape == Shape.LABEL_ROWS and not answer.raters:
        fault("answers.raters", "are missing.", 'Name the rater columns, such as ["Annotator-*"].')
    known = set(layer.scheme.names)
    if layer.kind == Kind.DIMENSION and answer.columns and set(answer.columns) != known:
        fault("answers.columns", f"names {sorted(answer.columns)}.", f"Give a column for each of {sorted(known)}.")
    for label in answer.columns:
        if label not in known and layer.names.get(label) is None:
            fault("answers.columns", f"names {label!r}.", f"{layer.scheme.ref} has: {', '.join(layer.scheme.names)}.")
    if layer.kind == Kind.DIMENSION and table.shape == Shape.RATER_COLUMNS:
        if len(known) != 1:
            what = f"are of {layer.scheme.ref}, which has {len(known)} dimensions."
            fault("answers.raters", what, "A rater's column holds one number: give each dimension a layer of its own.")
    elif layer.kind == Kind.DIMENSION and not answer.columns:
        fault("answers.columns", "are missing.", "Dimensions need a column each.")
    if layer.kind == Kind.DIMENSION and table.shape == Shape.LABEL_ROWS:
        fault("answers", f"are of {layer.scheme.ref}, which has no labels.", "Label rows need a scheme of labels.")
    if table.shape == Shape.VOTES and layer.kind != Kind.SINGLE:
        fault("answers", f"are counts under {layer.scheme.ref}.", "Counts of one choice a rater need a single scheme.")
