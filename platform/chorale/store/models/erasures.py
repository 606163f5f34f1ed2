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


class ErasureTrace(models.Model):
    """Something made of judgments that were erased since: it stays as it was measured, and says that it is stale.

    ``key`` is the name by which its page goes: a job's uuid, the ref of a crosswalk, prompt or calibration, the slug
    of a collection, the pseudonym of a model rater.
    """

    KINDS = ("bake-off", "calibration", "collection", "crosswalk", "gaussians", "model", "prompt")

    erasure = models.ForeignKey(Erasure, models.CASCADE, related_name="traces")
    kind = models.CharField(max_length=12, choices=[(word, word) for word in KINDS])
    key = models.CharField(max_length=160)
    why = models.CharField(max_length=200, help_text="What of it drew on them.")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "erasure_trace"
        constraints = [models.UniqueConstraint(fields=["erasure", "kind", "key", "why"], name="erasure_trace_once")]
        indexes = [models.Index(fields=["kind", "key"], name="erasure_trace_of")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
