"""The gates of a release: what must hold before it may be frozen, what is only said on its card."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from exports.gate_names import GATES
from exports.held_out import empty_sides
from exports.identity import FEWEST
from exports.licences import refusals
from exports.recipe import Recipe
from exports.source import ReleaseSource
from exports.splits import SplitPlan
from harmonize.problems import ChoraleError

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Gate:
    """What one gate found; ``blocks``: the recipe lets this gate block, or what it found may never go out."""

    name: str
    reasons: tuple[str, ...]
    blocks: bool

    @property
    def verdict(self) -> str:
        return "pass" if not self.reasons else "block" if self.blocks else "warn"


def judge(recipe: Recipe, source: ReleaseSource, report: Json, split: SplitPlan) -> list[Gate]:
    """Every gate, in the order of `GATES`. ``report`` is what `exports.figures.figures` gave."""
    leaks, small = _identity(recipe, report)
    found = {
        "licence": _licences(recipe, source),
        "consent": _consent(source),
        "personal-data": _personal(report),
        "identity": [*leaks, *small],
        "raters": _raters(recipe, report),
        "agreement": _agreement(recipe, report),
        "model-share": _model_share(recipe, report),
        "gold": _gold(source, split),
        "splits": _splits(recipe, report, split),
    }
    shut = {*recipe.gates.block, *(["identity"] if leaks else [])} - {"agreement"}
    return [Gate(name, tuple(found[name]), name in shut) for name in GATES]


def require_open(gates: Iterable[Gate]) -> None:
    """Raise ChoraleError `release-gates` with every blocking reason."""
    shut = [f"{gate.name}: {reason}" for gate in gates if gate.verdict == "block" for reason in gate.reasons]
    if shut:
        fix = (
            "Mend the data or the recipe, or state in [gates] block = [...] which gates may block; "
            "identity always does where a rater could be known."
        )
        raise ChoraleError("release-gates", f"The release is blocked. {' '.join(shut)}", fix)


def plain(gates: Iterable[Gate]) -> list[Json]:
    """The gates as JSON."""
    return [asdict(gate) | {"reasons": list(gate.reasons), "verdict": gate.verdict} for gate in gates]


def _licences(recipe: Recipe, source: ReleaseSource) -> list[str]:
    reasons = []
    for corpus in sorted(source.corpora, key=lambda corpus: corpus.slug):
        found = refusals(recipe.licence, corpus.licence, without_text=corpus.slug in recipe.without_text)
        reasons += [f"{corpus.slug}: {why}." for why in found]
    return reasons


def _consent(source: ReleaseSource) -> list[str]:
    """The source leaves out what nobody consented to; a source that cannot tell says so and blocks."""
    unknown = int(source.facts.get("consent_unknown", 0))
    return (
        [f"For {unknown} judgments nobody can tell whether their raters consented to publication."] if unknown else []
    )


def _personal(report: Json) -> list[str]:
    found = report["personal_data"]
    return [f"{corpus}: {sign} in {n} texts." for corpus, signs in found.items() for sign, n in signs.items() if n]


def _identity(recipe: Recipe, report: Json) -> tuple[list[str], list[str]]:
    """What would tell somebody's identity, and blocks whatever the recipe says; what comes near it."""
    found, least = report["identity"], recipe.privacy.trait_k
    leaks = [f"{found['named']} raters bear no pseudonym of this release."] if found["named"] else []
    leaks += [f"The trait {name} says who {n} people are." for name, n in found["direct"].items()]
    if found["fewest"] is None or found["fewest"] >= max(least, FEWEST):
        return leaks, []
    small = f"Traits are shown that {found['fewest']} people share, fewer than {max(least, FEWEST)}."
    return ([*leaks, small], []) if found["fewest"] < least else (leaks, [small])


def _raters(recipe: Recipe, report: Json) -> list[str]:
    least = recipe.gates.min_raters
    few = {layer["name"]: layer["few_raters"] for layer in report["layers"] if layer["few_raters"]}
    return [f"{name}: {n} items have fewer than {least} raters." for name, n in few.items()]


def _agreement(recipe: Recipe, report: Json) -> list[str]:
    target = recipe.gates.alpha_target
    if target is None:
        return []
    reasons = []
    for entry in report["agreement"]:
        named = {"": entry["alpha"]} if entry["alpha"] else {f" {k}": v for k, v in entry["parts"].items()}
        for part, found in named.items():
            if found["value"] is not None and found["value"] < target:
                where = f"{entry['corpus']}, {entry['scheme']}, {entry['perspective']}{part}"
                reasons.append(f"{where}: alpha {found['value']:.3f} is below {target:g}.")
    return reasons


def _model_share(recipe: Recipe, report: Json) -> list[str]:
    given = sum(row["judgments"] for row in report["judgments_by"])
    share = sum(row["judgments"] for row in report["judgments_by"] if row["kind"] == "model") / max(given, 1)
    limit = recipe.gates.max_model_share
    return [f"{share:.0%} of the judgments are a model's, more than {limit:.0%}."] if share > limit else []


def _splits(recipe: Recipe, report: Json, split: SplitPlan) -> list[str]:
    reasons = [f"{split.moved} items would change sides since the last version."] if split.moved else []
    if recipe.splits.by != "hash" or "rater" in recipe.splits.group:
        linked = f"by {recipe.splits.by}, keeping {', '.join(recipe.splits.group) or 'nothing'} whole"
        empty = empty_sides(report["splits"]["sides"], recipe.splits)
        reasons += [f"Nothing is left for {side}: splits are {linked}." for side in empty]
    return reasons


def _gold(source: ReleaseSource, split: SplitPlan) -> list[str]:
    reasons = []
    if split.beside_gold:
        reasons.append(f"{split.beside_gold} items for training share a group (a near-duplicate, say) with gold items.")
    trained = int(source.facts.get("trained_on_reserved", 0))
    if trained:
        reasons.append(f"Models of this release were trained on {trained} reserved items.")
    return reasons
