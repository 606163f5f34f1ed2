"""Dialogues whole: one row a dialogue, its turns in order, each with its soft label."""

from __future__ import annotations

import pyarrow as pa

from exports.recipe import Layer
from harmonize.schemes import Scheme


def turns(rows: pa.Table, layer: Layer, scheme: Scheme) -> pa.Table:
    """Columns corpus, dialogue and `turns` (uuid, position, speaker, text, label, n), ordered by position.

    Items that belong to no dialogue are left out.
    """
    label = pa.list_(pa.float32(), len(scheme.names))
    parts = {"uuid": pa.string(), "position": pa.int32(), "speaker": pa.string(), "text": pa.string()}
    turn = pa.struct(parts | {"label": label, "n": pa.int32()})
    columns = ["corpus", "group", "position", "uuid", "speaker", "text", layer.name, f"{layer.name}_n"]
    held = rows.select(columns).filter(rows["group"].is_valid())
    ordered = held.sort_by([("corpus", "ascending"), ("group", "ascending"), ("position", "ascending")])
    dialogues: dict[tuple[str, str], list[dict[str, object]]] = {}
    for row in ordered.to_pylist():
        shape = {name: row[name] for name in parts}
        shape |= {"label": row[layer.name], "n": row[f"{layer.name}_n"]}
        dialogues.setdefault((row["corpus"], row["group"]), []).append(shape)
    return pa.table(
        {
            "corpus": pa.array([corpus for corpus, _ in dialogues], pa.string()),
            "dialogue": pa.array([group for _, group in dialogues], pa.string()),
            "turns": pa.array(list(dialogues.values()), pa.list_(turn)),
        }
    )
