"""Items looked through: languages, personal data, profanity and lengths, kept beside them and summed by corpus."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection

from chorale.store import bridge
from chorale.store.models import Corpus, Item, Screening
from harmonize.corpora.screening import screen

Json = dict[str, Any]
COLUMNS = ("item_id", "language", "certainty", "characters", "words", "pii", "profane")
SURE = 0.9  # certainty from which another language than the stated one is worth a look
BLOCK = 2000


Text = tuple[int, str, str]  # item id, text, its own language


def following(corpus: Corpus, after: int, count: int = BLOCK) -> list[Text]:
    """The next items of a corpus behind the id ``after``, in order; empty at the end."""
    rows = Item.objects.filter(corpus=corpus, pk__gt=after).order_by("pk")
    return list(rows.values_list("pk", "text", "language")[:count])


def look(corpus: Corpus, rows: Sequence[Text], region: str = "US") -> list[tuple[Any, ...]]:
    """What `write` writes of these items; those without a text are left out. ``region``: ISO 3166 country whose phone
    numbers need no +."""
    found = ((pk, screen(text, said=language or corpus.language, region=region)) for pk, text, language in rows if text)
    return [(pk, *one[:4], list(one.pii), one.profane) for pk, one in found]


def write(rows: Sequence[Text], found: Sequence[tuple[Any, ...]]) -> None:
    """Keep what was found in these items, in place of what was known; within the caller's transaction."""
    Screening.objects.filter(item__in=[pk for pk, *_ in rows]).delete()
    bridge.copy_in("screening", COLUMNS, found)


def summarise(corpus: Corpus) -> Json:
    """Sum what was found over a corpus, keep it in `Corpus.screening` and return it:

    {"items": looked through, "languages": [{"language", "items"}] in falling order, "otherwise": items whose language
    is surely (certainty >= .9) another than the stated one, "pii": {kind: items}, "profane": items, "characters" and
    "words": {"min", "p5", "median", "p95", "max"}}.
    """
    where = "FROM screening s JOIN item i ON i.id = s.item_id WHERE i.corpus_id = %s"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT s.language, count(*) {where} GROUP BY 1 ORDER BY 2 DESC, 1", [corpus.pk])
        languages = [{"language": language, "items": items} for language, items in cursor]
        cursor.execute(
            f"SELECT kind, count(*) FROM (SELECT unnest(s.pii) AS kind {where}) k GROUP BY 1 ORDER BY 1",  # noqa: S608
            [corpus.pk],
        )
        pii = dict(cursor.fetchall())
        cursor.execute(
            "SELECT count(*), count(*) FILTER (WHERE s.profane > 0), count(*) FILTER (WHERE s.certainty >= %s "
            "AND s.language <> split_part(coalesce(nullif(i.language, ''), %s), '-', 1)), "
            f"{_quantiles('characters')}, {_quantiles('words')} {where}",
            [SURE, corpus.language, corpus.pk],
        )
        items, profane, otherwise, characters, words = cursor.fetchone()
    told = {
        "items": items, "languages": languages, "otherwise": otherwise, "pii": pii, "profane": profane,
        "characters": _named(characters), "words": _named(words),
    }  # fmt: skip
    Corpus.objects.filter(pk=corpus.pk).update(screening=told)
    return told


def _quantiles(column: str) -> str:
    return f"percentile_disc(ARRAY[0, .05, .5, .95, 1]) WITHIN GROUP (ORDER BY s.{column})"


def _named(values: list[int] | None) -> Json:
    return dict(zip(("min", "p5", "median", "p95", "max"), values or [], strict=False))
