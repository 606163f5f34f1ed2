"""Croissant 1.1: the release described for machines, to each column, with every rating as an annotation of its item."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from exports import responsible
from exports.manifest import sha256_of
from exports.recipe import Recipe
from exports.source import ReleaseSource

Json = dict[str, Any]
VERSION = "http://mlcommons.org/croissant/1.1"
TABLES = ("items", "judgments", "raters", "rulings", "derived")
KEYS = {"items": "uuid", "judgments": "key", "raters": "rater", "rulings": "key", "derived": "uuid"}
REFERENCES = {
    "judgments": {"item": "items/uuid", "rater": "raters/rater"},
    "rulings": {"item": "items/uuid"},
    "derived": {"uuid": "items/uuid"},
}
RATING = ("rater", "kind", "scheme", "perspective", "status", "labels", "intensities", "values", "probabilities")
"""Columns of a judgment that say who said what: the structured annotation of an item."""

CONTEXT: Json = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "annotation": "cr:annotation",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "name": {"@container": "@language"},
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def write_croissant(folder: Path, recipe: Recipe, source: ReleaseSource, report: Json) -> None:
    """Write `croissant.json` beside the tables it describes; they must be there already."""
    text = json.dumps(describe(folder, recipe, source, report), indent=2, ensure_ascii=False)
    (folder / "croissant.json").write_text(text + "\n", "utf-8", newline="\n")


def describe(folder: Path, recipe: Recipe, source: ReleaseSource, report: Json) -> Json:
    """The JSON-LD of a release."""
    licences = sorted({corpus.licence for corpus in source.corpora if corpus.licence} | {recipe.licence} - {""})
    cited = " ".join(corpus.citation for corpus in sorted(source.corpora, key=lambda c: c.slug) if corpus.citation)
    tables = [name for name in TABLES if (folder / f"{name}.parquet").is_file()]
    whole: Json = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": VERSION,
        "name": recipe.slug,
        "alternateName": recipe.title,
        "description": recipe.summary or recipe.title,
        "version": recipe.version,
        "license": licences,
        "citeAs": f"{recipe.title}, version {recipe.version}. {cited}".strip(),
        "creator": [{"@type": "sc:Organization", "name": name} for name in recipe.authors or (recipe.title,)],
        "inLanguage": [language for language in report["languages"] if language],
        "keywords": ["emotion", "soft labels", "annotator disagreement"],
        **({"url": recipe.url} if recipe.url else {}),
        **({"datePublished": recipe.date} if recipe.date else {}),
        **responsible.statements(recipe, report),
        "distribution": [_file(folder / f"{name}.parquet") for name in tables],
        "recordSet": [_record_set(folder, name) for name in tables],
    }
    return whole


def _file(path: Path) -> Json:
    return {
        "@type": "cr:FileObject",
        "@id": path.name,
        "name": path.name,
        "contentUrl": path.name,
        "contentSize": f"{path.stat().st_size} B",
        "encodingFormat": "application/x-parquet",
        "sha256": sha256_of(path),
    }


def _record_set(folder: Path, name: str) -> Json:
    schema = pq.read_schema(folder / f"{name}.parquet")
    layers = [field.name for field in schema if _labels(field)]
    about = {f"{layer}_{part}": layer for layer in layers for part in ("n", "entropy", "unmapped", "via", "ruled")}
    fields = []
    for field in schema:
        if field.name in about:
            continue  # it says something of a soft label, and stands there as its annotation
        made = _field(name, field)
        notes = [
            _field(name, schema.field(part)) for part in about if about[part] == field.name and part in schema.names
        ]
        fields.append(made | ({"annotation": notes} if notes else {}))
    record_set: Json = {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "key": {"@id": f"{name}/{KEYS[name]}"},
        "field": fields,
    }
    if name == "items":
        record_set["annotation"] = _ratings(pq.read_schema(folder / "judgments.parquet"))
    return record_set


def _ratings(schema: pa.Schema) -> Json:
    """What every rater said of an item: one structured annotation, joined by the item's id."""
    parts = [_field("judgments", schema.field(name), under="items/ratings") for name in ("item", *RATING)]
    return {
        "@type": "cr:Field",
        "@id": "items/ratings",
        "name": "items/ratings",
        "description": "Every rating of the item: who, under which scheme, whose emotion, and what.",
        "isArray": True,
        "subField": parts,
    }


def _labels(field: pa.Field) -> str:
    """The label names of a soft label column, empty for others; spreads and derived columns are not soft labels."""
    facts = field.metadata or {}
    plain = field.name.endswith("_sd") or b"chorale.semantics" not in facts
    return "" if plain else facts.get(b"chorale.labels", b"").decode()


def _field(table: str, field: pa.Field, *, under: str = "") -> Json:
    kind, shape = field.type, None
    if pa.types.is_fixed_size_list(kind):
        kind, shape = kind.value_type, str(kind.list_size)
    elif pa.types.is_list(kind):
        kind, shape = kind.value_type, "-1"
    made: Json = {
        "@type": "cr:Field",
        "@id": f"{under or table}/{field.name}",
        "name": f"{under or table}/{field.name}",
        "dataType": _type(kind),
        "source": {"fileObject": {"@id": f"{table}.parquet"}, "extract": {"column": field.name}},
    }
    if labels := _labels(field):
        facts = {k.decode(): v.decode() for k, v in field.metadata.items()}
        made["description"] = (
            f"Soft label, {facts['chorale.semantics']}: {facts['chorale.scheme']}, {facts['chorale.perspective']}, "
            f"{facts['chorale.method']} of {facts['chorale.raters']}. In order: {', '.join(json.loads(labels))}."
        )
    elif rule := (field.metadata or {}).get(b"chorale.rule"):
        about = json.loads(field.metadata[b"chorale.labels"])
        of = field.metadata[b"chorale.layer"].decode()
        made["description"] = f"Computed from {of} by the rule {rule.decode()}. In order: {', '.join(about)}."
    if shape is not None:
        made |= {"isArray": True, "arrayShape": shape}
    if target := REFERENCES.get(table, {}).get(field.name):
        made["references"] = {"field": {"@id": target}}
    return made


def _type(kind: pa.DataType) -> str:
    if pa.types.is_boolean(kind):
        return "sc:Boolean"
    if pa.types.is_integer(kind):
        return "sc:Integer"
    return "sc:Float" if pa.types.is_floating(kind) else "sc:Text"
