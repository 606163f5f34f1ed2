"""Every figure of a release computed again from its Parquet files, and agreement by an independent implementation."""

from __future__ import annotations

import importlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from annotation import agreement as measures
from exports.derived import differing
from exports.exclusion import excluded_again
from exports.figures import figures
from exports.parquet import quantised
from exports.reading import ReleaseFolder, rectangle
from exports.recipe import Layer
from exports.soft import WHOLE, LayerLabels, of_source
from harmonize.problems import ChoraleError, Problem
from harmonize.records import Bool, Int32, Judgments, Kind

SAMPLE = 20_000
SEED = 20_260_101
STORED = ("splits.groups", "splits.torn_by_source", "dropped", "gates", "judgments_without_consent")
"""Figures about what is not in the release, which its files cannot tell."""


@dataclass(frozen=True, slots=True)
class RecomputeReport:
    """What was computed again: ``figures`` of the report, ``labels`` soft labels, ``alphas`` by the second code."""

    figures: int
    labels: int
    alphas: int
    problems: tuple[Problem, ...]
    independent: bool

    @property
    def ok(self) -> bool:
        return not self.problems

    def __str__(self) -> str:
        if not self.ok:
            return "\n".join([f"DIFFERS: {len(self.problems)} figure(s).", *(f"  {p}" for p in self.problems[:20])])
        second = (
            f"{self.alphas} alphas agree with `krippendorff`" if self.independent else "`krippendorff` is not installed"
        )
        return f"RECOMPUTED: {self.figures} figures and {self.labels} soft labels are as published; {second}."


def recompute(folder: Path) -> RecomputeReport:
    """Compute report, soft labels and agreement again from the tables and compare. Run `verify` before.

    Agreement is compared on at most 20,000 units a scheme, drawn with a fixed seed, within 1e-9.
    """
    release = ReleaseFolder(folder)
    stated = _flat(json.loads((folder / "report.json").read_bytes()))
    found = _flat(figures(folder))
    problems = [
        Problem(f"report.json, {key}", f"says {stated.get(key)!r}; the tables give {found.get(key)!r}.", "", "figure")
        for key in sorted(stated.keys() | found.keys())
        if not key.startswith(STORED) and stated.get(key) != found.get(key)
    ]
    labels = 0
    for layer in release.recipe.layers:
        if release.recipe.counts_only and layer.method in WHOLE:
            continue  # it needs every single rating, and some corpora release none
        count, wrong = _layer(release, layer)
        labels += count
        problems += wrong
    problems += _exclusion(release, stated)
    what = "is not what the soft labels give by its rule."
    problems += [Problem(f"derived.parquet, {name}", what, "Report it.", "derived") for name in differing(release)]
    alphas, apart, independent = _second_opinion(release)
    return RecomputeReport(len(found), labels, alphas, tuple(problems + apart), independent)


def _exclusion(release: ReleaseFolder, stated: dict[str, Any]) -> list[Problem]:
    """The rule that leaves people out, applied again. What a filter kept out of the release cannot speak again."""
    filtered = any(value for key, value in stated.items() if key.startswith("dropped."))
    if not release.recipe.exclude_raters.declared or filtered or release.recipe.counts_only:
        return []
    told = release.table("raters", ["rater", "excluded"]).to_pylist()
    before = {row["rater"]: row["excluded"] for row in told if row["excluded"]}
    if before == (again := excluded_again(release)):
        return []
    differ = sorted(name for name in before.keys() | again.keys() if before.get(name) != again.get(name))
    what = f"The rule gives another answer for {len(differ)} people, first for {differ[0]}."
    return [Problem("raters.parquet, excluded", what, "Report it.", "exclusion")]


def _flat(value: Any, path: str = "") -> dict[str, Any]:
    if isinstance(value, dict):
        parts = [_flat(part, f"{path}.{name}" if path else str(name)) for name, part in value.items()]
    elif isinstance(value, list):
        parts = [_flat(part, f"{path}[{i}]") for i, part in enumerate(value)]
    else:
        return {path: value}
    return {name: part for one in parts for name, part in one.items()}


def _layer(release: ReleaseFolder, layer: Layer) -> tuple[int, list[Problem]]:
    """A layer's soft labels again, source by source, against the items that say they have them from there."""
    single = ~pc.field("corpus").isin(pa.array(release.recipe.counts_only, pa.string()))
    table = release.table("items", ["uuid", layer.name, f"{layer.name}_n", f"{layer.name}_via"], single)
    width = len(release.schemes[layer.scheme].names)
    wrong: list[Problem] = []
    total = 0
    for part in layer.sources:
        rows = table.filter(pc.fill_null(pc.equal(table[f"{layer.name}_via"], part.crosswalk or "native"), False))
        judged = release.judgments(
            part.scheme,
            layer.perspective,
            raters=layer.raters,
            corpora=part.corpora,
            arms=layer.arms,
            beliefs=layer.method == "model-confidence",
        )
        # Over all items, as when it was built: Dawid-Skene learns each rater's errors from all that they said.
        judged = _over(judged, table["uuid"].combine_chunks())
        hidden = release.hidden(layer, part, judged)
        made, _ = of_source(
            judged, layer, part, release.schemes, release.crosswalks, hidden=hidden, decided=release.rulings
        )
        whole = LayerLabels(made, np.zeros(len(table), np.int16))
        soft = whole.at(rows["uuid"].combine_chunks()).soft
        stored = rectangle(rows[layer.name], width)
        same = (np.isclose(quantised(soft.values), stored, atol=2e-6, equal_nan=True)).all(axis=1)
        same &= pc.fill_null(rows[f"{layer.name}_n"], -1).to_numpy() == soft.n
        total += len(rows)
        if not same.all():
            first = rows["uuid"][int(np.flatnonzero(~same)[0])].as_py()
            what = f"{int((~same).sum())} soft labels differ from what their judgments give, first of item {first}."
            wrong.append(Problem(f"items.parquet, {layer.name}", what, "Report it.", "soft-label"))
    return total, wrong


def _over(judged: Judgments, uuids: pa.Array) -> Judgments:
    """The judgments of exactly these items, under that vocabulary."""
    place = pc.fill_null(pc.index_in(judged.items, value_set=uuids), -1).to_numpy(zero_copy_only=False).astype(np.int32)
    rows = judged.select(place[judged.item] >= 0)
    return replace(rows, items=uuids, item=place[rows.item])


def _second_opinion(release: ReleaseFolder) -> tuple[int, list[Problem], bool]:
    try:
        other = importlib.import_module("krippendorff")
    except ImportError:
        return 0, [], False
    count, problems = 0, []
    rng = np.random.default_rng(SEED)
    for scheme, perspective, kind in release.pairs():
        if kind != "person":
            continue
        judged = _sample(release.judgments(scheme, perspective), rng)
        for label, ours, theirs in _alphas(judged, other):
            count += 1
            if not np.isclose(ours, theirs, rtol=0, atol=1e-9):
                what = f"is {ours:.9f} here and {theirs:.9f} by krippendorff."
                problems.append(Problem(f"alpha of {scheme}, {perspective}, {label}", what, "Report it.", "alpha"))
    return count, problems, True


def _sample(judged: Judgments, rng: np.random.Generator) -> Judgments:
    if len(judged.items) <= SAMPLE:
        return judged
    taken = np.zeros(len(judged.items), dtype=bool)
    taken[rng.choice(len(judged.items), size=SAMPLE, replace=False)] = True
    return judged.select(taken[judged.item])


def _alphas(judged: Judgments, other: Any) -> list[tuple[str, float, float]]:
    """(label, our alpha, their alpha) for every label or dimension on which both are defined."""
    level = {Kind.DIMENSION: "interval", Kind.INTENSITY: "ordinal"}.get(judged.kind, "nominal")
    measure = measures.alpha_by_dimension if judged.kind == Kind.DIMENSION else measures.alpha_by_label
    try:
        found = measure(judged, metric=level, rounds=0)
    except ChoraleError:
        return []
    pairs = []
    for code, name in enumerate(judged.labels):
        ours = found[name].value
        if ours is None:
            continue
        counts, domain = _value_counts(judged, code)
        theirs = other.alpha(value_counts=counts, value_domain=domain, level_of_measurement=level)
        pairs.append((name, ours, float(theirs)))
    return pairs


def _value_counts(judged: Judgments, code: int) -> tuple[Int32, npt.NDArray[np.float64]]:
    """int32[units, values] of units with ratings, and the values: 0 and 1 for a label, else strengths or numbers."""
    use: Bool = judged.counted
    if judged.kind == Kind.INTENSITY:
        column = _strengths(judged, code)
    elif judged.values is not None:
        column = judged.values[:, code].astype(np.float64)
        use = use & np.isfinite(column)
    else:
        column = judged.marks()[:, code].astype(np.float64)
    domain, value = np.unique(column[use], return_inverse=True)
    _, unit = np.unique(judged.item[use], return_inverse=True)
    counts = np.zeros((int(unit.max()) + 1, len(domain)), dtype=np.int32)
    np.add.at(counts, (unit, value), 1)
    return counts, domain


def _strengths(judged: Judgments, code: int) -> npt.NDArray[np.float64]:
    """float64[judgments]: how strongly each marked a label, 0 where it did not."""
    assert judged.offsets is not None
    assert judged.label is not None
    assert judged.strength is not None
    found = np.zeros(len(judged))
    ours = judged.label == code
    found[np.repeat(np.arange(len(judged)), np.diff(judged.offsets))[ours]] = judged.strength[ours]
    return found
