"""Seats: who may answer which item. What Label Studio does not enforce, these rows do."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from chorale.store.models.campaigns import StudioTask
from chorale.store.models.judgments import Arm
from chorale.store.models.raters import Rater


class SeatState(models.TextChoices):
    """Where an answer is on its way."""

    HELD = "held"  # offered to the rater until `held_until`
    SENDING = "sending"  # on its way into Label Studio: if this process dies now, Label Studio is asked first
    FILLED = "filled"
    SKIPPED = "skipped"  # seen and skipped: the seat is free for another, never again for this rater


class Seat(models.Model):
    """One rater's place at one item of a campaign. At most the planned overlap of them are taken at any time.

    The arm is drawn when the seat is made (SCIENCE rule 20) and ``suggestion`` is what the rater could then see.
    """

    task = models.ForeignKey(StudioTask, models.CASCADE, related_name="seats", db_index=False)
    rater = models.ForeignKey(Rater, models.CASCADE, db_index=False)
    state = models.CharField(max_length=7, choices=SeatState, default=SeatState.HELD)
    arm = models.CharField(max_length=8, choices=Arm, default=Arm.BLIND)
    suggestion = models.JSONField(null=True)
    top_up = models.BooleanField(default=False, help_text="Beyond the planned overlap.")
    held_until = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    external_id = models.BigIntegerField(null=True, help_text="Label Studio's annotation id.")
    created_at = models.DateTimeField(db_default=Now())

    fresh = False  # the instance was made this moment: nothing can have been answered or drafted at it yet

    class Meta:
        db_table = "seat"
        constraints = [models.UniqueConstraint(fields=["task", "rater"], name="seat_once")]
        indexes = [models.Index(fields=["rater", "state"], name="seat_rater")]
