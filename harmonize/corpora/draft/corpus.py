"""A whole draft: every file of a folder looked at, one descriptor proposed, and tried on the files themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from harmonize.corpora.archive import beside
from harmonize.corpora.collect import Counts, collect
from harmonize.corpora.descriptor import NAME, examine
from harmonize.corpora.draft.answers import Guess, guess
from harmonize.corpora.draft.lists import lists_of, names_media, unrolled
from harmonize.corpora.draft.media_files import sample_of
from harmonize.corpora.draft.roles import GROUPS, IDS, RATERS, SPEAKERS, SPLITS, Roles
from harmonize.corpora.draft.sniff import Sample, sniff
from harmonize.corpora.draft.toml_text import to_toml
from harmonize.corpora.layout import Shape, SourceTable
from harmonize.corpora.listing import FORMAT as LISTED
from harmonize.corpora.listing import NAME as LISTING
from harmonize.corpora.media.cues import SUFFIXES as SIDECARS
from harmonize.corpora.opening import SUFFIXES
from harmonize.corpora.readers import read
from harmonize.corpora.record import Record
from harmonize.corpora.tables.unrolled import PLACE
from harmonize.corpora.within import is_there
from harmonize.problems import ChoraleError, Problem
from harmonize.schemes import Scheme, load, shipped

TRIED = 20_000  # readings
TODO = "TODO"
ABOUT_FILES = ("dataset_dict.json", "dataset_info.json", "dataset_infos.json", "state.json", LISTING)
PROSE = re.compile(r"(readme|licen[cs]e|copying|changelog|citation|notice)", re.I)  # as .txt
SPLIT_NAMES = re.compile(r"(?:^|[/_.-])(train(?:ing)?|validation|valid|val|dev|test|heldout|held-out)(?=[/_.-])", re.I)


@dataclass(frozen=True)
class Draft:
    """A proposed descriptor. ``counts``: what became of the first rows under it; ``preview``: the first 20 records."""

    toml: str
    values: dict[str, Any]
    notes: list[str]
    problems: list[Problem] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)
    preview: list[Record] = field(default_factory=list)


def draft(path: Path, *, among: Sequence[Scheme] | None = None) -> Draft:
    """A descriptor for a folder of files, or for one file. Nothing is written; what must be filled in says TODO.

    ``among``: the schemes that its labels may be of; None for the shipped ones.
    Raises `ChoraleError("nothing-to-describe")` if no file can be made anything of.
    """
    folder = path if path.is_dir() else path.parent
    found = sorted(p for p in path.rglob("*") if _may_be_table(p, path)) if path.is_dir() else [path]
    layers: dict[tuple[str, str], dict[str, Any]] = {}
    notes: list[str] = []
    known_schemes = shipped() if among is None else among
    seen = [_looked_at(sample, known_schemes) for sample in _samples(found, folder, notes)]
    if path.is_dir() and not any(roles.text or roles.media[0] for roles in seen):
        seen = _listed(seen, folder, known_schemes, notes)
    known = [roles.id for roles in seen if roles.id and roles.text]
    for roles in seen:  # a column named like another file's id joins the two
        if not roles.text and (joined := next((name for name in known if name in roles.sample.columns), "")):
            roles.id = joined
    files = [_file(roles, layers, notes, folder) for roles in seen]
    if not files:
        raise ChoraleError("nothing-to-describe", f"No table was found in {path}.", "; ".join(notes))
    files.sort(key=lambda part: part["shape"] != Shape.ITEMS)
    kinds = [roles.media[1] for roles in seen if roles.media[1]]
    kinds += ["dialogue" for roles in seen if roles.sample.table.each]
    values = {"corpus": _about(folder if path.is_dir() else path, kinds), "layers": [*layers.values()], "files": files}
    return _tried(values, notes, folder, known_schemes)


def _listed(seen: list[Roles], folder: Path, among: Sequence[Scheme], notes: list[str]) -> list[Roles]:
    """The roles of the files themselves, where there are media; tables beside them say neither a text nor a file."""
    if (sample := sample_of(folder, notes)) is None:
        return seen
    notes += [f"{roles.sample.table.path} names no file and was left out." for roles in seen]
    return [Roles(sample, among)]


def _looked_at(sample: Sample, among: Sequence[Scheme]) -> Roles:
    """The roles of a file's columns; of those within its lists, where its rows hold the texts in lists."""
    roles = Roles(sample, among)
    if roles.text and (roles.media[0] or not _lists_media(sample)):
        return roles
    if (turns := unrolled(sample)) is not None:
        inner = Roles(turns, among)
        return inner if inner.text or inner.media[0] else roles
    return roles


def _lists_media(sample: Sample) -> bool:
    return any(names_media(cell) for name in sample.columns for cell in sample.values(name)[:5])


def _may_be_table(path: Path, folder: Path) -> bool:
    """Whether the name is that of a table: nothing hidden, nor what Hugging Face keeps about its own files."""
    inner = path.relative_to(folder)
    hidden = any(part.startswith(".") for part in inner.parts) or beside(inner.as_posix())
    prose = path.suffix.lower() == ".txt" and PROSE.match(path.name)
    return path.suffix.lower() in SUFFIXES and not hidden and not prose and path.name not in ABOUT_FILES


def _samples(found: list[Path], folder: Path, notes: list[str]) -> Iterator[Sample]:
    for one in found:
        if not one.is_file():
            continue
        try:
            yield sniff(one, one.relative_to(folder).as_posix())
        except (ChoraleError, OSError) as error:
            notes.append(f"{one.name} was left out: {error}")


def _about(path: Path, kinds: list[str]) -> dict[str, Any]:
    slug = re.sub(r"[^a-z0-9]+", "-", path.stem.casefold()).strip("-")[:60] or "corpus"
    about = {"slug": slug, "title": path.stem, "licence": TODO, "citation": TODO, "source_url": TODO, "language": "und"}
    return {**about, "modality": kinds[0]} if kinds else about


def _file(
    roles: Roles, layers: dict[tuple[str, str], dict[str, Any]], notes: list[str], folder: Path
) -> dict[str, Any]:
    sample = roles.sample
    found = guess(roles)
    columns = _columns(roles, found)
    part: dict[str, Any] = {"path": sample.table.path, "shape": str(_shape(roles, found)), **_dialect(sample.table)}
    if not columns.get("id"):
        part["id_from"] = "text" if roles.text and part["shape"] == Shape.LABEL_ROWS else "line"
    if sample.table.each:
        part["each"] = list(sample.table.each)
        each = ", ".join(f'"{name}"' for name in sample.table.each)
        notes.append(f"{sample.table.path}: each = [{each}] makes a row of each part of these lists; check that.")
    if (lists := lists_of(sample)) and not roles.text:
        notes.append(
            f'{sample.table.path}: {", ".join(lists)} hold lists; each = ["{lists[0]}"] makes rows of their parts.'
        )
    told = {name.lower() for name in SPLIT_NAMES.findall(sample.table.path)}
    if "split" not in columns and len(told) == 1:  # "train_dev.csv" is neither
        part["split"] = told.pop()
    if further := [column for column in roles.further_media if column != columns.get("id")]:
        named = {column: column for column in further if column not in sample.held}
        columns |= {"facets": columns.get("facets", {}) | named} if named else {}
        kept = "the names are kept as facets" if named else "they are left out"
        what = f"{', '.join(further)}: an item has one file, here {columns['media']}; {kept}."
        notes.append(f"{sample.table.path}: {what}")
    part["columns"] = columns
    part |= _media(roles, columns, folder, notes)
    above = Path(sample.table.path).parent.as_posix()
    if columns.get("media") and columns.get("id") == columns["media"] and above != ".":
        part["id_prefix"] = f"{above}/"  # names of files come again in the next folder
    if found:
        key = (found.scheme, repr(sorted(found.names.items())))
        layer = layers.setdefault(key, _layer(found, len(layers)))
        part["answers"] = [{"layer": layer["name"], **found.answer}]
        if found.note:
            notes.append(f"{sample.table.path}: {found.note}")
    else:
        notes.append(f"{sample.table.path}: no answers were recognised; say which columns hold them, if any.")
    return part


def _media(roles: Roles, columns: dict[str, Any], folder: Path, notes: list[str]) -> dict[str, str]:
    """Where the media of a table lie, and whether captions lie beside them; a column of captions goes without."""
    if columns.get("media", "") in roles.sample.held:  # in the table itself
        return {}
    root, first = _media_root(roles, folder) if columns.get("media") else (None, "")
    if root is None:
        columns.pop("captions", None)
        if columns.get("media"):
            notes.append(f"{roles.sample.table.path}: the files it names are not here; their names alone come in.")
        return {}
    beside = folder / root / first
    suffix = next((s for s in SIDECARS if beside.with_suffix(s).is_file()), "")
    return {"media_root": root, **({"caption_suffix": suffix} if suffix and "captions" not in columns else {})}


def _media_root(roles: Roles, folder: Path) -> tuple[str | None, str]:
    """The folder within the corpus's under which the most, and at least half, of the first files lie that a table
    names, with the first that does; (None, "") if they are not here. Beside the table, as Hugging Face has it, first.
    """
    named = [str(cell) for cell in roles.filled(roles.media[0])[:10]]
    inner = sorted((place for place in folder.rglob("*") if place.is_dir()), key=lambda place: len(place.parts))
    best: tuple[str | None, list[str]] = None, []
    for root in dict.fromkeys([roles.sample.path.parent, folder, *inner]):
        there = [name for name in named if is_there(root / name)]
        if len(there) > len(best[1]):
            best = root.relative_to(folder).as_posix(), there
    return (best[0], best[1][0]) if best[1] and len(best[1]) * 2 >= len(named) else (None, "")


def _shape(roles: Roles, found: Guess | None) -> Shape:
    if found:
        return found.shape
    return Shape.ITEMS if roles.text or roles.media[0] or not roles.id else Shape.FACTS


def _layer(found: Guess, number: int) -> dict[str, Any]:
    layer: dict[str, Any] = {"name": f"layer{number + 1}", "scheme": found.scheme, "perspective": "perceived"}
    return {**layer, "names": found.names} if found.names else layer


def _columns(roles: Roles, found: Guess | None) -> dict[str, Any]:
    roles.taken.update(found.columns if found else ())
    columns: dict[str, Any] = {
        "id": roles.id, "text": roles.text, "media": roles.media[0], **roles.clock, "split": roles.named(SPLITS),
        "group": roles.named(GROUPS), "speaker": roles.named(SPEAKERS),
    }  # fmt: skip
    if roles.sample.table.each:
        columns |= {"position": PLACE, "group": columns["group"] or roles.named(IDS)}
    if found and found.shape == Shape.RATINGS:
        columns["rater"] = roles.named(RATERS)
    if roles.sample.table.format == LISTED and not found and "folder" in roles.sample.columns:
        columns["facets"] = {"folder": "folder"}
    return {name: column for name, column in columns.items() if column}


def _dialect(table: SourceTable) -> dict[str, Any]:
    told: dict[str, Any] = {
        name: getattr(table, name) for name in ("format", "delimiter", "records") if getattr(table, name)
    }
    if table.encoding != "utf-8":
        told["encoding"] = table.encoding
    if table.quote != '"':
        told["quote"] = table.quote
    return {**told, "names": list(table.names)} if table.names else told


def _tried(values: dict[str, Any], notes: list[str], folder: Path, among: Sequence[Scheme]) -> Draft:
    notes = [f"Drafted; save as {NAME}. Check every line, above all perspective, and fill in what says {TODO}.", *notes]
    own = {scheme.ref: scheme for scheme in among}
    descriptor, problems = examine(values, find=lambda ref: own[ref] if ref in own else load(ref))
    toml = to_toml(values, notes)
    if descriptor is None or problems:
        return Draft(toml, values, notes, problems)
    with TemporaryDirectory() as spare:
        readings = list(islice(read(descriptor, folder, key=b"draft", spare=Path(spare)), TRIED))
    whole = collect(descriptor, readings)
    told = [row.problem for row in whole.refused]
    preview = [reading for reading in readings if isinstance(reading, Record)][:20]
    return Draft(toml, values, notes, told[:20], whole.counts, preview)
