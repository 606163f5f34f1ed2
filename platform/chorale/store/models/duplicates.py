"""Items that say nearly the same as another: flagged and grouped, never deleted."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from chorale.store.models.corpora import Item


class NearDuplicate(models.Model):
    """An item and the leader of its group: the earliest item that it was verified to be alike to.

    ``similarity`` is the true Jaccard similarity of their character 5-grams (`harmonize.corpora.duplicates`), at least
    ``threshold``. A leader has no row of its own. Releases keep a group on one side of a split.
    """

    item = models.OneToOneField(Item, models.CASCADE, primary_key=True, related_name="near")
    leader = models.ForeignKey(Item, models.CASCADE, related_name="followers")
    similarity = models.FloatField()
    threshold = models.FloatField()
    job = models.ForeignKey("store.Job", models.SET_NULL, null=True, db_index=False)
    found_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "near_duplicate"
