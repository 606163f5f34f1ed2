"""Schemes, crosswalks and forms, each a version that never changes once it is in use."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.functions import Now

from harmonize import crosswalks, schemes


class Perspective(models.TextChoices):
    """Whose emotion a judgment is about (SCIENCE rule 4)."""

    WRITER = "writer"
    READER = "reader"
    SELF = "self"
    PARTNER = "partner"
    ACTOR_INTENDED = "actor-intended"
    PERCEIVED = "perceived"
    EVOKED = "evoked"
    PLATFORM_NATIVE = "platform-native"


class Scheme(models.Model):
    """A version of a label scheme; ``definition`` is `harmonize.schemes.Scheme.to_dict()`."""

    id = models.SmallAutoField(primary_key=True)
    ref = models.CharField(max_length=100, unique=True, help_text="id@version")
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=12)
    definition = models.JSONField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "scheme"

    def __str__(self) -> str:
        return self.ref

    @property
    def core(self) -> schemes.Scheme:
        """The scheme as the pure packages know it."""
        return schemes.Scheme.from_dict(self.definition)


class Crosswalk(models.Model):
    """A version of a map between two schemes; ``definition`` is `harmonize.crosswalks.Crosswalk.to_dict()`."""

    ref = models.CharField(max_length=160, unique=True)
    title = models.CharField(max_length=200)
    source = models.ForeignKey(Scheme, models.PROTECT, related_name="maps_from")
    target = models.ForeignKey(Scheme, models.PROTECT, related_name="maps_to")
    status = models.CharField(max_length=10, choices=[(s, s) for s in ("proposed", "reviewed", "published")])
    definition = models.JSONField()
    loss = models.JSONField(default=dict, help_text="The last loss report, with what it was computed on.")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "crosswalk"

    def __str__(self) -> str:
        return self.ref

    @property
    def core(self) -> crosswalks.Crosswalk:
        """The crosswalk as the pure packages know it."""
        # Bound to the rows: a scheme of one's own is not among the shipped files.
        # Its status is the row's: reviewing changes that, and nothing of the definition.
        told = crosswalks.Crosswalk.from_dict({**self.definition, "status": self.status})
        return told.bind(self.source.core, self.target.core)


class Form(models.Model):
    """What a rater answers: an ordered list of layers. A changed form is a new version."""

    slug = models.SlugField(max_length=80)
    version = models.IntegerField(default=1)
    title = models.CharField(max_length=200)
    guidelines = models.TextField(blank=True, help_text="Markdown shown beside the form.")
    translations: Any = models.JSONField(default=dict, help_text="The guidelines in further languages, by tag.")
    language = models.CharField(max_length=20, default="en", db_default="en", help_text="In which it is written.")
    wording: Any = models.JSONField(
        default=dict, db_default={}, help_text="Its questions, names and warning in further languages, by tag."
    )
    warning = models.TextField(blank=True, db_default="", help_text="What raters are told before the first item.")
    confidence = models.BooleanField(default=False, help_text="Raters say how sure they are.")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "form"
        constraints = [models.UniqueConstraint(fields=["slug", "version"], name="form_version_once")]

    def __str__(self) -> str:
        return f"{self.slug}@{self.version}"


class FormLayer(models.Model):
    """One question of a form: a scheme asked from one perspective."""

    form = models.ForeignKey(Form, models.CASCADE, related_name="layers")
    position = models.SmallIntegerField()
    name = models.SlugField(max_length=40)
    scheme = models.ForeignKey(Scheme, models.PROTECT)
    perspective = models.CharField(max_length=20, choices=Perspective)
    question = models.CharField(max_length=300)
    required = models.BooleanField(default=True)
    spans = models.BooleanField(default=False, help_text="Places may be marked for it.")
    reason = models.BooleanField(default=False, help_text="A reason may be given in free text.")
    condition: Any = models.JSONField(default=dict, help_text="Shown only if this holds; empty means always.")
    modality = models.CharField(
        max_length=12, blank=True, db_default="", help_text="The one modality to judge by; empty: the item as shown."
    )

    class Meta:
        db_table = "form_layer"
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["form", "position"], name="form_layer_once")]
