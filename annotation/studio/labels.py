"""The labels of a scheme as choices: a plain list, or a tree with each label under its parent."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET  # written here, never parsed

from harmonize.schemes import Label


def add_choices(group: ET.Element, labels: Sequence[Label]) -> None:
    """Every label once, by its id. A label whose parent is not offered stands at the top."""
    offered = {label.id for label in labels}
    if not any(label.parent in offered for label in labels):
        for label in labels:
            _add_choice(group, label)
        return
    below: dict[str | None, list[Label]] = {}
    for label in labels:
        below.setdefault(label.parent if label.parent in offered else None, []).append(label)
    for top in below[None]:
        _grow(group, top, below)


def plain(text: str) -> str:
    """Text as Label Studio shows it unchanged: it would take a dollar sign for a field of the item."""
    return " ".join(text.replace("$", "＄").split())


def _grow(parent: ET.Element, label: Label, below: dict[str | None, list[Label]]) -> None:
    branch = ET.SubElement(parent, "View", className="chorale-branch")
    _add_choice(branch, label)
    if children := below.get(label.id):
        leaves = ET.SubElement(branch, "View", className="chorale-leaves")
        for child in children:
            _grow(leaves, child, below)


def _add_choice(parent: ET.Element, label: Label) -> None:
    choice = ET.SubElement(parent, "Choice", value=plain(label.name), alias=label.id)
    if label.definition:
        choice.set("hint", plain(label.definition))
