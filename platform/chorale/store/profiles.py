"""The profile of a corpus: lengths, languages, splits, facets, labels and likenesses, each counted over all items."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.utils import timezone

from chorale.store import versions
from chorale.store.models import Corpus, CorpusProfile, Scheme

Json = dict[str, Any]
LENGTHS = (0, 20, 40, 80, 160, 320, 640, 1280)  # characters; classes that double
VALUES = 12  # values of a facet that are told one by one
FACETS = 40  # facets that are told
BINS = 12  # of a dimension that is continuous
LEVELS = 30  # of a dimension that are told one by one

OF_ITEMS = "FROM item i WHERE i.corpus_id = %s"
OF_JUDGMENTS = (
    "FROM judgment j JOIN item i ON i.id = j.item_id LEFT JOIN rater t ON t.id = j.rater_id "
    "WHERE i.corpus_id = %s AND j.retired_at IS NULL AND (t.id IS NULL OR t.kind <> 'model')"
)


def stale(corpus: Corpus) -> bool:
    """Whether rows came or went since the corpus was last counted."""
    found = CorpusProfile.objects.filter(corpus=corpus).values_list("items", "judgments").first()
    return found != (corpus.items, corpus.judgments)


def outdate(corpora: Sequence[Corpus]) -> None:
    """Have corpora (none named: all) counted anew when they are next looked at, though no row came or went."""
    rows = CorpusProfile.objects.filter(corpus__in=corpora) if corpora else CorpusProfile.objects.all()
    rows.update(judgments=-1)


def count(corpus: Corpus) -> CorpusProfile:
    """Count a corpus and keep what was found.

    ``body``: "lengths" [{"from", "to", "items"}] in characters; "languages", "splits", "modalities" [{"value",
    "items"}] in falling order; "facets" {name: {"values": the most frequent, "distinct": how many}}; "labels"
    [{"scheme", "perspective", "judgments", "marks": [{"value", "marks"}], "dimensions": {name: {"counts", "edges"}}}]
    of people and of the source; "alike" {"exact": items whose text another item of the corpus has, "near": items that
    follow a leader of this corpus, "versions": of another version of it, "across": of any other corpus}.
    """
    seen = (corpus.items, corpus.judgments)
    body = {
        "lengths": _lengths(corpus),
        "languages": _values("coalesce(nullif(i.language, ''), %s)", corpus, corpus.language),
        "splits": _values("i.split", corpus),
        "modalities": _values("i.modality", corpus),
        "facets": _facets(corpus),
        "labels": _labels(corpus),
        "alike": _alike(corpus),
    }
    kept, _ = CorpusProfile.objects.update_or_create(
        corpus=corpus,
        defaults={"body": body, "items": seen[0], "judgments": seen[1], "made_at": timezone.now()},
    )
    return kept


def _rows(sql: str, params: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def _lengths(corpus: Corpus) -> list[Json]:
    sql = f"SELECT width_bucket(char_length(i.text), %s::int[]), count(*) {OF_ITEMS} AND i.text <> '' GROUP BY 1"
    found = dict(_rows(sql, [list(LENGTHS), corpus.pk]))
    ends: list[int | None] = [*LENGTHS[1:], None]
    return [
        {"from": low, "to": high, "items": found.get(n, 0)}
        for n, (low, high) in enumerate(zip(LENGTHS, ends, strict=True), 1)
    ]


def _values(expression: str, corpus: Corpus, *params: Any) -> list[Json]:
    sql = f"SELECT {expression} AS value, count(*) {OF_ITEMS} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 60"
    return [{"value": value, "items": items} for value, items in _rows(sql, [*params, corpus.pk])]


def _facets(corpus: Corpus) -> Json:
    sql = (
        "SELECT name, value, items, distinct_values FROM (SELECT name, value, items, "
        "row_number() OVER (PARTITION BY name ORDER BY items DESC, value) AS place, "
        "count(*) OVER (PARTITION BY name) AS distinct_values FROM ("
        "SELECT f.key AS name, left(f.value, 120) AS value, count(*) AS items FROM item i, "
        "jsonb_each_text(i.facets) f WHERE i.corpus_id = %s GROUP BY 1, 2) c) r WHERE place <= %s ORDER BY name, place"
    )
    found: Json = {}
    for name, value, items, distinct in _rows(sql, [corpus.pk, VALUES]):
        if name in found or len(found) < FACETS:
            found.setdefault(name, {"distinct": distinct, "values": []})["values"].append(
                {"value": value, "items": items}
            )
    return found


def _labels(corpus: Corpus) -> list[Json]:
    layers = _rows(
        f"SELECT j.scheme_id, j.perspective, count(*) {OF_JUDGMENTS} GROUP BY 1, 2 ORDER BY 3 DESC", [corpus.pk]
    )
    marks = _rows(
        "SELECT j.scheme_id, j.perspective, l, count(*) "
        f"{OF_JUDGMENTS.replace(' WHERE', ', unnest(j.labels) l WHERE')} GROUP BY 1, 2, 3",
        [corpus.pk],
    )
    cores = {row.pk: row.core for row in Scheme.objects.filter(pk__in=[scheme for scheme, *_ in layers])}
    told = []
    for scheme, perspective, judgments in layers:
        core = cores[scheme]
        mine = sorted(((core.names[code], n) for s, p, code, n in marks if (s, p) == (scheme, perspective)),
                      key=lambda pair: (-pair[1], pair[0]))  # fmt: skip
        one: Json = {"scheme": core.ref, "perspective": perspective, "judgments": judgments}
        one["marks"] = [{"value": name, "marks": n} for name, n in mine]
        one["dimensions"] = {
            d.id: _dimension(corpus, scheme, perspective, place, edges_of(d.low, d.high, d.step))
            for place, d in enumerate(core.dimensions, 1)
        }
        told.append(one)
    return told


def edges_of(low: float, high: float, step: float | None) -> list[float]:
    """Classes of a dimension: around each of its levels where it has few, else `BINS` equal ones over its range."""
    levels = round((high - low) / step) + 1 if step else 0
    if step and levels <= LEVELS:
        return [low + (n - 0.5) * step for n in range(levels + 1)]
    return [low + (high - low) * n / BINS for n in range(BINS + 1)]


def _dimension(corpus: Corpus, scheme: int, perspective: str, place: int, edges: list[float]) -> Json:
    """Values of one dimension by class; what lies beyond the ends is in the first or last."""
    top = len(edges) - 1
    sql = (
        'SELECT least(greatest(width_bucket(j."values"[%s]::float8, %s::float8[]), 1), %s), count(*) '
        f"{OF_JUDGMENTS} AND j.scheme_id = %s AND j.perspective = %s AND j.\"values\"[%s] <> 'NaN' GROUP BY 1"
    )
    found = dict(_rows(sql, [place, edges, top, corpus.pk, scheme, perspective, place]))
    return {"edges": edges, "counts": [found.get(n, 0) for n in range(1, top + 1)]}


def _alike(corpus: Corpus) -> Json:
    exact = (
        "SELECT coalesce(sum(n), 0)::bigint FROM (SELECT count(*) AS n FROM item WHERE corpus_id = %s "
        "AND text_hash IS NOT NULL GROUP BY text_hash HAVING count(*) > 1) g"
    )
    near = (
        "SELECT count(*) FILTER (WHERE l.corpus_id = i.corpus_id), count(*) FILTER (WHERE l.corpus_id = ANY(%s)), "
        "count(*) FROM near_duplicate n JOIN item i ON i.id = n.item_id JOIN item l ON l.id = n.leader_id "
        "WHERE i.corpus_id = %s"
    )
    family = [row.pk for row in versions.of_family(corpus.family or corpus.slug) if row.pk != corpus.pk]
    within, other, every = _rows(near, [family, corpus.pk])[0]
    told = {"near": within, "across": every - within - other, "versions": other}
    return {"exact": _rows(exact, [corpus.pk])[0][0], **told}
