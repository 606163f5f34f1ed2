"""The parts of a recipe about who is left out, which parts are named, and how items are dealt."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from exports.recipe import DerivedColumn, Exclusion, Layer, Splits, Subset, Without
from exports.source import ITEMS
from exports.toml_section import Section
from harmonize.affect.derived import GAP, INFERRED, SHIFT
from harmonize.records import Semantics

RULES = ("gold", "conflict", "unseen-label", "language", "human-only")
BY = ("hash", "language", "corpus", "time")
ITEMS_WITHOUT = ("text_characters", "text_words", "author", "facets", "source_file", "line")
JUDGMENTS_WITHOUT = (
    *("off_scheme", "out_of_fold", "confidence", "native", "texts", "suggestion", "campaign", "job", "form"),
    *("guideline", "language", "context_shown", "modality_shown", "shown", "time", "source_file", "line"),
)
"""Columns that a release may go without: no figure, check or view is made of them."""

_NAME = re.compile(r"[a-z][a-z0-9_-]*")
_COLUMN = re.compile(r"[a-z][a-z0-9_]*")
_APART = (Semantics.DISTRIBUTION, Semantics.POSTERIOR, Semantics.DIMENSION)
"""Semantics whose difference means one thing."""


def taken(names: Sequence[str]) -> set[str]:
    """The names of layers that columns of `items.parquet` bear already: its own, and those beside other layers."""
    own = {*ITEMS.names, "text_sha256", "text_characters", "text_words", "context_speakers", "split", "split_reason"}
    beside = {f"{name}_{part}" for name in names for part in ("n", "entropy", "sd", "unmapped", "via", "ruled")}
    return set(names) & (own | beside)


def read_exclusion(section: Section) -> Exclusion:
    """`[exclude_raters]`; an absent table leaves nobody out."""
    rule = Exclusion(
        fewest_judgments=section.whole("fewest_judgments", 0, low=0, high=1_000_000),
        least_agreement=section.number("least_agreement", low=-1, high=1),
        shared_items=section.whole("shared_items", 20, low=2, high=1_000_000),
    )
    section.close()
    return rule


def read_subsets(sections: Sequence[Section], layers: Sequence[str]) -> tuple[Subset, ...]:
    """`[[subsets]]`: each a name and a rule, with what that rule needs."""
    subsets = tuple(_subset(section, layers) for section in sections)
    names = [subset.name for subset in subsets]
    for section, name in zip(sections, names, strict=True):
        if names.count(name) > 1:
            section.complain("name", f"is {name!r} more than once.", "Give each subset a name of its own.")
    return subsets


def _subset(section: Section, layers: Sequence[str]) -> Subset:
    subset = Subset(
        name=section.text("name"),
        rule=section.text("rule", one_of=RULES),
        layer=section.text("layer", "") or None,
        labels=section.texts("labels"),
        languages=section.texts("languages"),
        least=section.whole("least", 8, low=2, high=1000),
        level=section.number("level", 0.05, low=0, high=1) or 0.0,
    )
    if subset.name and not _NAME.fullmatch(subset.name):
        section.complain("name", f"is {subset.name!r}.", "Use small letters, digits, hyphens.")
    if subset.rule in ("conflict", "unseen-label") and subset.layer not in layers:
        section.complain("layer", f"is {subset.layer!r}.", "Name one of the layers.", "recipe-missing")
    if subset.rule == "unseen-label" and not subset.labels:
        section.complain("labels", "is empty.", "Name the labels that training may not see.", "recipe-missing")
    if subset.rule == "language" and not subset.languages:
        section.complain("languages", "is empty.", "Name the languages.", "recipe-missing")
    section.close()
    return subset


def read_derived(sections: Sequence[Section], layers: Sequence[Layer]) -> tuple[DerivedColumn, ...]:
    """`[[derived]]`: each a name, a versioned rule, and the layers that it compares."""
    known = {layer.name: layer for layer in layers}
    columns = tuple(_derived(section, known) for section in sections)
    names = [column.name for column in columns]
    for section, name in zip(sections, names, strict=True):
        if names.count(name) > 1 or name in known:
            section.complain("name", f"is {name!r} more than once.", "Give each column a name of its own.")
    return columns


def _derived(section: Section, layers: Mapping[str, Layer]) -> DerivedColumn:
    column = DerivedColumn(
        name=section.text("name"),
        rule=section.text("rule", one_of=(SHIFT, GAP, INFERRED)),
        layer=section.text("layer"),
        other=section.text("other", ""),
        norms=section.text("norms", ""),
    )
    if column.name and not _COLUMN.fullmatch(column.name):
        section.complain("name", f"is {column.name!r}.", "Use small letters, digits and underscores.")
    for key, name in (("layer", column.layer), ("other", column.other)):
        if name and name not in layers:
            section.complain(key, f"is {name!r}.", "Name one of the layers.", "recipe-missing")
    one, two = layers.get(column.layer), layers.get(column.other)
    if column.rule == GAP and one and (two is None or (one.scheme, one.method) != (two.scheme, two.method)):
        section.complain("other", f"is {column.other!r}.", "Name a layer of the same scheme and method beside it.")
    if column.rule in (SHIFT, GAP) and one and one.semantics not in _APART:
        section.complain("layer", f"holds {one.semantics}, which have no difference of one meaning.", "Name another.")
    if column.rule == INFERRED and one and (one.raters != "people" or one.semantics == Semantics.DIMENSION):
        section.complain("layer", "is not of people's marks.", "Name a layer of labels that people gave.")
    if column.rule == INFERRED and two and two.semantics != Semantics.DIMENSION:
        section.complain("other", f"holds {two.semantics}.", "Name the layer of the dimensions' own ratings.")
    section.close()
    return column


def read_splits(section: Section) -> Splits:
    """`[splits]`: shares that sum to 1, and by what items are dealt."""
    share = {k: section.number(k, d, low=0, high=1) or 0.0 for k, d in (("train", 0.8), ("dev", 0.1), ("test", 0.1))}
    if abs(sum(share.values()) - 1) > 1e-9:
        section.complain("train", f"with dev and test sums to {sum(share.values()):g}.", "Make the shares sum to 1.")
    splits = Splits(
        **share,
        seed=section.text("seed", "chorale"),
        honour_source=section.flag("honour_source", True),
        stratify=section.text("stratify", "") or None,
        group=section.texts("group", ("duplicate",)),
        by=section.text("by", "hash", one_of=BY),
        dev_values=section.texts("dev_values"),
        test_values=section.texts("test_values"),
        time_facet=section.text("time_facet", ""),
        raters=section.flag("raters", False),
    )
    _check_by(section, splits)
    for name in splits.group:
        if name not in ITEMS.names and name != "rater" and not name.startswith("facet:"):
            known = "duplicate, group, author, speaker, rater, facet:KEY, or another item column"
            section.complain("group", f"names {name!r}.", f"Use {known}.")
    section.close()
    return splits


def _check_by(section: Section, splits: Splits) -> None:
    if splits.by in ("language", "corpus") and not splits.test_values:
        section.complain("test_values", f"is empty, and the splits are by {splits.by}.", "Name those held out.")
    if both := sorted(set(splits.dev_values) & set(splits.test_values)):
        section.complain("dev_values", f"and test_values both name {', '.join(both)}.", "Name each once.")
    if splits.by == "time" and not splits.time_facet:
        section.complain("time_facet", "is missing.", "Name the facet that holds the time (ISO 8601).")
    if splits.by != "hash" and splits.stratify:
        section.complain("stratify", f"cannot hold where splits are by {splits.by}.", "Leave one of them out.")


def read_without(section: Section) -> Without:
    """`[without]`: columns left out of either table; an absent one leaves nothing out."""
    without = Without(items=section.texts("items"), judgments=section.texts("judgments"))
    for key, names, known in (
        ("items", without.items, ITEMS_WITHOUT),
        ("judgments", without.judgments, JUDGMENTS_WITHOUT),
    ):
        if stray := sorted(set(names) - set(known)):
            section.complain(key, f"names {', '.join(stray)}.", f"These can be left out: {', '.join(known)}.")
    section.close()
    return without
