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


@pytest.mark.deep
def test_on_the_real_corpora(monkeypatch: pytest.MonkeyPatch, chorale_data: Path) -> None:
    found = executed(chorale_data, monkeypatch)
    assert found["counts"].loc["goemotions", "read"] == 54_263
    print(found["counts"], found["loss"].to_string(), found["by_label"], found["pair"], sep="\n")
