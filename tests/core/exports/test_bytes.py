"""The same recipe, rows and salt give the same bytes, whatever the order; a killed build leaves nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from exports import ordering, parquet, tables
from exports.ordering import InOrder
from exports.publish import UNFINISHED, appearing, sweep
from exports.release import build
from harmonize.problems import ChoraleError
from tests.core.exports import made


@pytest.mark.parametrize("seed", [1, 2])
def test_order_of_rows_changes_no_byte(release: Path, tmp_path: Path, seed: int) -> None:
    build(tmp_path / "again", made.recipe(), made.source(shuffle=seed), salt=made.SALT)
    for path in sorted(p for p in release.rglob("*") if p.is_file()):
        other = tmp_path / "again" / path.relative_to(release)
        assert other.read_bytes() == path.read_bytes(), path.name


def test_spilling_and_small_chunks_change_no_byte(
    release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sorted runs on disk, as for a long table, give what sorting in memory gives."""
    monkeypatch.setattr(tables, "InOrder", lambda *a, **k: InOrder(*a, **k, run_rows=50))
    monkeypatch.setattr("exports.chunks.chunks.__kwdefaults__", {"size": 7})
    build(tmp_path / "again", made.recipe(), made.source(shuffle=5), salt=made.SALT)
    assert (tmp_path / "again" / "manifest.json").read_bytes() == (release / "manifest.json").read_bytes()


def test_row_groups_do_not_depend_on_how_rows_arrive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "ROW_GROUP", 64)
    lists = [[f"l{k}" for k in range(i % 4)] if i % 5 else None for i in range(300)]
    fixed = [[float(i), None, 0.5] if i % 7 else None for i in range(300)]
    table = pa.table(
        {
            "a": pa.array([f"x{i % 9}" if i % 11 else None for i in range(300)]),
            "b": pa.array(range(300), pa.int32()),
            "c": pa.array(lists, pa.list_(pa.string())),
            "d": pa.array(fixed, pa.list_(pa.float32(), 3)),
            "e": pa.array([i % 3 == 0 if i % 13 else None for i in range(300)]),
        }
    )
    for name, step in (("one", 300), ("two", 7), ("three", 64)):
        with parquet.ParquetSink(tmp_path / name, table.schema) as sink:
            for start in range(0, 300, step):
                sink.write(table.slice(start, step))
        assert sink.rows == 300
    one, two, three = ((tmp_path / name).read_bytes() for name in ("one", "two", "three"))
    assert one == two == three
    assert pq.ParquetFile(tmp_path / "one").metadata.num_row_groups == 5


def test_another_salt_gives_other_names_and_the_same_labels(release: Path, tmp_path: Path) -> None:
    build(tmp_path / "other", made.recipe(), made.source(), salt=b"another salt, also long enough")
    for name, hidden in (("judgments", ["key", "rater"]), ("items", ["author"])):
        one, two = (pq.read_table(folder / f"{name}.parquet") for folder in (release, tmp_path / "other"))
        for column in hidden:
            mine = {v for v in one[column].to_pylist() if v and v != "echo-1"}
            assert mine
            assert mine.isdisjoint(two[column].to_pylist())
    same = [pq.read_table(folder / "items.parquet")["goemotions"] for folder in (release, tmp_path / "other")]
    assert same[0].equals(same[1])


def test_no_stable_id_of_a_person_is_in_any_file(release: Path) -> None:
    table = pq.read_table(release / "judgments.parquet")
    assert not {f"r{r}" for r in range(5)} & set(table["rater"].to_pylist())
    keys = {row["key"] for row in made.judgments(240, 0)}
    assert keys.isdisjoint(table["key"].to_pylist())


def test_a_release_is_never_overwritten(release: Path) -> None:
    before = (release / "manifest.json").read_bytes()
    with pytest.raises(ChoraleError, match="immutable"):
        build(release, made.recipe(), made.source(12), salt=made.SALT)
    assert (release / "manifest.json").read_bytes() == before


def test_a_failed_build_leaves_nothing(tmp_path: Path) -> None:
    broken = replace(made.recipe(), corpora=("nowhere",))
    with pytest.raises(ChoraleError, match="nowhere"):
        build(tmp_path / "r" / "1", broken, made.source(12), salt=made.SALT)
    with pytest.raises(RuntimeError):
        _fail_half_way(tmp_path / "r" / "2")
    assert not (tmp_path / "r").exists() or not any((tmp_path / "r").iterdir())


def _fail_half_way(folder: Path) -> None:
    with appearing(folder) as here:
        (here / "half").write_text("x")
        raise RuntimeError


KILLED = """
import os, signal, sys
from pathlib import Path
from exports import release
from tests.core.exports import made

def stop(*a, **k):
    os.kill(os.getpid(), signal.SIGKILL)

release.figures.figures = stop  # the tables are written by then
release.build(Path(sys.argv[1]), made.recipe(), made.source(), salt=made.SALT)
"""


def test_kill_in_the_middle_leaves_no_half_release(tmp_path: Path) -> None:
    folder = tmp_path / "made" / "0.1.0"
    root = Path(__file__).parents[3]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    ended = subprocess.run([sys.executable, "-c", KILLED, str(folder)], cwd=root, env=environment, check=False)
    assert ended.returncode == -signal.SIGKILL
    assert not folder.exists()
    left = list(folder.parent.iterdir())
    assert [path.name.startswith(UNFINISHED) for path in left] == [True]
    assert (left[0] / "items.parquet").stat().st_size > 0
    assert sweep(folder.parent) == 1
    build(folder, made.recipe(), made.source(), salt=made.SALT)
    assert [path.name for path in folder.parent.iterdir()] == ["0.1.0"]


def test_long_tables_are_ordered_with_few_rows_in_memory(tmp_path: Path) -> None:
    table = pa.table({"k": [f"{(i * 7919) % 1000:04}" for i in range(3000)], "n": [f"{i:05}" for i in range(3000)]})
    ordered = InOrder(table.to_batches(max_chunksize=33), ("k", "n"), scratch=tmp_path, run_rows=200)
    for _ in range(2):  # it can be read again
        parts = list(ordered)
        assert max(part.num_rows for part in parts) < 3 * 200 * 2
        whole = pa.concat_tables(parts)
        assert whole.sort_by([("k", "ascending"), ("n", "ascending")]).equals(whole.combine_chunks())
    assert ordered.rows == 3000
    assert ordering.RUN_ROWS > 200
