"""Responses and judgments: what raters said. Append-only; a correction adds a row and retires the old one."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from chorale.store.models.columns import RealField
from chorale.store.models.corpora import Item
from chorale.store.models.raters import Rater
from chorale.store.models.schemes import Form, Perspective, Scheme


class Origin(models.TextChoices):
    """How an answer came to be."""

    MANUAL = "manual"
    PREDICTION = "prediction"  # accepted as suggested
    PREDICTION_CHANGED = "prediction-changed"
    IMPORTED = "imported"
    MODEL = "model"


class Arm(models.TextChoices):
    """Whether a suggestion could be seen. Only `blind` human judgments enter human figures (SCIENCE rule 14)."""

    BLIND = "blind"
    ASSISTED = "assisted"


class Response(models.Model):
    """One answer of one rater to one item under one form; holds one Judgment a layer.

    ``slot`` = uuid5 of the natural key (campaign, item, rater, repetition; or file and line for imports; or model
    rater and item): a second arrival of the same answer finds the same row.
    """

    slot = models.UUIDField(unique=True)
    item = models.ForeignKey(Item, models.CASCADE)
    rater = models.ForeignKey(Rater, models.PROTECT, null=True, help_text="Null: the source publishes no rater id.")
    form = models.ForeignKey(Form, models.PROTECT, null=True, db_index=False)
    campaign = models.ForeignKey("store.Campaign", models.PROTECT, null=True)
    job = models.ForeignKey("store.Job", models.SET_NULL, null=True, db_index=False)
    source_file = models.ForeignKey("store.SourceFile", models.SET_NULL, null=True, db_index=False)
    line = models.IntegerField(null=True)
    origin = models.CharField(max_length=20, choices=Origin)
    arm = models.CharField(max_length=8, choices=Arm, db_default=Arm.BLIND)
    suggestion = models.JSONField(null=True, help_text="What was suggested, if anything was shown.")
    top_up = models.BooleanField(db_default=False, help_text="Beyond the planned overlap; outside agreement figures.")
    language = models.CharField(max_length=20, blank=True, db_default="")
    guideline_version = models.CharField(max_length=40, blank=True, db_default="")
    context_shown = models.BooleanField(db_default=False)
    modality_shown = models.CharField(max_length=12, blank=True, db_default="")
    shown = models.JSONField(null=True, help_text="Model raters: turns, size of pictures, times of frames, seconds.")
    lead_time = RealField(null=True, help_text="Seconds, as the client says.")
    submitted_at = models.DateTimeField(null=True)
    external_id = models.BigIntegerField(null=True, help_text="Label Studio's annotation id.")
    external_revision = models.CharField(
        max_length=40, blank=True, db_default="", help_text="Its updated_at when last read."
    )
    retired_at = models.DateTimeField(null=True, help_text="Deleted at its source.")

    class Meta:
        db_table = "response"
        indexes = [models.Index(fields=["external_id"], name="response_external")]


class Judgment(models.Model):
    """What one rater said about one item under one scheme from one perspective.

    Categorical: ``labels`` (codes of the scheme) and, for ordinal strengths, ``intensities`` beside them.
    Dimensional: ``values`` in the scheme's native range, one a dimension, NaN where not answered. A model's soft
    label: ``probabilities`` in code order, with ``labels`` as its hard view. ``retired_at`` alone may change.
    """

    key = models.UUIDField(unique=True, help_text="uuid5 of (slot, layer, revision): the public id in releases.")
    response = models.ForeignKey(Response, models.CASCADE, related_name="judgments")
    item = models.ForeignKey(Item, models.CASCADE, db_index=False)
    rater = models.ForeignKey(Rater, models.PROTECT, null=True)
    scheme = models.ForeignKey(Scheme, models.PROTECT, db_index=False)
    layer = models.SmallIntegerField(db_default=0)
    revision = models.IntegerField(db_default=0)
    perspective = models.CharField(max_length=20, choices=Perspective)
    modality = models.CharField(
        max_length=12, blank=True, db_default="", help_text="By which alone it was given; empty: the item as shown."
    )
    status = models.SmallIntegerField(db_default=0, help_text="harmonize.records.Status")
    origin = models.CharField(
        max_length=20, choices=Origin, null=True, help_text="Of this field alone, in campaigns; null: the response's."
    )
    labels = ArrayField(models.SmallIntegerField(), null=True)
    intensities = ArrayField(RealField(), null=True)
    values = ArrayField(RealField(), null=True)
    probabilities = ArrayField(RealField(), null=True)
    off_scheme = RealField(null=True, help_text="A model's probability mass outside the scheme.")
    out_of_fold = models.BooleanField(null=True, help_text="Model rows: predicted by a fit that had not seen the item.")
    confidence = RealField(null=True)
    texts = models.JSONField(null=True)
    spans = models.JSONField(null=True)
    native = models.TextField(blank=True, db_default="", help_text="The label as the source writes it.")
    created_at = models.DateTimeField(db_default=Now())
    retired_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "judgment"
        constraints = [
            models.UniqueConstraint(
                fields=["response", "layer"], name="judgment_current_once", condition=models.Q(retired_at__isnull=True)
            )
        ]
        indexes = [
            models.Index(fields=["item", "scheme"], name="judgment_item"),
            models.Index(fields=["scheme", "perspective", "item"], name="judgment_scheme"),
        ]
