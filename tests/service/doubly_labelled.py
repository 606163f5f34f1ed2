"""A made corpus whose items carry labels in three schemes by the same people, in dialogues, from a known map."""

from __future__ import annotations

import uuid
from typing import Any

import numpy as np

from chorale.store import registry
from chorale.store.models import Corpus, Item, Judgment, Rater, Response
from harmonize.corpora.identity import item_uuid

SOURCE, TARGET, VALUES = "mikels-8@1.0.0", "sentiment-3@1.0.0", "vad-9@1.0.0"
RATERS, TURNS = 3, 8
# Rows of P(sentiment | Mikels label): the four positive ones, then the four negative ones, a little blurred.
TRUE = np.array([[0.05, 0.15, 0.8]] * 4 + [[0.85, 0.1, 0.05]] * 4)


def build(slug: str = "twice", *, count: int = 240, seed: int = 5) -> Corpus:
    """The corpus: ``count`` items, ``RATERS`` answers an item with a Mikels label, a sentiment and VAD points."""
    rng = np.random.default_rng(seed)
    rows = [registry.scheme(ref) for ref in (SOURCE, TARGET, VALUES)]
    corpus = Corpus.objects.create(slug=slug, title="Twice labelled", licence="CC0-1.0", items=count)
    raters = [Rater(kind="person", pseudonym=f"{slug}-{k}", corpus=corpus, source_key=str(k)) for k in range(RATERS)]
    Rater.objects.bulk_create(raters)
    items = Item.objects.bulk_create(_item(corpus, number) for number in range(count))
    responses, said = [], []
    truth = rng.integers(0, len(rows[0].core.names), count)
    order = _by_sentiment(rows)
    for item, true in zip(items, truth, strict=True):
        for rater in raters:
            response = Response(slot=uuid.uuid4(), item=item, rater=rater, origin="imported")
            label = int(true if rng.random() < 0.8 else rng.integers(0, len(rows[0].core.names)))
            tone = int(rng.choice(3, p=TRUE[order.index(int(true))]))
            point = np.clip(5 + 2.5 * (1 if order.index(int(true)) < 4 else -1) + rng.normal(0, 1, 3), 1, 9)
            responses.append(response)
            said.append((response, [(rows[0], "writer", {"labels": [label]}), (rows[1], "writer", {"labels": [tone]}),
                                    (rows[2], "writer", {"values": point.tolist()}),
                                    (rows[2], "reader", {"values": np.clip(point + 0.5, 1, 9).tolist()})]))  # fmt: skip
    Response.objects.bulk_create(responses)
    Judgment.objects.bulk_create(
        Judgment(key=uuid.uuid4(), response=response, item=response.item, rater=response.rater, layer=place,
                 scheme=scheme, perspective=perspective, **answer)
        for response, layers in said for place, (scheme, perspective, answer) in enumerate(layers)
    )  # fmt: skip
    return corpus


def _item(corpus: Corpus, number: int) -> Item:
    return Item(
        uuid=item_uuid(corpus.slug, str(number)), corpus=corpus, source_id=str(number), modality="text",
        text=f"Turn {number} of a made dialogue", group=f"d{number // TURNS}", position=number % TURNS,
    )  # fmt: skip


def _by_sentiment(rows: list[Any]) -> list[int]:
    """Codes of the source labels, positive ones first, as the published map has them."""
    weights = registry.crosswalk("mikels-8--sentiment-3@1.0.0").core.matrix()
    positive = rows[1].core.code("positive")
    return sorted(range(len(weights)), key=lambda code: -weights[code, positive])
