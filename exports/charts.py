"""The charts of a release as SVG: mean soft label of each layer, agreement with its interval. Text, so bytes repeat."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

Json = dict[str, Any]
WIDTH, LEFT, RIGHT, LINE = 640, 190, 56, 20
LOSS = "loss-of-crosswalks.svg"
INK, SOFT, BAR = "#333333", "#999999", "#3b6ea5"


def write_charts(folder: Path, report: Json) -> list[str]:
    """Write `charts/*.svg` from the figures of the report; returns the names, relative to the release."""
    place = folder / "charts"
    place.mkdir()
    for layer in report["layers"]:
        rows = [(label, value) for label, value in layer["mean"].items() if value is not None]
        if rows:
            title = f"{layer['name']}: {layer['scheme']}, {layer['perspective']}, {layer['semantics']}"
            (place / f"{layer['name'].replace('_', '-')}.svg").write_text(bars(title, rows), "utf-8", newline="\n")
    if alphas := [row for entry in report["agreement"] for row in _rows(entry)]:
        (place / "agreement.svg").write_text(intervals("Krippendorff's alpha", alphas), "utf-8", newline="\n")
    if kept := [row for entry in report["loss"] for row in _kept(entry)]:
        drawn = bars("Crosswalks: what is unmapped, what information is kept (shares)", kept)
        (place / LOSS).write_text(drawn, "utf-8", newline="\n")
    return sorted(f"charts/{path.name}" for path in place.iterdir())


def _kept(entry: Json) -> list[tuple[str, float]]:
    told = {"unmapped": entry["unmapped"]}
    if entry["report"]:
        told["kept"] = entry["report"]["figures"]["kept_share"]["value"]
    return [(f"{entry['layer']}: {word}", value) for word, value in told.items() if value is not None]


def _rows(entry: Json) -> list[tuple[str, float, float, float]]:
    named = {"": entry["alpha"]} if entry["alpha"] else {f", {k}": v for k, v in entry["parts"].items()}
    where = f"{entry['corpus']}, {entry['scheme'].partition('@')[0]}"
    found = [(f"{where}{part}", c["value"], c["low"], c["high"]) for part, c in named.items()]
    return [row for row in found if None not in row]


def bars(title: str, rows: Sequence[tuple[str, float]]) -> str:
    """A bar a label from zero; negative means (signed dimensions) go left of it."""
    low, high = min(0.0, *(v for _, v in rows)), max(0.0, *(v for _, v in rows))
    scale = _Scale(low, high if high > low else low + 1.0)
    marks = []
    for i, (label, value) in enumerate(rows):
        start, end = sorted((scale(0.0), scale(value)))
        box = f'x="{start:.1f}" y="{_top(i) - 11:.1f}" width="{max(end - start, 0.5):.1f}" height="14"'
        marks.append(f'<rect {box} fill="{BAR}"/>')
        marks += [_text(LEFT - 8, i, label, "end"), _text(end + 5, i, f"{value:.3f}", "start", SOFT)]
    return _drawing(title, len(rows), [_line(scale(0.0), len(rows)), *marks])


def intervals(title: str, rows: Sequence[tuple[str, float, float, float]]) -> str:
    """A dot and its interval a row, zero marked: what chance alone would give."""
    scale = _Scale(min(0.0, *(low for _, _, low, _ in rows)), max(1.0, *(high for *_, high in rows)))
    marks = []
    for i, (label, value, low, high) in enumerate(rows):
        y = _top(i) - 4
        ends = f'x1="{scale(low):.1f}" y1="{y}" x2="{scale(high):.1f}" y2="{y}"'
        marks.append(f'<line {ends} stroke="{BAR}" stroke-width="2"/>')
        marks.append(f'<circle cx="{scale(value):.1f}" cy="{y}" r="4" fill="{BAR}"/>')
        marks += [_text(LEFT - 8, i, label, "end"), _text(WIDTH - 4, i, f"{value:.3f}", "end", SOFT)]
    return _drawing(title, len(rows), [_line(scale(0.0), len(rows)), *marks])


class _Scale:
    """A value's place across the drawing."""

    def __init__(self, low: float, high: float) -> None:
        self.low, self.span = low, high - low

    def __call__(self, value: float) -> float:
        return LEFT + (value - self.low) / self.span * (WIDTH - LEFT - RIGHT)


def _top(row: int) -> int:
    return 48 + row * LINE


def _text(x: float, row: int, words: str, anchor: str, colour: str = INK) -> str:
    shown = words if len(words) <= 30 else f"{words[:29]}…"
    return f'<text x="{x:.1f}" y="{_top(row)}" text-anchor="{anchor}" fill="{colour}">{escape(shown)}</text>'


def _line(x: float, rows: int) -> str:
    return f'<line x1="{x:.1f}" y1="32" x2="{x:.1f}" y2="{_top(rows) - 12}" stroke="{SOFT}" stroke-width="1"/>'


def _drawing(title: str, rows: int, marks: Sequence[str]) -> str:
    height = _top(rows)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img" font-family="sans-serif" font-size="12">'
    )
    name = escape(title)
    top = f'<title>{name}</title><rect width="100%" height="100%" fill="#ffffff"/>'
    heading = f'<text x="8" y="20" font-size="13" font-weight="bold" fill="{INK}">{name}</text>'
    return "\n".join([head, top, heading, *marks, "</svg>"]) + "\n"
