"""Where an item's text may not be passed on, neither may a model's translation or quotation of it."""

from __future__ import annotations

import json

import pyarrow as pa

from exports.judgments_table import _without_retelling


def test_translations_and_quotations_go_where_the_text_is_hidden() -> None:
    said = {"stages": {"translation": "the very text"}, "spans_not_found": ["text"], "spread": {"valence": 0.5}}
    texts = pa.chunked_array([pa.array([json.dumps(said), json.dumps({"stages": {}}), None, json.dumps(said)])])
    hidden = pa.chunked_array([pa.array([True, True, True, False])])
    told = _without_retelling(texts, hidden).to_pylist()
    assert json.loads(told[0]) == {"spread": {"valence": 0.5}}
    assert told[1:3] == [None, None]
    assert json.loads(told[3]) == said
