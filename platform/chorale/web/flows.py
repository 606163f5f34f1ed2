"""How mass flows through a crosswalk: bands from source labels to targets and to "unmapped", as SVG paths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chorale.web import palette, words
from harmonize.crosswalks import Crosswalk

WIDTH, LEFT, RIGHT, BAR = 600.0, 132.0, 472.0, 9.0
ROW, GAP, WORD = 20.0, 5.0, 14.0  # height of a label's even mass, free room, height of a word
UNMAPPED = "unmapped"


@dataclass(frozen=True)
class Node:
    """A label as a bar: its top and height, where its word stands, and what it holds."""

    name: str
    family: str
    x: float
    y: float
    height: float
    title: str

    @property
    def text_x(self) -> float:
        """Where the word starts, right of the bar."""
        return self.x + BAR + 7

    @property
    def text_y(self) -> float:
        """The line on which the word stands."""
        return round(self.y + self.height / 2 + 4, 1)


@dataclass(frozen=True)
class Band:
    """Mass that goes from one label to another."""

    family: str
    path: str
    title: str
    lost: bool


@dataclass(frozen=True)
class Flow:
    """The drawing, in a box of ``width`` by ``height`` units."""

    width: float
    height: float
    sources: list[Node]
    targets: list[Node]
    bands: list[Band]


def flow(core: Crosswalk, base: Sequence[float] = ()) -> Flow:
    """Source labels as high as their mass (``base`` float[Ls], else alike), targets as high as what they get.

    What gets nothing is not drawn; a source label without mass keeps its word and a hair line.
    """
    weights = core.matrix()
    source, target = core.source_labels, core.target_labels
    even = [1.0] * len(source.names)
    total = sum(base)
    mass = [len(even) * float(b) / total for b in base] if total > 0 else even
    names = [*(label.name for label in target.labels), UNMAPPED]
    families = [*(palette.of_label(label, target) for label in target.labels), "neutral"]
    left = [max(0.0, 1.0 - float(row.sum())) for row in weights]
    rows = [
        [m * w for w in (*map(float, row), rest if rest > 1e-6 else 0.0)]
        for m, row, rest in zip(mass, weights, left, strict=True)
    ]
    got = [sum(row[k] for row in rows) for k in range(len(names))]
    reached = [k for k in range(len(names)) if got[k] > 0]
    height = max(_needed(mass), _needed([got[k] for k in reached]))
    titles = [f"{x.name}: {words.percent(m / len(even))} of the mass" for x, m in zip(source.labels, mass, strict=True)]
    left_families = [palette.of_label(x, source) for x in source.labels]
    sources = _column(mass, [x.name for x in source.labels], left_families, titles, height, LEFT - BAR)
    ends = [f"{names[k]}: {words.percent(got[k] / len(even))} of the mass" for k in reached]
    targets = _column(
        [got[k] for k in reached], [names[k] for k in reached], [families[k] for k in reached], ends, height, RIGHT
    )
    bands = _bands(sources, dict(zip(reached, targets, strict=True)), rows, mass)
    return Flow(WIDTH, round(height, 1), sources, targets, bands)


def _bands(sources: list[Node], place: dict[int, Node], rows: list[list[float]], mass: list[float]) -> list[Band]:
    bands, filled = [], dict.fromkeys(place, 0.0)
    for node, row, whole in zip(sources, rows, mass, strict=True):
        at = node.y
        for k, target in place.items():
            if row[k] <= 0:
                continue
            size = row[k] * ROW
            told = f"{node.name} to {target.name}: {row[k] / whole:.3g}"
            bands.append(Band(node.family, _band(at, target.y + filled[k], size), told, target.name == UNMAPPED))
            at, filled[k] = at + size, filled[k] + size
    return bands


def _needed(sizes: Sequence[float]) -> float:
    """The height that a column needs so that no word stands on another."""
    return sum(max(size * ROW, WORD) + GAP for size in sizes) + GAP


def _column(
    sizes: Sequence[float], names: list[str], families: list[str], titles: list[str], height: float, x: float
) -> list[Node]:
    free = (height - sum(max(size * ROW, WORD) for size in sizes)) / (len(sizes) + 1)
    at, nodes = free, []
    for size, name, family, title in zip(sizes, names, families, titles, strict=True):
        tall, room = size * ROW, max(size * ROW, WORD)
        top = at + (room - tall) / 2
        nodes.append(Node(name, family, x, round(top, 1), round(tall, 1), title))
        at += room + free
    return nodes


def _band(top: float, into: float, size: float) -> str:
    middle = (LEFT + RIGHT) / 2
    return (
        f"M{LEFT} {top:.1f}C{middle} {top:.1f} {middle} {into:.1f} {RIGHT} {into:.1f}"
        f"V{into + size:.1f}C{middle} {into + size:.1f} {middle} {top + size:.1f} {LEFT} {top + size:.1f}Z"
    )
