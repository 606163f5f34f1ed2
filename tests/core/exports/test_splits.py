"""Splits: stable for ever, leak-free by group, published ones honoured, bridging items on no side with the reason."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from exports.recipe import Splits
from exports.source import ITEMS
from exports.splits import plan


def table(rows: list[dict[str, Any]]) -> pa.Table:
    filled = [{"corpus": "c", "source_split": "", "reserved": "", "duplicate": row["uuid"]} | row for row in rows]
    return pa.Table.from_pylist(filled, schema=ITEMS)


def dealt(rows: list[dict[str, Any]], splits: Splits | None = None, **more: Any) -> dict[str, tuple[str | None, str]]:
    whole = table(rows)
    if "kept" in more:
        more["kept"] = before(more["kept"])
    made = plan([whole], splits or Splits(), **more)
    sides, reasons = made.columns(whole["uuid"])
    return dict(zip(whole["uuid"].to_pylist(), zip(sides.to_pylist(), reasons.to_pylist(), strict=True), strict=True))


def before(sides: dict[str, str]) -> pa.Table:
    return pa.table({"uuid": list(sides), "split": list(sides.values())})


def many(count: int, **more: Any) -> list[dict[str, Any]]:
    return [{"uuid": f"u{i:05}"} | {k: v(i) for k, v in more.items()} for i in range(count)]


def test_shares_come_out_as_asked() -> None:
    sides = [side for side, _ in dealt(many(4000)).values()]
    assert abs(sides.count("train") / 4000 - 0.8) < 0.02
    assert abs(sides.count("dev") / 4000 - 0.1) < 0.015


def test_new_items_and_another_order_move_nobody() -> None:
    first = dealt(many(500))
    more = list(reversed(many(900)))
    again = dealt(more)
    assert all(again[uuid] == side for uuid, side in first.items())
    assert dealt(many(500), Splits(seed="other")) != first


def test_groups_stay_whole_and_chains_of_groups_too() -> None:
    """a and b share a text, b and c a dialogue: all three are on one side."""
    rows = many(3000, duplicate=lambda i: f"t{i // 2}", group=lambda i: f"d{(i + 1) // 2}" if i % 30 else "")
    found = dealt(rows, Splits(group=("duplicate", "group")))
    for i in range(2999):
        linked = i // 2 == (i + 1) // 2 or ((i + 1) // 2 == (i + 2) // 2 and i % 30 and (i + 1) % 30)
        if linked:
            assert found[f"u{i:05}"][0] == found[f"u{i + 1:05}"][0], i


def test_a_dialogue_id_means_nothing_in_another_corpus() -> None:
    rows = many(2000, group=lambda i: f"d{i // 2}", corpus=lambda i: f"c{i % 2}")
    found = dealt(rows, Splits(group=("group",)))
    assert any(found[f"u{i:05}"][0] != found[f"u{i + 1:05}"][0] for i in range(0, 2000, 2))


def test_published_splits_are_honoured_or_not_as_asked() -> None:
    rows = many(300, source_split=lambda i: ["train", "Validation", "test"][i % 3])
    found = dealt(rows)
    assert [found[f"u{i:05}"] for i in range(3)] == [("train", "source"), ("dev", "source"), ("test", "source")]
    free = dealt(rows, Splits(honour_source=False))
    assert {reason for _, reason in free.values()} == {"hash"}


def test_an_item_that_bridges_train_and_test_is_on_no_side() -> None:
    rows = [
        {"uuid": "a", "source_split": "train", "duplicate": "x"},
        {"uuid": "b", "source_split": "test", "group": "d"},
        {"uuid": "new", "duplicate": "x", "group": "d"},
        {"uuid": "friend", "duplicate": "x"},
    ]
    found = dealt(rows, Splits(group=("duplicate", "group")))
    assert found["new"] == (None, "bridges-splits")
    assert found["a"] == ("train", "source")
    assert found["b"] == ("test", "source")
    assert dealt(rows[:1] + rows[3:])["friend"] == ("train", "hash")  # it follows its group


def test_sides_of_the_version_before_are_kept_and_stated() -> None:
    rows = many(400)
    first = {uuid: side for uuid, (side, _) in dealt(rows).items() if side}
    turned = {uuid: {"train": "test", "test": "train"}.get(side, side) for uuid, side in first.items()}
    found = dealt([*rows, {"uuid": "late"}], kept=turned)
    assert all(found[uuid] == (side, "kept") for uuid, side in turned.items())
    assert found["late"][1] == "hash"
    assert plan([table(rows)], Splits(), kept=before(turned)).moved == 0


def test_gold_is_on_no_side_and_its_copies_in_training_are_counted() -> None:
    rows = [
        {"uuid": "gold", "reserved": "gold", "duplicate": "x"},
        {"uuid": "copy", "source_split": "train", "duplicate": "x"},
        {"uuid": "test", "reserved": "test"},
    ]
    found = dealt(rows)
    assert found["gold"] == (None, "reserved-gold")
    assert found["test"] == ("test", "reserved-test")
    made = plan([table(rows)], Splits())
    assert made.beside_gold == 1
    assert plan([table(rows)], Splits(group=())).beside_gold == 1, "a copy leaks, whatever is kept together"
    assert plan([table(rows)], Splits(group=("author",))).beside_gold == 1
    later = plan([table(rows)], Splits(), kept=before({"gold": "train", "copy": "train"}))
    assert later.moved == 1


def test_stratified_sides_hold_each_stratum_in_proportion() -> None:
    rows = many(2000)
    strata = np.array([1 if i % 20 == 0 else 0 for i in range(2000)], dtype=np.int32)
    found = dealt(rows, Splits(stratify="x"), strata=strata)
    rare = [found[f"u{i:05}"][0] for i in np.flatnonzero(strata)]
    assert [rare.count(side) for side in ("train", "dev", "test")] == [80, 10, 10]


def test_published_leaks_are_counted() -> None:
    rows = [
        {"uuid": "a", "source_split": "train", "duplicate": "x"},
        {"uuid": "b", "source_split": "test", "duplicate": "x"},
        {"uuid": "c"},
    ]
    made = plan([table(rows)], Splits())
    assert (made.torn, made.groups) == (1, 2)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6), st.sampled_from(["", "train", "test"])), max_size=25))
def test_no_group_has_dealt_items_on_two_sides(shape: list[tuple[int, int, str]]) -> None:
    """Brute force over the links: a dealt item is on the one side of its linked items, or on none."""
    rows = [
        {"uuid": f"u{i}", "duplicate": f"t{t}", "group": f"d{d}", "source_split": split}
        for i, (t, d, split) in enumerate(shape)
    ]
    found = dealt(rows, Splits(group=("duplicate", "group")))
    linked = np.eye(len(shape), dtype=bool)
    for i, (t, d, _) in enumerate(shape):
        for j, (u, e, _) in enumerate(shape):
            linked[i, j] |= t == u or d == e
    for _ in shape:
        linked |= linked @ linked
    for i in range(len(shape)):
        if found[f"u{i}"][1] == "source":
            continue
        sides = {found[f"u{j}"][0] for j in np.flatnonzero(linked[i])} - {None}
        assert found[f"u{i}"][0] in (sides if len(sides) == 1 else {None})
