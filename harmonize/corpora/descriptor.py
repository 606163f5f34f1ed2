"""corpus.toml: a corpus described, so that bringing it in takes a description and no program.

`load` reads and checks it; every fault is collected and told at once. docs/researchers.md shows how to write one.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from harmonize import schemes
from harmonize.corpora.checks import check_layer, check_table, check_whole
from harmonize.corpora.fields import Fields
from harmonize.corpora.layout import (
    COLUMN_FIELDS,
    Answer,
    Blank,
    Descriptor,
    ItemColumns,
    Layer,
    Shape,
    SourceTable,
)
from harmonize.problems import ChoraleError, Problem
from harmonize.schemes import Scheme

NAME = "corpus.toml"
Find = Callable[[str], Scheme]
PERSPECTIVES = (
    "writer", "reader", "self", "partner", "actor-intended", "perceived", "evoked", "platform-native",
)  # fmt: skip
MODALITIES = ("text", "dialogue", "image", "audio", "video", "pair")


def load(path: Path | str, *, find: Find = schemes.load) -> Descriptor:
    """The descriptor at ``path``, a file or the folder that holds corpus.toml.

    ``find`` gives a scheme by its ref and raises `ChoraleError` for one it does not know: the shipped ones, unless
    another is given. Raises `ChoraleError("descriptor")` that names every fault, with a remedy each.
    """
    where = Path(path)
    where = where / NAME if where.is_dir() else where
    try:
        data = tomllib.loads(where.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ChoraleError("descriptor-missing", f"There is no {where}.", f"Write a {NAME}, or draft one.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ChoraleError("descriptor", f"{where.name} is not TOML: {error}.", "Mend it.") from None
    return parse(data, name=where.name, find=find)


def parse(data: Mapping[str, Any], *, name: str = NAME, find: Find = schemes.load) -> Descriptor:
    """The descriptor that these values describe. Takes ``find`` and raises as `load`."""
    descriptor, problems = examine(data, find=find)
    if problems or descriptor is None:
        raise ChoraleError("descriptor", f"{name}: " + " ".join(str(problem) for problem in problems))
    return descriptor


def examine(data: Mapping[str, Any], *, find: Find = schemes.load) -> tuple[Descriptor | None, list[Problem]]:
    """The descriptor, if it can be made, and everything that is wrong with it. Takes ``find`` as `load`."""
    problems: list[Problem] = []
    top = Fields(data, "", problems)
    about = top.table("corpus")
    if "\\u0000" in json.dumps(data, default=str):
        top.fault("", "holds a NUL character.", "Take it out.")
    layers = [_layer(part, find) for part in top.tables("layers")]
    known = {layer.name: code for code, layer in enumerate(layers) if layer is not None}
    files = [_table(part, known) for part in top.tables("files")]
    top.close()
    whole = _about(about)
    if any(layer is None for layer in layers):
        return None, problems
    descriptor = Descriptor(
        **whole, layers=tuple(layer for layer in layers if layer), files=tuple(files), source=dict(data)
    )
    check_whole(descriptor, problems)
    for layer in descriptor.layers:
        check_layer(layer, problems)
    for code, table in enumerate(files):
        check_table(table, descriptor.layers, f"files[{code}]", problems)
    return descriptor, problems


def _about(about: Fields) -> dict[str, Any]:
    whole: dict[str, Any] = {
        key: about.text(key, required=True)
        for key in ("slug", "title", "licence", "citation", "source_url", "language")
    }
    whole |= {
        "version": about.text("version", "1"),
        "description": about.text("description"),
        "licence_url": about.text("licence_url"),
        "modality": about.text("modality", "text", among=MODALITIES),
        "mask": about.texts("mask"),
        "region": about.text("region", "US"),
    }
    about.close()
    return whole


def _layer(part: Fields, find: Find) -> Layer | None:
    name, ref = part.text("name", required=True), part.text("scheme", required=True)
    perspective = part.text("perspective", required=True)
    if perspective and perspective not in PERSPECTIVES:
        part.fault("perspective", f"is {perspective!r}.", f"Use one of: {', '.join(PERSPECTIVES)}.")
    names, masked = part.mapping("names"), part.texts("masked")
    part.close()
    try:
        scheme = find(ref)
    except ChoraleError as error:
        part.fault("scheme", error.message, error.fix)
        return None
    return Layer(name, scheme, perspective, names, masked)


def _table(part: Fields, layers: Mapping[str, int]) -> SourceTable:
    default = SourceTable("", Shape.ITEMS)
    shape = part.text("shape", "items", required=True, among=[str(shape) for shape in Shape])
    table = SourceTable(
        path=part.text("path", required=True),
        shape=Shape(shape),
        **{
            key: part.text(key, getattr(default, key))
            for key in ("format", "encoding", "delimiter", "quote", "escape", "sheet", "records", "id_prefix", "split")
        },
        language=part.text("language"),
        media_root=part.text("media_root"),
        caption_suffix=part.text("caption_suffix"),
        caption_encoding=part.text("caption_encoding", "utf-8"),
        names=part.texts("names"),
        each=part.texts("each"),
        id_from=part.text("id_from", "column", among=("column", "text", "line")),
        id_missing=part.text("id_missing", "problem", among=("problem", "line")),
        context=part.number("context"),
        columns=_columns(part.table("columns")),
        answers=tuple(_answer(answer, layers) for answer in part.tables("answers")),
    )
    part.close()
    return table


def _columns(part: Fields) -> ItemColumns:
    plain = {key: part.text(key) for key in COLUMN_FIELDS}
    facets, traits, parts = (part.mapping(key) for key in ("facets", "traits", "parts"))
    found = ItemColumns(**plain, facets=facets, traits=traits, parts=parts)
    part.close()
    return found


def _answer(part: Fields, layers: Mapping[str, int]) -> Answer:
    layer = part.text("layer", next(iter(layers), "") if len(layers) == 1 else "", required=True)
    if layer and layer not in layers:
        part.fault("layer", f"is {layer!r}, which is no layer.", f"Layers: {', '.join(layers) or 'none'}.")
    answer = Answer(
        layer=layers.get(layer, 0),
        column=part.text("column"),
        separator=part.text("separator", ","),
        columns=part.mapping("columns"),
        label=part.text("label"),
        constant=part.text("constant"),
        raters=part.texts("raters"),
        blank=Blank(part.text("blank", "problem", among=[str(blank) for blank in Blank])),
    )
    part.close()
    return answer
