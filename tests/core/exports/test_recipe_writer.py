"""What a form writes is what the reader reads, whatever people type."""

from __future__ import annotations

import tomllib

from hypothesis import given, settings
from hypothesis import strategies as st

from exports.recipe_reader import read_recipe
from exports.recipe_writer import written

LAYER = {"name": "ekman", "scheme": "ekman-6@1.0.0", "perspective": "reader", "method": "vote-distribution"}


@settings(max_examples=80, deadline=None)
@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=60))
def test_any_title_comes_back(title: str) -> None:
    text = written({"release": {"slug": "a", "title": title}})
    assert tomllib.loads(text)["release"]["title"] == title


def test_a_whole_recipe_comes_back() -> None:
    values = {
        "views": ["classification-soft:ekman"],
        "release": {"slug": "letters", "version": "0.1.0", "title": 'With "quotes" \\ and\nlines', "changes": "First."},
        "data": {"corpora": ["a", "b"], "models": []},
        "layers": [LAYER | {"sources": [{"scheme": "x-2@1.0.0", "crosswalk": "x-2--ekman-6@1.0.0"}]}],
        "filters": {"min_raters": 2, "max_entropy": None, "reserved": "mark"},
        "exclude_raters": {"least_agreement": 0.1},
        "splits": {"honour_source": False, "group": ["duplicate", "author"]},
        "subsets": [{"name": "gold", "rule": "gold"}],
    }
    recipe = read_recipe(written(values))
    assert recipe.title == values["release"]["title"]  # type: ignore[index]
    assert recipe.layers[0].sources[0].crosswalk == "x-2--ekman-6@1.0.0"
    assert (recipe.filters.min_raters, recipe.filters.max_entropy) == (2, None)
    assert (recipe.exclude_raters.least_agreement, recipe.splits.honour_source) == (0.1, False)
    assert recipe.splits.group == ("duplicate", "author")
    assert recipe.subsets[0].rule == "gold"
