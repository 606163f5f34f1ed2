"""Where rows become tables: queries out as Arrow, tables in by COPY. Nothing else turns rows into columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from django.db import connection

from chorale.store import rounds
from chorale.store.models import Campaign, Collection, Corpus, Rater, Ruling, Scheme
from harmonize.records import Bool, Float64, Judgments, Kind, Semantics, SoftLabels

Who = Literal["people", "model", "source", "all"]
BLOCK = 50_000  # item ids in one block
MIX = 2_654_435_761  # 2^32 / golden ratio (Knuth): spreads consecutive ids evenly over 0..2^32


# Ratings that came with a corpus stand under its licence; demo raters stand for nobody.
MAY_TRAIN = """(r.campaign_id IS NULL OR t.demo OR EXISTS (SELECT 1 FROM consent a WHERE a.rater_id = t.id
  AND a.campaign_id = r.campaign_id AND a.withdrawn_at IS NULL AND (a.purposes ->> 'training')::boolean))"""


def uri() -> str:
    """The libpq address of the database Django uses now (the test database, in tests)."""
    d = {**settings.DATABASES["default"], **connection.settings_dict}
    secret = f":{d['PASSWORD']}" if d["PASSWORD"] else ""
    return f"postgresql://{d['USER']}{secret}@{d['HOST'] or '127.0.0.1'}:{d['PORT'] or 5432}/{d['NAME']}"


@contextmanager
def reader() -> Iterator[Any]:
    """A read-only ADBC cursor on a connection of its own: it sees what is committed."""
    import adbc_driver_postgresql.dbapi as adbc  # brings pandas and polars along, which most processes never need

    with adbc.connect(uri(), autocommit=False) as link, link.cursor() as cursor:
        # Whole tables are read here. Right after a bulk import the planner still believes them empty, and a nested
        # loop over what it takes for three rows can last for hours.
        cursor.execute("SET enable_nestloop = off")
        yield cursor


def table(sql: str, params: Sequence[Any] = ()) -> pa.Table:
    """The whole answer of a query as one Arrow table (columns whole in memory)."""
    with reader() as cursor:
        cursor.execute(sql, list(params)) if params else cursor.execute(sql)
        return cursor.fetch_arrow_table()


def batches(sql: str, params: Sequence[Any] = ()) -> Iterator[pa.RecordBatch]:
    """The answer of a query batch by batch, memory flat."""
    with reader() as cursor:
        cursor.execute(sql, list(params)) if params else cursor.execute(sql)
        yield from cursor.fetch_record_batch()


def copy_in(table_name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """COPY rows into a table inside the caller's transaction; returns how many."""
    names = ", ".join(f'"{c}"' for c in columns)
    count = 0
    with connection.cursor() as cursor, cursor.copy(f'COPY "{table_name}" ({names}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    return count


def analyse(*tables: str) -> None:
    """Tell the planner what a bulk write has made of these tables; the server itself does so a minute later."""
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(tables)}")


@dataclass(frozen=True)
class Block:
    """A run of item ids, from ``items[0]`` up to but without ``items[1]``, in which somebody spoke.

    ``fingerprint`` changes with every judgment that is added, replaced or withdrawn there.
    """

    number: int
    judgments: int
    fingerprint: str

    @property
    def items(self) -> tuple[int, int]:
        """The ids, as `judgments` takes them."""
        return self.number * BLOCK, (self.number + 1) * BLOCK


def blocks(
    scheme: Scheme,
    *,
    perspective: str,
    who: Who,
    corpus: Corpus | None = None,
    collection: Collection | None = None,
    campaign: Campaign | None = None,
) -> list[Block]:
    """The blocks of `BLOCK` item ids with current judgments, in order; their bounds never move."""
    where, params = _conditions(scheme, perspective, who, corpus, collection, campaign, None, True)
    rows = table(
        f"SELECT (j.item_id / {BLOCK})::int AS number, count(*) AS judgments, max(j.id) AS newest, "  # noqa: S608
        "bit_xor(hashint8(j.id)) AS mixed FROM judgment j JOIN response r ON r.id = j.response_id "
        "JOIN item i ON i.id = j.item_id LEFT JOIN rater t ON t.id = j.rater_id "
        f"WHERE {' AND '.join(where)} GROUP BY 1 ORDER BY 1",
        params,
    )
    return [
        Block(r["number"], r["judgments"], f"{r['judgments']}:{r['newest']}:{r['mixed']}") for r in rows.to_pylist()
    ]


def ids(items: Iterable[int]) -> pa.StringArray:
    """Item ids as the vocabularies of `judgments` hold them."""
    return pa.array([str(item) for item in items], type=pa.string())


def rulings(scheme: Scheme, *, perspective: str, items: pa.StringArray) -> Judgments:
    """Standing rulings on these items, as judgments of their adjudicators; those on strengths are sets."""
    kind = Kind.SET if scheme.kind == Kind.INTENSITY else Kind(scheme.kind)
    rows = list(Ruling.objects.filter(scheme=scheme, perspective=perspective, retired_at=None).order_by("item_id"))
    asked = pc.is_in(ids(row.item_id for row in rows), value_set=items.cast(pa.string())).to_pylist()
    names = scheme.core.names
    said: list[tuple[str, str | None, Any]] = []
    for row in (row for row, wanted in zip(rows, asked, strict=True) if wanted):
        if kind == Kind.DIMENSION:
            answer: Any = [np.nan if v is None else v for v in row.values or [None] * len(names)]
        else:
            answer = [names[code] for code in row.labels or []]
            answer = answer[0] if kind == Kind.SINGLE else answer
        said.append((str(row.item_id), str(row.decided_by_id), answer))
    return Judgments.from_ratings(said, kind=kind, labels=names)


def judgments(
    scheme: Scheme,
    *,
    perspective: str,
    who: Who,
    corpus: Corpus | None = None,
    collection: Collection | None = None,
    campaign: Campaign | None = None,
    rater: Rater | None = None,
    blind: bool = True,
    out_of_fold: bool | None = None,
    items: tuple[int, int] | None = None,
    share: float = 1.0,
    training: bool = False,
) -> Judgments:
    """Current judgments under one scheme from one perspective; ``items`` are item ids as strings, in id order.

    ``who`` "people" leaves out assisted and top-up answers unless ``blind`` is False (SCIENCE rules 13, 14); model
    rows come as PROBABILITY. ``out_of_fold`` True keeps only rows predicted by a fit that had not seen the item.
    ``items``: ids from the first up to the second. ``share`` below 1: that share of the items, by a fixed hash of ids.
    ``training``: without the answers of people who did not agree that models learn from them (SCIENCE rule 21).
    """
    where, params = _conditions(scheme, perspective, who, corpus, collection, campaign, rater, blind)
    where += [MAY_TRAIN] if training else []
    if out_of_fold is not None:
        where.append("coalesce(j.out_of_fold, false) = $%d" % (len(params) + 1))  # noqa: UP031
        params.append(out_of_fold)
    where += _narrowed(items, share)
    return _judgments(_said(scheme, who, where, params), scheme, who)


@dataclass(frozen=True, eq=False)
class Answers:
    """Every human answer of a scope with when and how: ``planned`` bool[n] (blind, of the planned overlap),
    ``lead_time`` seconds and ``at`` seconds since 1970, float64[n], NaN where unknown."""

    judgments: Judgments
    planned: Bool
    lead_time: Float64
    at: Float64


def answers(
    scheme: Scheme,
    *,
    perspective: str,
    share: float = 1.0,
    corpus: Corpus | None = None,
    collection: Collection | None = None,
    campaign: Campaign | None = None,
) -> Answers:
    """What people said, assisted and topped-up answers too, of a ``share`` of the items as in `judgments`."""
    where, params = _conditions(scheme, perspective, "people", corpus, collection, campaign, None, False)
    more = (
        ", (r.arm = 'blind' AND NOT r.top_up) AS planned, r.lead_time::float8 AS lead_time, "
        "extract(epoch FROM r.submitted_at)::float8 AS at"
    )
    rows = _said(scheme, "people", where + _narrowed(None, share), params, more)
    lead_time, at = (rows[name].to_numpy().astype(np.float64) for name in ("lead_time", "at"))
    planned = rows["planned"].to_numpy().astype(np.bool_)
    return Answers(_judgments(rows, scheme, "people"), planned, lead_time, at)


def item_facts(
    items: tuple[int, int], *, corpus: Corpus | None = None, collection: Collection | None = None
) -> pa.Table:
    """Columns item (int64), corpus, language, group, facets (JSON text) and chance (of having been drawn into the
    ``collection``, 1 without) of the items in a range of ids, in order."""
    low, high = (int(bound) for bound in items)
    where, params, chance, join = [f"i.id >= {low} AND i.id < {high}"], [], "1.0::float8", ""
    if corpus is not None:
        params.append(corpus.pk)
        where.append(f"i.corpus_id = ${len(params)}")
    if collection is not None:
        params.append(collection.pk)
        chance = "m.probability"
        join = f"JOIN collection_item m ON m.item_id = i.id AND m.collection_id = ${len(params)} "
    return table(
        "SELECT i.id AS item, c.slug AS corpus, coalesce(nullif(i.language, ''), c.language) AS language, "  # noqa: S608
        f'i."group", i.facets::text AS facets, {chance} AS chance FROM item i JOIN corpus c ON c.id = i.corpus_id '
        f"{join}WHERE {' AND '.join(where)} ORDER BY i.id",
        params,
    )


def _narrowed(items: tuple[int, int] | None, share: float) -> list[str]:
    """Conditions on item ids: a range, a share by a fixed hash."""
    where = [f"j.item_id >= {int(items[0])} AND j.item_id < {int(items[1])}"] if items is not None else []
    return where + ([f"((j.item_id * {MIX}) & 4294967295) < {int(share * 2**32)}"] if share < 1 else [])


def _said(scheme: Scheme, who: Who, where: list[str], params: list[Any], more: str = "") -> pa.Table:
    column = _value_column(scheme, who)
    return table(
        f"SELECT j.item_id AS item, coalesce(j.rater_id, 0) AS rater, j.status, {column}{more} "  # noqa: S608
        "FROM judgment j JOIN response r ON r.id = j.response_id JOIN item i ON i.id = j.item_id "
        f"LEFT JOIN rater t ON t.id = j.rater_id WHERE {' AND '.join(where)} ORDER BY j.item_id, j.id",
        params,
    )


def _conditions(
    scheme: Scheme,
    perspective: str,
    who: Who,
    corpus: Corpus | None,
    collection: Collection | None,
    campaign: Campaign | None,
    rater: Rater | None,
    blind: bool,
) -> tuple[list[str], list[Any]]:
    where = ["j.retired_at IS NULL", "r.retired_at IS NULL", "j.scheme_id = $1", "j.perspective = $2"]
    where.append("j.modality = ''")  # what was judged by the sound alone is no vote about the film
    params: list[Any] = [scheme.pk, perspective]

    def also(sql: str, value: Any) -> None:
        params.append(value)
        where.append(sql.format(f"${len(params)}"))

    if campaign is None and (others := rounds.apart()):  # pilots and check items speak for themselves alone
        where.append(f"(r.campaign_id IS NULL OR r.campaign_id <> ALL (ARRAY[{', '.join(map(str, others))}]))")
    if who == "people":
        where.append("(t.kind = 'person' OR j.rater_id IS NULL)")
        if blind:
            where.append("r.arm = 'blind' AND NOT r.top_up")
    elif who != "all":
        also("t.kind = {}", who)
    if corpus is not None:
        also("i.corpus_id = {}", corpus.pk)
    if campaign is not None:
        also("r.campaign_id = {}", campaign.pk)
    if rater is not None:
        also("j.rater_id = {}", rater.pk)
    if collection is not None:
        also("j.item_id IN (SELECT item_id FROM collection_item WHERE collection_id = {})", collection.pk)
    return where, params


def _value_column(scheme: Scheme, who: Who) -> str:
    if scheme.kind == Kind.DIMENSION:
        return "j.values"
    if who == "model":
        return "j.probabilities AS values"
    return "j.labels, j.intensities AS strengths" if scheme.kind == Kind.INTENSITY else "j.labels"


def _judgments(rows: pa.Table, scheme: Scheme, who: Who) -> Judgments:
    kind = Kind(scheme.kind)
    if who == "model" and kind != Kind.DIMENSION:
        kind = Kind.PROBABILITY
    names = scheme.core.names
    columns: dict[str, Any] = {"item": rows["item"], "status": rows["status"].cast(pa.uint8())}
    rater = rows["rater"].to_numpy()
    columns["rater"] = pa.array(rater, mask=rater == 0)
    if kind in (Kind.DIMENSION, Kind.PROBABILITY):
        columns["values"] = _rectangle(rows["values"], len(names))
    else:
        empty = pa.scalar([], rows["labels"].type)
        columns["labels"] = rows["labels"].fill_null(empty)
        if kind == Kind.INTENSITY:
            columns["strengths"] = rows["strengths"].fill_null(pa.scalar([], rows["strengths"].type))
    return Judgments.from_arrow(pa.table(columns), kind=kind, labels=names)


def _rectangle(column: pa.ChunkedArray, width: int) -> pa.Array:
    """Lists of equal length (null: not answered) as a fixed-size list of float32, NaN where missing."""
    full = np.full((len(column), width), np.nan, dtype=np.float32)
    known = column.is_valid().to_numpy()
    if known.any():
        lists = column.drop_null().combine_chunks()
        lists = lists.chunk(0) if isinstance(lists, pa.ChunkedArray) else lists
        full[known] = lists.flatten().to_numpy(zero_copy_only=False).reshape(-1, width)
    return pa.FixedSizeListArray.from_arrays(pa.array(full.ravel()), width)


def aggregates(scheme: Scheme, *, perspective: str, method: str, corpus: Corpus | None = None) -> SoftLabels | None:
    """The stored soft labels of every voice under one method, native (no crosswalk); None if there are none."""
    sql = (
        "SELECT a.item_id AS item, a.semantics, a.values, a.n FROM aggregate a JOIN item i ON i.id = a.item_id "
        "WHERE a.scheme_id = $1 AND a.perspective = $2 AND a.method = $3 AND a.crosswalk_id IS NULL "
        "AND a.campaign_id IS NULL AND a.collection_id IS NULL"
    )
    params: list[Any] = [scheme.pk, perspective, method]
    if corpus is not None:
        sql, params = sql + " AND i.corpus_id = $4", [*params, corpus.pk]
    rows = table(sql + " ORDER BY a.item_id", params)
    if not len(rows):
        return None
    names = scheme.core.names
    values = _rectangle(rows["values"], len(names)).flatten().to_numpy(zero_copy_only=False)
    return SoftLabels(
        semantics=Semantics(rows["semantics"][0].as_py()),
        items=rows["item"].cast(pa.string()).combine_chunks(),
        labels=names,
        values=values.reshape(len(rows), len(names)).astype(np.float64),
        n=rows["n"].fill_null(-1).to_numpy().astype(np.int32),
        method=method,
    )
