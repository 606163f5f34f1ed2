"""Corpora on their way in: files as they arrive, and the descriptor as it is drafted and mended."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models.functions import Now


class Origin(models.TextChoices):
    """Where the files of an intake come from."""

    UPLOAD = "upload", "files from a browser or a program"
    PATH = "path", "a folder or archive on the server"
    ADDRESS = "address", "an address"


class Intake(models.Model):
    """A corpus on its way in. Its files lie in a folder of its own until the import has kept them by hash.

    ``descriptor`` is the text of corpus.toml, empty until drafted; ``told`` is what the draft found: notes, the columns
    of each file, how many rows were tried and what became of them.
    """

    uuid = models.UUIDField(unique=True, default=uuid.uuid4)
    origin = models.CharField(max_length=8, choices=Origin)
    address = models.CharField(max_length=500, blank=True, db_default="")
    descriptor = models.TextField(blank=True, db_default="")
    told = models.JSONField(default=dict)
    drafting = models.ForeignKey("store.Job", models.SET_NULL, null=True, related_name="+")
    job = models.ForeignKey("store.Job", models.SET_NULL, null=True, related_name="+")
    corpus = models.CharField(max_length=80, blank=True, db_default="")
    created_by = models.ForeignKey("store.User", models.SET_NULL, null=True)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "intake"

    def __str__(self) -> str:
        return f"{self.uuid}"


class Upload(models.Model):
    """One file that arrives in pieces. How much of it is here is the size of its part on disk, and nothing else."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4)
    intake = models.ForeignKey(Intake, models.CASCADE, related_name="uploads")
    name = models.CharField(max_length=300, help_text="Path within the corpus's folder.")
    bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64, blank=True, db_default="", help_text="Of what arrived, once it is whole.")
    expected = models.CharField(max_length=64, blank=True, db_default="", help_text="As the sender says.")
    state = models.CharField(max_length=8, db_default="open", choices=[(s, s) for s in ("open", "whole", "damaged")])
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "upload"
        constraints = [models.UniqueConstraint(fields=["intake", "name"], name="upload_once")]

    @property
    def checked(self) -> bool:
        """The sender's hash and ours agree."""
        return bool(self.sha256) and self.sha256 == self.expected
