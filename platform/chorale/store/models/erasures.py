"""What was erased: a name without content, so that it never comes in again and everybody can see that it went."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class Erasure(models.Model):
    """One item or rater that was taken out of everything.

    ``key`` says which without saying what: an item's uuid, a rater's name within its corpus (a keyed hash) or
    pseudonym. ``reached`` counts what was removed, place by place.
    """

    kind = models.CharField(max_length=5, choices=[(word, word) for word in ("item", "rater")])
    key = models.CharField(max_length=160)
    corpus = models.ForeignKey("store.Corpus", models.SET_NULL, null=True)
    reason = models.CharField(max_length=400)
    reached = models.JSONField(default=dict)
    by = models.ForeignKey("store.User", models.SET_NULL, null=True)
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "erasure"
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="erasure_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
