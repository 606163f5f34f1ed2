"""Rulings in a release: records with reasons under pseudonyms, over the votes only where a layer asks for it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import mlcroissant as mlc
import pyarrow.parquet as pq
import pytest

from exports.diff import diff
from exports.lineage import trace
from exports.recipe_reader import RecipeError
from exports.recompute import recompute
from exports.release import build
from exports.rulings import Ruling
from exports.source import ReleaseSource
from exports.views.writing import wanted
from harmonize.problems import ChoraleError
from tests.core.exports import made

GO, VAD = made.SCHEMES[0], made.SCHEMES[2]
WHEN = datetime(2026, 3, 14, 15, 9, tzinfo=UTC)
LAYERS = f"""
[[layers]]
name = "settled"
scheme = "{GO}"
perspective = "reader"
method = "majority-ruled"

[[layers]]
name = "placed"
scheme = "{VAD}"
perspective = "writer"
method = "mean-ruled"
"""


def decided(number: int, scheme: str = GO, perspective: str = "reader", **more: object) -> Ruling:
    given: dict[str, object] = {"reason": "Irony.", "adjudicator": "ada", "decided_at": WHEN} | more
    return Ruling(made.item_id(number), "letters" if number % 3 else "tales", scheme, perspective, **given)  # type: ignore[arg-type]


RULINGS = (
    decided(0, labels=("grief", "joy")),
    decided(1, labels=(), adjudicator="bo", reason="Nothing is said; ask ada@example.org."),
    decided(3, VAD, "writer", values=(1.5, None, 5.0)),
    decided(5000, labels=("joy",)),  # of no item of the release
)


def source() -> ReleaseSource:
    return replace(made.source(60), rulings=RULINGS)


@pytest.fixture(scope="module")
def ruled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ruled") / "0.1.0"
    build(folder, made.recipe(made.ONE_LAYER + LAYERS), source(), salt=made.SALT)
    return folder


def test_every_ruling_is_a_record_that_names_nobody(ruled: Path) -> None:
    rows = {row["item"]: row for row in pq.read_table(ruled / "rulings.parquet").to_pylist()}
    assert rows.keys() == {made.item_id(n) for n in (0, 1, 3)}
    first, second, third = (rows[made.item_id(n)] for n in (0, 1, 3))
    assert (first["labels"], first["values"], first["reason"], first["time"]) == (
        ["grief", "joy"], None, "Irony.", "2026-03",
    )  # fmt: skip
    assert (second["labels"], third["labels"], third["values"]) == ([], None, [1.5, None, 5.0])
    assert first["adjudicator"] == third["adjudicator"] != second["adjudicator"]
    told = {row["adjudicator"] for row in rows.values()} | {row["key"] for row in rows.values()}
    assert not any("ada" in word or word == "bo" for word in told)


def test_rulings_win_in_the_layers_that_say_so_and_nowhere_else(ruled: Path) -> None:
    items = pq.read_table(ruled / "items.parquet")
    names = json.loads(items.schema.field("settled").metadata[b"chorale.labels"])
    rows = {row["uuid"]: row for row in items.to_pylist()}
    votes: dict[str, Counter[str]] = {}
    people: Counter[str] = Counter()
    for row in pq.read_table(ruled / "judgments.parquet").to_pylist():
        if row["kind"] == "person" and row["scheme"] == GO:
            people[row["item"]] += 1
            votes.setdefault(row["item"], Counter()).update(row["labels"] or [])
    for uuid, row in rows.items():
        most = {label for label, n in votes[uuid].items() if n > people[uuid] / 2}
        expected = {made.item_id(0): {"grief", "joy"}, made.item_id(1): set()}.get(uuid, most)
        assert {name for name, value in zip(names, row["settled"], strict=True) if value} == expected
        assert row["settled_ruled"] == (uuid in {made.item_id(0), made.item_id(1)})
        assert row["settled_n"] == people[uuid], "a ruling is no vote"
        share = [votes[uuid][name] / people[uuid] for name in names]
        assert row["goemotions"] == pytest.approx(share, abs=1e-6), "votes stay what they were"
    place = rows[made.item_id(3)]
    numbers = [
        row["values"] for row in pq.read_table(ruled / "judgments.parquet").to_pylist()
        if row["item"] == made.item_id(3) and row["scheme"] == VAD
    ]  # fmt: skip
    kept = sum(n[1] for n in numbers) / len(numbers)
    assert place["placed"] == pytest.approx([1.5, kept, 5.0], abs=1e-6)
    assert (place["placed_sd"], place["placed_ruled"], place["placed_n"]) == (None, True, 3)


def test_figures_of_rulings_are_told_checked_and_traced(ruled: Path, tmp_path: Path) -> None:
    report = json.loads((ruled / "report.json").read_bytes())
    assert [(row["scheme"], row["rulings"], row["adjudicators"]) for row in report["rulings"]] == [
        (GO, 2, 2),
        (VAD, 1, 1),
    ]
    assert (report["rulings"][0]["against_votes"], report["rulings"][1]["against_votes"]) == (1, None), (
        "nobody agreed on anything in the other"
    )
    assert report["personal_data"]["reasons of rulings"]["e-mail address"] == 1
    assert "## Rulings" in (ruled / "README.md").read_text("utf-8")
    again = recompute(ruled)
    assert again.ok, str(again)
    told = trace(ruled, made.item_id(0), "settled")["rulings"]
    assert [(row["reason"], row["stands"]) for row in told] == [("Irony.", True)]
    assert trace(ruled, made.item_id(0), "goemotions")["rulings"][0]["stands"] is False
    build(tmp_path / "plain", made.recipe(made.ONE_LAYER + LAYERS), made.source(60), salt=made.SALT)
    assert not (tmp_path / "plain" / "rulings.parquet").exists()
    found = diff(tmp_path / "plain", ruled)
    assert found.judgments[f"{GO}, reader, ruling"] == [0, 2]
    assert found.changed["settled"] == 1


def test_rulings_are_described_for_machines(ruled: Path) -> None:
    described = mlc.Dataset(ruled / "croissant.json")
    assert not described.metadata.ctx.issues.errors
    fields = {field.id for record_set in described.metadata.record_sets for field in record_set.fields}
    notes = {n.id for part in described.metadata.record_sets for field in part.fields for n in field.annotations}
    assert {f"rulings/{name}" for name in pq.read_schema(ruled / "rulings.parquet").names} <= fields
    assert "items/settled_ruled" in notes
    assert [record["rulings/reason"].decode() for record in described.records("rulings")].count("Irony.") == 2


def test_rulings_in_another_order_give_the_same_bytes(ruled: Path, tmp_path: Path) -> None:
    turned = replace(made.source(60, shuffle=3), rulings=RULINGS[::-1])
    build(tmp_path / "again", made.recipe(made.ONE_LAYER + LAYERS), turned, salt=made.SALT)
    assert (tmp_path / "again" / "manifest.json").read_bytes() == (ruled / "manifest.json").read_bytes()


@pytest.mark.parametrize("line", ['raters = "source"', f'sources = [{{ scheme = "{GO}", crosswalk = "{made.WALK}" }}]'])
def test_rulings_stand_over_peoples_own_votes_alone(line: str) -> None:
    with pytest.raises(RecipeError, match="rulings stand over people's own votes"):
        made.recipe(made.ONE_LAYER + LAYERS.replace('"majority-ruled"', f'"majority-ruled"\n{line}'))


@pytest.mark.parametrize("view", ["entailment", "preference", "reward"])
def test_views_that_speak_of_shares_of_raters_leave_ruled_layers_out(view: str) -> None:
    def asking(what: str) -> set[str]:
        text = made.ONE_LAYER.replace("views = []", f'views = ["{what}"]')
        return {one.layer.name for one in wanted(made.recipe(text + LAYERS))}

    assert asking(view) == {"goemotions"}
    with pytest.raises(ChoraleError, match="no layer that suits it"):
        asking(f"{view}:settled")
