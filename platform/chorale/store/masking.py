"""Personal data masked in a corpus's texts, on request and for good: what comes in later is masked on its way."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.db import connection, transaction

from chorale.store import audit
from chorale.store.models import Corpus, Item, User
from harmonize import corpora
from harmonize.corpora.identity import text_name
from harmonize.corpora.screening import KINDS, mask
from harmonize.problems import ChoraleError

BLOCK = 2000
Changed = tuple[int, str, list[Any], list[Any]]  # item id, text, context, captions


@transaction.atomic
def decide(*, by: User | None, corpus: Corpus, kinds: Sequence[str]) -> Corpus:
    """Have these kinds of personal data masked in a corpus from now on; the job `mask_corpus` masks what is here.

    The raw files in the object store stay as they came. ChoraleError `pii-kind` for a kind that is unknown.
    """
    if unknown := sorted(set(kinds) - set(KINDS)):
        raise ChoraleError("pii-kind", f"Unknown: {', '.join(unknown)}.", f"Known: {', '.join(KINDS)}.")
    row = Corpus.objects.select_for_update().get(pk=corpus.pk)
    row.masked = [kind for kind in KINDS if kind in {*row.masked, *kinds}]
    row.save(update_fields=["masked"])
    audit.record(by, "corpus.mask", row, kinds=list(kinds), masked=row.masked)
    return row


def applied(corpus: Corpus, descriptor: corpora.Descriptor) -> corpora.Descriptor:
    """The descriptor by which this corpus is read, with what was decided here masked too."""
    kinds = tuple(kind for kind in KINDS if kind in {*descriptor.mask, *corpus.masked})
    return replace(descriptor, mask=kinds) if kinds != descriptor.mask else descriptor


def following(corpus: Corpus, after: int, count: int = BLOCK) -> tuple[int, int, list[Changed]]:
    """The next items behind the id ``after``: the last id, how many, and those that masking changes."""
    found = Item.objects.filter(corpus=corpus, pk__gt=after).order_by("pk")
    rows = list(found.values_list("pk", "text", "context", "media_facts__cues")[:count])
    region = corpus.descriptor.get("corpus", {}).get("region", "US")
    changed: list[Changed] = []
    for pk, text, context, captions in rows:
        plain = mask(text, corpus.masked, region=region)
        turns, cues = (
            [{**part, "text": mask(part.get("text") or "", corpus.masked, region=region)} for part in parts or []]
            for parts in (context, captions)
        )
        if plain != text or turns != context or cues != (captions or []):
            changed.append((pk, plain, turns, cues))
    return (rows[-1][0] if rows else after), len(rows), changed


def write(changed: Sequence[Changed]) -> None:
    """Put the masked texts in place of the others, within the caller's transaction."""
    if not changed:
        return
    rows = [
        (
            pk,
            text,
            json.dumps(turns),
            json.dumps({"cues": cues} if cues else {}),
            text_name(text) if text else None,
        )
        for pk, text, turns, cues in changed
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE item SET text = n.text, context = n.context, media_facts = item.media_facts || n.cues, "
            "text_hash = n.hash FROM unnest(%s::bigint[], %s::text[], %s::jsonb[], %s::jsonb[], %s::uuid[]) "
            "AS n (id, text, context, cues, hash) WHERE item.id = n.id",
            [list(column) for column in zip(*rows, strict=True)],
        )
