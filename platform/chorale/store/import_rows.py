"""Rows of the new things in a chunk, in the order of the tables' columns, and their COPY."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from django.db import connection

from chorale.store import bridge, object_store, persons, previews, registry
from chorale.store.import_known import Known, Piece
from chorale.store.models import Corpus, Quarantine, Rater, SourceFile
from harmonize import corpora
from harmonize.corpora.amiss import plain
from harmonize.corpora.ledger import GROUP, Taken, slot_of

ITEM = (
    "id", "uuid", "corpus_id", "source_id", "modality", "text", "context", "group", "position", "speaker", "author",
    "media", "media_sha256", "media_facts", "language", "facets", "split", "text_hash", "source_file_id", "line",
)  # fmt: skip
RESPONSE = (
    "id", "slot", "item_id", "rater_id", "source_file_id", "line", "origin", "language", "context_shown",
    "modality_shown", "lead_time",
)  # fmt: skip
JUDGMENT = (
    "key", "response_id", "item_id", "rater_id", "scheme_id", "layer", "perspective", "status", "labels",
    "intensities", "values", "native",
)  # fmt: skip
PUBLISHED = "published"


class Spoken(NamedTuple):
    """One new answer: its record, its rating, the public ids of response and judgment, the rater's id."""

    record: corpora.Record
    rating: corpora.Rating
    response: str
    key: str
    rater: int | None


class Rows:
    """The writer of one chunk."""

    def __init__(
        self,
        corpus: Corpus,
        file: SourceFile,
        descriptor: corpora.Descriptor,
        folder: Path,
        before: Known,
        piece: Piece,
    ) -> None:
        self.corpus, self.file, self.folder, self.before, self.piece = corpus, file, folder, before, piece
        self.corpus_id, self.file_id = corpus.pk, file.pk
        # Looked up now: while a COPY runs, the connection takes no query.
        self.layers: list[tuple[int, str, bool]] = [
            (registry.scheme(layer.scheme.ref).pk, layer.perspective, bool(layer.scheme.dimensions))
            for layer in descriptor.layers
        ]

    def write(self, taken: Sequence[tuple[corpora.Record, Taken]]) -> tuple[int, int]:
        """Write what is new; returns how many items and judgments."""
        items = [record for record, new in taken if new.item]
        self.before.item_ids |= dict(zip((r.source_id for r in items), ids("item", len(items)), strict=True))
        bridge.copy_in("item", ITEM, map(self._item, items))  # made while the server takes in those before
        self._add_facts([(record, new) for record, new in taken if new.facts and not new.item])
        persons.write(self.corpus, self.file, taken)
        judgments = self._answers(taken)
        return len(items), judgments

    def _item(self, record: corpora.Record) -> tuple[Any, ...]:
        key, digest, facts = self._media(record)
        name = record.source_id
        return (
            self.before.item_ids[name], self.piece.items[name], self.corpus_id, name, record.modality,
            record.text, _json(list(record.context)), record.group[:200], record.position, record.speaker[:80],
            record.author, key, digest, _json(facts), record.language[:20], _json(record.facets), record.split[:20],
            self.piece.texts.get(record.text), self.file_id, record.line,
        )  # fmt: skip

    def _media(self, record: corpora.Record) -> tuple[str, str, dict[str, Any]]:
        """Key, hash and facts of a media file; a name alone where the corpus does not hold the files themselves.

        Only what the reader found within the folder has facts: a bare name is never opened.
        """
        name = record.media
        if "bytes" not in record.media_facts:
            return "", "", ({"source": name} if name else {}) | record.media_facts
        key, digest = object_store.put_file(self.folder / name, prefix="media")
        return key, digest, {"source": name, **record.media_facts, **previews.made(self.folder / name, record)}

    def _add_facts(self, changed: list[tuple[corpora.Record, Taken]]) -> None:
        rows = []
        for record, new in changed:
            facets = {name: value for name, value in new.facts.items() if name not in ("split", GROUP)}
            split, group = (str(new.facts.get(name, ""))[:most] for name, most in (("split", 20), (GROUP, 200)))
            rows.append((self.before.item_ids[record.source_id], _json(facets), split, group))
        sql = (
            "UPDATE item SET facets = item.facets || n.facets, split = CASE WHEN item.split = '' THEN n.split "
            'ELSE item.split END, "group" = CASE WHEN item."group" = \'\' THEN n."group" ELSE item."group" END '
            'FROM unnest(%s::bigint[], %s::jsonb[], %s::text[], %s::text[]) AS n (id, facets, split, "group") '
            "WHERE item.id = n.id"
        )
        if rows:
            with connection.cursor() as cursor:
                cursor.execute(sql, [list(column) for column in zip(*rows, strict=True)])

    def _answers(self, taken: Sequence[tuple[corpora.Record, Taken]]) -> int:
        raters = self._raters({rater_name(rating) for _, new in taken for rating in new.ratings})
        spoken: list[Spoken] = []
        fresh: dict[str, Spoken] = {}
        for record, new in taken:
            for rating in new.ratings:
                response, key = self.piece.answers[slot_of(record, rating)]
                one = Spoken(record, rating, response, key, raters.get(rater_name(rating)))
                spoken.append(one)
                if response not in self.before.response_ids:
                    fresh.setdefault(response, one)
        self.before.response_ids |= dict(zip(fresh, ids("response", len(fresh)), strict=True))
        bridge.copy_in("response", RESPONSE, map(self._response, fresh.values()))
        bridge.copy_in("judgment", JUDGMENT, map(self._judgment, spoken))
        return len(spoken)

    def _response(self, one: Spoken) -> tuple[Any, ...]:
        record = one.record
        return (
            self.before.response_ids[one.response], one.response, self.before.item_ids[record.source_id], one.rater,
            self.file_id, record.line, "imported", record.language[:20], bool(record.context), record.modality,
            one.rating.lead_time,
        )  # fmt: skip

    def _judgment(self, one: Spoken) -> tuple[Any, ...]:
        rating = one.rating
        scheme, perspective, dimensional = self.layers[rating.layer]
        return (
            one.key, self.before.response_ids[one.response], self.before.item_ids[one.record.source_id], one.rater,
            scheme, rating.layer, perspective, int(rating.status), None if dimensional else _array(rating.labels),
            _array(rating.strengths) if rating.strengths else None,
            _array(rating.values) if rating.values else None, rating.native[:1000],
        )  # fmt: skip

    def _raters(self, names: Iterable[str]) -> dict[str, int]:
        """Rater ids by hashed name; new ones are made. The corpus's own published labels have a rater of their own."""
        wanted = sorted(name for name in names if name)
        found = dict(Rater.objects.filter(corpus=self.corpus, source_key__in=wanted).values_list("source_key", "pk"))
        for name in wanted:
            if name not in found:
                kind = "source" if name == PUBLISHED else "person"
                pseudonym = f"{self.corpus.slug[:60]}-{name[:12]}"
                made = Rater.objects.create(kind=kind, pseudonym=pseudonym, corpus=self.corpus, source_key=name)
                found[name] = made.pk
        return found


def rater_name(rating: corpora.Rating) -> str:
    """The key of a rating's rater within its corpus; "" where the source publishes no rater ids."""
    return PUBLISHED if rating.published else rating.rater or ""


def quarantine(corpus: Corpus, file: SourceFile, refused: Sequence[corpora.Refused]) -> None:
    """Keep refused rows with their reason; a row that is there already stays as it is."""
    Quarantine.objects.bulk_create(
        [
            Quarantine(
                corpus=corpus, source_file=file, line=row.line, raw=plain(row.raw), code=row.problem.code,
                where=plain(row.problem.where)[:300], what=plain(row.problem.what), fix=plain(row.problem.fix),
                whole_file=not row.rows,
            )
            for row in refused
        ],
        ignore_conflicts=True,
        batch_size=1000,
    )  # fmt: skip


def ids(table: str, count: int) -> list[int]:
    """So many new ids of a table, taken from its sequence."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH s AS MATERIALIZED (SELECT pg_get_serial_sequence(%s, 'id')::regclass AS of) "
            "SELECT array_agg(nextval(s.of)) FROM s, generate_series(1, %s)",
            [table, count],
        )
        return list(cursor.fetchone()[0] or ())


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if value else ("[]" if isinstance(value, list) else "{}")


def _array(values: Sequence[float]) -> str:
    return "{" + ",".join(map(str, values)) + "}"
