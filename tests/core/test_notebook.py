"""The researcher's notebook runs from top to bottom on the sample corpora, and on the real ones when asked to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "docs" / "merge-corpora.ipynb"


def executed(data: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The names that its cells leave behind."""
    monkeypatch.setenv("CHORALE_DATA", str(data))
    monkeypatch.setenv("ROUNDS", "20")
    monkeypatch.chdir(ROOT / "docs")
    found: dict[str, Any] = {}
    for number, cell in enumerate(json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]):
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), f"cell {number}", "exec"), found)
    return found


def test_on_the_sample_corpora(monkeypatch: pytest.MonkeyPatch) -> None:
    found = executed(ROOT / "docs" / "sample-corpora", monkeypatch)
    assert found["counts"]["quarantined"].sum() == 0
    assert found["counts"].loc["goemotions", "imported"] == 160
    plutchik = found["plutchik"].set_index("corpus")
    assert plutchik.loc["brighter-arq", "trust"].isna().all(), "BRIGHTER's raters could not say trust"
    assert plutchik.loc["xed-en", "trust"].notna().all()
    assert found["ekman"].set_index("corpus").loc["brighter-arq", "neutral"].isna().all()
    assert set(found["loss"]["corpus"]) == {"goemotions", "xed-en", "brighter-arq"}
    assert 0.2 < found["pair"]["Plutchik"].value < 1
    assert found["beside"].column_names[:2] == ["item", "source"]
    assert len(found["sets"]) == 4, "GoEmotions and XED hold sets, each mapped twice"
    told, renamed = found["across"]["tone"], found["across"]["Plutchik"]
    assert told.before.value == found["pair"]["Ekman six"].value
    assert told.before.units == told.after.units == renamed.before.units
    assert told.change.value == told.after.value - told.before.value
    assert len(told.null) == 20
    assert renamed.change.value == 0
    assert renamed.p is None


def test_on_the_real_corpora(monkeypatch: pytest.MonkeyPatch, chorale_data: Path) -> None:
    found = executed(chorale_data, monkeypatch)
    counts, loss = found["counts"], found["loss"].set_index(["corpus", "target"])
    assert counts["read"].to_dict() == {"goemotions": 54_263, "xed-en": 27_203, "brighter-arq": 11_418}
    assert counts["quarantined"].to_dict() == {"goemotions": 0, "xed-en": 8, "brighter-arq": 0}
    assert loss.loc[("goemotions", "Plutchik"), "unmapped"].startswith("0.352")
    assert loss.loc[("xed-en", "Plutchik"), "round_trip_jsd"].startswith("0.000")
    assert loss.loc[("brighter-arq", "Ekman"), "items"] == 1_885
    told = found["across"]["tone"]
    assert told.before.units == 1_903
    assert told.before.value == pytest.approx(0.126, abs=0.001)
    assert told.after.value == pytest.approx(0.140, abs=0.001)
    assert told.p > 0.01, "random merges of the same shape come near: the rise says little about the map"
    assert found["by_label"]["joy"].value == pytest.approx(0.282, abs=0.001)
