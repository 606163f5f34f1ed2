"""Two items that stand side by side in a pair, a grid or a dialogue, each with its soft label."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from exports.recipe import Layer
from harmonize.schemes import Scheme

TWICE = ("uuid", "speaker", "text", "media")


def beside(rows: pa.Table, layer: Layer, scheme: Scheme) -> pa.Table:
    """Neighbours of one group by position: `first_*` and `second_*` (uuid, speaker, text, media, label, n).

    A pair of items is one row, a dialogue of k turns k - 1. Items without a group are left out.
    """
    held = rows.filter(rows["group"].is_valid())
    keys = [(name, "ascending") for name in ("corpus", "group", "position", "uuid")]
    table = held.sort_by(keys)
    first, second = table.slice(0, max(table.num_rows - 1, 0)), table.slice(1)
    same = pc.and_(pc.equal(first["corpus"], second["corpus"]), pc.equal(first["group"], second["group"]))
    first, second = first.filter(same), second.filter(same)
    columns = {"corpus": first["corpus"], "group": first["group"], "language": first["language"]}
    for side, part in (("first", first), ("second", second)):
        columns |= {f"{side}_{name}": part[name] for name in TWICE}
        columns |= {f"{side}_label": part[layer.name], f"{side}_n": part[f"{layer.name}_n"]}
    return pa.table(columns)
