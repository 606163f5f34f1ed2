"""Aggregates (soft labels, always recomputable), rulings, and kept agreement reports."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from chorale.store.models.corpora import Item
from chorale.store.models.schemes import Crosswalk, Perspective, Scheme


class Aggregate(models.Model):
    """The soft label of an item under a named aggregation, native or harmonised by ``crosswalk``.

    Of every voice on the item, or of those of one ``campaign``, or as settled within one ``collection``: what is made
    of each stands beside the others. ``values`` follow the scheme's code order; a null element is masked. ``n`` and
    ``entropy`` are null where the source publishes no votes, never 0. What is written where: `chorale.store.settling`.
    """

    item = models.ForeignKey(Item, models.CASCADE, db_index=False)
    scheme = models.ForeignKey(Scheme, models.PROTECT, db_index=False)
    perspective = models.CharField(max_length=20, choices=Perspective)
    method = models.CharField(max_length=60)
    semantics = models.CharField(max_length=12)
    values = ArrayField(models.FloatField(null=True))
    n = models.IntegerField(null=True)
    entropy = models.FloatField(null=True)
    spread = ArrayField(models.FloatField(null=True), null=True)
    low = ArrayField(models.FloatField(null=True), null=True, help_text="Lower bounds, where the way has them.")
    high = ArrayField(models.FloatField(null=True), null=True)
    verdict = models.CharField(max_length=20, null=True, help_text="Do people split? On the row of the votes alone.")
    evidence = models.JSONField(null=True, help_text="The test behind the verdict.")
    unmapped = models.FloatField(null=True)
    crosswalk = models.ForeignKey(Crosswalk, models.PROTECT, null=True, db_index=False)
    campaign = models.ForeignKey("store.Campaign", models.CASCADE, null=True, db_index=False)
    collection = models.ForeignKey("store.Collection", models.CASCADE, null=True, db_index=False)
    job = models.ForeignKey("store.Job", models.SET_NULL, null=True, db_index=False)

    class Meta:
        db_table = "aggregate"
        constraints = [
            models.UniqueConstraint(
                fields=["item", "scheme", "perspective", "method", "crosswalk", "campaign", "collection"],
                name="aggregate_once",
                nulls_distinct=False,
            )
        ]
        indexes = [models.Index(fields=["scheme", "perspective", "method", "item"], name="aggregate_scheme")]


class Ruling(models.Model):
    """An adjudicator's decision with its reason; it stands over all aggregates and changes no judgment.

    One stands for an item, scheme and perspective; those replaced or taken back stay, with ``retired_at``.
    """

    item = models.ForeignKey(Item, models.CASCADE)
    scheme = models.ForeignKey(Scheme, models.PROTECT)
    perspective = models.CharField(max_length=20, choices=Perspective)
    labels = ArrayField(models.SmallIntegerField(), null=True)
    values = ArrayField(models.FloatField(null=True), null=True, help_text="A null leaves the aggregate's value.")
    reason = models.TextField()
    decided_by = models.ForeignKey("store.User", models.PROTECT)
    created_at = models.DateTimeField(db_default=Now())
    retired_at = models.DateTimeField(null=True)
    retired_by = models.ForeignKey("store.User", models.PROTECT, null=True, related_name="+")

    class Meta:
        db_table = "ruling"
        constraints = [
            models.UniqueConstraint(
                fields=["item", "scheme", "perspective"], condition=models.Q(retired_at=None), name="ruling_once"
            )
        ]


class AgreementReport(models.Model):
    """The agreement figures of a scope under a scheme and perspective, as last measured."""

    scope_type = models.CharField(max_length=12, choices=[(s, s) for s in ("corpus", "campaign", "collection")])
    scope = models.CharField(max_length=80, help_text="Its slug.")
    scheme = models.ForeignKey(Scheme, models.PROTECT)
    perspective = models.CharField(max_length=20, choices=Perspective)
    body = models.JSONField()
    job = models.ForeignKey("store.Job", models.SET_NULL, null=True)
    measured_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "agreement_report"
        constraints = [
            models.UniqueConstraint(
                fields=["scope_type", "scope", "scheme", "perspective"], name="agreement_report_once"
            )
        ]


class AggregationReport(models.Model):
    """How a scope was settled under a scheme and perspective: ways, refusals, verdicts, what ways think of raters."""

    scope_type = models.CharField(max_length=12, choices=[(s, s) for s in ("corpus", "campaign", "collection")])
    scope = models.CharField(max_length=80, help_text="Its slug.")
    scheme = models.ForeignKey(Scheme, models.PROTECT)
    perspective = models.CharField(max_length=20, choices=Perspective)
    body = models.JSONField()
    job = models.ForeignKey("store.Job", models.SET_NULL, null=True)
    settled_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "aggregation_report"
        constraints = [
            models.UniqueConstraint(
                fields=["scope_type", "scope", "scheme", "perspective"], name="aggregation_report_once"
            )
        ]


class AgreementSums(models.Model):
    """The sums behind a scope's agreement figures, of one block of items: a new measurement takes anew only blocks
    whose ``fingerprint`` changed, and adds the rest up."""

    scope_type = models.CharField(max_length=12)
    scope = models.CharField(max_length=80)
    scheme = models.ForeignKey(Scheme, models.CASCADE, db_index=False)
    perspective = models.CharField(max_length=20)
    block = models.IntegerField()
    fingerprint = models.CharField(max_length=64)
    data = models.BinaryField(help_text="As annotation.agreement.blocks packs it.")

    class Meta:
        db_table = "agreement_sums"
        constraints = [
            models.UniqueConstraint(
                fields=["scope_type", "scope", "scheme", "perspective", "block"], name="agreement_sums_once"
            )
        ]
