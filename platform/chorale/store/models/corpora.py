"""Corpora and what they hold: source files, items, quarantined rows."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Now


class Corpus(models.Model):
    """A body of raw items with its source, licence, citation, language and native scheme.

    Counters are stored by the import, never counted on view; rows_read = imported + duplicates + quarantined.

    A further version of a corpus is a row of its own (``slug`` "letters-v2") in the same ``family`` ("letters", the
    slug that the descriptor names), with what came before it in ``previous`` and what changed in ``diff``
    (`chorale.store.versions`). ``screening``: sums over `Screening` (`chorale.store.screening.summary`).
    """

    slug = models.SlugField(unique=True, max_length=80)
    family = models.SlugField(max_length=80, blank=True, db_default="", help_text="The slug in corpus.toml.")
    previous = models.ForeignKey("self", models.SET_NULL, null=True, related_name="later", db_index=False)
    diff = models.JSONField(default=dict)
    screening = models.JSONField(default=dict)
    masked = models.JSONField(default=list, help_text="Kinds of personal data replaced in its texts.")
    version = models.CharField(max_length=40, default="1")
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True, db_default="")
    licence = models.CharField(max_length=80, help_text="SPDX id where there is one.")
    licence_url = models.CharField(max_length=300, blank=True, db_default="")
    citation = models.TextField(blank=True, db_default="")
    source_url = models.CharField(max_length=300, blank=True, db_default="")
    language = models.CharField(max_length=20, default="en", help_text="BCP 47")
    modality = models.CharField(max_length=12, default="text")
    perspective = models.CharField(max_length=20, blank=True, db_default="")
    descriptor = models.JSONField(default=dict)
    descriptor_sha256 = models.CharField(max_length=64, blank=True, db_default="")
    items = models.BigIntegerField(default=0)
    judgments = models.BigIntegerField(default=0)
    rows_read = models.BigIntegerField(default=0)
    rows_imported = models.BigIntegerField(default=0)
    rows_duplicate = models.BigIntegerField(default=0)
    rows_quarantined = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "corpus"

    def __str__(self) -> str:
        return self.slug


class SourceFile(models.Model):
    """One raw file of a corpus, kept by hash in the object store; every item names its file and line."""

    corpus = models.ForeignKey(Corpus, models.CASCADE, related_name="files")
    name = models.CharField(max_length=300)
    sha256 = models.CharField(max_length=64)
    bytes = models.BigIntegerField()
    stored_as = models.CharField(max_length=300, help_text="Key in the object store.")
    rows_read = models.BigIntegerField(default=0)
    rows_imported = models.BigIntegerField(default=0)
    rows_duplicate = models.BigIntegerField(default=0)
    rows_quarantined = models.BigIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "source_file"
        constraints = [models.UniqueConstraint(fields=["corpus", "name", "sha256"], name="source_file_once")]


class Modality(models.TextChoices):
    """What a rater sees or hears."""

    TEXT = "text"
    DIALOGUE = "dialogue"
    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"
    PAIR = "pair"


class Reserved(models.TextChoices):
    """Items kept out of all training and few-shot use."""

    NO = ""
    GOLD = "gold"
    TEST = "test"


class Item(models.Model):
    """One unit to label. ``uuid`` = uuid5 of (corpus slug, source id): the same for ever, here and in releases."""

    uuid = models.UUIDField(unique=True)
    corpus = models.ForeignKey(Corpus, models.CASCADE, db_index=False)
    source_id = models.CharField(max_length=200)
    modality = models.CharField(max_length=12, choices=Modality)
    text = models.TextField(blank=True, db_default="")
    context = models.JSONField(default=list, help_text="Earlier turns or units, oldest first: [{speaker, text}].")
    group = models.CharField(
        max_length=200, blank=True, db_default="", help_text="Dialogue, story or pair that splits must keep whole."
    )
    position = models.IntegerField(null=True, help_text="Place within the group.")
    speaker = models.CharField(max_length=80, blank=True, db_default="")
    author = models.CharField(max_length=64, blank=True, db_default="", help_text="Hashed with the pseudonym key.")
    media = models.CharField(max_length=300, blank=True, db_default="", help_text="Key in the object store.")
    media_sha256 = models.CharField(max_length=64, blank=True, db_default="")
    media_facts = models.JSONField(default=dict, help_text="Width, height, duration, sample rate, codec.")
    language = models.CharField(max_length=20, blank=True, db_default="")
    facets = models.JSONField(default=dict)
    split = models.CharField(max_length=20, blank=True, db_default="", help_text="The source's own split.")
    reserved = models.CharField(max_length=4, choices=Reserved, blank=True, db_default="")
    text_hash = models.UUIDField(null=True, help_text="Hash of the normalised text, for exact duplicates.")
    source_file = models.ForeignKey(SourceFile, models.SET_NULL, null=True, db_index=False)
    line = models.IntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "item"
        constraints = [models.UniqueConstraint(fields=["corpus", "source_id"], name="item_once")]
        indexes = [
            models.Index(fields=["corpus", "id"], name="item_corpus"),
            models.Index(fields=["text_hash"], name="item_text_hash"),
            GinIndex(fields=["facets"], name="item_facets", opclasses=["jsonb_path_ops"]),
        ]

    def __str__(self) -> str:
        return f"{self.source_id}"


class Quarantine(models.Model):
    """A source row that could not come in, kept whole with what is wrong and how to mend it.

    ``whole_file``: no row is at fault, but the file: it could not be read, or not to its end.
    """

    corpus = models.ForeignKey(Corpus, models.CASCADE, related_name="quarantine", db_index=False)
    source_file = models.ForeignKey(SourceFile, models.CASCADE, null=True)
    line = models.BigIntegerField(null=True)
    raw = models.TextField(blank=True, db_default="")
    code = models.CharField(max_length=60)
    where = models.CharField(max_length=300)
    what = models.TextField()
    fix = models.TextField(blank=True, db_default="")
    whole_file = models.BooleanField(default=False, db_default=False)
    state = models.CharField(max_length=10, db_default="open", choices=[(s, s) for s in ("open", "mended", "dropped")])
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "quarantine"
        constraints = [models.UniqueConstraint(fields=["source_file", "line", "code"], name="quarantine_once")]
        indexes = [
            models.Index(fields=["corpus", "id"], name="quarantine_corpus"),
            models.Index(
                fields=["corpus"], condition=models.Q(whole_file=True, state="open"), name="quarantine_whole_file"
            ),
        ]


class QuarantineTally(models.Model):
    """How many rows of a corpus are in quarantine for one reason and in one state.

    Triggers on `Quarantine` keep it, so that no writer can forget it and no page counts rows.
    """

    corpus = models.ForeignKey(Corpus, models.CASCADE, related_name="quarantine_tally", db_index=False)
    code = models.CharField(max_length=60)
    state = models.CharField(max_length=10)
    whole_file = models.BooleanField()
    rows = models.BigIntegerField()

    class Meta:
        db_table = "quarantine_tally"
        constraints = [
            models.UniqueConstraint(fields=["corpus", "code", "state", "whole_file"], name="quarantine_tally_once")
        ]
