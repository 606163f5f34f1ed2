"""Jobs and shards: long work as rows. The Job row is the truth; a Celery task is only a hand that moves it."""

from __future__ import annotations

import uuid

from django.db import models


class JobState(models.TextChoices):
    """Where a job or shard is."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    FAILED = "failed"
    DONE = "done"


class Job(models.Model):
    """Long work with progress: counts, state, error, flags. ``params`` never change once it has started.

    ``budget`` may: what the job may spend in all (`chorale.jobs.budgets`), raised while it rests.
    """

    uuid = models.UUIDField(unique=True, default=uuid.uuid4)
    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    params = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=JobState, default=JobState.QUEUED)
    cancel = models.BooleanField(default=False)
    pause = models.BooleanField(default=False, help_text="It rests, or is to rest at the next commit.")
    budget = models.JSONField(default=dict, help_text="{requests, tokens, cost}, each or none")
    total = models.BigIntegerField(null=True)
    done = models.BigIntegerField(default=0)
    failed = models.BigIntegerField(default=0)
    message = models.CharField(max_length=300, blank=True)
    error = models.JSONField(null=True, help_text="{code, message, fix}")
    result = models.JSONField(default=dict)
    started_by = models.ForeignKey("store.User", models.SET_NULL, null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(auto_now=True)
    finished_at = models.DateTimeField(null=True, help_text="When it ended or began to rest.")
    rested = models.FloatField(default=0.0, help_text="Seconds between its stops and the resumes after them.")

    class Meta:
        db_table = "job"

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def ended(self) -> bool:
        """Nothing will happen any more unless it is resumed; a paused job has not ended."""
        return self.state in (JobState.CANCELLED, JobState.FAILED, JobState.DONE)

    @property
    def stopping(self) -> bool:
        """Somebody asked it to stop or rest, and a worker is still at its last piece."""
        return (self.cancel or self.pause) and self.state in (JobState.QUEUED, JobState.RUNNING)


class Shard(models.Model):
    """A part of a job that one worker holds at a time, by a lease; ``fence`` makes a late worker's commit fail."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="shards", db_index=False)
    number = models.IntegerField(help_text="-1 is the closing shard, run when all others are done.")
    range = models.JSONField(default=dict)
    cursor = models.JSONField(null=True)
    state = models.CharField(max_length=10, choices=JobState, default=JobState.QUEUED)
    done = models.BigIntegerField(default=0)
    failures = models.IntegerField(default=0, help_text="Steps in a row that raised.")
    fence = models.BigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "shard"
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="shard_once")]
        indexes = [models.Index(fields=["state", "lease_until"], name="shard_lease")]
