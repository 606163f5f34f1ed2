"""What is erased while a release is built: it keeps the release from being frozen.

A build reads the database at one moment and writes for minutes; an erasure that comes between looks through frozen
releases alone, so it would miss this one. Items and raters are looked for by name in the files. What bears no name
(ratings released as counts, an item's text before another turn) is told by what the build noted before it read.
"""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.db import connection
from django.db.models import Q, QuerySet

from chorale.store import erasure_reach
from chorale.store.models import Erasure, Judgment, Rater, Release
from exports.pseudonyms import PERSON, pseudonym
from exports.recipe import Recipe
from exports.recipe_reader import read_recipe
from harmonize.problems import ChoraleError

LOCK = 0x455241  # "ERA": the number by which PostgreSQL's advisory locks know the beginnings of erasures


def hold() -> None:
    """Let no erasure begin until this transaction ends; for one that begins, wait until no release is being frozen."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def counted(recipe: Recipe) -> QuerySet[Rater]:
    """The people whose ratings a release may hold as counts alone, under no name: of corpora whose ratings it hides."""
    here = Q(response__campaign=None) | Q(response__campaign__slug__in=recipe.campaigns)
    said = Judgment.objects.filter(here, item__corpus__slug__in=recipe.counts_only, rater__kind="person")
    return Rater.objects.filter(pk__in=said.values("rater"))


class Meanwhile:
    """What is noted before a build reads the database, and whether what it wrote was erased since."""

    def __init__(self, release: Release) -> None:
        self.release = release
        recipe = read_recipe(release.recipe)
        self.before = set(Erasure.objects.exclude(finished_at=None).values_list("pk", flat=True))
        self.counted = set(counted(recipe).values_list("pk", flat=True)) if recipe.counts_only else set()

    def require_nothing(self, folder: Path) -> None:
        """Raise ChoraleError `release-erased` if something in the files was erased, or is being erased.

        Where no erasure began or ended since, nothing is read.
        """
        late = list(Erasure.objects.exclude(pk__in=self.before).select_related("corpus"))
        if late and (self._named(folder, late) or self._retold(folder, late) or self._in_counts(late)):
            what = f"Items or raters of {self.release} were erased while it was built."
            raise ChoraleError("release-erased", what, "Build it again, once the erasure has ended.")

    def _named(self, folder: Path, late: list[Erasure]) -> bool:
        salt = bytes.fromhex(self.release.salt)
        people = [PERSON + pseudonym(one.key, salt=salt, purpose="rater") for one in late if one.kind == "rater"]
        items = [one.key for one in late if one.kind == "item"]
        return _holds(folder, "items", "uuid", items) or _holds(folder, "raters", "rater", people)

    def _retold(self, folder: Path, late: list[Erasure]) -> bool:
        """Whether other items may show what was erased: later turns of its corpus, or tuples that name it."""
        gone = [one for one in late if one.kind == "item"]
        if not gone:
            return False
        corpora = json.loads((folder / "report.json").read_bytes())["corpora"]
        if any(one.corpus and one.corpus.slug in corpora for one in gone):
            return True
        with pq.ParquetFile(folder / "items.parquet") as file:
            if "facets" not in file.schema_arrow.names:
                return False
            facets = [batch.column(0) for batch in file.iter_batches(columns=["facets"])]
        return any(pc.any(pc.match_substring(part, one.key)).as_py() for part in facets for one in gone)

    def _in_counts(self, late: list[Erasure]) -> bool:
        """Whether one of the people behind the counts is gone, or on the way out."""
        leaving = [erasure_reach.row_of(one) for one in late if one.kind == "rater"]
        if self.counted.intersection(row.pk for row in leaving if row):
            return True
        return Rater.objects.filter(pk__in=self.counted).count() < len(self.counted)


def _holds(folder: Path, table: str, column: str, names: list[str]) -> bool:
    """Whether a table names one of these."""
    if not names:
        return False
    wanted = pa.array(names, pa.string())
    with pq.ParquetFile(folder / f"{table}.parquet") as file:
        batches = file.iter_batches(columns=[column])
        return any(pc.any(pc.is_in(batch.column(0), value_set=wanted)).as_py() for batch in batches)
