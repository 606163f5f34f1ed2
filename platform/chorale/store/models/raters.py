"""Raters: people and models in one table, since they are measured with the same coefficients."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from chorale.store.models.corpora import Corpus, Item


class RaterKind(models.TextChoices):
    """Who speaks. ``source`` is a corpus's own published label where it publishes no votes: it is nobody's rating
    and enters no agreement figure (docs/decisions/0006)."""

    PERSON = "person"
    MODEL = "model"
    SOURCE = "source"


class Rater(models.Model):
    """A person (pseudonymous), a model (endpoint + model + prompt version + parameters), or a published label.

    A model rater's ``model`` holds engine, name, version, prompt_version, parameters; another version is another rater.
    """

    kind = models.CharField(max_length=6, choices=RaterKind)
    pseudonym = models.CharField(max_length=80, unique=True)
    user = models.OneToOneField("store.User", models.SET_NULL, null=True, related_name="rater")
    corpus = models.ForeignKey(Corpus, models.CASCADE, null=True, help_text="Set for raters that came with a corpus.")
    source_key = models.CharField(
        max_length=64, blank=True, db_default="", help_text="Keyed hash of the id in the source."
    )
    language = models.CharField(max_length=20, blank=True, db_default="")
    traits = models.JSONField(default=dict)
    model = models.JSONField(default=dict)
    demo = models.BooleanField(db_default=False)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "rater"
        constraints = [
            models.UniqueConstraint(
                fields=["corpus", "source_key"], name="rater_source_once", condition=models.Q(corpus__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return self.pseudonym


class RaterTrainingItem(models.Model):
    """An item that a model rater was trained, tuned or shown on: it may not be evaluated there (SCIENCE rule 17)."""

    rater = models.ForeignKey(Rater, models.CASCADE, related_name="training", db_index=False)
    item = models.ForeignKey(Item, models.CASCADE)

    class Meta:
        db_table = "rater_training_item"
        constraints = [models.UniqueConstraint(fields=["rater", "item"], name="rater_training_item_once")]


class Calibration(models.Model):
    """A map from a model rater's probabilities to calibrated ones, fitted on people's votes. It never changes.

    ``calibrated`` is the rater that speaks through it; the items it was fitted on are that rater's training.
    """

    ref = models.CharField(max_length=160, unique=True, help_text="method@hash")
    rater = models.ForeignKey(Rater, models.CASCADE, related_name="calibrations")
    calibrated = models.OneToOneField(Rater, models.CASCADE, related_name="calibrated_by")
    collection = models.ForeignKey("store.Collection", models.SET_NULL, null=True)
    job = models.ForeignKey("store.Job", models.SET_NULL, null=True)
    map = models.JSONField(help_text="annotation.model_raters.calibration.CalibrationMap; fitted_on: items by row")
    report = models.JSONField(help_text="figures of the other half, before and after")
    created_by = models.ForeignKey("store.User", models.SET_NULL, null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "calibration"

    def __str__(self) -> str:
        return self.ref
