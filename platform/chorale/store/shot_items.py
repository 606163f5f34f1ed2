"""Which items may stand as examples in a prompt: those people judged, never gold or test, nor their twins."""

from __future__ import annotations

from django.db.models import Q

from annotation.model_raters.items import ShownItem
from chorale.store import prelabel, shown
from chorale.store.models import Corpus, Item, Scheme
from harmonize.records import Judgments

APART = ~Q(reserved="") | Q(split="test")


def candidates(
    scheme: Scheme, perspective: str, corpora: list[Corpus]
) -> tuple[Judgments, dict[str, ShownItem], set[str]]:
    """People's blind votes, the items by uuid, and which of these are held back: an item that is gold or test in
    another corpus under the same words is no example here. Raises ChoraleError `no-votes`."""
    people, items = prelabel.votes(scheme, perspective, corpora)
    hashes = {item.text_hash for item in items.values() if item.text_hash}
    apart = set(Item.objects.filter(APART, text_hash__in=hashes).values_list("text_hash", flat=True))
    held = {name for name, item in items.items() if item.text_hash in apart}
    return people, {name: shown.shown(item) for name, item in items.items()}, held
