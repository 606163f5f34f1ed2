"""Streaming over Arrow gives what `map_soft` gives, masks and nulls included."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harmonize import crosswalks
from harmonize.crosswalks import Crosswalk, map_soft
from harmonize.crosswalks.__main__ import main
from harmonize.crosswalks.stream import ROWS, apply_array, apply_batches
from harmonize.problems import ChoraleError
from harmonize.records import Semantics, SoftLabels

PLUTCHIK = crosswalks.load("goemotions-28--plutchik-8")


def batch(x: np.ndarray, null: np.ndarray | None = None) -> pa.RecordBatch:
    mask = None if null is None else pa.array(null)
    lists = pa.FixedSizeListArray.from_arrays(pa.array(x.astype(np.float32).ravel()), x.shape[1], mask=mask)
    return pa.RecordBatch.from_arrays([pa.array(np.arange(len(x))), lists], names=["id", "soft"])


def by_map_soft(x: np.ndarray, crosswalk: Crosswalk) -> SoftLabels:
    items = pa.array([str(k) for k in range(len(x))])
    n = np.ones(len(x), np.int32)
    return map_soft(SoftLabels(Semantics.DISTRIBUTION, items, crosswalk.source_labels.names, x, n, "m"), crosswalk)


def run(batches: list[pa.RecordBatch], crosswalk: Crosswalk) -> pa.Table:
    return pa.Table.from_batches(
        list(apply_batches(batches, crosswalk, column="soft", semantics=Semantics.DISTRIBUTION))
    )


@pytest.mark.parametrize("name", ["goemotions-28--plutchik-8", "goemotions-28--ekman-6-neutral", "ekman-6--plutchik-8"])
def test_streams_equal_map_soft(name: str) -> None:
    crosswalk = crosswalks.load(name)
    x = np.random.default_rng(0).dirichlet(np.ones(len(crosswalk.source_labels.names)), size=2 * ROWS + 17)
    found = run([batch(x[:5000]), batch(x[5000:])], crosswalk)
    wanted = by_map_soft(x, crosswalk)
    values = np.stack(found[crosswalk.target_labels.id].to_numpy())
    np.testing.assert_allclose(values, wanted.values, atol=1e-6)
    np.testing.assert_allclose(found["unmapped"].to_numpy(), wanted.unmapped, atol=1e-6)
    assert found["id"].to_pylist()[-1] == len(x) - 5001


def test_null_rows_stay_null_whatever_lies_beneath() -> None:
    x = np.random.default_rng(1).dirichlet(np.ones(28), size=100)
    null = np.arange(100) % 10 == 3
    x[null] = np.inf
    found = run([batch(x, null)], PLUTCHIK)
    assert found["plutchik-8"].null_count == 10
    assert found["unmapped"].null_count == 10
    assert np.isfinite(np.stack(found["plutchik-8"].drop_null().to_numpy())).all()


def test_masked_entries_equal_map_soft() -> None:
    x = np.random.default_rng(2).dirichlet(np.ones(28), size=60)
    x[5, PLUTCHIK.source_labels.code("desire")] = np.nan
    x[6] = np.nan
    x[5] /= np.nansum(x[5])
    found, wanted = run([batch(x)], PLUTCHIK), by_map_soft(x, PLUTCHIK)
    values = np.stack(found["plutchik-8"].to_numpy())
    np.testing.assert_allclose(values, wanted.values, atol=1e-6)
    assert np.isnan(values[5, PLUTCHIK.target_labels.code("anticipation")])
    np.testing.assert_allclose(found["unmapped"].to_numpy(), wanted.unmapped, atol=1e-6)


def test_slices_of_a_batch_are_read_at_their_place() -> None:
    x = np.random.default_rng(3).dirichlet(np.ones(28), size=50)
    whole, part = run([batch(x)], PLUTCHIK), run([batch(x).slice(20, 10)], PLUTCHIK)
    assert part["plutchik-8"].to_pylist() == whole["plutchik-8"].to_pylist()[20:30]


def test_a_second_map_adds_to_unmapped() -> None:
    x = np.random.default_rng(4).dirichlet(np.ones(28), size=20)
    once = list(apply_batches([batch(x)], PLUTCHIK, column="soft", semantics=Semantics.DISTRIBUTION))
    ekman = crosswalks.load("plutchik-8--ekman-6")
    twice = pa.Table.from_batches(
        list(apply_batches(once, ekman, column="plutchik-8", semantics=Semantics.DISTRIBUTION))
    )
    total = np.stack(twice["ekman-6-set"].to_numpy()).sum(axis=1) + twice["unmapped"].to_numpy()
    np.testing.assert_allclose(total, 1, atol=1e-5)


def test_misuse() -> None:
    x = np.full((4, 28), 0.5)
    with pytest.raises(ChoraleError, match="do not sum to 1"):
        run([batch(x)], PLUTCHIK)
    with pytest.raises(ChoraleError, match="no matrix product"):
        next(apply_batches([batch(x)], PLUTCHIK, column="soft", semantics=Semantics.PROPORTIONS))
    with pytest.raises(ChoraleError, match="no column"):
        next(apply_batches([batch(x)], PLUTCHIK, column="hard", semantics=Semantics.DISTRIBUTION))
    with pytest.raises(ChoraleError, match="not fixed lists"):
        apply_array(pa.array([1.0, 2.0]), PLUTCHIK.matrix())
    good = np.full((ROWS + 9, 28), 1 / 28)
    good[ROWS + 3, 2] = -np.inf
    with pytest.raises(ChoraleError, match=f"Row {ROWS + 3} holds"):
        run([batch(good)], PLUTCHIK)


def test_a_parquet_file_goes_through_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    x = np.random.default_rng(5).dirichlet(np.ones(28), size=100)
    source, target = tmp_path / "in.parquet", tmp_path / "out.parquet"
    pq.write_table(pa.Table.from_batches([batch(x)]), source)
    words = [str(source), str(target), "--crosswalk", "goemotions-28--plutchik-8", "--semantics", "distribution"]
    assert main([*words, "--column", "soft"]) == 0
    found = pq.read_table(target)
    assert found.column_names == ["id", "soft", "plutchik-8", "unmapped"]
    np.testing.assert_allclose(np.stack(found["plutchik-8"].to_numpy()), by_map_soft(x, PLUTCHIK).values, atol=1e-6)
    assert main([*words, "--column", "hard"]) == 1
    assert "no column" in capsys.readouterr().err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.parquet", "out.parquet"]
    assert main(["--list"]) == 0
    assert "goemotions-28--plutchik-8@1.0.0\tproposed" in capsys.readouterr().out
