"""TOML to `Recipe`, with every problem of the file in one report."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence

from exports.gate_names import BLOCKING, GATES
from exports.recipe import METHODS, RULED, Filters, Gates, Layer, LayerSource, Privacy, Recipe
from exports.recipe_parts import read_derived, read_exclusion, read_splits, read_subsets, read_without, taken
from exports.toml_section import Section
from harmonize.problems import ChoraleError, Problem

VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
SLUG = re.compile(r"[a-z0-9][a-z0-9-]*")
NAME = re.compile(r"[a-z][a-z0-9_]*")
VERSIONED = re.compile(r"[A-Za-z0-9._-]+@\d+\.\d+\.\d+")
VIEWS = (
    "classification-soft",
    "classification-hard",
    "regression",
    "spans",
    "pairs",
    "entailment",
    "instruction",
    "preference",
    "reward",
    "dialogue",
)
VIEW_OPTIONS = ("no-context", "text", "dialogue", "image", "audio", "video", "pair")
PERSPECTIVES = (
    "writer",
    "reader",
    "self",
    "partner",
    "actor-intended",
    "perceived",
    "evoked",
    "platform-native",
)


class RecipeError(ChoraleError):
    """A recipe that cannot be used; ``problems`` lists everything wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        lines = "\n".join(f"  {p}" for p in problems)
        super().__init__("recipe", f"The recipe has {len(self.problems)} problem(s):\n{lines}", "Mend them all.")


def read_recipe(text: str) -> Recipe:
    """The recipe written in ``text`` (TOML). Raises `RecipeError` with all problems at once.

    >>> read_recipe("[release]\\nslug = 'a'").slug  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    RecipeError: The recipe has ...
    """
    problems: list[Problem] = []
    try:
        top = Section("", tomllib.loads(text), problems)
    except tomllib.TOMLDecodeError as error:
        raise RecipeError([Problem("recipe", f"is not TOML: {error}.", "Mend the syntax.", "recipe-toml")]) from error
    recipe = _recipe(top, text)
    if problems:
        raise RecipeError(problems)
    return recipe


def _recipe(top: Section, text: str) -> Recipe:
    release, data = top.section("release"), top.section("data")
    recipe = Recipe(
        slug=_matching(release, "slug", SLUG, "small letters, digits and hyphens"),
        version=_matching(release, "version", VERSION, "three numbers, as 0.1.0"),
        title=release.text("title"),
        licence=release.text("licence", ""),
        changes=release.text("changes"),
        summary=release.text("summary", ""),
        date=_matching(release, "date", DATE, "YYYY-MM-DD") if "date" in release.table else "",
        url=release.text("url", ""),
        authors=release.texts("authors"),
        corpora=data.texts("corpora"),
        collections=data.texts("collections"),
        campaigns=data.texts("campaigns"),
        models=data.texts("models"),
        without_text=data.texts("without_text"),
        counts_only=data.texts("counts_only"),
        layers=(layers := _layers(top)),
        derived=read_derived(top.sections("derived"), layers),
        filters=_filters(top.section("filters")),
        exclude_raters=read_exclusion(top.section("exclude_raters")),
        subsets=read_subsets(top.sections("subsets"), [layer.name for layer in layers]),
        splits=read_splits(top.section("splits")),
        privacy=_privacy(top.section("privacy")),
        without=read_without(top.section("without")),
        gates=_gates(top.section("gates")),
        views=top.texts("views"),
        text=text,
    )
    if not (recipe.corpora or recipe.collections or recipe.campaigns):
        data.complain("corpora", "collections and campaigns are all empty.", "Name at least one.", "recipe-missing")
    for view in recipe.views:
        name, *options = view.split("/")
        if name.partition(":")[0] not in VIEWS:
            top.complain("views", f"names {view!r}.", f"Known views: {', '.join(VIEWS)}; or VIEW:LAYER.")
        for option in sorted(set(options) - set(VIEW_OPTIONS)):
            top.complain("views", f"asks {option!r} of {name}.", f"Known after a slash: {', '.join(VIEW_OPTIONS)}.")
    for section in (release, data, top):
        section.close()
    return recipe


def _matching(section: Section, key: str, pattern: re.Pattern[str], rule: str) -> str:
    value = section.text(key)
    if value and not pattern.fullmatch(value):
        section.complain(key, f"is {value!r}.", f"Use {rule}.")
    return value


def _layers(top: Section) -> tuple[Layer, ...]:
    layers = tuple(_layer(section) for section in top.sections("layers"))
    if not layers:
        top.complain("layers", "is empty.", "Add at least one [[layers]].", "recipe-missing")
    names = [layer.name for layer in layers]
    for name in sorted({n for n in names if names.count(n) > 1}):
        top.complain("layers", f"has {name!r} more than once.", "Give each layer a name of its own.")
    for name in sorted(taken(names)):
        top.complain("layers", f"has {name!r}, which is another column's name.", "Give the layer another name.")
    return layers


def _layer(section: Section) -> Layer:
    scheme = _matching(section, "scheme", VERSIONED, "id@version, as ekman-6@1.0.0")
    sources = tuple(_source(s) for s in section.sections("sources")) or (LayerSource(scheme),)
    layer = Layer(
        name=_matching(section, "name", NAME, "small letters, digits and underscores"),
        scheme=scheme,
        perspective=section.text("perspective", one_of=PERSPECTIVES),
        method=section.text("method", one_of=tuple(METHODS)),
        raters=section.text("raters", "people"),
        arms=section.texts("arms", ("blind",)),
        norms=section.text("norms", "") or None,
        sources=sources,
    )
    for source in sources:
        if source.crosswalk is None and source.scheme != scheme and layer.method != "vad-points":
            section.complain(
                "sources", f"takes {source.scheme} without a crosswalk to {scheme}.", "Name the crosswalk."
            )
    if layer.method in RULED and (layer.raters != "people" or any(source.crosswalk for source in sources)):
        what = f"is {layer.method}, and rulings stand over people's own votes under the ruled scheme alone."
        section.complain("method", what, "Drop the crosswalk and the raters, or take another method.")
    section.close()
    return layer


def _source(section: Section) -> LayerSource:
    scheme = _matching(section, "scheme", VERSIONED, "id@version")
    crosswalk = _matching(section, "crosswalk", VERSIONED, "id@version") if "crosswalk" in section.table else None
    source = LayerSource(scheme, crosswalk, section.texts("corpora"))
    section.close()
    return source


def _filters(section: Section) -> Filters:
    filters = Filters(
        languages=section.texts("languages"),
        licences=section.texts("licences"),
        min_raters=section.whole("min_raters", 0, low=0, high=1000),
        max_entropy=section.number("max_entropy", low=0, high=10),
        min_agreement=section.number("min_agreement", low=0, high=1),
        reserved=section.text("reserved", "mark", one_of=("mark", "exclude")),
    )
    section.close()
    return filters


def _privacy(section: Section) -> Privacy:
    privacy = Privacy(
        time=section.text("time", "month", one_of=("month", "year", "none")),
        trait_k=section.whole("trait_k", 5, low=2, high=1000),
    )
    section.close()
    return privacy


def _gates(section: Section) -> Gates:
    share = section.number("max_model_share", 1.0, low=0, high=1)
    gates = Gates(
        min_raters=section.whole("min_raters", 1, low=0, high=1000),
        alpha_target=section.number("alpha_target", low=-1, high=1),
        max_model_share=1.0 if share is None else share,
        block=section.texts("block", BLOCKING),
    )
    for name in set(gates.block) - set(GATES):
        section.complain("block", f"names {name!r}.", f"Known gates: {', '.join(GATES)}.")
    section.close()
    return gates
