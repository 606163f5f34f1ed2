"""Every block of the guide runs, in order."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

GUIDE = Path(__file__).parents[3] / "docs" / "schemes.md"


def test_every_block_runs(capsys: Any) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", GUIDE.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    assert len(blocks) == 11
    names: dict[str, Any] = {}
    for number, block in enumerate(blocks):
        exec(compile(block, f"block {number}", "exec"), names)
    told = capsys.readouterr().out
    assert "('emotion', 'threat', 'felt')" in told
    assert names["found"][0].misfit is not None
    assert names["mapped"].dropped.tolist() == [0, 0, 1]
