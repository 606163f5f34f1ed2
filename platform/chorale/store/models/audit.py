"""The audit trail, and tokens for programs."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class Event(models.Model):
    """One line of the audit trail: who did what to which thing. Written by actions, never changed."""

    at = models.DateTimeField(db_default=Now())
    by = models.ForeignKey("store.User", models.SET_NULL, null=True, help_text="Null: the system itself.")
    action = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=40)
    subject = models.CharField(max_length=200)
    detail = models.JSONField(default=dict)

    class Meta:
        db_table = "event"
        indexes = [models.Index(fields=["subject_type", "subject"], name="event_subject")]


class ApiToken(models.Model):
    """A program's key: shown once, kept as a hash, with scopes and an end."""

    user = models.ForeignKey("store.User", models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12, help_text="The first characters, to recognise it by.")
    sha256 = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list, help_text="read, write")
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "api_token"
