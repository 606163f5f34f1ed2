"""The stored counters of corpora and collections, brought down by what is erased from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from django.db.models import Count, F, QuerySet

from chorale.store.models import Collection, CollectionItem, Corpus, Item, Judgment, Response


def count_down(items: Sequence[Item], responses: QuerySet[Response]) -> None:
    """Take these items and what was imported of these answers off the counters; to be called before the rows go.

    The sums over source files stay: they tell how the rows of a file were taken when it was read.
    """
    imported = Judgment.objects.filter(response__in=responses, response__campaign=None, response__job=None)
    for told in imported.values("item__corpus").annotate(n=Count("pk")):
        Corpus.objects.filter(pk=told["item__corpus"]).update(judgments=F("judgments") - told["n"])
    for corpus, count in Counter(item.corpus_id for item in items).items():
        Corpus.objects.filter(pk=corpus).update(items=F("items") - count)
    held = CollectionItem.objects.filter(item__in=items).values("collection").annotate(n=Count("pk"))
    for told in held:
        Collection.objects.filter(pk=told["collection"]).update(items=F("items") - told["n"])
