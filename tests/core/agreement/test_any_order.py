"""A property of every measure: the order of rows, items, raters and labels says nothing, nor do their names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from annotation import aggregation as agg
from annotation import agreement as ag
from annotation import evaluation as ev
from annotation import raters as rt
from annotation.aggregation.hard import HardLabels
from harmonize.records import Judgments, Kind, SoftLabels

LABELS = ("a", "b", "c")
ITEMS, RATERS = 40, 6
SKILLS = {f"r{r}": 0.5 + 0.08 * r for r in range(RATERS)}
SKIPPED = {"low", "high", "seed", "rounds", "interval", "message", "name", "notes", "iterations", "converged"}


def made(kind: Kind, seed: int = 0) -> Judgments:
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(ITEMS):
        truth = rng.integers(3)
        for r in range(RATERS):
            heard = truth if rng.random() < 0.4 + 0.08 * r else rng.integers(3)
            answer: Any = LABELS[heard]
            if kind == Kind.SET:
                answer = [x for k, x in enumerate(LABELS) if rng.random() < (0.8 if k == heard else 0.2)]
            if kind == Kind.INTENSITY:
                answer = {x: int(rng.integers(1, 4)) for x in LABELS if rng.random() < 0.5}
            if kind == Kind.DIMENSION:
                answer = np.round(truth + rng.normal(0, 1, 3), 1)
            rows.append((f"u{i}", f"r{r}", answer))
    return Judgments.from_ratings(rows, kind=kind, labels=LABELS)


def model(seed: int = 5, kind: Kind = Kind.PROBABILITY) -> Judgments:
    rng = np.random.default_rng(seed)
    rows = [(f"u{i}", f"m{seed}", rng.dirichlet(np.ones(3)).astype(np.float32)) for i in range(ITEMS)]
    if kind == Kind.DIMENSION:
        rows = [(u, m, np.round(rng.normal(1, 1, 3), 1)) for u, m, _ in rows]
    return Judgments.from_ratings(rows, kind=kind, labels=LABELS)


def turned(j: Judgments, seed: int = 1, *, labels: bool = True) -> Judgments:
    """The same judgments in another order of everything."""
    rng = np.random.default_rng(seed)
    j = j.select(rng.permutation(len(j)))
    item, rater = rng.permutation(len(j.items)), rng.permutation(len(j.raters))
    place, who = np.argsort(item).astype(np.int32), np.argsort(rater).astype(np.int32)
    vocabularies = {"items": j.items.take(pa.array(item)), "raters": j.raters.take(pa.array(rater))}
    j = replace(j, **vocabularies, item=place[j.item], rater=who[j.rater])
    if not labels:
        return j
    order = np.array([2, 0, 1])
    names = tuple(j.labels[k] for k in order)
    if j.values is not None:
        return replace(j, labels=names, values=j.values[:, order])
    return replace(j, labels=names, label=np.argsort(order).astype(np.int16)[j.label])


def told(found: Any, j: Judgments) -> Any:
    """What a result says, by names instead of positions."""
    if isinstance(found, (SoftLabels, HardLabels)):
        values = found.values if isinstance(found, SoftLabels) else found.soft.values
        names = found.items.to_pylist()
        return {(item, label): values[i, k] for i, item in enumerate(names) for k, label in enumerate(found.labels)}
    if isinstance(found, np.ndarray):
        return _by_names(found, j)
    if isinstance(found, dict):
        return {name: told(part, j) for name, part in found.items()}
    if isinstance(found, (tuple, list)) and found and is_dataclass(found[0]):
        return {(_named(part), str(getattr(part, "dimension", ""))): told(part, j) for part in found}
    if is_dataclass(found):
        kept = [field.name for field in fields(found) if field.name not in SKIPPED]
        return {name: told(getattr(found, name), j) for name in kept}
    return found


def _named(part: Any) -> str:
    keys = ("raters", "rater", "item", "label", "models", "name")
    of = [getattr(part, key) for key in keys if hasattr(part, key)]
    return str([sorted(map(str, key)) if isinstance(key, tuple) else key for key in of if not _tests(key)])


def _tests(key: Any) -> bool:
    return isinstance(key, tuple) and bool(key) and is_dataclass(key[0])


def _by_names(found: np.ndarray, j: Judgments) -> Any:
    axes = {len(j.items): j.items.to_pylist(), len(j.raters): j.raters.to_pylist(), len(j.labels): list(j.labels)}
    if found.ndim == 0 or any(size not in axes for size in found.shape):
        return np.sort(found.ravel()).tolist()
    return {tuple(axes[n][k] for n, k in zip(found.shape, at, strict=True)): x for at, x in np.ndenumerate(found)}


def same(one: Any, two: Any) -> bool:
    if isinstance(one, dict):
        return one.keys() == two.keys() and all(same(one[key], two[key]) for key in one)
    if isinstance(one, (float, np.floating, list)) and not (isinstance(one, list) and one and isinstance(one[0], str)):
        return np.allclose(np.array(one, dtype=float), np.array(two, dtype=float), atol=1e-6, rtol=1e-5, equal_nan=True)
    if isinstance(one, (pa.Array, pa.ChunkedArray)):
        return sorted(one.to_pylist()) == sorted(two.to_pylist())
    if isinstance(one, tuple):
        return sorted(map(str, one)) == sorted(map(str, two))
    return one == two


def gold(j: Judgments) -> HardLabels:
    return agg.plurality(j) if j.kind == Kind.SINGLE else agg.majority(j)


def facts(j: Judgments) -> tuple[np.ndarray, np.ndarray]:
    """A moment and a duration of each judgment, from the names of its item and rater."""
    item = np.array([int(name[1:]) for name in j.items.to_pylist()])[j.item]
    rater = np.array([int(name[1:]) for name in j.raters.to_pylist()])[j.rater]
    return item * 10.0 + rater, 1.0 + (item * 7 + rater * 3) % 11


def halves(j: Judgments) -> dict[str, str]:
    return {name: "old" if int(name[1:]) % 2 else "young" for name in j.raters.to_pylist()}


def sorted_model(j: Judgments, seed: int = 5, kind: Kind = Kind.PROBABILITY) -> Judgments:
    """The model's judgments under the people's order of labels."""
    said = model(seed, kind)
    order = [said.labels.index(name) for name in j.labels]
    return replace(said, labels=j.labels, values=said.values[:, order])


BY_NAME = {
    "one_coin",
    "skill_shares",
    "cohen",
    "rater_confusion",
    "by_rater_group",
    "group_difference",
    "drift",
    "speed",
}
BY_NAME |= {"straight_lining", "impossible_speed"}
NO, FREE = {"rounds": 0}, {"trained_on": []}
MEASURES: dict[str, tuple[Kind, Callable[[Judgments], Any]]] = {
    "percent_agreement": (Kind.SINGLE, lambda j: ag.percent_agreement(j, **NO)),
    "fleiss": (Kind.SINGLE, lambda j: ag.fleiss(j, **NO)),
    "fleiss_z": (Kind.SINGLE, ag.fleiss_z),
    "free_marginal": (Kind.SINGLE, lambda j: ag.free_marginal(j, **NO)),
    "ac1": (Kind.SINGLE, lambda j: ag.ac1(j, **NO)),
    "ac2": (Kind.SINGLE, lambda j: ag.ac2(j, weight="identity", **NO)),
    "cohen": (Kind.SINGLE, lambda j: ag.cohen(j, "r0", "r1", **NO)),
    "alpha": (Kind.SET, lambda j: [ag.alpha(j, metric=m, **NO).value for m in ("masi", "jaccard", "nominal")]),
    "alpha_by_label": (Kind.INTENSITY, lambda j: ag.alpha_by_label(j, metric="ordinal", **NO)),
    "alpha_by_dimension": (Kind.DIMENSION, lambda j: ag.alpha_by_dimension(j, metric="interval", **NO)),
    "alpha_two_way": (Kind.SINGLE, lambda j: ag.alpha_two_way(j, rounds=0)),
    "icc": (Kind.DIMENSION, lambda j: {form: ag.icc(j, form) for form in ("1", "1,k", "2,1", "2,k", "3,1", "3,k")}),
    "leave_one_out": (Kind.DIMENSION, lambda j: {m: ag.leave_one_out(j, m, **NO) for m in ("ccc", "mae", "spearman")}),
    "rater_pairs": (Kind.SINGLE, lambda j: _pairs(ag.rater_pairs(j))),
    "by_rater_group": (Kind.SINGLE, lambda j: ag.by_rater_group(j, halves(j), **NO)),
    "model_against_people": (Kind.SINGLE, lambda j: ag.model_against_people(j, sorted_model(j), **FREE, **NO)),
    "vote_distribution": (Kind.SINGLE, agg.vote_distribution),
    "vote_proportions": (Kind.SET, agg.vote_proportions),
    "all_inclusive": (Kind.SET, agg.all_inclusive),
    "intensity_mean": (Kind.INTENSITY, agg.intensity_mean),
    "dimension_mean": (Kind.DIMENSION, agg.dimension_mean),
    "dimension_median": (Kind.DIMENSION, agg.dimension_median),
    "emobank_rule": (Kind.DIMENSION, agg.emobank_rule),
    "dirichlet_smoothed": (Kind.SINGLE, lambda j: agg.dirichlet_smoothed(j).soft),
    "z_scored": (Kind.DIMENSION, lambda j: agg.z_scored(j).soft),
    "evaluator_weighted": (Kind.DIMENSION, lambda j: agg.evaluator_weighted(j).soft),
    "one_coin": (Kind.SINGLE, lambda j: agg.one_coin(j, SKILLS)),
    "skill_shares": (Kind.SINGLE, lambda j: agg.skill_shares(j, SKILLS)),
    "dawid_skene": (Kind.SINGLE, lambda j: agg.dawid_skene(j).soft),
    "glad": (Kind.SINGLE, lambda j: agg.glad(j, iterations=5).soft),
    "plurality": (Kind.SINGLE, agg.plurality),
    "majority": (Kind.SET, agg.majority),
    "threshold": (Kind.SET, lambda j: agg.threshold(j, share=0.3, votes=2)),
    "union": (Kind.SET, agg.union),
    "intersection": (Kind.SET, agg.intersection),
    "brighter_rule": (Kind.INTENSITY, agg.brighter_rule),
    "emotionlines_rule": (Kind.SINGLE, agg.emotionlines_rule),
    "splits": (Kind.SINGLE, lambda j: _verdicts(agg.splits(j, least=4))),
    "label_splits": (Kind.SET, lambda j: _verdicts(agg.label_splits(j, "b", least=4))),
    "item_splits": (Kind.SET, lambda j: _verdicts(agg.item_splits(j, least=4))),
    "dimension_splits": (Kind.DIMENSION, lambda j: agg.dimension_splits(j, "b", step=0.1, apart=2.0, least=4).n),
    "agreement_with_others": (Kind.SINGLE, rt.agreement_with_others),
    "competence": (Kind.SET, rt.competence),
    "gold_accuracy": (Kind.SINGLE, lambda j: rt.gold_accuracy(j, _one_answer(j))),
    "confusion": (Kind.SINGLE, rt.confusion),
    "cooccurrence": (Kind.SET, rt.cooccurrence),
    "rater_confusion": (Kind.SINGLE, lambda j: rt.rater_confusion(j, "r3")),
    "preference": (Kind.SET, lambda j: (lambda f: {"own": f.own, "z": f.z})(rt.preference(j))),
    "scale_use": (Kind.DIMENSION, lambda j: rt.scale_use(j, low=-1, high=3)),
    "drift": (Kind.SINGLE, lambda j: rt.drift(j, facts(j)[0])),
    "speed": (Kind.SINGLE, lambda j: rt.speed(j, facts(j)[1])),
    "straight_lining": (Kind.SINGLE, lambda j: rt.straight_lining(j, facts(j)[0], level=1.0)),
    "copying": (Kind.SINGLE, lambda j: rt.copying(j, level=1.0, least=5)),
    "impossible_speed": (Kind.SINGLE, lambda j: rt.impossible_speed(j, facts(j)[1], floor=3.0)),
    "group_difference": (Kind.SINGLE, lambda j: rt.group_difference(j, halves(j), rounds=0).gap),
    "hardest": (Kind.SINGLE, lambda j: rt.hardest(j, top=5)),
    "disagreement": (Kind.SET, lambda j: rt.disagreement(j)[0]),
    "label_set": (Kind.SET, lambda j: (lambda f: {"share": f.share, "effective": f.effective})(rt.label_set(j))),
    "alternative_test": (Kind.SINGLE, lambda j: rt.alternative_test(j, sorted_model(j), **FREE)),
    "alternative_test_by_label": (Kind.SET, lambda j: rt.alternative_test_by_label(j, sorted_model(j), **FREE)),
    "stand_in_by_label": (Kind.SINGLE, lambda j: rt.stand_in_by_label(j, sorted_model(j), **FREE, rounds=0)),
    "shared_errors": (
        Kind.SINGLE,
        lambda j: rt.shared_errors(j, {"x": sorted_model(j), "y": sorted_model(j, 6)}, trained_on={"x": [], "y": []}),
    ),
    "score_labels": (Kind.SET, lambda j: ev.score_labels(gold(j), sorted_model(j), **FREE, **NO)),
    "score_ranking": (Kind.SINGLE, lambda j: ev.score_ranking(gold(j), sorted_model(j), **FREE, **NO)),
    "score_numbers": (
        Kind.DIMENSION,
        lambda j: ev.score_numbers(agg.dimension_mean(j), sorted_model(j, kind=Kind.DIMENSION), **FREE, **NO),
    ),
    "score_distributions": (Kind.SINGLE, lambda j: ev.score_distributions(agg.vote_distribution(j), _belief(j), **NO)),
    "human_upper_bound": (Kind.SINGLE, lambda j: ev.human_upper_bound(j, **NO)),
    "plausible": (Kind.SET, lambda j: ev.plausible(j, sorted_model(j), **FREE, **NO)),
    "vote_scores": (Kind.SINGLE, lambda j: ev.vote_scores(j, sorted_model(j), **FREE, **NO)),
    "vote_calibration": (Kind.SET, lambda j: ev.vote_calibration(j, sorted_model(j), **FREE, **NO).error),
}


def _pairs(found: ag.PairTable) -> Any:
    names = found.raters
    return {frozenset((a, b)): found.value[i, k] for i, a in enumerate(names) for k, b in enumerate(names) if i != k}


def _verdicts(found: Any) -> Any:
    return {
        item: (str(v), round(float(p), 9))
        for item, v, p in zip(found.items.to_pylist(), found.verdict, found.p, strict=True)
    }


def _one_answer(j: Judgments) -> Judgments:
    rows = [(f"u{i}", "gold", LABELS[i % 3]) for i in range(0, ITEMS, 2)]
    return Judgments.from_ratings(rows, kind=Kind.SINGLE, labels=j.labels)


def _belief(j: Judgments) -> SoftLabels:
    said = sorted_model(j)
    n = np.ones(len(said.items), np.int32)
    return SoftLabels(agg.dawid_skene(j).soft.semantics, said.items, said.labels, said.values.astype(float), n, "model")


@pytest.mark.parametrize("name", MEASURES)
def test_order_says_nothing(name):
    kind, measure = MEASURES[name]
    j = made(kind)
    ties = name in ("plausible", "score_labels", "score_ranking", "stand_in_by_label")  # ties go to the lower code
    other = turned(j, labels=not ties)
    assert same(told(measure(j), j), told(measure(other), other))


@pytest.mark.parametrize("name", [name for name in MEASURES if name not in BY_NAME])
def test_names_of_raters_say_nothing(name):
    kind, measure = MEASURES[name]
    j = made(kind)
    renamed = replace(j, raters=pa.array([f"person {name}" for name in j.raters.to_pylist()]))
    before, after = told(measure(j), j), told(measure(renamed), renamed)
    assert str(sorted(map(str, _flat(before)))).replace("person ", "") == str(sorted(map(str, _flat(after)))).replace(
        "person ", ""
    )


def _flat(found: Any) -> list[Any]:
    if isinstance(found, dict):
        return [part for value in found.values() for part in _flat(value)]
    return [round(float(found), 6)] if isinstance(found, (float, np.floating)) else [found]
