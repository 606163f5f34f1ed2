"""What must hold of every map: mass, bounds, associativity, identity, and no heed to the order of labels."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from harmonize import crosswalks
from harmonize.crosswalks import Cell, Crosswalk, map_judgments, map_soft, proportion_bounds
from harmonize.crosswalks.compose import compose
from harmonize.loss import loss_report
from harmonize.records import Float64, Judgments, Kind, Semantics, SoftLabels
from harmonize.schemes import Label, Scheme

SIZES = st.integers(2, 5)
RELAXED = settings(deadline=None, max_examples=60)  # a shared machine is no reason to fail


def scheme(name: str, size: int) -> Scheme:
    labels = tuple(Label(k, f"{name}{k}", f"{name}{k}") for k in range(size))
    return Scheme(name, "1", name, Kind.SET, labels)


def crosswalk(source: Scheme, target: Scheme, weights: Float64) -> Crosswalk:
    cells = [
        Cell(s, "skos:relatedMatch", t, float(weights[i, k]))
        for i, s in enumerate(source.names)
        for k, t in enumerate(target.names)
        if weights[i, k] > 0
    ]
    silent = [s for i, s in enumerate(source.names) if not weights[i].any()]
    cells += [Cell(s, "skos:relatedMatch", crosswalks.NO_TERM, 0.0) for s in silent]
    return Crosswalk(f"{source.id}--{target.id}", "1", source.ref, target.ref, "", tuple(cells)).bind(source, target)


@st.composite
def weights_of(draw: st.DrawFn, source: int, target: int) -> Float64:
    """Rows that sum to at most 1, with some zeros."""
    parts = draw(hnp.arrays(np.int64, (source, target), elements=st.integers(0, 4)))
    rest = draw(hnp.arrays(np.int64, source, elements=st.integers(0, 3)))
    total = parts.sum(axis=1) + rest
    return parts / np.where(total > 0, total, 1)[:, None]


@st.composite
def maps(draw: st.DrawFn, steps: int = 1) -> tuple[Crosswalk, ...]:
    sizes = [draw(SIZES) for _ in range(steps + 1)]
    chain = [scheme("abcd"[k], size) for k, size in enumerate(sizes)]
    pairs = pairwise(chain)
    return tuple(crosswalk(a, b, draw(weights_of(len(a.names), len(b.names)))) for a, b in pairs)


@st.composite
def mass(draw: st.DrawFn, width: int) -> Float64:
    counts = draw(hnp.arrays(np.int64, (draw(st.integers(1, 6)), width), elements=st.integers(0, 9)))
    counts[:, 0] += counts.sum(axis=1) == 0
    return counts / counts.sum(axis=1, keepdims=True)


@st.composite
def ratings(draw: st.DrawFn, labels: tuple[str, ...]) -> Judgments:
    sets = st.sets(st.sampled_from(labels))
    rows = draw(st.lists(st.tuples(st.integers(0, 3), sets), min_size=1, max_size=12))
    triples = [(f"i{item}", f"r{k}", sorted(names)) for k, (item, names) in enumerate(rows)]
    return Judgments.from_ratings(triples, kind=Kind.SET, labels=labels)


def soft(values: Float64, labels: tuple[str, ...], semantics: Semantics = Semantics.DISTRIBUTION) -> SoftLabels:
    items = pa.array([str(k) for k in range(len(values))])
    return SoftLabels(semantics, items, labels, values, np.ones(len(values), np.int32), "votes")


@RELAXED
@given(st.data())
def test_mass_is_conserved(data: st.DataObject) -> None:
    (cw,) = data.draw(maps())
    s = soft(data.draw(mass(len(cw.source_labels.names))), cw.source_labels.names)
    mapped = map_soft(s, cw)
    assert mapped.unmapped is not None
    np.testing.assert_allclose(np.nansum(mapped.values, axis=1) + mapped.unmapped, 1, atol=1e-9)


@RELAXED
@given(st.data())
def test_masks_lose_no_mass_and_never_become_numbers(data: st.DataObject) -> None:
    (cw,) = data.draw(maps())
    width = len(cw.source_labels.names)
    values = data.draw(mass(width))
    hidden = data.draw(hnp.arrays(np.bool_, values.shape)) & (values == 0)
    values[hidden] = np.nan
    mapped = map_soft(soft(values, cw.source_labels.names), cw)
    assert mapped.unmapped is not None
    np.testing.assert_allclose(np.nansum(mapped.values, axis=1) + mapped.unmapped, 1, atol=1e-9)
    feeds = cw.matrix() > 0
    for row, masked in zip(mapped.values, hidden, strict=True):
        for k in range(feeds.shape[1]):
            assert np.isnan(row[k]) == (not (feeds[:, k] & ~masked).any())


@RELAXED
@given(st.data())
def test_mapping_sets_and_then_aggregating_lies_within_the_bounds(data: st.DataObject) -> None:
    (cw,) = data.draw(maps())
    j = data.draw(ratings(cw.source_labels.names))
    votes, n = j.counts()
    shares = votes / np.maximum(n, 1)[:, None]
    bounds = proportion_bounds(replace(soft(shares, j.labels, Semantics.PROPORTIONS), items=j.items, n=n), cw)
    mapped, again = map_judgments(j, cw).counts()
    np.testing.assert_array_equal(n, again)
    true = mapped / np.maximum(again, 1)[:, None]
    known = ~np.isnan(bounds.low)
    assert (bounds.low[known] <= true[known] + 1e-12).all()
    assert (true[known] <= bounds.high[known] + 1e-12).all()
    assert (true[~known] == 0).all()


@RELAXED
@given(st.data())
def test_composition_is_associative_and_equals_one_map_after_the_other(data: st.DataObject) -> None:
    a, b, c = data.draw(maps(3))
    left, right = compose(compose(a, b), c), compose(a, compose(b, c))
    np.testing.assert_allclose(left.matrix(), right.matrix(), atol=1e-12)
    assert left.ref == right.ref
    s = soft(data.draw(mass(len(a.source_labels.names))), a.source_labels.names)
    whole, steps = map_soft(s, left), map_soft(map_soft(map_soft(s, a), b), c)
    np.testing.assert_allclose(np.nan_to_num(whole.values), np.nan_to_num(steps.values), atol=1e-9)
    np.testing.assert_allclose(whole.unmapped, steps.unmapped, atol=1e-9)


@RELAXED
@given(st.data())
def test_sets_through_a_composition_equal_one_map_after_the_other(data: st.DataObject) -> None:
    a, b = data.draw(maps(2))
    j = data.draw(ratings(a.source_labels.names))
    whole, steps = map_judgments(j, compose(a, b)), map_judgments(map_judgments(j, a), b)
    np.testing.assert_array_equal(whole.marks(), steps.marks())


@RELAXED
@given(st.data())
def test_identity_is_lossless(data: st.DataObject) -> None:
    one = scheme("a", data.draw(SIZES))
    same = crosswalk(one, one, np.eye(len(one.names)))
    s = soft(data.draw(mass(len(one.names))), one.names)
    np.testing.assert_array_equal(map_soft(s, same).values, s.values)
    report = loss_report(same, s, rounds=0)
    assert report["lost_bits"] == pytest.approx(0, abs=1e-9)
    assert report["round_trip_jsd"] == pytest.approx(0, abs=1e-9)
    j = data.draw(ratings(one.names))
    np.testing.assert_array_equal(map_judgments(j, same).marks(), j.marks())


@RELAXED
@given(st.data())
def test_the_order_of_labels_changes_nothing(data: st.DataObject) -> None:
    (cw,) = data.draw(maps())
    source, target = cw.source_labels, cw.target_labels
    order = np.array(data.draw(st.permutations(range(len(source.names)))))
    back = np.array(data.draw(st.permutations(range(len(target.names)))))
    turned = crosswalk(_turned(source, order), _turned(target, back), cw.matrix()[np.ix_(order, back)])
    values = data.draw(mass(len(source.names)))
    plain = map_soft(soft(values, source.names), cw)
    other = map_soft(soft(values[:, order], turned.source_labels.names), turned)
    np.testing.assert_allclose(plain.values[:, back], other.values, atol=1e-12)
    np.testing.assert_allclose(plain.unmapped, other.unmapped, atol=1e-12)
    a, b = (
        loss_report(c, s, rounds=0)
        for c, s in ((cw, soft(values, source.names)), (turned, soft(values[:, order], turned.source_labels.names)))
    )
    for name, figure in a.figures.items():
        assert figure.value == pytest.approx(b.figures[name].value, abs=1e-9)


@RELAXED
@given(st.data())
def test_processing_never_adds_information(data: st.DataObject) -> None:
    a, b = data.draw(maps(2))
    base = data.draw(mass(len(a.source_labels.names)))[0]
    first, both = loss_report(a, base), loss_report(compose(a, b), base)
    assert first["kept_bits"] is not None
    assert both["kept_bits"] is not None
    assert both["kept_bits"] <= first["kept_bits"] + 1e-9


def _turned(one: Scheme, order: np.ndarray) -> Scheme:
    labels = tuple(replace(one.labels[k], code=i) for i, k in enumerate(order))
    return replace(one, labels=labels)
