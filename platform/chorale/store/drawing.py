"""Drawing a release from the database: one consistent snapshot, out as Arrow batches in no particular order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from typing import Any

import pyarrow as pa

from chorale.store import bridge, masks, registry, released_rulings, rounds
from chorale.store.models import Campaign, Collection, CollectionItem, Corpus, Crosswalk, Rater, Scheme, User
from chorale.store.models.campaigns import Round
from exports.recipe import Recipe
from exports.source import Batches, CorpusFacts, ReleaseSource
from harmonize.problems import ChoraleError

ITEMS = """
SELECT i.uuid::text AS uuid, c.slug AS corpus, i.source_id, i.modality, i.text, i.context::text AS context, i."group",
  i.position, i.speaker, i.author, i.media, i.media_sha256, coalesce(nullif(i.language, ''), c.language) AS language,
  i.facets::text AS facets, i.split AS source_split, i.reserved,
  coalesce(leader.text_hash, i.text_hash)::text AS duplicate, f.name AS source_file, i.line
FROM item i JOIN corpus c ON c.id = i.corpus_id LEFT JOIN source_file f ON f.id = i.source_file_id
  LEFT JOIN near_duplicate near ON near.item_id = i.id LEFT JOIN item leader ON leader.id = near.leader_id WHERE {items}
"""

JUDGMENTS = """
SELECT j.key::text AS key, i.uuid::text AS item, {rater} AS rater, s.ref AS scheme, j.perspective, j.status, j.labels,
  j.intensities, j."values", j.probabilities, j.off_scheme, j.out_of_fold, j.confidence, nullif(j.native, '') AS native,
  j.texts::text AS texts, j.spans::text AS spans,
  coalesce(j.origin, r.origin) AS origin, r.arm, r.suggestion::text AS suggestion, r.top_up,
  p.slug AS campaign, {job} AS job, m.slug || '@' || m.version AS form, nullif(r.guideline_version, '') AS guideline,
  nullif(r.language, '') AS language, r.context_shown,
  coalesce(nullif(j.modality, ''), nullif(r.modality_shown, '')) AS modality_shown, r.shown::text AS shown,
  (r.submitted_at AT TIME ZONE 'UTC') AS submitted_at, f.name AS source_file, r.line
{judged}
"""

JUDGED = """
FROM judgment j JOIN response r ON r.id = j.response_id JOIN item i ON i.id = j.item_id
  JOIN scheme s ON s.id = j.scheme_id LEFT JOIN rater t ON t.id = j.rater_id LEFT JOIN corpus tc ON tc.id = t.corpus_id
  LEFT JOIN campaign p ON p.id = r.campaign_id LEFT JOIN form m ON m.id = r.form_id
  LEFT JOIN source_file f ON f.id = r.source_file_id LEFT JOIN job w ON w.id = r.job_id
WHERE {items} AND j.retired_at IS NULL AND r.retired_at IS NULL AND ({who})
"""

RATERS = """
SELECT {rater} AS key, t.kind, tc.slug AS corpus, nullif(t.language, '') AS language, ({traits})::text AS traits,
  t.model::text AS model, (SELECT count(*) FROM rater_training_item x WHERE x.rater_id = t.id)::int AS trained_items,
  t.demo
FROM rater t LEFT JOIN corpus tc ON tc.id = t.corpus_id WHERE {speakers}
"""

# A person of a corpus is known by the corpus's own (hashed) id, so that it does not matter where it was imported.
RATER = "CASE WHEN t.kind = 'person' AND t.source_key <> '' THEN tc.slug || ':' || t.source_key ELSE t.pseudonym END"

# A job is known by what it was asked to do: its row's number is another one in every database.
JOB = "w.kind || '-' || left(encode(sha256(convert_to(w.params::text, 'UTF8')), 'hex'), 16)"

# A judgment given here enters a release only with consent to that purpose (SCIENCE rule 21). Imported ratings were
# published under their corpus's licence; demo raters are recordings that stand for nobody.
CONSENT = """
(t.demo OR EXISTS (SELECT 1 FROM consent a WHERE a.rater_id = t.id AND a.withdrawn_at IS NULL
  AND (a.purposes ->> 'public_release')::boolean AND (a.campaign_id IS NULL OR a.campaign_id = r.campaign_id)))
"""

# What people of ours told of themselves is shown where they agreed to that very trait, in one of these campaigns.
TRAITS = """
CASE WHEN t.demo OR t.corpus_id IS NOT NULL THEN t.traits ELSE (
  SELECT coalesce(jsonb_object_agg(said.key, said.value), '{{}}') FROM jsonb_each(t.traits) said WHERE EXISTS (
    SELECT 1 FROM consent a WHERE a.rater_id = t.id AND a.withdrawn_at IS NULL AND a.campaign_id IN ({campaigns})
      AND (a.purposes ->> ('trait:' || said.key))::boolean)) END
"""

WITHOUT_CONSENT = """
SELECT count(*) AS n FROM judgment j JOIN response r ON r.id = j.response_id JOIN item i ON i.id = j.item_id
  JOIN rater t ON t.id = j.rater_id
WHERE {items} AND j.retired_at IS NULL AND r.retired_at IS NULL AND {ours} AND NOT {consent}
"""

TRAINED_ON_RESERVED = """
SELECT count(DISTINCT x.item_id) AS n FROM rater_training_item x JOIN item i ON i.id = x.item_id
WHERE {items} AND i.reserved <> '' AND x.rater_id IN ({models})
"""


@contextmanager
def campaign_ratings(campaign: Campaign) -> Iterator[ReleaseSource]:
    """Every current judgment that people gave in a campaign and the rounds in its course, whatever they consented to:
    for those who run it."""
    family = _keys(rounds.family(campaign))
    terms = {
        "items": "TRUE",
        "rater": RATER,
        "job": JOB,
        "who": f"r.campaign_id IN ({family}) AND t.kind = 'person'",
        "traits": TRAITS.format(campaigns=campaign.parent_id or campaign.pk),
        "speakers": f"t.id IN (SELECT rater_id FROM response WHERE campaign_id IN ({family}))",  # noqa: S608
    }
    with _snapshot() as batches:
        terms["judged"] = JUDGED.format(**terms)
        yield ReleaseSource(
            items=list,
            judgments=batches(JUDGMENTS.format(**terms)),
            raters=batches(RATERS.format(**terms)),
            corpora=(),
            schemes={row.ref: row.core for row in Scheme.objects.filter(pk__in=_asked(campaign))},
        )


def jobs_named(names: Iterable[str]) -> dict[str, str]:
    """The uuid of the newest job row for each of the names that releases give jobs."""
    sql = f"SELECT DISTINCT ON (name) {JOB} AS name, w.uuid::text AS key FROM job w ORDER BY name, w.id DESC"  # noqa: S608
    found = {row["name"]: str(row["key"]) for row in bridge.table(sql).to_pylist()}
    return {name: found[name] for name in names if name in found}


def _asked(campaign: Campaign) -> list[int]:
    return list(campaign.form.layers.values_list("scheme", flat=True))


@contextmanager
def _snapshot() -> Iterator[Callable[[str], Batches]]:
    """Queries that all see the database as it is now; each is read whole before the next."""
    with bridge.reader() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")

        def batches(sql: str) -> Batches:
            def draw() -> Iterable[pa.RecordBatch]:
                cursor.execute(sql)
                answer: Iterable[pa.RecordBatch] = cursor.fetch_record_batch()
                return answer

            return draw

        yield batches


@contextmanager
def source(recipe: Recipe) -> Iterator[ReleaseSource]:
    """All that a recipe names, as the database holds it at one moment; read it inside the block."""
    corpora = _found(Corpus, recipe.corpora)
    collections = _found(Collection, recipe.collections)
    campaigns = _found(Campaign, recipe.campaigns)
    models = _models(recipe.models)
    drawn = [*collections, *(row.collection for row in campaigns)]
    terms = {"items": _items(corpora, drawn), "rater": RATER, "job": JOB}
    terms |= {"ours": _ours(campaigns), "consent": CONSENT, "who": _who(campaigns, models), "models": _keys(models)}
    # Whoever might speak; a release names those who do. To ask the judgments who that is takes as long as reading them.
    terms["speakers"] = f"t.kind IN ('person', 'source') OR t.id IN ({_keys(models) or 'NULL'})"
    terms["traits"] = TRAITS.format(campaigns=_keys(campaigns) or "NULL")
    terms["judged"] = JUDGED.format(**terms)
    told, schemes = corpora_of(corpora, drawn), _schemes(recipe)
    cores = {row.ref: row.core for row in schemes}
    ruled = released_rulings.STANDING.format(items=terms["items"], people=User._meta.db_table)
    with _snapshot() as batches:

        def count(sql: str) -> int:
            return int(pa.Table.from_batches(batches(sql.format(**terms))())["n"][0].as_py())

        yield ReleaseSource(
            items=batches(ITEMS.format(**terms)),
            judgments=batches(JUDGMENTS.format(**terms)),
            raters=batches(RATERS.format(**terms)),
            corpora=tuple(_facts(corpus) for corpus in told),
            schemes=cores,
            crosswalks={row.ref: row.core for row in _crosswalks(recipe)},
            facts={
                "without_consent": count(WITHOUT_CONSENT) if campaigns else 0,
                "trained_on_reserved": count(TRAINED_ON_RESERVED) if models else 0,
            },
            masks=masks.of_corpora(told, schemes),
            rulings=released_rulings.decisions(batches(ruled)(), cores),
        )


def _found(table: Any, names: Sequence[str], field: str = "slug") -> list[Any]:
    rows = list(table.objects.filter(**{f"{field}__in": names}).order_by(field))
    missing = sorted(set(names) - {getattr(row, field) for row in rows})
    if missing:
        what = f"There is no {table._meta.verbose_name} called {', '.join(missing)}."
        raise ChoraleError("release-unknown", what, "Mend the recipe, or import it first.")
    return rows


def _models(patterns: Sequence[str]) -> list[Rater]:
    """The model raters that names or shell patterns ("classifier-*") mean; each must mean at least one."""
    known = list(Rater.objects.filter(kind="model").order_by("pseudonym"))
    idle = [p for p in patterns if not any(fnmatchcase(rater.pseudonym, p) for rater in known)]
    if idle:
        raise ChoraleError("release-unknown", f"There is no model rater called {', '.join(idle)}.", "Mend the recipe.")
    return [rater for rater in known if any(fnmatchcase(rater.pseudonym, p) for p in patterns)]


def _items(corpora: Sequence[Corpus], drawn: Sequence[Collection]) -> str:
    """The items of the corpora, and those of collections, be they named or what a campaign asks about."""
    parts = [f"i.corpus_id IN ({_keys(corpora)})"] if corpora else []
    if drawn:
        parts.append(f"i.id IN (SELECT item_id FROM collection_item WHERE collection_id IN ({_keys(drawn)}))")  # noqa: S608
    return f"({' OR '.join(parts)})"


def _who(campaigns: Sequence[Campaign], models: Sequence[Rater]) -> str:
    """Imported ratings and published labels, the named campaigns' with consent, and the named models'."""
    campaigns = [row for row in campaigns if row.round == Round.MAIN]  # what stays apart enters no release
    parts = ["(r.campaign_id IS NULL AND (t.id IS NULL OR t.kind IN ('person', 'source')))"]
    if campaigns:
        parts.append(f"({_ours(campaigns)} AND {CONSENT})")
    if models:
        parts.append(f"t.id IN ({_keys(models)})")
    return " OR ".join(parts)


def _ours(campaigns: Sequence[Campaign]) -> str:
    """What people said in these campaigns."""
    return f"(r.campaign_id IN ({_keys(campaigns) or 'NULL'}) AND t.kind = 'person')"


def _keys(rows: Sequence[Any]) -> str:
    return ", ".join(str(int(row.pk)) for row in rows)


def corpora_of(corpora: Iterable[Corpus], drawn: Sequence[Collection]) -> list[Corpus]:
    """The corpora named and those that items of the collections are of, by name."""
    asked = CollectionItem.objects.filter(collection__in=drawn)
    others = Corpus.objects.filter(pk__in=asked.values("item__corpus")) if drawn else Corpus.objects.none()
    return sorted({*corpora, *others}, key=lambda corpus: corpus.slug)


def _facts(corpus: Corpus) -> CorpusFacts:
    return CorpusFacts(
        slug=corpus.slug,
        title=corpus.title,
        licence=corpus.licence,
        version=corpus.version,
        citation=corpus.citation,
        source_url=corpus.source_url,
        licence_url=corpus.licence_url,
        language=corpus.language,
        modality=corpus.modality,
        description=corpus.description,
    )


def _schemes(recipe: Recipe) -> list[Scheme]:
    """Every scheme there is; a release keeps those that its recipe names or its judgments are under."""
    for ref in {layer.scheme for layer in recipe.layers} | {p.scheme for layer in recipe.layers for p in layer.sources}:
        registry.scheme(ref)  # shipped ones are registered on first use
    return list(Scheme.objects.order_by("ref"))


def _crosswalks(recipe: Recipe) -> list[Crosswalk]:
    asked = {part.crosswalk for layer in recipe.layers for part in layer.sources if part.crosswalk}
    return [registry.crosswalk(ref) for ref in sorted(asked)]
