"""People of a corpus: authors, speakers, raters, with the traits that the corpus tells of them."""

from __future__ import annotations

from django.db import models

from chorale.store.models.corpora import Corpus, SourceFile


class CorpusPerson(models.Model):
    """One person of a corpus, by pseudonym: ``key`` is the keyed hash that stands in `Item.author` and in
    `Rater.source_key`, so that author, speaker and rater meet here. ``traits``: {name: value} as the source gives them.
    """

    corpus = models.ForeignKey(Corpus, models.CASCADE, related_name="persons", db_index=False)
    key = models.CharField(max_length=64)
    traits = models.JSONField(default=dict)
    source_file = models.ForeignKey(SourceFile, models.SET_NULL, null=True, db_index=False)
    line = models.IntegerField(null=True)

    class Meta:
        db_table = "corpus_person"
        constraints = [models.UniqueConstraint(fields=["corpus", "key"], name="corpus_person_once")]
