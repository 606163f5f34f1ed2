"""What a corpus is made of, counted once and kept: pages show it, none counts."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from chorale.store.models.corpora import Corpus


class CorpusProfile(models.Model):
    """Counts over a corpus's items and judgments (`chorale.store.profiles`), as they stood at ``items`` and
    ``judgments`` of them."""

    corpus = models.OneToOneField(Corpus, models.CASCADE, primary_key=True, related_name="profile")
    body = models.JSONField(default=dict)
    items = models.BigIntegerField()
    judgments = models.BigIntegerField()
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "corpus_profile"
