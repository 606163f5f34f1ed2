"""Everything an agreement page shows beside alpha, as JSON-ready mappings: each chart's numbers are its table's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from annotation import aggregation, agreement, evaluation, raters
from annotation.aggregation.votes import marked_above
from annotation.agreement.beside import Trained
from annotation.agreement.coefficient import Coefficient
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind

Json = dict[str, Any]
MOST_PAIRED = 60  # raters in a pair table that a page can show


def people_panel(
    people: Judgments,
    *,
    rounds: int = 1000,
    seed: int = 0,
    top: int = 20,
    scale: Sequence[tuple[float, float]] | None = None,
) -> Json:
    """People's figures side by side, confusion or co-occurrence, hardest items, raters, label set.

    ``people``: blind human judgments of one scheme and perspective; ``scale``: (step, range) of each dimension, for the
    verdicts. A part that its data cannot give is ``{"refused": reason}``; an undefined coefficient stands there with
    its reason. Keys: "coefficients", "hardest" (each with its "verdict"), "raters", "pairs" ({"raters", "items",
    "tables": [{"measure", "value", "low", "high", "se"}]}, and "kappa" for SINGLE), "confusion" or "cooccurrence",
    "human_upper_bound", "splits" (items by verdict) with "split_settings", "label_set".
    """
    verdicts = _or_reason(lambda: aggregation.item_splits(people, scale=scale, seed=seed))
    panel: Json = {
        "coefficients": [figure.to_dict() for figure in _coefficients(people, rounds, seed)],
        "hardest": _hardest(people, verdicts, top),
        "raters": _or_reason(lambda: _raters(people, rounds, seed)),
        "pairs": _or_reason(lambda: pairs(people)),
        "splits": verdicts.counts() if isinstance(verdicts, aggregation.ItemSplits) else verdicts,
    }
    if isinstance(verdicts, aggregation.ItemSplits):
        panel["split_settings"] = verdicts.settings
    if people.kind == Kind.SINGLE:
        panel["confusion"] = _table(people.labels, raters.confusion(people))
    elif people.kind in (Kind.SET, Kind.INTENSITY):
        panel["cooccurrence"] = _table(people.labels, raters.cooccurrence(people))
    if people.kind != Kind.DIMENSION:
        marked = marked_above(people, 0.0) if people.kind == Kind.INTENSITY else people
        panel["human_upper_bound"] = _or_reason(
            lambda: evaluation.human_upper_bound(marked, rounds=rounds, seed=seed).to_dict()
        )
    if people.kind != Kind.DIMENSION:
        found = raters.label_set(people)
        panel["label_set"] = {
            "share": dict(zip(people.labels, found.share.tolist(), strict=True)),
            "effective": found.effective,
            "components": found.components,
            "clusters": dict(zip(people.labels, found.clusters, strict=True)),
            "unused": list(found.unused),
        }
    return dict(_listed(panel))


def model_panel(
    people: Judgments,
    model: Judgments,
    *,
    trained_on: Trained,
    epsilon_for: str = "crowd",
    threshold: float = 0.5,
    rounds: int = 1000,
    seed: int = 0,
) -> Json:
    """A model against people: agreement, alternative annotator test, verdict per label, vote scores, divergence.

    ``epsilon_for`` declares who the people are: expert, skilled or crowd. Refusals as in `people_panel`. "scores" are
    those of "human_upper_bound" for the model, against the plurality (SINGLE) or majority (SET) of all people.
    """
    drawing: Json = {"rounds": rounds, "seed": seed}
    tested: Json = {"trained_on": trained_on, "raters": epsilon_for, "threshold": threshold}

    def standings() -> list[Json]:
        verdicts = raters.stand_in_by_label(people, model, **tested, **drawing)
        return [asdict(v) | {"standing": str(v.standing), "agreement": v.agreement.to_dict()} for v in verdicts]

    panel: Json = {
        "agreement": _or_reason(
            lambda: agreement.model_against_people(
                people, model, trained_on=trained_on, threshold=threshold, **drawing
            ).to_dict()
        ),
        "standings": _or_reason(standings),
    }
    if people.kind in (Kind.SINGLE, Kind.SET):
        choose = aggregation.plurality if people.kind == Kind.SINGLE else aggregation.majority
        panel["scores"] = _or_reason(
            lambda: evaluation.score_labels(
                choose(people), model, trained_on=trained_on, threshold=threshold, **drawing
            ).to_dict()
        )
    if people.kind != Kind.DIMENSION:
        panel["alternative_test"] = _or_reason(lambda: asdict(raters.alternative_test(people, model, **tested)))
    if model.kind == Kind.PROBABILITY:
        panel["vote_scores"] = _or_reason(
            lambda: {
                name: figure.to_dict()
                for name, figure in evaluation.vote_scores(people, model, trained_on=trained_on, **drawing).items()
            }
        )
        panel["calibration"] = _or_reason(
            lambda: evaluation.vote_calibration(people, model, trained_on=trained_on, **drawing).to_dict()
        )
        panel["divergence"] = _or_reason(
            lambda: evaluation.divergence(people, model, trained_on=trained_on, **drawing).to_dict()
        )
    return panel


def _coefficients(people: Judgments, rounds: int, seed: int) -> list[Coefficient]:
    drawing: Json = {"rounds": rounds, "seed": seed}
    if people.kind == Kind.SINGLE:
        figures = [agreement.percent_agreement, agreement.alpha, agreement.fleiss, agreement.ac1]
        return [figure(people, **drawing) for figure in figures]
    if people.kind == Kind.SET:
        return [agreement.alpha(people, metric=metric, **drawing) for metric in ("masi", "jaccard", "nominal")]
    if people.kind == Kind.INTENSITY:
        return list(agreement.alpha_by_label(people, metric="ordinal", **drawing).values())
    found = list(agreement.alpha_by_dimension(people, **drawing).values())
    for form in ("1", "1,k", "2,1", "3,1"):
        found += agreement.icc(people, form, **drawing).values()
    for measure in ("ccc", "mae"):
        found += [part.overall for part in agreement.leave_one_out(people, measure, rounds=200, seed=seed).values()]
    return found


def _raters(people: Judgments, rounds: int, seed: int) -> list[Json]:
    if people.kind != Kind.DIMENSION:
        return [asdict(figure) for figure in raters.agreement_with_others(people)]
    raters.require_rater_ids(people)
    found = agreement.leave_one_out(people, "pearson", rounds=0, seed=seed)
    names = sorted({name for part in found.values() for name in part.raters})
    return [
        {
            "rater": name,
            "items": max(part.items.get(name, 0) for part in found.values()),
            **{dimension: part.raters.get(name) for dimension, part in found.items()},
        }
        for name in names
    ]


def pairs(people: Judgments) -> Json:
    """Agreement of every two raters, at most 60: names, shared items, and a table a measure (None: undefined)."""
    raters.require_rater_ids(people)
    if len(np.unique(people.rater[people.counted])) > MOST_PAIRED:
        raise ChoraleError("many-raters", f"More than {MOST_PAIRED} raters make a table that nobody reads.")
    single = people.kind in (Kind.SINGLE, Kind.SET)
    found = [agreement.rater_pairs(people, dimension=name) for name in ((None,) if single else people.labels)]
    figures = ("value", "low", "high", "se")
    tables = [{"measure": part.measure} | {name: _plain(getattr(part, name)) for name in figures} for part in found]
    kappa = {"kappa": tables[0]["value"]} if people.kind == Kind.SINGLE else {}
    return {"raters": list(found[0].raters), "items": found[0].items.tolist(), "tables": tables, **kappa}


def _hardest(people: Judgments, verdicts: Any, top: int) -> list[Json]:
    """The hardest items, each with the verdict of the test whether people split on it."""
    known = {}
    if isinstance(verdicts, aggregation.ItemSplits):
        known = dict(zip(verdicts.items.to_pylist(), map(str, verdicts.verdict), strict=True))
    return [asdict(item) | {"verdict": known.get(item.item)} for item in raters.hardest(people, top=top)]


def _table(labels: tuple[str, ...], values: Any) -> Json:
    return {"labels": list(labels), "table": _plain(values)}


def _plain(values: Any) -> list[Any]:
    return [[None if np.isnan(x) else float(x) for x in line] for line in values]


def _listed(value: Any) -> Any:
    """As JSON keeps it: tuples as lists, and None for what is not a finite number."""
    if isinstance(value, dict):
        return {name: _listed(part) for name, part in value.items()}
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return [_listed(part) for part in value] if isinstance(value, (list, tuple)) else value


def _or_reason(part: Any) -> Any:
    try:
        return _listed(part())
    except ChoraleError as refusal:
        return {"refused": str(refusal)}
