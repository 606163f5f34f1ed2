"""Streaming over Arrow gives what `map_soft` gives, masks and nulls included."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harmonize import crosswalks
from harmonize.crosswalks import Crosswalk, map_judgments, map_soft, proportion_bounds
from harmonize.crosswalks.__main__ import main
from harmonize.crosswalks.stream import ROWS, apply_array, apply_batches
from harmonize.crosswalks.stream_rules import map_judgment_batches
from harmonize.problems import ChoraleError
from harmonize.records import Judgments, Kind, Semantics, SoftLabels

ROOT = Path(__file__).parents[3]
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


def test_merged_proportions_stream_as_bounds_and_say_nothing_of_mass() -> None:
    x = np.random.default_rng(6).random((30, 28))
    x[3, PLUTCHIK.source_labels.code("joy")] = np.nan
    null = np.arange(30) == 7
    made = pa.Table.from_batches(
        list(apply_batches([batch(x, null)], PLUTCHIK, column="soft", semantics=Semantics.PROPORTIONS))
    )
    assert made.column_names == ["id", "soft", "plutchik-8_low", "plutchik-8_high"]
    items, n = pa.array([str(k) for k in range(30)]), np.ones(30, np.int32)
    soft = SoftLabels(Semantics.PROPORTIONS, items, PLUTCHIK.source_labels.names, x, n, "m")
    wanted = proportion_bounds(soft, PLUTCHIK)
    for name, bound in (("low", wanted.low), ("high", wanted.high)):
        column = made[f"plutchik-8_{name}"]
        assert column[7].as_py() is None
        np.testing.assert_allclose(np.stack(column.drop_null().to_numpy()), bound[~null], atol=1e-6)


def test_unmerged_proportions_intensities_and_dimensions_stream_by_their_own_rules() -> None:
    rng = np.random.default_rng(7)
    for name, semantics in (
        ("plutchik-8--ekman-6", Semantics.PROPORTIONS),
        ("brighter-6--ekman-6-set", Semantics.INTENSITY),
        ("vad-9--vad-5", Semantics.DIMENSION),
    ):
        crosswalk = crosswalks.load(name)
        x = rng.random((20, len(crosswalk.source_labels.names)))
        x[4, 0] = np.nan
        made = next(apply_batches([batch(x)], crosswalk, column="soft", semantics=semantics, target="t"))
        items, n = pa.array([str(k) for k in range(20)]), np.ones(20, np.int32)
        wanted = map_soft(SoftLabels(semantics, items, crosswalk.source_labels.names, x, n, "m"), crosswalk)
        np.testing.assert_allclose(np.stack(made["t"].to_numpy(False)), wanted.values, atol=1e-6)
        assert "unmapped" not in made.schema.names


def test_judgments_stream_one_by_one_whatever_the_batches() -> None:
    names = PLUTCHIK.source_labels.names
    rng = np.random.default_rng(8)
    rows = [(str(k // 3), f"r{k % 3}", list(rng.choice(names, rng.integers(0, 4), replace=False))) for k in range(60)]
    judgments = Judgments.from_ratings(rows, kind=Kind.SET, labels=names)
    batches = judgments.to_arrow().to_batches(max_chunksize=7)
    assert len(batches) > 5
    table = pa.Table.from_batches(list(map_judgment_batches(batches, PLUTCHIK)))
    found, wanted = Judgments.from_arrow(table), map_judgments(judgments, PLUTCHIK)
    np.testing.assert_array_equal(found.marks(), wanted.marks())
    assert found.items.equals(wanted.items)
    assert (found.kind, found.labels) == (wanted.kind, wanted.labels)


def test_a_notebook_needs_no_django() -> None:
    code = """
import sys
for name in ("django", "celery", "chorale"):
    sys.modules[name] = None
import numpy as np, pyarrow as pa
import annotation.agreement, annotation.aggregation, exports.soft
from harmonize import affect, crosswalks, loss, schemes
from harmonize.crosswalks.stream import apply_batches
lists = pa.FixedSizeListArray.from_arrays(pa.array(np.full(56, 1 / 28, np.float32)), 28)
batch = pa.RecordBatch.from_arrays([lists], names=["soft"])
(out,) = apply_batches([batch], crosswalks.load("goemotions-28--plutchik-8"), column="soft", semantics="distribution")
print(out.num_rows)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert (done.stdout.strip(), done.stderr) == ("2", "")


def test_misuse() -> None:
    x = np.full((4, 28), 0.5)
    with pytest.raises(ChoraleError, match="do not sum to 1"):
        run([batch(x)], PLUTCHIK)
    with pytest.raises(ChoraleError, match="merges labels"):
        next(apply_batches([batch(x)], PLUTCHIK, column="soft", semantics=Semantics.INTENSITY))
    with pytest.raises(ChoraleError, match="does not map dimension"):
        next(apply_batches([batch(x)], PLUTCHIK, column="soft", semantics=Semantics.DIMENSION))
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
