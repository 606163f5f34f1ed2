"""How mass flows through a crosswalk: bands from source labels to targets and to "unmapped", as SVG paths."""

from __future__ import annotations

from dataclasses import dataclass

from chorale.web import palette
from harmonize.crosswalks import Crosswalk

WIDTH, LEFT, RIGHT, BAR = 720.0, 150.0, 570.0, 9.0
ROW, GAP = 20.0, 5.0
UNMAPPED = "unmapped"


@dataclass(frozen=True)
class Node:
    """A label as a bar: its top and height, where its word stands, and what it holds."""

    name: str
    family: str
    x: float
    y: float
    height: float
    text_y: float
    title: str

    @property
    def text_x(self) -> float:
        """Where the word starts, right of the bar."""
        return self.x + BAR + 7


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


def flow(core: Crosswalk) -> Flow:
    """Every source label with the same mass, a target as high as what it gets; what gets nothing is not drawn."""
    weights = core.matrix()
    source, target = core.source_labels, core.target_labels
    names = [*(label.name for label in target.labels), UNMAPPED]
    families = [*(palette.family(label.id) for label in target.labels), "neutral"]
    left = [max(0.0, 1.0 - float(row.sum())) for row in weights]
    shares = [[*map(float, row), rest if rest > 1e-6 else 0.0] for row, rest in zip(weights, left, strict=True)]
    got = [sum(row[k] for row in shares) for k in range(len(names))]
    reached = [k for k in range(len(names)) if got[k] > 0]
    height = max(len(shares) * (ROW + GAP), len(shares) * ROW + len(reached) * 14.0) + GAP
    sources = _column([1.0] * len(shares), [x.name for x in source.labels], height, LEFT - BAR)
    sources = [_coloured(n, palette.family(x.id)) for n, x in zip(sources, source.labels, strict=True)]
    targets = _column([got[k] for k in reached], [names[k] for k in reached], height, RIGHT)
    targets = [
        _coloured(n, families[k], f"{n.name}: {got[k]:.3g} labels' mass") for n, k in zip(targets, reached, strict=True)
    ]
    bands, filled = [], dict.fromkeys(reached, 0.0)
    place = dict(zip(reached, targets, strict=True))
    for node, row in zip(sources, shares, strict=True):
        at = node.y
        for k in reached:
            if row[k] <= 0:
                continue
            size = row[k] * ROW
            into = place[k].y + filled[k]
            told = f"{node.name} to {names[k]}: {row[k]:.3g}"
            bands.append(Band(node.family, _band(at, into, size), told, names[k] == UNMAPPED))
            at, filled[k] = at + size, filled[k] + size
    return Flow(WIDTH, round(height, 1), sources, targets, bands)


def _column(sizes: list[float], names: list[str], height: float, x: float) -> list[Node]:
    free = height - sum(sizes) * ROW
    gap = free / (len(sizes) + 1)
    at, nodes = gap, []
    for size, name in zip(sizes, names, strict=True):
        tall = size * ROW
        nodes.append(Node(name, "other", x, round(at, 1), round(tall, 1), round(at + tall / 2 + 4, 1), name))
        at += tall + gap
    return nodes


def _coloured(node: Node, family: str, title: str = "") -> Node:
    return Node(node.name, family, node.x, node.y, node.height, node.text_y, title or node.title)


def _band(top: float, into: float, size: float) -> str:
    middle = (LEFT + RIGHT) / 2
    return (
        f"M{LEFT} {top:.1f}C{middle} {top:.1f} {middle} {into:.1f} {RIGHT} {into:.1f}"
        f"V{into + size:.1f}C{middle} {into + size:.1f} {middle} {top + size:.1f} {LEFT} {top + size:.1f}Z"
    )
