"""Our style over Label Studio's page: the item and the form and nothing else, scales as numbered steps with figures."""

from __future__ import annotations

from functools import cache
from itertools import product
from pathlib import Path
from urllib.parse import quote

from annotation.studio import manikin

SHEET = Path(__file__).with_name("label.css")


@cache
def sheet() -> str:
    """The whole style sheet."""
    rules = [SHEET.read_text("utf-8")]
    for name, count in product(manikin.FIGURES, manikin.LENGTHS):
        for step in range(count):
            drawn = quote(manikin.figure(name, step, count))
            where = f".chorale-sam-{name}.chorale-steps-{count} .ant-rate-star:nth-child({step + 1})"
            rules.append(f'{where} {{ --figure: url("data:image/svg+xml,{drawn}"); }}')
    return "\n".join(rules)
