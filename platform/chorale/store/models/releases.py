"""Releases: immutable versions of a dataset."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class Release(models.Model):
    """An immutable version: its recipe, salt, manifest and where its files lie.

    ``salt`` (part of the data state) makes rater pseudonyms, which differ per release line and repeat on a rebuild.
    """

    slug = models.SlugField(max_length=80)
    version = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    state = models.CharField(
        max_length=9,
        default="draft",
        choices=[(s, s) for s in ("draft", "building", "frozen", "published", "withdrawn", "failed")],
    )
    recipe = models.TextField()
    recipe_sha256 = models.CharField(max_length=64)
    salt = models.CharField(max_length=64)
    manifest = models.JSONField(default=dict)
    folder = models.CharField(max_length=300, blank=True, help_text="Key prefix in the object store.")
    summary = models.JSONField(default=dict, help_text="Counts, sizes, agreement and loss for the page.")
    access = models.CharField(
        max_length=10, default="registered", choices=[(s, s) for s in ("public", "registered", "terms")]
    )
    terms = models.TextField(blank=True)
    created_by = models.ForeignKey("store.User", models.SET_NULL, null=True)
    created_at = models.DateTimeField(db_default=Now())
    frozen_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "release"
        constraints = [models.UniqueConstraint(fields=["slug", "version"], name="release_version_once")]

    def __str__(self) -> str:
        return f"{self.slug} {self.version}"


class TermsAcceptance(models.Model):
    """That a person accepted the terms of a release, named by the hash of their text."""

    user = models.ForeignKey("store.User", models.CASCADE)
    release = models.ForeignKey(Release, models.CASCADE, related_name="acceptances")
    terms_sha256 = models.CharField(max_length=64)
    accepted_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "terms_acceptance"
        constraints = [models.UniqueConstraint(fields=["user", "release", "terms_sha256"], name="terms_accepted_once")]
