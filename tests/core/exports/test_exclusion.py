"""A declared rule leaves people out: who, why, what changes, and that the files alone give the same answer."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from exports.reading import ReleaseFolder
from exports.recipe_reader import RecipeError, read_recipe
from exports.recompute import recompute
from exports.release import build
from tests.core.exports import made
from tests.core.exports.rewriting import with_changed

RULE = "\n[exclude_raters]\nfewest_judgments = 100\nleast_agreement = 0.5\nshared_items = 20\n"


@pytest.fixture(scope="module")
def left_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """r0, r1, r2 say the same of every item, r3 whatever they like, r4 speaks of ten items only."""
    rows = []
    rng = np.random.default_rng(5)
    for i in range(150):
        answer = [int(rng.integers(28))]
        said = {f"r{r}": answer for r in range(3)} | {"r3": [int(rng.integers(28))]}
        if i < 10:
            said["r4"] = answer
        rows += [made._row(i, who, made.SCHEMES[0], "reader", labels=labels) for who, labels in said.items()]
    folder = tmp_path_factory.mktemp("releases") / "left-out"
    build(folder, made.recipe(made.ONE_LAYER + RULE), with_changed(made.source(150), judgments=rows), salt=made.SALT)
    return folder


def test_who_is_left_out_and_why(left_out: Path) -> None:
    rows = pq.read_table(left_out / "raters.parquet").to_pylist()
    assert sorted((row["judgments"], row["excluded"]) for row in rows if row["excluded"]) == [
        (10, "fewest_judgments"),
        (150, "least_agreement: goemotions-28@1.0.0, reader"),
    ]
    assert sum(row["excluded"] is None for row in rows) == 3


def test_their_judgments_stay_and_count_in_nothing(left_out: Path) -> None:
    judgments = pq.read_table(left_out / "judgments.parquet").to_pylist()
    assert sum(row["excluded"] is not None for row in judgments) == 160
    items = pq.read_table(left_out / "items.parquet", columns=["goemotions", "goemotions_n"]).to_pylist()
    assert {row["goemotions_n"] for row in items} == {3}
    assert all(sorted(row["goemotions"])[-1] == 1.0 for row in items)


def test_the_card_shows_agreement_before_and_after(left_out: Path) -> None:
    told = json.loads((left_out / "report.json").read_bytes())["exclusion"]
    assert (told["people"], told["excluded"], told["judgments"]) == (5, 2, 160)
    (figure,) = told["figures"]
    assert figure["after"] == 1.0
    assert 0.3 < figure["before"] < 0.8
    card = (left_out / "README.md").read_text("utf-8")
    assert "fewer than 100 judgments or agreement with others beyond chance below 0.5" in card
    assert f"| {figure['before']:.3f} | 1.000 |" in card


def test_the_files_alone_give_the_same_people(left_out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = recompute(left_out)
    assert report.ok, str(report)
    plain = ReleaseFolder.table

    def lying(self: ReleaseFolder, name: str, columns=None, where=None):  # type: ignore[no-untyped-def]
        table = plain(self, name, columns, where)
        if name != "raters" or "excluded" not in table.column_names:
            return table
        place = table.column_names.index("excluded")
        return table.set_column(place, "excluded", [[None] * len(table)])

    monkeypatch.setattr(ReleaseFolder, "table", lying)
    assert "exclusion" in {problem.code for problem in recompute(left_out).problems}


def test_no_rule_leaves_nobody_out(release: Path) -> None:
    assert json.loads((release / "report.json").read_bytes())["exclusion"] is None
    assert pq.read_table(release / "raters.parquet")["excluded"].null_count == 6 - 1  # one person said nothing


def test_a_rule_that_nobody_knows_is_refused() -> None:
    with pytest.raises(RecipeError, match="least_agreement"):
        read_recipe(made.RECIPE + '\n[exclude_raters]\nleast_agreement = "low"\n')
    with pytest.raises(RecipeError, match="fewest"):
        read_recipe(made.RECIPE + "\n[exclude_raters]\nfewest = 3\n")
