"""Uuids as numbers sort and parse as their text does, and anything else is left to the text."""

from __future__ import annotations

import uuid

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exports.ahead import ahead
from exports.hex_keys import blocks, uppers
from exports.ordering import ordered


@settings(max_examples=50, deadline=None)
@given(st.lists(st.uuids(), min_size=1, max_size=40), st.booleans())
def test_numbers_order_as_text(keys: list[uuid.UUID], bare: bool) -> None:
    texts = [key.hex if bare else str(key) for key in keys]
    found = uppers(pa.array(texts, pa.string()))
    assert found is not None
    assert (found[0].tolist(), found[1]) == ([key.int >> 64 for key in keys], len(texts[0]))
    whole, known = blocks(pa.array(texts, pa.string()))
    assert known.all()
    assert [bytes(row) for row in whole] == [key.bytes for key in keys]
    table = pa.table({"k": texts, "n": [str(i) for i in range(len(texts))]})
    assert ordered(table, ["k"])["k"].to_pylist() == sorted(texts)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 3)] * 4), min_size=1, max_size=40, unique=True))
def test_keys_that_share_their_upper_half_are_ordered_too(parts: list[tuple[int, int, int, int]]) -> None:
    pairs = [(str(uuid.UUID(int=(a << 64) + b)), str(uuid.UUID(int=(c << 64) + d))) for a, b, c, d in parts]
    found = ordered(pa.table({"item": [one for one, _ in pairs], "key": [two for _, two in pairs]}), ["item", "key"])
    assert list(zip(found["item"].to_pylist(), found["key"].to_pylist(), strict=True)) == sorted(pairs)


def test_a_slice_of_an_array_is_read_from_where_it_starts() -> None:
    texts = [str(uuid.uuid5(uuid.NAMESPACE_URL, str(i))) for i in range(10)]
    found, known = blocks(pa.array(texts).slice(4, 3))
    assert known.all()
    assert [bytes(row) for row in found] == [uuid.UUID(text).bytes for text in texts[4:7]]


@pytest.mark.parametrize("odd", ["", "x", "A" * 32, "0" * 35 + "-", str(uuid.UUID(int=7)).replace("-", "_"), "ü" * 16])
def test_what_is_no_uuid_is_not_taken_for_one(odd: str) -> None:
    keys = pa.array([str(uuid.UUID(int=5)), odd])
    found, known = blocks(keys)
    assert known.tolist() == [True, False]
    assert not found[1].any()
    assert uppers(keys) is None
    assert ordered(pa.table({"k": keys}), ["k"])["k"].to_pylist() == sorted(keys.to_pylist())


def test_a_uuid_beside_a_bare_hash_is_sorted_as_text() -> None:
    keys = ["00000000-0000-0000-0000-000000000000", "0" * 32]
    assert uppers(pa.array(keys)) is None
    assert ordered(pa.table({"k": keys}), ["k"])["k"].to_pylist() == sorted(keys)


def test_reading_ahead_changes_nothing_and_raises_in_its_place() -> None:
    assert list(ahead(iter(range(50)))) == list(range(50))

    def broken():  # type: ignore[no-untyped-def]
        yield 1
        raise ValueError("here")

    found = ahead(broken())
    assert next(found) == 1
    with pytest.raises(ValueError, match="here"):
        next(found)


def test_a_reader_that_stops_early_ends_the_thread() -> None:
    taken = []

    def endless():  # type: ignore[no-untyped-def]
        number = 0
        while True:
            taken.append(number)
            yield number
            number += 1

    found = ahead(endless())
    next(found)
    found.close()
    assert len(taken) < 10
    assert np.diff(taken).tolist() == [1] * (len(taken) - 1)
