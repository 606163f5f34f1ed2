"""Collections: saved filters over items, frozen as a list with each item's chance of having been drawn."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from chorale.store.models.corpora import Item


class Collection(models.Model):
    """A saved filter over items with a seeded sample.

    ``filter``: keys of `chorale.store.item_filter`. ``size`` null takes all that match. ``plan``: how the sample is
    stratified (`chorale.store.strata.Plan`), empty for a simple random one. ``report``: what was drawn out of what, as
    `chorale.store.collection_report` writes it when the collection is drawn.
    """

    slug = models.SlugField(unique=True, max_length=80)
    title = models.CharField(max_length=200)
    filter = models.JSONField(default=dict)
    seed = models.BigIntegerField(default=0)
    size = models.IntegerField(null=True)
    plan = models.JSONField(default=dict)
    report = models.JSONField(default=dict)
    matched = models.BigIntegerField(default=0, help_text="Items that met the filter when it was drawn.")
    items = models.BigIntegerField(default=0, help_text="Items drawn.")
    created_by = models.ForeignKey("store.User", models.SET_NULL, null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "collection"

    def __str__(self) -> str:
        return self.slug


class CollectionItem(models.Model):
    """One item drawn, with its inclusion probability (SCIENCE rule 13)."""

    collection = models.ForeignKey(Collection, models.CASCADE, related_name="members", db_index=False)
    item = models.ForeignKey(Item, models.CASCADE)
    position = models.IntegerField()
    probability = models.FloatField(db_default=1.0)
    stratum = models.CharField(max_length=300, blank=True, db_default="", help_text="As JSON, {criterion: value}.")

    class Meta:
        db_table = "collection_item"
        constraints = [models.UniqueConstraint(fields=["collection", "item"], name="collection_item_once")]
        indexes = [models.Index(fields=["collection", "position"], name="collection_position")]
