"""A recipe is read whole or refused with everything that is wrong with it."""

from __future__ import annotations

import pytest

from exports.recipe_reader import RecipeError, read_recipe
from harmonize.records import Semantics
from tests.core.exports import made


def test_a_recipe_is_read() -> None:
    recipe = made.recipe()
    assert (recipe.slug, recipe.version, recipe.corpora) == ("made", "0.1.0", ("letters", "tales"))
    plutchik = recipe.layers[1]
    assert plutchik.semantics is Semantics.PROPORTIONS
    assert plutchik.sources[0].crosswalk == made.WALK
    assert recipe.layers[0].sources[0].crosswalk is None
    assert recipe.text == made.RECIPE


def test_all_problems_are_told_at_once() -> None:
    text = """
    colour = "red"
    [release]
    slug = "Made"
    version = "1"
    [data]
    corpora = ["a"]
    [[layers]]
    name = "x"
    scheme = "ekman-6"
    perspective = "everyone"
    method = "average"
    [[layers]]
    name = "x"
    scheme = "ekman-6@1.0.0"
    perspective = "reader"
    method = "vote-distribution"
      [[layers.sources]]
      scheme = "plutchik-8@1.0.0"
    [filters]
    min_raters = 1.5
    [splits]
    train = 0.5
    """
    with pytest.raises(RecipeError) as caught:
        read_recipe(text)
    places = {problem.where for problem in caught.value.problems}
    assert places >= {
        "colour",
        "release.slug",
        "release.version",
        "release.title",
        "release.changes",
        "layers[0].scheme",
        "layers[0].perspective",
        "layers[0].method",
        "layers",
        "layers[1].sources",
        "filters.min_raters",
        "splits.train",
    }
    assert all(problem.fix for problem in caught.value.problems)


def test_a_misspelt_filter_is_not_no_filter() -> None:
    with pytest.raises(RecipeError, match="min_rater"):
        read_recipe(made.RECIPE + "\n[filters]\nmin_rater = 3\n")


def test_what_is_not_toml_is_one_problem() -> None:
    with pytest.raises(RecipeError) as caught:
        read_recipe("release = [")
    assert [problem.code for problem in caught.value.problems] == ["recipe-toml"]


def test_the_hash_ignores_comments_but_no_value() -> None:
    plain = made.recipe().to_dict()
    assert read_recipe("# a comment\n" + made.RECIPE).to_dict() == plain
    assert read_recipe(made.RECIPE.replace("0.1.0", "0.1.1", 1)).to_dict() != plain


@pytest.mark.parametrize("name", ["text", "split", "goemotions_n", "goemotions_via", "goemotions_ruled"])
def test_a_layer_is_not_called_as_another_column_is(name: str) -> None:
    more = (
        f'\n[[layers]]\nname = "{name}"\nscheme = "{made.SCHEMES[0]}"\nperspective = "reader"\nmethod = "dawid-skene"\n'
    )
    with pytest.raises(RecipeError, match=f"'{name}', which is another column's name"):
        made.recipe(made.ONE_LAYER + more)
