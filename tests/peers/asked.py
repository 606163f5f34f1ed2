"""Collections, prompts and endpoints of the peers' tests, in the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from annotation.model_raters.prompting import Prompt
from chorale.jobs import engine
from chorale.store import collections, endpoints
from chorale.store.models import Corpus, Item, Job
from harmonize.corpora.identity import item_uuid

SCHEME = "ekman-6-neutral"
# The words the tiny model learned; see `tiny_text.py`.
PROMPTS = {
    "code": Prompt("tiny-word", "1", "Emotion of the text, one word.", "{{ item.text }}"),
    "json": Prompt("tiny-numbers", "1", "Emotion of the text, JSON probabilities.", "{{ item.text }}", answer="json"),
}
WAYS: dict[str, dict[str, Any]] = {
    "logprobs": {"name": "logprobs", "names": True},
    "samples": {"name": "samples", "names": True, "count": 10, "at_once": 10},
    "verbalised": {"name": "verbalised", "max_tokens": 200},
    "label-strings": {"name": "label-strings", "abstain": False},
    "token-ids": {"name": "logprobs", "by_ids": True},
}


def collect(slug: str, texts: Sequence[str]) -> None:
    """A corpus of these texts, and a collection of all of it under the same slug."""
    corpus = Corpus.objects.create(slug=slug, title=slug, licence="CC-BY-4.0")
    Item.objects.bulk_create(
        Item(uuid=item_uuid(slug, str(n)), corpus=corpus, source_id=str(n), modality="text", text=text)
        for n, text in enumerate(texts)
    )
    collections.create(by=None, slug=slug, title=slug, filter={"corpus": slug})


def begin(collection: str, endpoint: str, way: str, **more: Any) -> Job:
    """A pre-label job by one way of asking, under the prompt the tiny model learned. Raises where it is refused."""
    kind = "json" if way == "verbalised" else "code"
    prompt = endpoints.register_prompt(by=None, prompt=PROMPTS[kind])
    params = {"collection": collection, "scheme": SCHEME, "perspective": "writer", "endpoint": endpoint}
    return engine.start("prelabel", by=None, params=params | {"elicitation": WAYS[way], "prompt": prompt.ref} | more)
