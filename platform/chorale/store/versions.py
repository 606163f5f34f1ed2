"""Versions of a corpus: what a new one has that the old one had not, item by item."""

from __future__ import annotations

import json
import re
from typing import Any

from django.db import connection
from django.db.models import Q

from chorale.store.models import Corpus

Json = dict[str, Any]
KINDS = ("added", "removed", "changed", "relabelled", "refiled")

# What files an item: its facets, its place in a group, who speaks and writes, in which language.
FILED = (
    "({0}.facets || jsonb_strip_nulls(jsonb_build_object('group', nullif({0}.\"group\", ''), 'place', {0}.position, "
    "'speaker', nullif({0}.speaker, ''), 'author', nullif(left({0}.author, 8), ''), "
    "'language', nullif({0}.language, ''))))"
)
# The file that an item names and the stretch of it; its bytes are compared by hash.
MEANT = "jsonb_build_array({0}.media_facts -> 'source', {0}.media_facts -> 'clip', {0}.media_facts -> 'cues')"

# Items of two versions side by side, by source id; an item's answers as one hash of everything imported about it.
SIDES = f"""
WITH said AS (
  SELECT j.item_id, md5(string_agg(concat_ws('|', j.layer, s.ref, j.perspective, coalesce(t.source_key, ''), j.status,
    j.labels::text, j.intensities::text, j."values"::text), ';'
    ORDER BY j.layer, coalesce(t.source_key, ''), j.labels::text, j."values"::text)) AS answers
  FROM judgment j JOIN response r ON r.id = j.response_id JOIN item i ON i.id = j.item_id
    JOIN scheme s ON s.id = j.scheme_id LEFT JOIN rater t ON t.id = j.rater_id
  WHERE i.corpus_id IN (%(old)s, %(new)s) AND r.origin = 'imported' AND j.retired_at IS NULL GROUP BY 1
), sides AS (
  SELECT coalesce(o.source_id, n.source_id) AS source_id, o.id AS old, n.id AS new, CASE
    WHEN o.id IS NULL THEN 'added' WHEN n.id IS NULL THEN 'removed'
    WHEN o.text <> n.text OR o.media_sha256 <> n.media_sha256
      OR {MEANT.format("o")} <> {MEANT.format("n")} THEN 'changed'
    WHEN a.answers IS DISTINCT FROM b.answers THEN 'relabelled'
    WHEN {FILED.format("o")} <> {FILED.format("n")} OR o.split <> n.split THEN 'refiled' ELSE 'same' END AS kind
  FROM (SELECT * FROM item WHERE corpus_id = %(old)s) o
    FULL JOIN (SELECT * FROM item WHERE corpus_id = %(new)s) n ON n.source_id = o.source_id
    LEFT JOIN said a ON a.item_id = o.id LEFT JOIN said b ON b.item_id = n.id
)
"""  # noqa: S608
COUNTS = SIDES + "SELECT kind, count(*) FROM sides GROUP BY 1"  # noqa: S608
ROWS = SIDES + (  # noqa: S608
    "SELECT d.source_id, o.uuid, n.uuid, o.text, n.text, o.split, n.split, "  # noqa: S608
    f"{FILED.format('o')}, {FILED.format('n')} FROM sides d "
    "LEFT JOIN item o ON o.id = d.old LEFT JOIN item n ON n.id = d.new "
    "WHERE d.kind = %(kind)s AND d.source_id > %(after)s ORDER BY d.source_id LIMIT %(limit)s"
)
SHOWN = ("source_id", "old", "new", "old_text", "new_text", "old_split", "new_split", "old_facets", "new_facets")


def of_family(slug: str) -> list[Corpus]:
    """Every version of a corpus by the slug of its descriptor, oldest first."""
    return list(Corpus.objects.filter(Q(slug=slug) | Q(family=slug)).order_by("pk"))


def slug_of(family: str, version: str) -> str:
    """The slug of a further version: "letters", "2.1" gives "letters-v2-1"."""
    tail = re.sub(r"[^a-z0-9]+", "-", version.casefold()).strip("-")[:20] or "next"
    return f"{family[: 80 - len(tail) - 2]}-v{tail}"


def diff(old: Corpus, new: Corpus) -> Json:
    """Items by what became of them: {"against": slug, "version", "added", "removed", "changed" (text or file),
    "relabelled" (what the source says of them), "refiled" (`FILED` or split alone), "same"}."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, {"old": old.pk, "new": new.pk})
        counts = dict(cursor.fetchall())
    told = {kind: counts.get(kind, 0) for kind in (*KINDS, "same")}
    return {"against": old.slug, "version": old.version, **told}


def keep_diff(new: Corpus) -> Json:
    """The diff of a corpus against the version before it, kept in `Corpus.diff`; {} for a first version."""
    told = diff(new.previous, new) if new.previous else {}
    Corpus.objects.filter(pk=new.pk).update(diff=told)
    return told


def rows(old: Corpus, new: Corpus, kind: str, *, after: str = "", limit: int = 50) -> list[Json]:
    """The items of one kind, by source id behind ``after``: dictionaries of `SHOWN`; "old" and "new" are item uuids,
    None on the side where there is none."""
    with connection.cursor() as cursor:
        cursor.execute(ROWS, {"old": old.pk, "new": new.pk, "kind": kind, "after": after, "limit": limit})
        found = [dict(zip(SHOWN, row, strict=True)) for row in cursor]
    for row in found:
        for side in ("old_facets", "new_facets"):
            row[side] = json.loads(row[side]) if isinstance(row[side], str) else row[side]
    return found
