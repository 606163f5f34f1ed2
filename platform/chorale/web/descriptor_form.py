"""A descriptor as a form: every setting a box with a dotted name, read back into the same values.

Settings that the form does not show stay as they are, so that nothing written by hand is lost.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chorale.store import registry
from harmonize.corpora.descriptor import MODALITIES, PERSPECTIVES
from harmonize.corpora.layout import COLUMN_FIELDS, Blank, Shape

Json = dict[str, Any]
Choices = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Box:
    """One setting. ``kind``: text, area, select, mapping (lines "a = b"), list (parted by commas)."""

    name: str
    title: str
    kind: str = "text"
    value: str = ""
    choices: Choices = ()
    help: str = ""
    need: bool = False

    @property
    def rows(self) -> int:
        """Lines of the box: as many as it holds, and one more to write in."""
        return min(self.value.count("\n") + 2, 12) if self.value else 2

    @property
    def todo(self) -> bool:
        """What the draft could not know."""
        return self.value == "TODO" or (self.need and not self.value)


def plain(names: Sequence[str], *, none: str | None = None) -> Choices:
    """Choices named as they are, with one for none if wanted."""
    return [*([("", none)] if none is not None else []), *((name, name) for name in names)]


LICENCES = ("CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "CC-BY-NC-SA-4.0", "MIT", "Apache-2.0", "unknown")
ABOUT = (
    Box("slug", "Short name", help="For ever: item ids are made from it.", need=True),
    Box("version", "Version"),
    Box("title", "Title", need=True),
    Box("description", "Description", "area"),
    Box("licence", "Licence", help=f"SPDX id where there is one: {', '.join(LICENCES[:4])}, …", need=True),
    Box("licence_url", "Address of the licence"),
    Box("citation", "Citation", "area", need=True),
    Box("source_url", "Source address", need=True),
    Box("language", "Language", help="BCP 47: en, pt-BR; zxx for pictures without words.", need=True),
    Box("modality", "Modality", "select", choices=plain(MODALITIES)),
)
LAYER = (
    Box("name", "Name", need=True),
    Box("scheme", "Scheme", "select", need=True),
    Box(
        "perspective", "Perspective", "select", choices=plain(PERSPECTIVES), need=True,
        help="Whose emotion is it? Check this above all.",
    ),
    Box("names", "Native names", "mapping", help="A line each: native = label of the scheme, or @none-applies."),
    Box("masked", "Labels the source could not express", "list", help="Unknown there, never 0."),
)  # fmt: skip
DELIMITERS: Choices = (("", "by the file's name"), (",", "comma"), ("\t", "tab"), (";", "semicolon"), ("|", "bar"))
QUOTES: Choices = (('"', 'double, "'), ("'", "single, '"), ("off", "none: quotes are plain characters"))
CAPTIONS: Choices = (("", "none"), (".srt", "as .srt"), (".vtt", "as .vtt"))
FILE = (
    Box("shape", "Shape", "select", choices=plain([str(shape) for shape in Shape]), help="What one row is."),
    Box("encoding", "Encoding"),
    Box("delimiter", "Delimiter", "select", choices=DELIMITERS),
    Box("quote", "Quotes", "select", choices=QUOTES),
    Box("id_from", "Ids from", "select", choices=plain(["column", "text", "line"])),
    Box("each", "Lists whose elements are rows", "list", help="Such as turns, where a row is a whole dialogue."),
    Box("split", "Split", help="If the whole file is one split."),
    Box("media_root", "Folder of the media"),
    Box(
        "caption_suffix",
        "Captions beside the media",
        "select",
        choices=CAPTIONS,
    ),
    Box("context", "Turns of context", help="How many earlier rows of the group are shown."),
)
ANSWER = (
    Box("layer", "Layer", "select"),
    Box("column", "Column of labels", "select"),
    Box("separator", "Several labels parted by"),
    Box("columns", "Columns by label", "mapping", help="A line each: label or dimension = column."),
    Box("label", "Column that names the label", "select"),
    Box("raters", "Rater columns", "list", help="Names, or patterns such as rater*."),
    Box("constant", "The same for every row"),
    Box("blank", "An empty answer means", "select", choices=plain([str(blank) for blank in Blank])),
)
# What an answer's form asks for in each shape; others are shown only where they are set.
ASKED = {
    Shape.RATINGS: {"layer", "column", "separator", "columns", "blank"},
    Shape.AGGREGATED: {"layer", "column", "separator", "columns", "constant", "blank"},
    Shape.RATER_COLUMNS: {"layer", "raters", "separator", "blank"},
    Shape.LABEL_ROWS: {"layer", "label", "raters"},
    Shape.VOTES: {"layer", "columns"},
}
DEFAULTS = {"version": "1", "modality": "text", "encoding": "utf-8", "quote": '"', "id_from": "column",
            "separator": ",", "blank": "problem"}  # fmt: skip
NUMBERS = ("context",)


def boxes(spec: Sequence[Box], data: Mapping[str, Any], prefix: str, **choices: Choices) -> list[Box]:
    """The boxes of one table of the descriptor, filled; a value that no choice offers becomes one."""
    found = []
    for box in spec:
        value = _text(box, data.get(box.name, DEFAULTS.get(box.name, "")))
        offered = choices.get(box.name, box.choices)
        if box.kind == "select" and value not in [choice for choice, _ in offered]:
            offered = [*offered, (value, value or "choose")]
        found.append(Box(f"{prefix}.{box.name}", box.title, box.kind, value, offered, box.help, box.need))
    return found


def about(values: Json) -> list[Box]:
    """The boxes of [corpus]."""
    return boxes(ABOUT, _table(values, "corpus"), "corpus")


def layers(values: Json) -> list[list[Box]]:
    """The boxes of each of [[layers]]."""
    known = plain([scheme.ref for scheme in registry.known()])
    return [boxes(LAYER, layer, f"layers.{i}", scheme=known) for i, layer in enumerate(_tables(values, "layers"))]


@dataclass(frozen=True)
class FileForm:
    """The boxes of one of [[files]]: the file, what its columns hold, its answers."""

    number: int
    path: str
    shape: str
    file: list[Box]
    columns: list[Box]
    answers: list[list[Box]]


def files(values: Json, columns: Mapping[str, Sequence[str]]) -> list[FileForm]:
    """The forms of each of [[files]]; ``columns`` are those found in each file, by path."""
    names = plain([str(layer.get("name", "")) for layer in _tables(values, "layers")], none="choose")
    return [_file(i, part, columns, names) for i, part in enumerate(_tables(values, "files"))]


def _file(i: int, part: Json, columns: Mapping[str, Sequence[str]], names: Choices) -> FileForm:
    path, prefix = str(part.get("path", "")), f"files.{i}"
    shape = str(part.get("shape", "items"))
    offered = plain(columns.get(path, ()), none="none")
    spec = [Box(name, name.replace("_", " ").capitalize(), "select", choices=offered) for name in COLUMN_FIELDS]
    held = boxes(spec, _table(part, "columns"), f"{prefix}.columns")
    facets = Box("facets", "Facets", "mapping", help="A line each: facet = column.")
    held += boxes([facets], _table(part, "columns"), f"{prefix}.columns")
    asked = ASKED.get(shape, {box.name for box in ANSWER}) if shape in list(Shape) else set()
    answers = []
    for k, answer in enumerate(_tables(part, "answers")):
        wanted = [box for box in ANSWER if box.name in asked or answer.get(box.name)]
        answers.append(boxes(wanted, answer, f"{prefix}.answers.{k}", layer=names, column=offered, label=offered))
    return FileForm(i, path, shape, boxes(FILE, part, prefix), held, answers)


def edited(values: Json, sent: Mapping[str, str]) -> Json:
    """The values with every box that was sent; an emptied box is a setting taken out."""
    new = copy.deepcopy(values)
    new.setdefault("corpus", {})
    specs = {"corpus": ABOUT, "layers": LAYER, "files": FILE, "answers": ANSWER}
    for name, text in sent.items():
        steps = name.split(".")
        if steps[0] not in ("corpus", "layers", "files"):
            continue
        at = _reached(new, steps[:-1])
        subject = next((s for s in reversed(steps[:-1]) if not s.isdigit()), "")
        spec = next((box for box in specs.get(subject, ()) if box.name == steps[-1]), None)
        if at is not None and (spec is not None or subject == "columns"):
            _put(at, steps[-1], text, spec.kind if spec else _kind_of_column(steps[-1]))
    return new


def acted(values: Json, act: str) -> Json:
    """The values with a layer or answer added or taken out: "add.layers", "add.files.0.answers", "remove.layers.1"."""
    new = copy.deepcopy(values)
    verb, *steps = act.split(".")
    if verb == "add" and steps and steps[-1] in ("layers", "answers"):
        at = _reached(new, steps[:-1])
        if at is not None:
            fresh = {"name": f"layer{len(_tables(at, 'layers')) + 1}"} if steps[-1] == "layers" else {}
            at[steps[-1]] = [*_tables(at, steps[-1]), fresh]
    if verb == "remove" and len(steps) > 1 and steps[-1].isdigit():
        at = _reached(new, steps[:-2])
        if at is not None:
            at[steps[-2]] = [part for i, part in enumerate(_tables(at, steps[-2])) if i != int(steps[-1])]
    return new


def _kind_of_column(name: str) -> str:
    return "mapping" if name == "facets" else "select"


def _reached(values: Json, steps: Sequence[str]) -> Json | None:
    """The table that these steps lead to; [columns] is made where it is missing."""
    at: Any = values
    for step in steps:
        if isinstance(at, list):
            at = at[int(step)] if step.isdigit() and int(step) < len(at) else None
        elif isinstance(at, dict):
            at = at.setdefault(step, {}) if step == "columns" else at.get(step)
        if at is None:
            return None
    return at if isinstance(at, dict) else None


def _put(at: Json, name: str, text: str, kind: str) -> None:
    value: Any = text.replace("\r\n", "\n").strip() if name not in ("delimiter", "separator") else text
    if kind == "mapping":
        value = dict(_pair(line, last=name == "names") for line in value.split("\n") if line.strip())
    elif kind == "list":
        value = [one.strip() for one in value.split(",") if one.strip()]
    elif name in NUMBERS:
        value = int(value) if value.isdigit() and len(value) < 6 else value
    elif name == "quote":
        value = "" if value == "off" else value
        if value == "":
            at[name] = ""
            return
    if value in ("", [], {}) or (name not in at and value == DEFAULTS.get(name)):
        at.pop(name, None)
    else:
        at[name] = value


def _pair(line: str, *, last: bool) -> tuple[str, str]:
    one, _, other = line.rpartition("=") if last else line.partition("=")
    return one.strip(), other.strip()


def _text(box: Box, value: Any) -> str:
    if box.kind == "mapping" and isinstance(value, Mapping):
        return "\n".join(f"{one} = {other}" for one, other in value.items())
    if box.kind == "list" and isinstance(value, list):
        return ", ".join(map(str, value))
    return "off" if box.name == "quote" and value == "" else str(value)


def _table(values: Mapping[str, Any], name: str) -> Json:
    found = values.get(name)
    return found if isinstance(found, dict) else {}


def _tables(values: Mapping[str, Any], name: str) -> list[Json]:
    found = values.get(name)
    return [part for part in found if isinstance(part, dict)] if isinstance(found, list) else []
